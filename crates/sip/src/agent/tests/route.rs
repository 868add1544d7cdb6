//! Where requests go: DNS, failover (fault 2), 503 (fault 13), long requests.

use std::time::Duration;

use super::{
    super::*,
    net::{Net, Node, SDP_A, a_record, ended, progress},
};
use crate::message::{Message, Method, Name};

/// A trunk `lab.example` with port 5060 at nodes 1 and 2.
fn two_targets(first: Node) -> (Net, super::net::At, super::net::At, super::net::At) {
    two_targets_with(first, |_| ())
}

fn two_targets_with(
    first: Node,
    change: impl FnOnce(&mut Account),
) -> (Net, super::net::At, super::net::At, super::net::At) {
    let mut net = Net::new();
    net.zone.push(a_record("lab.example", &[1, 2]));
    net.zone.push((
        crate::locate::Question { name: "lab.example".into(), kind: crate::locate::Kind::Aaaa },
        Vec::new(),
    ));
    let mut account = super::net::account("alice", 1);
    account.domain = "lab.example".into();
    account.port = Some(5060);
    change(&mut account);
    let a = net.phone(account);
    let one = net.node(first);
    let two = net.node(Node::Script { inbox: Default::default() });
    (net, a, one, two)
}

#[test]
fn a_silent_target_is_left_for_the_next_within_four_seconds() {
    let (mut net, a, one, two) = two_targets(Node::Script { inbox: Default::default() });
    net.dial(a, "9000");
    net.run(Duration::from_millis(1900));
    net.got_nothing(two);
    net.run(Duration::from_millis(200));
    let invite = net.got_request(two, &Method::Invite);
    assert_eq!(invite.request_uri().unwrap(), "sip:9000@lab.example:5060");
    // The same request for whoever sees both, and a transaction of its own (RFC 3263 §4.3).
    let first = net.got_request(one, &Method::Invite);
    assert_eq!(invite.call_id(), first.call_id());
    assert_eq!(invite.cseq().unwrap().number, first.cseq().unwrap().number);
    let tag = |message: &Message| message.from().unwrap().tag().unwrap().to_owned();
    assert_eq!(tag(&invite), tag(&first));
    let branch = |message: &Message| message.top_via().unwrap().branch().unwrap().to_owned();
    assert_ne!(branch(&invite), branch(&first));
    // What came to the first after that was the same again.
    while let Some(again) = net.next(one) {
        assert_eq!(again.raw(), first.raw());
    }
    net.reply(two, &invite, 180, "t");
    assert_eq!(progress(&net.events(a)), [180]);
    let lines = net.sent(a);
    assert!(lines.iter().all(|line| line.starts_with("INVITE")), "{lines:?}");
    // The next call does not wait for the dead one again.
    net.dial(a, "9001");
    net.settle();
    net.got_request(two, &Method::Invite);
}

/// A stream that never opens, and one that opens and says nothing.
#[test]
fn a_silent_stream_is_left_for_the_next_within_four_seconds() {
    for first in [Node::Hole, Node::Script { inbox: Default::default() }] {
        let stream = |account: &mut Account| account.transport = crate::transport::Transport::Tcp;
        let (mut net, a, _, two) = two_targets_with(first, stream);
        net.dial(a, "9000");
        net.run(Duration::from_millis(1900));
        net.got_nothing(two);
        net.run(Duration::from_millis(200));
        let (flow, invite) = net.got_on(two);
        assert!(flow.transport.is_reliable());
        net.reply_on(two, flow.id, &invite, 486, "t", |b| b);
        assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 486)));
        net.got_on(two);
        // The next call does not wait for the dead one again.
        net.dial(a, "9001");
        net.settle();
        net.got_request(two, &Method::Invite);
    }
}

/// Whatever the second target says, the first one rings for nobody.
#[test]
fn a_target_left_behind_is_cancelled_when_it_is_heard_of() {
    for code in [200, 486] {
        let (mut net, a, one, two) = two_targets(Node::Script { inbox: Default::default() });
        net.dial(a, "9000");
        net.settle();
        let first = net.got_request(one, &Method::Invite);
        let second = net.awaited(two, Duration::from_secs(3));
        net.reply_with(two, &second, code, "t", |b| b.body("application/sdp", SDP_A));
        net.got_request(two, &Method::Ack);
        let events = net.events(a);
        assert_eq!(super::net::is_answered(&events), code == 200);
        assert_eq!(ended(&events).is_some(), code == 486);
        while net.next(one).is_some() {}
        net.reply(one, &first, 180, "late");
        let cancel = net.got_request(one, &Method::Cancel);
        assert_eq!(cancel.top_via().unwrap().branch(), first.top_via().unwrap().branch());
        net.reply(one, &cancel, 200, "late");
        // The answer has crossed the CANCEL: it is acknowledged and ended.
        net.reply_with(one, &first, 200, "late", |b| b.body("application/sdp", SDP_A));
        net.got_request(one, &Method::Ack);
        let bye = net.got_request(one, &Method::Bye);
        net.reply(one, &bye, 200, "");
        assert!(net.events(a).is_empty());
        net.secs(70);
        let agent = net.agent(a);
        assert_eq!(agent.calls.len(), usize::from(code == 200));
        assert!(agent.core.sendings.is_empty() && agent.core.layer.is_empty());
    }
}

