//! A call is placed, heard, answered, refused, taken back and ended.

use std::time::Duration;

use bytes::Bytes;

use super::{
    super::*,
    net::{Net, SDP_B, ended, is_answered, progress},
};

/// Whole in a float as well: 53 bits.
#[test]
fn the_names_of_calls_that_come_in_are_told_apart() {
    let (mut net, a, b) = Net::pair();
    let ours = net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    assert_eq!(ours.0 & CallId::INCOMING, 0);
    assert_eq!(theirs.0 & CallId::INCOMING, CallId::INCOMING);
    assert!(theirs.0 < 1 << 53);
}

#[test]
fn a_call_is_answered_and_ended_by_the_caller() {
    let (mut net, a, b) = Net::pair();
    let call = net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.settle();
    let events = net.events(a);
    assert_eq!(progress(&events), [180]);
    assert!(!is_answered(&events));
    net.answer(b, theirs);
    net.settle();
    let events = net.events(a);
    let Some(Event::Answered { body: Some(body), .. }) =
        events.iter().find(|e| matches!(e, Event::Answered { .. }))
    else {
        panic!("{events:?}")
    };
    assert_eq!(body.bytes, Bytes::from_static(SDP_B));
    assert!(is_answered(&net.events(b)));
    net.hang_up(a, call);
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
    assert_eq!(ended(&net.events(b)), Some((Ending::Bye, EndedBy::Remote, 200)));
    assert_eq!(
        net.sent(a),
        ["INVITE sip:bob@10.0.0.2", "ACK sip:bob@10.0.0.2:5060", "BYE sip:bob@10.0.0.2:5060"]
    );
    assert_eq!(net.sent(b), ["180 Ringing", "200 OK", "200 OK"]);
    net.secs(40);
    assert!(net.agent(a).calls.is_empty() && net.agent(b).calls.is_empty());
    for at in [a, b] {
        let agent = net.agent(at);
        assert!(agent.dialogs.is_empty() && agent.invites.is_empty());
        assert!(agent.core.sendings.is_empty() && agent.core.clients.is_empty());
        assert!(agent.core.layer.is_empty());
    }
}

#[test]
fn a_call_is_ended_by_the_callee() {
    let (mut net, a, b) = Net::pair();
    let (_, theirs) = net.up(a, b);
    net.hang_up(b, theirs);
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)));
    assert_eq!(ended(&net.events(b)), Some((Ending::Bye, EndedBy::Local, 200)));
}

#[test]
fn a_refused_call_tells_code_reason_and_cause() {
    let (mut net, a, b) = Net::pair();
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(
        b,
        Command::Reject {
            call: theirs,
            code: 486,
            reason: Some("In a meeting".into()),
            headers: vec![("Reason".into(), "Q.850;cause=17".into())],
        },
    );
    net.settle();
    assert_eq!(ended(&net.events(b)), Some((Ending::Rejected, EndedBy::Local, 486)));
    let events = net.events(a);
    let Some(Event::Ended { code: 486, reason, cause: Some(17), .. }) = events.last() else {
        panic!("{events:?}")
    };
    assert_eq!(reason, "In a meeting");
}

#[test]
fn a_hang_up_while_it_rings_says_why() {
    let (mut net, a, b) = Net::pair();
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Hangup { call: theirs, cause: Some(88) });
    net.settle();
    let events = net.events(a);
    let Some(Event::Ended { code: 486, cause, .. }) = events.last() else { panic!("{events:?}") };
    assert_eq!(*cause, Some(88));
}

#[test]
fn a_call_is_taken_back_while_it_rings() {
    let (mut net, a, b) = Net::pair();
    let call = net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.settle();
    net.hang_up(a, call);
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 487)));
    assert_eq!(ended(&net.events(b)), Some((Ending::Cancelled, EndedBy::Remote, 487)));
    assert_eq!(net.sent(b), ["180 Ringing", "200 OK", "487 Request Terminated"]);
}

#[test]
fn nobody_answers_in_time() {
    let (mut net, a, b) = Net::pair();
    let dial = Dial {
        to: "bob".into(),
        offer: Some(Bytes::from_static(SDP_B)),
        ring_timeout: Some(Duration::from_secs(30)),
        ..Dial::default()
    };
    net.dial_with(a, dial);
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.secs(29);
    assert_eq!(ended(&net.events(a)), None);
    net.secs(2);
    assert_eq!(ended(&net.events(a)), Some((Ending::TimedOut, EndedBy::Local, 487)));
}
