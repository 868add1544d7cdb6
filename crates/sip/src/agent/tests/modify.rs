//! Changes of a session: re-INVITE, UPDATE, glare (fault 16), storms (fault 17).

use std::time::Duration;

use super::{
    super::*,
    net::{At, Net, SDP_A, SDP_B, ended},
};
use crate::message::{Message, Method, Name};

pub(super) fn modify(net: &mut Net, at: At, call: CallId, update: bool) {
    net.command(at, Command::Modify { call, offer: Some(SDP_A.into()), update });
}

/// The outcomes of our changes.
pub(super) fn modified(events: &[Event]) -> Vec<Result<bool, u16>> {
    let outcome = |event: &Event| match event {
        Event::Modified { result: Ok(body), .. } => Some(Ok(body.is_some())),
        Event::Modified { result: Err((code, _)), .. } => Some(Err(*code)),
        _ => None,
    };
    events.iter().filter_map(outcome).collect()
}

/// Gives a fresh offer where one is asked for; true where it was.
pub(super) fn freshen(net: &mut Net, at: At, call: CallId, events: &[Event]) -> bool {
    let asked = events.iter().any(|event| matches!(event, Event::OfferNeeded { .. }));
    if asked {
        net.command(at, Command::FreshOffer { call, offer: Some(SDP_B.into()) });
        net.settle();
    }
    asked
}

pub(super) fn offers(events: &[Event]) -> usize {
    events.iter().filter(|event| matches!(event, Event::OfferReceived { .. })).count()
}

pub(super) fn answer_offer(net: &mut Net, at: At, call: CallId) {
    net.command(at, Command::AnswerOffer { call, body: Some(SDP_B.into()) });
}

#[test]
fn both_sides_change_the_session() {
    for update in [false, true] {
        let (mut net, a, b) = Net::pair();
        let (ours, theirs) = net.up(a, b);
        for (from, to, call, other) in [(a, b, ours, theirs), (b, a, theirs, ours)] {
            net.sent(from);
            modify(&mut net, from, call, update);
            net.settle();
            assert_eq!(offers(&net.events(to)), 1);
            answer_offer(&mut net, to, other);
            net.settle();
            assert_eq!(modified(&net.events(from)), [Ok(true)]);
            let method = if update { "UPDATE" } else { "INVITE" };
            assert!(net.sent(from).first().unwrap().starts_with(method));
        }
    }
}

#[test]
fn a_refused_change_leaves_the_call_up() {
    let (mut net, a, b) = Net::pair();
    let (ours, theirs) = net.up(a, b);
    modify(&mut net, a, ours, false);
    net.settle();
    net.command(b, Command::AnswerOffer { call: theirs, body: None });
    net.settle();
    assert_eq!(modified(&net.events(a)), [Err(488)]);
    assert_eq!(ended(&net.events(b)), None);
    modify(&mut net, a, ours, false);
    net.settle();
    answer_offer(&mut net, b, theirs);
    net.settle();
    assert_eq!(modified(&net.events(a)), [Ok(true)]);
}

#[test]
fn a_change_without_an_offer_asks_for_one() {
    let (mut net, a, b) = Net::pair();
    let (ours, theirs) = net.up(a, b);
    net.command(a, Command::Modify { call: ours, offer: None, update: false });
    net.settle();
    assert!(net.events(b).iter().any(|e| matches!(e, Event::OfferReceived { body: None, .. })));
    answer_offer(&mut net, b, theirs);
    net.settle();
    assert_eq!(modified(&net.events(a)), [Ok(true)]);
    net.command(a, Command::AnswerLate { call: ours, tag: None, body: SDP_A.into() });
    net.settle();
    assert_eq!(modified(&net.events(b)), [Ok(true)]);
}

/// Both send a re-INVITE at once: 491 both ways, then one after the other within 5 s.
#[test]
fn glare_settles_within_five_seconds() {
    let (mut net, a, b) = Net::pair();
    let (ours, theirs) = net.up(a, b);
    modify(&mut net, a, ours, false);
    modify(&mut net, b, theirs, false);
    let mut done = [false; 2];
    let start = net.now;
    while done != [true; 2] && net.now < start + Duration::from_secs(10) {
        net.run(Duration::from_millis(20));
        for (n, (at, call)) in [(a, ours), (b, theirs)].into_iter().enumerate() {
            let events = net.events(at);
            assert_eq!(modified(&events).iter().filter(|r| r.is_err()).count(), 0);
            done[n] |= modified(&events).contains(&Ok(true));
            freshen(&mut net, at, call, &events);
            if offers(&events) > 0 {
                answer_offer(&mut net, at, call);
            }
        }
    }
    assert!(net.now - start <= Duration::from_secs(5), "{:?}", net.now - start);
    assert!(net.sent(a).contains(&"491 Request Pending".into()));
    assert!(net.sent(b).contains(&"491 Request Pending".into()));
}