#[test]
fn a_target_that_returns_is_used_again() {
    let (mut net, a, one, two) = two_targets(Node::Hole);
    net.dial(a, "9000");
    net.secs(3);
    let invite = net.got_request(two, &Method::Invite);
    net.reply(two, &invite, 486, "t");
    net.nodes[one.0].1 = Node::Script { inbox: Default::default() };
    net.secs(61);
    net.dial(a, "9001");
    net.settle();
    net.got_request(one, &Method::Invite);
}

#[test]
fn an_unreachable_target_is_left_at_once() {
    let (mut net, a, _, two) = two_targets(Node::Nobody);
    net.dial(a, "9000");
    net.settle();
    net.got_request(two, &Method::Invite);
}

#[test]
fn a_503_sends_the_call_to_the_next_target() {
    let (mut net, a, one, two) = two_targets(Node::Script { inbox: Default::default() });
    net.dial(a, "9000");
    net.settle();
    let first = net.got_request(one, &Method::Invite);
    net.reply_with(one, &first, 503, "t", |b| b.header(Name::RetryAfter, "1000000000"));
    let second = net.got_request(two, &Method::Invite);
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number);
    assert_ne!(second.top_via().unwrap().branch(), first.top_via().unwrap().branch());
    net.reply(two, &second, 503, "t");
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 503)));
    // Retry-After is obeyed up to five minutes.
    net.secs(290);
    net.got_request(one, &Method::Ack);
    net.got_request(two, &Method::Ack);
    net.dial(a, "9001");
    net.settle();
    net.got_nothing(one);
    net.got_request(two, &Method::Invite);
}

/// Fault 13: who asks to be left in peace is not called by a program; a person may try.
#[test]
fn a_server_that_wants_peace_is_called_by_people_only() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &invite, 503, "t", |b| b.header(Name::RetryAfter, "20"));
    net.got_request(peer, &Method::Ack);
    net.events(a);
    let dial = Dial { to: "9000".into(), unattended: true, ..Dial::default() };
    net.secs(10);
    net.dial_with(a, dial.clone());
    net.settle();
    net.got_nothing(peer);
    let events = net.events(a);
    let Some(Event::Ended { code: 503, by: EndedBy::Local, reason, .. }) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(reason, "left in peace for 10 s, as the trunk has asked");
    net.dial(a, "9000");
    net.settle();
    net.got_request(peer, &Method::Invite);
    net.secs(20);
    net.dial_with(a, dial);
    net.settle();
    assert!(net.next(peer).is_some());
}

#[test]
fn all_targets_unreachable_is_told() {
    let (mut net, a, _, two) = two_targets(Node::Nobody);
    net.nodes[two.0].1 = Node::Nobody;
    net.dial(a, "9000");
    net.settle();
    assert!(matches!(ended(&net.events(a)), Some((Ending::Unreachable(_), ..))));
}

#[test]
fn a_name_that_does_not_exist_is_told() {
    let (mut net, a, ..) = two_targets(Node::Hole);
    net.zone.clear();
    net.secs(400);
    net.dial(a, "9000");
    net.settle();
    assert!(matches!(ended(&net.events(a)), Some((Ending::Unresolved(_), ..))));
}

#[test]
fn a_dns_server_that_fails_does_not_stop_calls() {
    let (mut net, a, one, _) = two_targets(Node::Script { inbox: Default::default() });
    for call in ["9000", "9001"] {
        net.dial(a, call);
        net.settle();
        let invite = net.got_request(one, &Method::Invite);
        net.reply(one, &invite, 486, "t");
        net.got_request(one, &Method::Ack);
        net.secs(400);
        net.broken_dns = true;
    }
}

#[test]
fn a_trunk_that_moves_is_asked_for_again() {
    let (mut net, a, _, two) = two_targets(Node::Nobody);
    net.zone[0] = a_record("lab.example", &[1]);
    net.dial(a, "9000");
    net.settle();
    assert!(matches!(ended(&net.events(a)), Some((Ending::Unreachable(_), ..))));
    net.zone[0] = a_record("lab.example", &[2]);
    net.dial(a, "9001");
    net.settle();
    net.got_request(two, &Method::Invite);
}

#[test]
fn a_silent_trunk_is_given_up_after_timer_b() {
    let (mut net, a, b) = Net::pair();
    net.nodes[b.0].1 = Node::Hole;
    net.dial(a, "9000");
    net.secs(31);
    assert_eq!(ended(&net.events(a)), None);
    net.secs(2);
    assert_eq!(ended(&net.events(a)), Some((Ending::TimedOut, EndedBy::Remote, 0)));
}

#[test]
fn a_long_request_goes_by_stream_where_there_is_one() {
    for no_tcp in [false, true] {
        let (mut net, a, trunk) = Net::scripted(|_| {});
        net.no_tcp = no_tcp;
        net.dial_with(
            a,
            Dial {
                to: "9000".into(),
                offer: Some(SDP_A.into()),
                headers: vec![("X-Long".into(), "x".repeat(1300))],
                ..Dial::default()
            },
        );
        net.settle();
        let (flow, invite) = net.got_on(trunk);
        assert_eq!(flow.transport.is_reliable(), !no_tcp);
        let via = invite.top_via().unwrap();
        assert_eq!(via.transport_token(), if no_tcp { "UDP" } else { "TCP" });
    }
}
