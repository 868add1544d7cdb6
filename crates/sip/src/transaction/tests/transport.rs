//! Where answers go, what Via tells, and what becomes of a lost flow.

use super::*;

fn top_via(request: &[u8], source: &str) -> String {
    let source: SocketAddr = source.parse().unwrap();
    let bytes = reply(&message(request), source, 200, "", Some("b")).build();
    message(&bytes).header(Name::Via).unwrap().text().into_owned()
}

#[test]
fn via_tells_where_the_request_came_from() {
    let plain = request("OPTIONS", "z9hG4bKa");
    let same = "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa";
    assert_eq!(top_via(&plain, "192.0.2.9:5060"), same);
    assert_eq!(top_via(&plain, "192.0.2.9:40000"), same);
    assert_eq!(top_via(&plain, "[::ffff:192.0.2.9]:5060"), same);
    assert_eq!(top_via(&plain, "203.0.113.5:40000"), format!("{same};received=203.0.113.5"));
    let rport = change(&plain, "branch=z9hG4bKa", "rport;branch=z9hG4bKa");
    let expected = format!("{same};received=192.0.2.9;rport=40000");
    assert_eq!(top_via(&rport, "192.0.2.9:40000"), expected);
}

#[test]
fn the_vias_below_stay_as_they_are_and_in_order() {
    let bytes = change(
        &request("OPTIONS", "z9hG4bKa"),
        "branch=z9hG4bKa\r\n",
        "branch=z9hG4bKa, SIP/2.0/TCP b.example.net;branch=z9hG4bKb\r\nv: SIP/2.0/TLS c.example.net\r\n",
    );
    let source = "203.0.113.5:5060".parse().unwrap();
    let answer = message(&reply(&message(&bytes), source, 404, "", Some("b")).build());
    let vias: Vec<String> = answer.values(Name::Via).map(|via| via.text().into_owned()).collect();
    let expected = [
        "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa;received=203.0.113.5",
        "SIP/2.0/TCP b.example.net;branch=z9hG4bKb",
        "SIP/2.0/TLS c.example.net",
    ];
    assert_eq!(vias, expected);
    assert_eq!(answer.to().unwrap().tag(), Some("b"));
}

#[test]
fn an_answer_goes_to_the_source_and_not_where_via_points() {
    // The `Clock` asserts that everything goes to the source.
    let mut clock = Clock::new(Transport::Udp);
    for (branch, sent_by) in
        [("z9hG4bKa", "198.51.100.1:9"), ("z9hG4bKb", "192.0.2.9;maddr=198.51.100.1")]
    {
        let bytes = change(&request("OPTIONS", branch), "192.0.2.9;", &format!("{sent_by};"));
        let id = clock.accept(&bytes);
        clock.respond(id, &response(&bytes, 200, "b"));
    }
    assert_eq!(clock.sent.len(), 2);
}

#[test]
fn an_unreachable_address_fails_the_requests_sent_there() {
    let mut clock = Clock::new(Transport::Udp);
    let ringing = request("INVITE", "z9hG4bKr");
    clock.request(&ringing);
    clock.receive(&response(&ringing, 180, "b"));
    let options = clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.told();
    let elsewhere = TransportError::Refused("192.0.2.77:5060".parse().unwrap());
    clock.layer.flow_lost(clock.now, clock.flow.id, &elsewhere);
    let other_flow = TransportError::Refused(clock.flow.remote);
    clock.layer.flow_lost(clock.now, FlowId(2), &other_flow);
    clock.drain();
    assert_eq!(clock.told(), []);
    clock.layer.flow_lost(clock.now, clock.flow.id, &other_flow);
    assert_eq!(clock.layer.poll(), Some(Action::Failed(options, other_flow)));
    assert_eq!(clock.layer.poll(), Some(Action::ClientEnded(options)));
    assert_eq!(clock.layer.poll(), None);
    assert_eq!(clock.layer.len(), (1, 0));
}

#[test]
fn a_lost_stream_leaves_ringing_calls_alone_and_their_answers_can_move() {
    let mut clock = Clock::new(Transport::Tcp);
    let (silent, rings) = (request("INVITE", "z9hG4bKa"), request("INVITE", "z9hG4bKb"));
    clock.request(&silent);
    let ringing = clock.request(&rings);
    clock.receive(&response(&rings, 180, "b"));
    let incoming = request("INVITE", "z9hG4bKc");
    let server = clock.accept(&incoming);
    clock.respond(server, &response(&incoming, 180, "b"));
    clock.told();
    clock.layer.flow_lost(clock.now, clock.flow.id, &TransportError::Closed);
    clock.drain();
    let failed = "failed: the far end closed the connection";
    let expected = [each(failed, &[0]), each("ended", &[0]), each("orphaned", &[0])].concat();
    assert_eq!(clock.told(), expected);

    clock.flow.id = FlowId(7);
    clock.layer.rehome(server, &clock.flow);
    clock.respond(server, &response(&incoming, 200, "b"));
    assert_eq!(clock.told(), each("200", &[0]));
    assert_eq!(clock.receive(&response(&rings, 200, "b")), Incoming::Response(ringing));
}

#[test]
fn a_request_that_comes_again_on_a_new_stream_is_answered_there() {
    let mut clock = Clock::new(Transport::Tcp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.accept(&bytes);
    clock.respond(id, &response(&bytes, 486, "b"));
    clock.layer.flow_lost(clock.now, clock.flow.id, &TransportError::Closed);
    clock.flow.id = FlowId(8);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    assert_eq!(clock.told(), each("486", &[0, 0]));
}

#[test]
fn a_request_without_a_usable_via_belongs_nowhere() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = change(
        &request("OPTIONS", "z9hG4bKa"),
        "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n",
        "",
    );
    assert_eq!(clock.receive(&bytes), Incoming::Unanswerable);
    assert!(clock.layer.is_empty());
}
