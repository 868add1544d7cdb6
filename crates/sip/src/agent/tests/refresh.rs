//! Session timers (RFC 4028), and what crosses a refresh.

use std::time::Duration;

use super::{
    super::*,
    modify::{answer_offer, freshen, modified, offers},
    net::{At, Net, SDP_A, SDP_B, ended},
};
use crate::message::{Message, Method, Name};

#[test]
fn session_timers_are_refreshed_by_update() {
    let (mut net, a, b) = Net::pair_with(|a| a.session_expires = Some(90), |_| {});
    net.up(a, b);
    net.sent(a);
    net.secs(46);
    assert_eq!(net.sent(a), ["UPDATE sip:bob@10.0.0.2:5060"]);
    net.secs(3600);
    assert_eq!(ended(&net.events(a)), None);
    assert!((79..=80).contains(&net.sent(a).len()));
    assert!(net.events(b).is_empty());
}

#[test]
fn a_session_that_is_not_refreshed_ends() {
    let (mut net, a, b) = Net::pair_with(|a| a.session_expires = Some(90), |_| {});
    net.up(a, b);
    net.nodes[a.0].1 = super::net::Node::Hole;
    net.secs(63);
    assert_eq!(ended(&net.events(b)), Some((Ending::TimedOut, EndedBy::Remote, 0)));
}

#[test]
fn a_refused_interval_is_raised() {
    let (mut net, a, peer) = Net::scripted(|a| a.session_expires = Some(120));
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    assert_eq!(invite.header(Name::SessionExpires).unwrap().text(), "120");
    assert!(invite.has_token(Name::Supported, "timer"));
    net.reply_with(peer, &invite, 422, "t", |b| b.header(Name::MinSe, "600"));
    net.got_request(peer, &Method::Ack);
    let again = net.got_request(peer, &Method::Invite);
    assert_eq!(again.header(Name::SessionExpires).unwrap().text(), "600");
    assert_eq!(again.header(Name::MinSe).unwrap().text(), "600");
    net.reply_with(peer, &again, 200, "t", |b| {
        b.header(Name::SessionExpires, "600;refresher=uas").body("application/sdp", SDP_B)
    });
    let events = net.events(a);
    assert!(
        events.iter().any(|e| matches!(e, Event::Answered { session: Some((600, false)), .. }))
    );
}

/// A proxy and the callee may each ask for more; whoever asks on is not followed for ever.
#[test]
fn an_interval_is_raised_twice_at_most() {
    let (mut net, a, peer) = Net::scripted(|a| a.session_expires = Some(120));
    net.dial(a, "9000");
    net.settle();
    for (asked, wanted) in [("120", "600"), ("600", "1200"), ("1200", "1800")] {
        let invite = net.got_request(peer, &Method::Invite);
        assert_eq!(invite.header(Name::SessionExpires).unwrap().text(), asked);
        net.reply_with(peer, &invite, 422, "t", |b| b.header(Name::MinSe, wanted));
        net.got_request(peer, &Method::Ack);
    }
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 422)));
}

#[test]
fn too_small_an_interval_is_refused() {
    let (mut net, _, peer) = Net::scripted(|_| {});
    net.request(
        peer,
        "INVITE sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK1\n\
         From: <sip:bob@10.0.0.2>;tag=e\nTo: <sip:alice@10.0.0.1>\nCall-ID: c\nCSeq: 1 INVITE\n\
         Max-Forwards: 70\nContact: <sip:bob@10.0.0.2:5060>\nSupported: timer\n\
         Session-Expires: 30\nContent-Length: 0\n\n",
    );
    let refusal = net.got(peer);
    assert_eq!((refusal.status(), refusal.number(Name::MinSe)), (Some(422), Some(90)));
}

/// A call that we placed, to a far end without UPDATE whose session we refresh.
fn refreshed_by_us() -> (Net, At, At, CallId, Message) {
    let (mut net, a, peer) = Net::scripted(|a| a.session_expires = Some(90));
    let call = net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &invite, 200, "t", |b| {
        b.header(Name::SessionExpires, "90;refresher=uac").body("application/sdp", SDP_B)
    });
    net.got_request(peer, &Method::Ack);
    net.events(a);
    (net, a, peer, call, invite)
}