/// A second INVITE while the first is unanswered gets 500 with Retry-After, and is tried again.
#[test]
fn an_overlapping_invite_is_put_off() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (call, to) = incoming_up(&mut net, a, peer);
    reinvite(&mut net, peer, &to, 2);
    assert_eq!(offers(&net.events(a)), 1);
    reinvite(&mut net, peer, &to, 3);
    let refusal = net.got(peer);
    assert_eq!(refusal.status(), Some(500));
    assert!(refusal.number(Name::RetryAfter).unwrap() <= 10);
    answer_offer(&mut net, a, call);
    net.settle();
    assert_eq!(net.got(peer).status(), Some(200));
    // Before its ACK there is no room for another one.
    reinvite(&mut net, peer, &to, 4);
    assert_eq!(net.got(peer).status(), Some(491));
}

/// With an offer that is made when its time has come: the session may have changed since the first.
/// What is asked for is obeyed within 1 to 10 s.
#[test]
fn a_change_that_is_put_off_is_tried_again_with_a_fresh_offer() {
    for (asked, wait) in [("3", 3), ("0", 1), ("soon", 1), ("10", 10)] {
        let (mut net, a, peer) = Net::scripted(|_| {});
        let (call, _) = incoming_up(&mut net, a, peer);
        modify(&mut net, a, call, false);
        net.settle();
        let first = net.got_request(peer, &Method::Invite);
        assert_eq!(first.body(), SDP_A);
        net.reply_with(peer, &first, 500, "", |b| b.header(Name::RetryAfter, asked));
        net.got_request(peer, &Method::Ack);
        net.run(Duration::from_secs(wait) - Duration::from_millis(100));
        assert!(net.events(a).is_empty());
        net.run(Duration::from_millis(100));
        net.got_nothing(peer);
        let events = net.events(a);
        assert!(freshen(&mut net, a, call, &events), "{asked}: {events:?}");
        let second = net.got_request(peer, &Method::Invite);
        assert_eq!(second.body(), SDP_B);
        assert!(second.cseq().unwrap().number > first.cseq().unwrap().number);
        net.reply_with(peer, &second, 200, "", |b| b.body("application/sdp", SDP_B));
        assert_eq!(modified(&net.events(a)), [Ok(true)]);
    }
}

/// Nobody waits five minutes for the end of a hold.
#[test]
fn a_change_that_is_put_off_for_long_is_refused() {
    for asked in ["11", "300", "1000000"] {
        let (mut net, a, peer) = Net::scripted(|_| {});
        let (call, _) = incoming_up(&mut net, a, peer);
        modify(&mut net, a, call, false);
        net.settle();
        let first = net.got_request(peer, &Method::Invite);
        net.reply_with(peer, &first, 503, "", |b| b.header(Name::RetryAfter, asked));
        net.got_request(peer, &Method::Ack);
        assert_eq!(modified(&net.events(a)), [Err(503)], "{asked}");
        modify(&mut net, a, call, false);
        net.settle();
        net.got_request(peer, &Method::Invite);
    }
}

#[test]
fn a_change_that_is_wanted_no_more_makes_room_for_the_next() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (call, _) = incoming_up(&mut net, a, peer);
    modify(&mut net, a, call, false);
    net.settle();
    let first = net.got_request(peer, &Method::Invite);
    net.reply(peer, &first, 491, "");
    net.got_request(peer, &Method::Ack);
    net.secs(5);
    net.command(a, Command::Modify { call, offer: Some(SDP_B.into()), update: false });
    net.got_nothing(peer);
    net.command(a, Command::FreshOffer { call, offer: None });
    net.settle();
    assert_eq!(net.got_request(peer, &Method::Invite).body(), SDP_B);
}

#[test]
fn a_dialog_that_the_far_end_forgot_is_ended() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (call, _) = incoming_up(&mut net, a, peer);
    modify(&mut net, a, call, false);
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply(peer, &invite, 481, "");
    assert_eq!(ended(&net.events(a)), Some((Ending::TimedOut, EndedBy::Remote, 481)));
    net.secs(60);
    assert!(net.agent(a).calls.is_empty());
}

#[test]
fn messages_out_of_order_are_refused() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (_, to) = incoming_up(&mut net, a, peer);
    reinvite(&mut net, peer, &to, 5);
    net.events(a);
    within(&mut net, peer, "INFO", &to, 4);
    assert_eq!(net.got(peer).status(), Some(500));
}

