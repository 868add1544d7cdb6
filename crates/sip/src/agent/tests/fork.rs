//! Several branches answer one INVITE (fault 15), late and lost messages, malformed ones (fault 14).

use std::time::Duration;

use super::{
    super::*,
    net::{At, Net, SDP_A, SDP_B, ended, is_answered, progress},
};
use crate::{
    message::{Builder, Message, Method, Name},
    transport::FlowId,
};

fn calling() -> (Net, At, At, CallId, Message) {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let call = net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    (net, a, peer, call, invite)
}

fn accept(net: &mut Net, peer: At, invite: &Message, tag: &str) {
    net.reply_with(peer, invite, 200, tag, |b| b.body("application/sdp", SDP_B));
}

fn tag_of(message: &Message) -> String {
    message.to().unwrap().tag().unwrap().to_owned()
}

#[test]
fn of_ten_answers_one_stays() {
    let (mut net, a, peer, _, invite) = calling();
    for branch in 0..5 {
        net.reply(peer, &invite, 180, &format!("t{branch}"));
    }
    net.reply(peer, &invite, 199, "t4");
    assert_eq!(progress(&net.events(a)), [180, 180, 180, 180, 180, 199]);
    let start = net.now;
    for branch in 0..10 {
        accept(&mut net, peer, &invite, &format!("t{branch}"));
    }
    assert!(net.now - start <= Duration::from_secs(1));
    let answered = net.events(a).iter().filter(|e| matches!(e, Event::Answered { .. })).count();
    assert_eq!(answered, 1);
    let ack = net.got_request(peer, &Method::Ack);
    assert_eq!(tag_of(&ack), "t0");
    for branch in 1..10 {
        for method in [Method::Ack, Method::Bye] {
            let message = net.got_request(peer, &method);
            assert_eq!(tag_of(&message), format!("t{branch}"));
            if method == Method::Bye {
                net.reply(peer, &message, 200, "");
            }
        }
    }
    // The answers come again: so do the ACKs, and nothing else.
    for branch in 0..10 {
        accept(&mut net, peer, &invite, &format!("t{branch}"));
        assert_eq!(tag_of(&net.got_request(peer, &Method::Ack)), format!("t{branch}"));
    }
    net.secs(60);
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), None);
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_ended() {
    let (mut net, a, peer, call, invite) = calling();
    net.reply(peer, &invite, 180, "t");
    net.hang_up(a, call);
    net.settle();
    let cancel = net.got_request(peer, &Method::Cancel);
    assert_eq!(cancel.top_via().unwrap().branch(), invite.top_via().unwrap().branch());
    assert_eq!(cancel.cseq().unwrap().number, invite.cseq().unwrap().number);
    assert_eq!(cancel.request_uri(), invite.request_uri());
    net.reply(peer, &cancel, 200, "t");
    accept(&mut net, peer, &invite, "t");
    net.got_request(peer, &Method::Ack);
    net.got_request(peer, &Method::Bye);
    let events = net.events(a);
    assert!(!is_answered(&events));
    assert_eq!(ended(&events), Some((Ending::Cancelled, EndedBy::Local, 200)));
}

#[test]
fn cancel_waits_for_a_provisional_response() {
    let (mut net, a, peer, call, invite) = calling();
    net.hang_up(a, call);
    net.run(Duration::from_millis(400));
    net.got_nothing(peer);
    net.reply(peer, &invite, 100, "");
    let cancel = net.got_request(peer, &Method::Cancel);
    net.reply(peer, &cancel, 200, "t");
    net.reply(peer, &invite, 487, "t");
    net.got_request(peer, &Method::Ack);
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 487)));
}

#[test]
fn a_late_answer_after_the_end_was_told_is_ended() {
    let (mut net, a, peer, call, invite) = calling();
    net.hang_up(a, call);
    net.secs(5);
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 0)));
    accept(&mut net, peer, &invite, "t");
    let rest: Vec<_> = std::iter::from_fn(|| net.next(peer)).collect();
    let methods: Vec<_> = rest.iter().filter_map(|m| m.method()).collect();
    assert!(methods.ends_with(&[Method::Ack, Method::Bye]), "{methods:?}");
    assert!(net.events(a).is_empty());
}

#[test]
fn a_cancelled_call_that_is_never_confirmed_is_forgotten() {
    let (mut net, a, peer, call, invite) = calling();
    net.reply(peer, &invite, 180, "t");
    net.hang_up(a, call);
    net.secs(40);
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 0)));
    net.secs(40);
    assert!(net.agent(a).calls.is_empty() && net.agent(a).core.sendings.is_empty());
}