/// A request of the far end in the dialog that our INVITE has made.
fn theirs(net: &mut Net, peer: At, invite: &Message, method: &str, cseq: u32, sdp: bool) {
    let text = |name| invite.header(name).unwrap().text().into_owned();
    let body = if sdp { String::from_utf8(SDP_B.to_vec()).unwrap() } else { String::new() };
    let text = format!(
        "{method} sip:alice@10.0.0.1:5060 SIP/2.0\n\
         Via: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bK-{method}-{cseq}\n\
         From: {};tag=t\nTo: {}\nCall-ID: {}\nCSeq: {cseq} {method}\nMax-Forwards: 70\n\
         Contact: <sip:9000@10.0.0.2:5060>\nContent-Type: application/sdp\n\
         Content-Length: {}\n\n",
        text(Name::To),
        text(Name::From),
        text(Name::CallId),
        body.len(),
    );
    let bytes = text.replace('\n', "\r\n") + &body;
    net.send(peer, FlowId(1), super::net::address(0), bytes.into());
    net.settle();
}

#[test]
fn a_refused_change_is_no_part_of_the_next_refresh() {
    let (mut net, a, peer, call, _) = refreshed_by_us();
    net.command(a, Command::Modify { call, offer: Some(SDP_B.into()), update: false });
    net.settle();
    let change = net.got_request(peer, &Method::Invite);
    net.reply(peer, &change, 488, "");
    net.got_request(peer, &Method::Ack);
    assert_eq!(modified(&net.events(a)), [Err(488)]);
    net.secs(46);
    assert_eq!(net.got_request(peer, &Method::Invite).body(), SDP_A);

    let (mut net, a, peer, call, _) = refreshed_by_us();
    net.command(a, Command::Modify { call, offer: Some(SDP_B.into()), update: false });
    net.settle();
    let change = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &change, 200, "", |b| {
        b.header(Name::SessionExpires, "90;refresher=uac").body("application/sdp", SDP_A)
    });
    net.got_request(peer, &Method::Ack);
    assert_eq!(modified(&net.events(a)), [Ok(true)]);
    net.secs(46);
    assert_eq!(net.got_request(peer, &Method::Invite).body(), SDP_B);
}

/// RFC 3311 §5.2: 491 while our own offer is out, be it a refresh; 500 while we owe an answer.
#[test]
fn an_update_that_crosses_an_offer_is_refused() {
    let (mut net, _, peer, _, invite) = refreshed_by_us();
    let refresh = net.awaited(peer, Duration::from_secs(46));
    theirs(&mut net, peer, &invite, "UPDATE", 1, true);
    assert_eq!(net.got(peer).status(), Some(491));
    net.reply_with(peer, &refresh, 200, "", |b| b.body("application/sdp", SDP_B));
    net.got_request(peer, &Method::Ack);

    let (mut net, a, peer) = Net::scripted(|_| {});
    let call = net.dial_with(a, Dial { to: "9000".into(), ..Dial::default() });
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    theirs(&mut net, peer, &invite, "UPDATE", 1, true);
    let refusal = net.got(peer);
    assert_eq!(refusal.status(), Some(500));
    assert!(refusal.number(Name::RetryAfter).is_some_and(|wait| wait <= 10));
    net.command(a, Command::AnswerLate { call, tag: None, body: SDP_A.into() });
    net.settle();
    assert_eq!(net.got_request(peer, &Method::Ack).body(), SDP_A);

    // One UPDATE after the other, with an offer or without.
    theirs(&mut net, peer, &invite, "UPDATE", 2, true);
    assert_eq!(offers(&net.events(a)), 1);
    theirs(&mut net, peer, &invite, "UPDATE", 3, false);
    assert_eq!(net.got(peer).status(), Some(500));
    answer_offer(&mut net, a, call);
    net.settle();
    assert_eq!(net.got(peer).status(), Some(200));
}

