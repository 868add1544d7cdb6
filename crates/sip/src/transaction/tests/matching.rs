//! Which message belongs to which transaction.

use super::*;

const NO_TRANSACTION: Incoming = Incoming::StrayResponse(Stray::NoTransaction);

#[test]
fn a_response_matches_whatever_became_of_its_sent_by() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    let ringing = response(&bytes, 180, "b");
    for sent_by in ["10.1.2.3:9999", "proxy.example.com", "[2001:db8::1]:5060"] {
        let rewritten = change(&ringing, "UDP 192.0.2.9", &format!("TCP {sent_by}"));
        assert_eq!(clock.receive(&rewritten), Incoming::Response(id));
    }
    let upper = change(&ringing, "branch=z9hG4bKa", "branch=Z9HG4BKA");
    assert_eq!(clock.receive(&upper), Incoming::Response(id));
}

#[test]
fn branch_and_method_must_both_fit() {
    let mut clock = Clock::new(Transport::Udp);
    let (invite, cancel) = (request("INVITE", "z9hG4bKa"), request("CANCEL", "z9hG4bKa"));
    let (invite_id, cancel_id) = (clock.request(&invite), clock.request(&cancel));
    assert_ne!(invite_id, cancel_id);
    assert_eq!(clock.receive(&response(&cancel, 200, "b")), Incoming::Response(cancel_id));
    assert_eq!(clock.receive(&response(&invite, 487, "b")), Incoming::Response(invite_id));
    let other = response(&request("INVITE", "z9hG4bKb"), 200, "b");
    assert_eq!(clock.receive(&other), NO_TRANSACTION);
    let bye = change(&response(&invite, 200, "b"), "7 INVITE", "7 BYE");
    assert_eq!(clock.receive(&bye), NO_TRANSACTION);
    assert_eq!(clock.layer.counters().strays, 2);
}

#[test]
fn a_branch_in_use_is_not_used_again() {
    let mut clock = Clock::new(Transport::Tcp);
    clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.request(&Bytes::from_static(b"nonsense"));
    let failed = "failed: the request has no branch of its own";
    let expected = [each("OPTIONS", &[0]), each(failed, &[0]), each("ended", &[0])].concat();
    let expected = [expected, each(failed, &[0]), each("ended", &[0])].concat();
    assert_eq!(clock.told(), expected);
}

#[test]
fn a_request_matches_by_branch_sent_by_and_method() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("OPTIONS", "z9hG4bKa");
    clock.accept(&bytes);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    let upper = change(&bytes, "z9hG4bKa\r", "Z9hG4bKA\r");
    assert_eq!(clock.receive(&upper), Incoming::Retransmission);
    for other in [
        request("OPTIONS", "z9hG4bKb"),
        request("MESSAGE", "z9hG4bKa"),
        change(&bytes, "UDP 192.0.2.9;", "UDP 192.0.2.8;"),
        change(&bytes, "UDP 192.0.2.9;", "UDP 192.0.2.9:5061;"),
    ] {
        clock.accept(&other);
    }
    assert_eq!(clock.layer.len(), (0, 5));
}

#[test]
fn an_ack_finds_its_invite_by_the_branch() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.accept(&bytes);
    assert_eq!(clock.receive(&request("ACK", "z9hG4bKa")), Incoming::Retransmission);
    clock.respond(id, &response(&bytes, 404, "b"));
    let foreign = change(&request("ACK", "z9hG4bKa"), "UDP 192.0.2.9;", "UDP 192.0.2.8;");
    assert_eq!(clock.receive(&foreign), Incoming::Ack2xx(None));
    assert_eq!(clock.receive(&request("ACK", "z9hG4bKa")), Incoming::Ack(id));
}

#[test]
fn a_cancel_names_the_invite_that_it_ends() {
    let mut clock = Clock::new(Transport::Udp);
    let invite = clock.accept(&request("INVITE", "z9hG4bKa"));
    let cancel = request("CANCEL", "z9hG4bKa");
    let Incoming::Cancel { server, invite: found } = clock.receive(&cancel) else {
        panic!("a CANCEL")
    };
    assert_eq!(found, Some(invite));
    assert_eq!(clock.receive(&cancel), Incoming::Retransmission);
    clock.respond(server, &response(&cancel, 200, "b"));
    clock.respond(invite, &response(&request("INVITE", "z9hG4bKa"), 487, "b"));
    assert_eq!(clock.told(), [each("200", &[0]), each("487", &[0])].concat());

    let unknown = clock.receive(&request("CANCEL", "z9hG4bKz"));
    assert!(matches!(unknown, Incoming::Cancel { invite: None, .. }));
}

/// RFC 3261 §17.2.3, the second half: a sender of RFC 2543, whose branch says nothing.
#[test]
fn without_the_cookie_six_fields_decide() {
    for branch in ["1", "z9hG4bK"] {
        let mut clock = Clock::new(Transport::Udp);
        let bytes = request("INVITE", branch);
        let id = clock.accept(&bytes);
        assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
        for (from, to) in [
            ("INVITE sip:bob", "INVITE sip:rob"),
            ("tag=a", "tag=z"),
            ("To: <sip:bob@example.net>", "To: <sip:bob@example.net>;tag=z"),
            ("Call-ID: ", "Call-ID: z"),
            ("CSeq: 7", "CSeq: 8"),
            ("UDP 192.0.2.9", "UDP 192.0.2.8"),
        ] {
            clock.accept(&change(&bytes, from, to));
        }
        let found = clock.receive(&request("CANCEL", branch));
        assert!(matches!(found, Incoming::Cancel { invite: Some(one), .. } if one == id));

        clock.respond(id, &response(&bytes, 486, "b"));
        let ack = request("ACK", branch);
        let tagged = |tag| {
            change(
                &ack,
                "To: <sip:bob@example.net>",
                &format!("To: <sip:bob@example.net>;tag={tag}"),
            )
        };
        assert_eq!(clock.receive(&tagged("c")), Incoming::Ack2xx(None));
        assert_eq!(clock.receive(&tagged("b")), Incoming::Ack(id));
        clock.run(100_000);
        clock.accept(&bytes);
    }
}

#[test]
fn the_ack_to_a_refusal_is_made_of_the_invite_and_the_to_of_the_refusal() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = change(
        &request("INVITE", "z9hG4bKa"),
        "CSeq:",
        "Proxy-Authorization: Digest username=\"a\"\r\nSubject: x\r\nCSeq:",
    );
    clock.request(&bytes);
    clock.receive(&response(&bytes, 407, "b"));
    let expected = "ACK sip:bob@example.net SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n\
        Max-Forwards: 70\r\n\
        Route: <sip:p1.example.net;lr>\r\n\
        Route: <sip:p2.example.net;lr>\r\n\
        From: <sip:alice@example.net>;tag=a\r\n\
        To: <sip:bob@example.net>;tag=b\r\n\
        Call-ID: z9hG4bKa@192.0.2.9\r\n\
        CSeq: 7 ACK\r\n\
        Proxy-Authorization: Digest username=\"a\"\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(str::from_utf8(&clock.sent[1]).unwrap(), expected);
}

#[test]
fn the_ack_has_one_via_even_where_two_share_a_row() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = change(
        &request("INVITE", "z9hG4bKa"),
        "branch=z9hG4bKa",
        "branch=z9hG4bKa, SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKq",
    );
    clock.request(&bytes);
    let refusal =
        change(&response(&bytes, 404, "b"), "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKq\r\n", "");
    clock.receive(&refusal);
    assert_eq!(message(&clock.sent[1]).values(Name::Via).count(), 1);
}
