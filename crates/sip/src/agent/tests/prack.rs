//! Reliable provisional responses (RFC 3262) and UPDATE before the answer (RFC 3311).

use super::{
    super::*,
    net::{Net, SDP_A, SDP_B, ended, is_answered, progress},
};
use crate::message::{Method, Name};

#[test]
fn early_media_goes_reliably_where_it_is_demanded() {
    let (mut net, a, b) = Net::pair_with(|a| a.reliable = Extension::Required, |_| {});
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 183, body: Some(SDP_B.into()) });
    // Held back until the PRACK, since the 183 carries the answer (RFC 3262 §5).
    net.answer(b, theirs);
    assert_eq!(net.sent(b), ["183 Session Progress"]);
    net.settle();
    assert_eq!(net.sent(b), ["200 OK", "200 OK"]);
    let events = net.events(a);
    assert_eq!(progress(&events), [183]);
    assert!(events.iter().any(|e| matches!(e, Event::Answered { body: None, .. })), "{events:?}");
    assert!(is_answered(&net.events(b)));
    let sent: Vec<_> =
        net.sent(a).iter().map(|l| l.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(sent, ["INVITE", "PRACK", "ACK"]);
}

#[test]
fn a_reliable_response_is_repeated_until_the_prack_comes() {
    let (mut net, a, b) = Net::pair_with(|a| a.reliable = Extension::Required, |_| {});
    let mut pracks = 0;
    net.lose = Some(Box::new(move |bytes| {
        pracks += i32::from(bytes.starts_with(b"PRACK"));
        bytes.starts_with(b"PRACK") && pracks <= 2
    }));
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.command(b, Command::Ring { call: theirs, code: 183, body: None });
    net.secs(5);
    assert_eq!(progress(&net.events(a)), [180, 183]);
    assert_eq!(ended(&net.events(b)), None);
}

#[test]
fn an_answer_may_overtake_the_prack() {
    let (mut net, a, b) = Net::pair_with(|a| a.reliable = Extension::Required, |_| {});
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.answer(b, theirs);
    net.settle();
    assert_eq!(net.sent(b), ["180 Ringing", "200 OK", "200 OK"]);
    assert!(is_answered(&net.events(a)) && is_answered(&net.events(b)));
    net.secs(40);
    assert_eq!((ended(&net.events(a)), ended(&net.events(b))), (None, None));
}

#[test]
fn without_a_prack_the_call_is_refused() {
    let (mut net, a, b) = Net::pair_with(|a| a.reliable = Extension::Required, |_| {});
    net.lose = Some(Box::new(|bytes| bytes.starts_with(b"PRACK")));
    net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 180, body: None });
    net.secs(33);
    assert_eq!(ended(&net.events(b)), Some((Ending::Rejected, EndedBy::Local, 504)));
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 504)));
}

#[test]
fn repeats_and_gaps_are_not_acknowledged() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    assert!(invite.has_token(Name::Supported, "100rel"));
    let ring = |net: &mut Net, rseq: &str| {
        net.reply_with(peer, &invite, 180, "t", |b| {
            b.header(Name::Require, "100rel").header(Name::RSeq, rseq)
        });
    };
    ring(&mut net, "17");
    let prack = net.got_request(peer, &Method::Prack);
    let number = invite.cseq().unwrap().number;
    assert_eq!(prack.header(Name::RAck).unwrap().text(), format!("17 {number} INVITE"));
    assert_eq!(prack.cseq().unwrap().number, number + 1);
    net.reply(peer, &prack, 200, "");
    ring(&mut net, "17");
    ring(&mut net, "19");
    net.got_nothing(peer);
    ring(&mut net, "18");
    net.got_request(peer, &Method::Prack);
    assert_eq!(progress(&net.events(a)), [180, 180]);
}

#[test]
fn a_late_offer_is_answered_in_the_prack() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let call = net.dial_with(a, Dial { to: "9008".into(), ..Dial::default() });
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &invite, 183, "t", |b| {
        b.header(Name::Require, "100rel").header(Name::RSeq, "1").body("application/sdp", SDP_B)
    });
    net.got_nothing(peer);
    net.command(a, Command::AnswerLate { call, tag: Some("t".into()), body: SDP_A.into() });
    net.settle();
    let prack = net.got_request(peer, &Method::Prack);
    assert_eq!(prack.body(), SDP_A);
    net.reply(peer, &prack, 200, "");
    // The exchange is over: the 2xx needs no answer.
    net.reply_with(peer, &invite, 200, "t", |b| b);
    let ack = net.got_request(peer, &Method::Ack);
    assert!(ack.body().is_empty());
    assert!(is_answered(&net.events(a)));
}

/// The 2xx comes before the owner has answered: the answer belongs into the PRACK all the same.
#[test]
fn an_answer_that_was_overtaken_goes_in_the_prack() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let call = net.dial_with(a, Dial { to: "9008".into(), ..Dial::default() });
    net.settle();
    let invite = net.got_request(peer, &Method::Invite);
    net.reply_with(peer, &invite, 183, "t", |b| {
        b.header(Name::Require, "100rel").header(Name::RSeq, "1").body("application/sdp", SDP_B)
    });
    net.reply(peer, &invite, 200, "t");
    assert!(net.got_request(peer, &Method::Ack).body().is_empty());
    net.command(a, Command::AnswerLate { call, tag: Some("t".into()), body: SDP_A.into() });
    net.settle();
    let prack = net.got_request(peer, &Method::Prack);
    assert_eq!(prack.body(), SDP_A);
    assert!(is_answered(&net.events(a)));
}

#[test]
fn update_changes_early_media() {
    let (mut net, a, b) = Net::pair_with(|a| a.reliable = Extension::Required, |_| {});
    let ours = net.dial(a, "bob");
    net.settle();
    let theirs = net.incoming(b);
    net.command(b, Command::Ring { call: theirs, code: 183, body: Some(SDP_B.into()) });
    net.settle();
    net.events(a);
    net.command(a, Command::Modify { call: ours, offer: Some(SDP_A.into()), update: true });
    net.settle();
    assert!(net.events(b).iter().any(|e| matches!(e, Event::OfferReceived { body: Some(_), .. })));
    net.command(b, Command::AnswerOffer { call: theirs, body: Some(SDP_B.into()) });
    net.settle();
    assert!(net.events(a).iter().any(|e| matches!(e, Event::Modified { result: Ok(Some(_)), .. })));
    net.answer(b, theirs);
    net.settle();
    assert!(is_answered(&net.events(a)));
}

#[test]
fn a_phone_without_100rel_refuses_it() {
    let (mut net, a, b) =
        Net::pair_with(|a| a.reliable = Extension::Required, |b| b.reliable = Extension::Off);
    net.dial(a, "bob");
    net.settle();
    assert!(net.events(b).is_empty());
    let events = net.events(a);
    let Some(Event::Ended { code: 420, headers, .. }) = events.last() else { panic!("{events:?}") };
    assert!(headers.contains(&("Unsupported".into(), "100rel".into())));

    let (mut net, a, b) =
        Net::pair_with(|a| a.reliable = Extension::Off, |b| b.reliable = Extension::Required);
    net.dial(a, "bob");
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 421)));
    assert!(net.events(b).is_empty());
}