/// Fault 17: a thousand changes leave nothing behind.
#[test]
fn a_thousand_holds_leave_nothing_behind() {
    let (mut net, a, b) = Net::pair();
    let (ours, theirs) = net.up(a, b);
    for _ in 0..1000 {
        modify(&mut net, a, ours, false);
        net.settle();
        assert_eq!(offers(&net.events(b)), 1);
        answer_offer(&mut net, b, theirs);
        net.settle();
        assert_eq!(modified(&net.events(a)), [Ok(true)]);
        net.secs(1);
    }
    net.secs(40);
    for at in [a, b] {
        let agent = net.agent(at);
        assert!(agent.core.sendings.is_empty() && agent.core.layer.is_empty());
        assert_eq!((agent.calls.len(), agent.dialogs.len()), (1, 1));
        let call = agent.calls.values().next().unwrap();
        assert!(call.acks.len() <= 1 && call.pending.is_empty());
    }
}

/// 100 re-INVITEs a second for ten seconds, none of them answered by the owner in time.
#[test]
fn a_storm_of_changes_is_bounded() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (_, to) = incoming_up(&mut net, a, peer);
    for n in 0..1000 {
        reinvite(&mut net, peer, &to, 2 + n);
        net.run(Duration::from_millis(10));
    }
    assert_eq!(offers(&net.events(a)), 1);
    assert_eq!(net.agent(a).calls.len(), 1);
}

#[test]
fn a_change_that_the_far_end_takes_back_gets_487() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (call, to) = incoming_up(&mut net, a, peer);
    reinvite(&mut net, peer, &to, 2);
    let cancel = format!(
        "CANCEL sip:alice@10.0.0.1:5060 SIP/2.0\n\
         Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-INVITE-2\n\
         From: <sip:bob@10.0.0.2>;tag=e\nTo: {to}\nCall-ID: c\nCSeq: 2 CANCEL\n\
         Max-Forwards: 70\nContent-Length: 0\n\n"
    );
    net.request(peer, &cancel);
    assert_eq!((net.got(peer).status(), net.got(peer).status()), (Some(200), Some(487)));
    answer_offer(&mut net, a, call);
    net.settle();
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), None);
    reinvite(&mut net, peer, &to, 3);
    assert_eq!(offers(&net.events(a)), 1);
}

#[test]
fn a_bye_tells_that_our_answer_was_heard() {
    let (mut net, a, b) = Net::pair();
    net.lose = Some(Box::new(|bytes| bytes.starts_with(b"ACK")));
    let ours = net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.answer(b, theirs);
    net.run(Duration::from_millis(100));
    net.hang_up(a, ours);
    net.settle();
    let events = net.events(b);
    assert!(super::net::is_answered(&events));
    assert_eq!(ended(&events), Some((Ending::Bye, EndedBy::Remote, 200)));
}

/// A call from the script to the agent that is up; the To value of the agent is returned.
fn incoming_up(net: &mut Net, a: At, peer: At) -> (CallId, String) {
    net.request(
        peer,
        "INVITE sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1\n\
         From: <sip:bob@10.0.0.2>;tag=e\nTo: <sip:alice@10.0.0.1>\nCall-ID: c\nCSeq: 1 INVITE\n\
         Max-Forwards: 70\nContact: <sip:bob@10.0.0.2:5060>\nContent-Length: 0\n\n",
    );
    let call = net.incoming(a);
    net.answer(a, call);
    net.settle();
    let ok = net.got(peer);
    let to = ok.header(Name::To).unwrap().text().into_owned();
    within(net, peer, "ACK", &to, 1);
    net.events(a);
    (call, to)
}

fn reinvite(net: &mut Net, peer: At, to: &str, cseq: u32) {
    within(net, peer, "INVITE", to, cseq);
}

fn within(net: &mut Net, peer: At, method: &str, to: &str, cseq: u32) {
    let text = format!(
        "{method} sip:alice@10.0.0.1:5060 SIP/2.0\n\
         Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-{method}-{cseq}\n\
         From: <sip:bob@10.0.0.2>;tag=e\nTo: {to}\nCall-ID: c\nCSeq: {cseq} {method}\n\
         Max-Forwards: 70\nContact: <sip:bob@10.0.0.2:5060>\nContent-Length: 0\n\n"
    );
    net.request(peer, &text);
}

#[test]
fn a_message_after_the_bye_gets_481() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let (_, to) = incoming_up(&mut net, a, peer);
    within(&mut net, peer, "BYE", &to, 2);
    assert_eq!(net.got(peer).status(), Some(200));
    for (n, method) in ["INVITE", "UPDATE", "INFO", "BYE", "PRACK", "OPTIONS"].iter().enumerate() {
        within(&mut net, peer, method, &to, 3 + u32::try_from(n).unwrap());
        let answer: Message = net.got(peer);
        assert_eq!(answer.status(), Some(481), "{method}");
    }
    assert!(ended(&net.events(a)).is_some());
}
