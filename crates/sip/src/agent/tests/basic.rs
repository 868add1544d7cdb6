//! A call is placed, heard, answered, refused, taken back and ended.

use std::time::Duration;

use bytes::Bytes;

use super::{
    super::*,
    net::{At, Net, SDP_B, ended, is_answered, progress},
};
use crate::message::{Message, Method, Name};

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

/// A request of a call from the script to us.
fn theirs((method, number): (&str, u32), branch: &str, to: &str, headers: &str) -> String {
    format!(
        "{method} sip:alice@10.0.0.1:5060 SIP/2.0\n\
         Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK{branch}\n\
         From: <sip:bob@10.0.0.2>;tag=b\nTo: {to}\nCall-ID: in\nCSeq: {number} {method}\n\
         Max-Forwards: 70\nContact: <sip:bob@10.0.0.2:5060>\n{headers}Content-Length: 0\n\n"
    )
}

/// To of what is sent before we have answered.
const ALICE: &str = "<sip:alice@10.0.0.1>";

/// A call from the script that we have answered, and the ACK for it.
fn answered() -> (Net, At, At, CallId, String) {
    let (mut net, a, peer) = Net::scripted(|_| {});
    net.request(peer, &theirs(("INVITE", 1), "i", ALICE, ""));
    let call = net.incoming(a);
    net.answer(a, call);
    net.settle();
    let ok = net.got(peer);
    assert_eq!(ok.status(), Some(200));
    let to = ok.header(Name::To).unwrap().text().into_owned();
    (net, a, peer, call, theirs(("ACK", 1), "k", &to, ""))
}

/// RFC 3261 §9.2: CANCEL has no effect on what is answered. It gets 200 while the transaction of its
/// INVITE is there, and 481 after that.
#[test]
fn a_cancel_that_comes_after_our_answer_ends_nothing() {
    for acknowledged in [false, true] {
        let (mut net, a, peer, call, ack) = answered();
        if acknowledged {
            net.request(peer, &ack);
        }
        let cancel = theirs(("CANCEL", 1), "i", ALICE, "");
        net.request(peer, &cancel);
        let ok = net.got(peer);
        assert_eq!((ok.status(), ok.cseq().unwrap().method), (Some(200), Method::Cancel));
        net.got_nothing(peer);
        if !acknowledged {
            net.request(peer, &ack);
        }
        net.secs(40);
        net.got_nothing(peer);
        net.request(peer, &cancel);
        let gone = net.got(peer);
        assert_eq!((gone.status(), gone.cseq().unwrap().method), (Some(481), Method::Cancel));
        let events = net.events(a);
        assert!(is_answered(&events), "{events:?}");
        assert_eq!(ended(&events), None);
        // It is up until somebody hangs up.
        net.hang_up(a, call);
        net.settle();
        let bye = net.got_request(peer, &Method::Bye);
        net.reply(peer, &bye, 200, "");
        assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
    }
}

fn reason(message: &Message) -> Option<String> {
    message.header(Name::Reason).map(|value| value.text().into_owned())
}

/// Causes that an owner names, and what the far end is told (RFC 3326 §2).
const CAUSES: [(Option<u8>, Option<&str>); 2] = [(Some(31), Some("Q.850;cause=31")), (None, None)];

#[test]
fn our_bye_says_why() {
    for (cause, told) in CAUSES {
        let (mut net, a, peer) = Net::scripted(|_| {});
        let call = net.dial(a, "9000");
        net.settle();
        let invite = net.got_request(peer, &Method::Invite);
        net.reply_with(peer, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
        net.got_request(peer, &Method::Ack);
        net.command(a, Command::Hangup { call, cause });
        net.settle();
        assert_eq!(reason(&net.got_request(peer, &Method::Bye)).as_deref(), told);
        // The BYE that waits for the ACK to our answer says the same.
        let (mut net, a, peer, call, ack) = answered();
        net.command(a, Command::Hangup { call, cause });
        net.settle();
        net.got_nothing(peer);
        net.request(peer, &ack);
        assert_eq!(reason(&net.got_request(peer, &Method::Bye)).as_deref(), told);
    }
}

#[test]
fn our_cancel_says_why() {
    for (cause, told) in CAUSES {
        for rings_first in [true, false] {
            let (mut net, a, peer) = Net::scripted(|_| {});
            let call = net.dial(a, "9000");
            net.settle();
            let invite = net.got_request(peer, &Method::Invite);
            if rings_first {
                net.reply(peer, &invite, 180, "t");
            }
            net.command(a, Command::Hangup { call, cause });
            net.settle();
            if !rings_first {
                // RFC 3261 §9.1: it waits for the first answer.
                net.got_nothing(peer);
                net.reply(peer, &invite, 180, "t");
            }
            assert_eq!(reason(&net.got_request(peer, &Method::Cancel)).as_deref(), told);
        }
    }
}

#[test]
fn a_bye_that_says_why_is_told_with_its_cause() {
    for (row, wanted) in [
        ("Reason: Q.850;cause=38;text=\"Network out of order\"\n", Some(38)),
        ("Reason: SIP;cause=200, Q.850;cause=47\n", Some(47)),
        ("Reason: SIP;cause=480\nReason: Q.850;cause=16\n", Some(16)),
        ("Reason: SIP;cause=480\n", None),
        ("", None),
    ] {
        let (mut net, a, peer, _, ack) = answered();
        net.request(peer, &ack);
        net.events(a);
        let to = ack.lines().find_map(|line| line.strip_prefix("To: ")).unwrap();
        net.request(peer, &theirs(("BYE", 2), "b", to, row));
        assert_eq!(net.got(peer).status(), Some(200), "{row}");
        let events = net.events(a);
        let cause = events.iter().find_map(|event| match event {
            Event::Ended { ending: Ending::Bye, by: EndedBy::Remote, cause, .. } => Some(*cause),
            _ => None,
        });
        assert_eq!(cause, Some(wanted), "{row}: {events:?}");
    }
}