#[test]
fn malformed_answers_are_ignored_and_the_transaction_ends_by_its_timer() {
    let (mut net, a, peer, _, invite) = calling();
    let good = Builder::response_to(&invite, 200, "", Some("t")).build();
    let good = String::from_utf8(good.to_vec()).unwrap();
    let branch = invite.top_via().unwrap().branch().unwrap().to_owned();
    for bad in [
        good.replace(&branch, "z9hG4bKother"),
        good.replace(";tag=t", ""),
        good.replace(&format!("tag={}", invite.from().unwrap().tag().unwrap()), "tag=wrong"),
        good.replace("SIP/2.0 200", "SIP/2.0 999999"),
        good.get(..good.len() / 2).unwrap().to_owned(),
        good.replace("Content-Length: 0", "Content-Length: 100"),
        good.replace("CSeq: ", "CSeq: 99999999999999"),
        good.replace(" INVITE", " OPTIONS"),
    ] {
        net.send(peer, FlowId(1), super::net::address(0), bad.into());
        net.settle();
    }
    let events = net.events(a);
    assert!(!is_answered(&events) && ended(&events).is_none(), "{events:?}");
    net.secs(33);
    let Some((Ending::TimedOut, EndedBy::Remote, 0)) = ended(&net.events(a)) else { panic!() };
}

#[test]
fn a_lost_ack_is_repeated_with_the_answer() {
    let (mut net, a, b) = Net::pair();
    let mut lost = 0;
    net.lose = Some(Box::new(move |bytes| {
        lost += i32::from(bytes.starts_with(b"ACK"));
        bytes.starts_with(b"ACK") && lost < 3
    }));
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.answer(b, theirs);
    net.secs(3);
    assert!(is_answered(&net.events(b)));
    assert_eq!(net.sent(b), ["200 OK", "200 OK", "200 OK"]);
    net.secs(100);
    assert_eq!(net.sent(b).len(), 0);
}

#[test]
fn without_any_ack_the_callee_ends_the_call() {
    let (mut net, a, b) = Net::pair();
    net.lose = Some(Box::new(|bytes| bytes.starts_with(b"ACK")));
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.answer(b, theirs);
    net.secs(33);
    let events = net.events(b);
    assert!(!is_answered(&events));
    assert_eq!(ended(&events), Some((Ending::TimedOut, EndedBy::Remote, 0)));
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)));
    let sent = net.sent(b);
    assert_eq!(sent.iter().filter(|line| *line == "200 OK").count(), 11, "{sent:?}");
    assert_eq!(sent.last().unwrap(), "BYE sip:alice@10.0.0.1:5060");
}

/// RFC 3261 §15: no BYE before the ACK.
#[test]
fn a_hang_up_before_the_ack_waits_for_it() {
    let (mut net, a, b) = Net::pair();
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.answer(b, theirs);
    net.hang_up(b, theirs);
    assert_eq!(net.sent(b), ["200 OK"]);
    net.settle();
    assert_eq!(net.sent(b), ["BYE sip:alice@10.0.0.1:5060"]);
    assert_eq!(ended(&net.events(b)), Some((Ending::Bye, EndedBy::Local, 200)));
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)));
}

#[test]
fn a_hang_up_waits_for_a_late_ack_though_its_end_was_told() {
    for acks in [true, false] {
        let (mut net, a, b) = Net::pair();
        let lost = if acks { 3 } else { u32::MAX };
        let mut seen = 0;
        net.lose = Some(Box::new(move |bytes| {
            seen += u32::from(bytes.starts_with(b"ACK"));
            bytes.starts_with(b"ACK") && seen <= lost
        }));
        net.dial(a, "bob");
        net.settle();
        let theirs = net.incoming(b);
        net.answer(b, theirs);
        net.hang_up(b, theirs);
        net.secs(3);
        assert_eq!(ended(&net.events(b)), Some((Ending::Bye, EndedBy::Local, 200)));
        assert_eq!(ended(&net.events(a)), None);
        net.secs(if acks { 5 } else { 33 });
        assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)));
        net.secs(70);
        assert!(net.agent(b).calls.is_empty());
    }
}

/// Says yes or no to where a call is sent on, which is returned.
fn follow(net: &mut Net, a: At, call: CallId, agreed: bool) -> Option<String> {
    let to = net.events(a).into_iter().find_map(|event| match event {
        Event::Redirected { to, .. } => Some(to),
        _ => None,
    })?;
    net.command(a, Command::Follow { call, agreed });
    net.settle();
    Some(to)
}