#[test]
fn a_far_end_without_update_is_refreshed_by_the_same_description() {
    let (mut net, a, peer, ..) = refreshed_by_us();
    net.secs(46);
    let refresh = net.got_request(peer, &Method::Invite);
    assert_eq!(refresh.body(), SDP_A);
    assert_eq!(refresh.header(Name::SessionExpires).unwrap().text(), "90;refresher=uac");
    net.reply_with(peer, &refresh, 200, "", |b| {
        b.header(Name::SessionExpires, "90;refresher=uac").body("application/sdp", SDP_B)
    });
    // Its answer is told: it may say something new.
    let events = net.events(a);
    let told =
        events.iter().any(|e| matches!(e, Event::Refreshed { body, .. } if body.bytes == SDP_B));
    assert!(told && modified(&events).is_empty(), "{events:?}");
    while net.next(peer).is_some() {}
    // The next one is refused: there is time for another, and then the session ends.
    net.secs(46);
    let refresh = net.got_request(peer, &Method::Invite);
    net.reply(peer, &refresh, 488, "");
    while net.next(peer).is_some() {}
    net.secs(24);
    net.got_request(peer, &Method::Invite);
    net.secs(25);
    assert!(matches!(ended(&net.events(a)), Some((Ending::TimedOut, EndedBy::Remote, _))));
}

/// RFC 4028 §7.4: what a proxy on the way insists on is asked for at once, and from then on.
#[test]
fn a_refused_interval_of_a_refresh_is_raised() {
    let (mut net, a, peer, ..) = refreshed_by_us();
    let refresh = net.awaited(peer, Duration::from_secs(46));
    net.reply_with(peer, &refresh, 422, "", |b| b.header(Name::MinSe, "600"));
    net.got_request(peer, &Method::Ack);
    let again = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &again, 200, "", |b| {
        b.header(Name::SessionExpires, "600;refresher=uac").body("application/sdp", SDP_B)
    });
    net.got_request(peer, &Method::Ack);
    let agreed = net.now;
    let next = net.awaited(peer, Duration::from_secs(301));
    assert!(net.now - agreed > Duration::from_secs(299), "half of the new interval");
    for refresh in [again, next] {
        assert_eq!(refresh.header(Name::SessionExpires).unwrap().text(), "600;refresher=uac");
        assert_eq!(refresh.header(Name::MinSe).unwrap().text(), "600");
        assert_eq!(refresh.body(), SDP_A);
    }
    assert_eq!(ended(&net.events(a)), None);
}

#[test]
fn a_refresh_goes_before_a_change_that_waits() {
    let (mut net, a, peer, call, _) = refreshed_by_us();
    net.secs(40);
    net.command(a, Command::Modify { call, offer: Some(SDP_B.into()), update: false });
    net.settle();
    let change = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &change, 503, "", |b| b.header(Name::RetryAfter, "10"));
    net.got_request(peer, &Method::Ack);
    let refresh = net.awaited(peer, Duration::from_secs(11));
    assert_eq!(refresh.body(), SDP_A);
    assert!(net.events(a).is_empty());
    net.reply_with(peer, &refresh, 200, "", |b| {
        b.header(Name::SessionExpires, "90;refresher=uac").body("application/sdp", SDP_B)
    });
    net.got_request(peer, &Method::Ack);
    let events = net.events(a);
    assert!(freshen(&mut net, a, call, &events), "{events:?}");
    assert_eq!(net.got_request(peer, &Method::Invite).body(), SDP_B);
}

/// At the end of a session there is no time to wait for as long as the far end asks.
#[test]
fn a_refresh_is_not_put_off_past_the_end_of_the_session() {
    let (mut net, a, peer, ..) = refreshed_by_us();
    for wait in [46, 24, 12] {
        let refresh = net.awaited(peer, Duration::from_secs(wait));
        let code = if wait == 12 { 503 } else { 488 };
        net.reply_with(peer, &refresh, code, "", |b| match code {
            503 => b.header(Name::RetryAfter, "10"),
            _ => b,
        });
        while net.next(peer).is_some() {}
    }
    let refresh = net.awaited(peer, Duration::from_secs(9));
    net.reply_with(peer, &refresh, 200, "", |b| {
        b.header(Name::SessionExpires, "90;refresher=uac").body("application/sdp", SDP_B)
    });
    net.secs(20);
    assert_eq!(ended(&net.events(a)), None);
}