#[test]
fn a_call_is_sent_on_with_consent_only() {
    let (mut net, a, peer, call, invite) = calling();
    net.reply_with(peer, &invite, 302, "t", |b| {
        b.set(Name::Contact, "<sip:premium@10.0.0.2>;q=0.9, <sip:near@10.0.0.2>;q=0.1")
    });
    net.got_request(peer, &Method::Ack);
    net.secs(3);
    net.got_nothing(peer);
    assert_eq!(follow(&mut net, a, call, false).unwrap(), "sip:premium@10.0.0.2");
    net.got_nothing(peer);
    assert_eq!(follow(&mut net, a, call, false).unwrap(), "sip:near@10.0.0.2");
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 302)));

    let (mut net, a, peer, call, invite) = calling();
    net.reply_with(peer, &invite, 302, "t", |b| b.set(Name::Contact, "<sip:near@10.0.0.2>"));
    net.hang_up(a, call);
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 0)));
    net.got_request(peer, &Method::Ack);
    net.got_nothing(peer);
}

#[test]
fn a_redirected_call_goes_on_and_not_for_ever() {
    let (mut net, a, peer, call, mut invite) = calling();
    for hop in 0..5 {
        let contact = format!("<sip:next{hop}@10.0.0.2>;q=0.5, <sip:last@10.0.0.2?Evil=1>;q=0.1");
        net.reply_with(peer, &invite, 302, "t", |b| b.set(Name::Contact, contact));
        net.got_request(peer, &Method::Ack);
        follow(&mut net, a, call, true).unwrap();
        let next = net.got_request(peer, &Method::Invite);
        let wanted =
            if hop < 4 { format!("sip:next{hop}@10.0.0.2") } else { "sip:last@10.0.0.2".into() };
        assert_eq!(next.call_id(), invite.call_id());
        assert!(next.cseq().unwrap().number > invite.cseq().unwrap().number);
        assert!(next.header("Evil").is_none());
        if hop < 4 && hop > 0 {
            // `last` was named first by hop 0 and waits its turn.
            assert!(next.request_uri().unwrap().starts_with("sip:"));
        } else if hop == 0 {
            assert_eq!(next.request_uri().unwrap(), wanted);
        }
        invite = next;
    }
    net.reply(peer, &invite, 302, "t");
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 302)));
}

#[test]
fn early_media_is_told_by_branch() {
    let (mut net, a, peer, _, invite) = calling();
    net.reply_with(peer, &invite, 183, "x", |b| b.body("application/sdp", SDP_B));
    let events = net.events(a);
    let told = events.iter().any(|event| {
        matches!(event, Event::Provisional { code: 183, tag: Some(tag), body: Some(body), .. }
            if tag == "x" && body.bytes == SDP_B)
    });
    assert!(told, "{events:?}");
}

#[test]
fn a_late_offer_is_answered_in_the_ack() {
    let (mut net, a, b) = Net::pair();
    let call = net.dial_with(a, Dial { to: "bob".into(), ..Dial::default() });
    net.settle();
    let theirs = net.incoming(b);
    net.answer(b, theirs);
    net.settle();
    let events = net.events(a);
    let offered = events.iter().any(
        |event| matches!(event, Event::Answered { body: Some(body), .. } if body.bytes == SDP_B),
    );
    assert!(offered);
    assert!(net.sent(a).iter().all(|line| !line.starts_with("ACK")));
    net.command(a, Command::AnswerLate { call, tag: None, body: SDP_A.into() });
    net.settle();
    let events = net.events(b);
    let answered = events.iter().any(
        |event| matches!(event, Event::Answered { body: Some(body), .. } if body.bytes == SDP_A),
    );
    assert!(answered, "{events:?}");
}

/// A request of the branch `tag` within its early dialog.
fn from_branch(net: &mut Net, peer: At, invite: &Message, (tag, cseq): (&str, u32), sdp: &[u8]) {
    let text = |name| invite.header(name).unwrap().text().into_owned();
    let head = format!(
        "UPDATE sip:alice@10.0.0.1:5060 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-{tag}-{cseq}\r\n\
         From: {};tag={tag}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} UPDATE\r\n\
         Max-Forwards: 70\r\nContact: <sip:{tag}@10.0.0.2:5060>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n",
        text(Name::To),
        text(Name::From),
        text(Name::CallId),
        sdp.len(),
    );
    let bytes = [head.as_bytes(), sdp].concat();
    net.send(peer, FlowId(1), super::net::address(0), bytes.into());
    net.settle();
}

fn ring_reliably(net: &mut Net, peer: At, invite: &Message, tag: &str, sdp: Option<&'static [u8]>) {
    net.reply_with(peer, invite, 183, tag, |b| {
        let b = b.header(Name::Require, "100rel").header(Name::RSeq, "1");
        match sdp {
            Some(sdp) => b.body("application/sdp", sdp),
            None => b,
        }
    });
}

/// RFC 3261 §12.1.2, RFC 3311 §5.1: what one branch has answered says nothing of another.
#[test]
fn each_branch_has_offers_and_answers_of_its_own() {
    let (mut net, a, peer, call, invite) = calling();
    ring_reliably(&mut net, peer, &invite, "x", Some(SDP_B));
    let prack = net.got_request(peer, &Method::Prack);
    net.reply(peer, &prack, 200, "");
    net.reply(peer, &invite, 180, "y");
    net.events(a);
    // Branch y has not answered our offer yet.
    from_branch(&mut net, peer, &invite, ("y", 1), SDP_A);
    assert_eq!(net.got(peer).status(), Some(491));
    assert!(net.events(a).is_empty());
    from_branch(&mut net, peer, &invite, ("x", 1), SDP_A);
    let events = net.events(a);
    let told = |e: &Event| matches!(e, Event::OfferReceived { tag: Some(tag), .. } if tag == "x");
    assert!(events.iter().any(told), "{events:?}");
    net.command(a, Command::AnswerOffer { call, body: Some(SDP_B.into()) });
    net.settle();
    assert_eq!(net.got(peer).status(), Some(200));
    // A target refresh of x leaves y where it is.
    net.reply_with(peer, &invite, 180, "y", |b| {
        b.header(Name::Require, "100rel").header(Name::RSeq, "7")
    });
    let prack = net.got_request(peer, &Method::Prack);
    assert_eq!(tag_of(&prack), "y");
    assert_eq!(prack.request_uri().unwrap(), "sip:10.0.0.2:5060");
    net.events(a);
    // The first exchange of x is of the past: its description in the 2xx is not told again.
    accept(&mut net, peer, &invite, "x");
    let events = net.events(a);
    let told =
        |e: &Event| matches!(e, Event::Answered { tag: Some(tag), body: None, .. } if tag == "x");
    assert!(events.iter().any(told), "{events:?}");
}

#[test]
fn the_branch_that_answers_ends_what_waits_in_another() {
    let (mut net, a, peer, call, invite) = calling();
    ring_reliably(&mut net, peer, &invite, "x", Some(SDP_B));
    let prack = net.got_request(peer, &Method::Prack);
    net.reply_with(peer, &prack, 200, "", |b| b.header(Name::Allow, "UPDATE"));
    from_branch(&mut net, peer, &invite, ("x", 1), SDP_A);
    accept(&mut net, peer, &invite, "y");
    let answers: Vec<_> = std::iter::from_fn(|| net.next(peer)).collect();
    assert!(answers.iter().any(|m| m.status() == Some(487)), "{answers:?}");
    assert!(answers.iter().any(|m| m.method() == Some(Method::Ack) && tag_of(m) == "y"));
    // Nobody waits for the answer any more.
    net.command(a, Command::AnswerOffer { call, body: Some(SDP_B.into()) });
    net.settle();
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), None);
}

/// A change that was sent to a branch which did not answer is made again where the call is.
#[test]
fn a_change_in_another_branch_is_made_again() {
    let (mut net, a, peer, call, invite) = calling();
    net.reply_with(peer, &invite, 183, "x", |b| {
        b.header(Name::Require, "100rel")
            .header(Name::RSeq, "1")
            .header(Name::Allow, "UPDATE")
            .body("application/sdp", SDP_B)
    });
    let prack = net.got_request(peer, &Method::Prack);
    net.reply(peer, &prack, 200, "");
    net.command(a, Command::Modify { call, offer: Some(SDP_A.into()), update: true });
    net.settle();
    let update = net.got_request(peer, &Method::Update);
    assert_eq!(tag_of(&update), "x");
    net.reply_with(peer, &invite, 200, "y", |b| {
        b.header(Name::Allow, "UPDATE").body("application/sdp", SDP_B)
    });
    assert_eq!(tag_of(&net.got_request(peer, &Method::Ack)), "y");
    let again = net.got_request(peer, &Method::Update);
    assert_eq!(tag_of(&again), "y");
    net.reply_with(peer, &update, 200, "", |b| b.body("application/sdp", SDP_B));
    net.reply_with(peer, &again, 200, "", |b| b.body("application/sdp", SDP_B));
    let changes = net.events(a);
    let changes = changes.iter().filter(|event| matches!(event, Event::Modified { .. }));
    assert_eq!(changes.count(), 1);
}

#[test]
fn each_branch_that_offers_gets_its_answer() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let call = net.dial_with(a, Dial { to: "9000".into(), ..Dial::default() });
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    for tag in ["x", "y"] {
        ring_reliably(&mut net, peer, &invite, tag, Some(SDP_B));
    }
    net.got_nothing(peer);
    for (tag, sdp) in [("x", SDP_A), ("y", SDP_B)] {
        let tag = Some(tag.to_owned());
        net.command(a, Command::AnswerLate { call, tag, body: sdp.into() });
    }
    net.settle();
    for (tag, sdp) in [("x", SDP_A), ("y", SDP_B)] {
        let prack = net.got_request(peer, &Method::Prack);
        assert_eq!((tag_of(&prack).as_str(), &prack.body()[..]), (tag, sdp));
    }
}
