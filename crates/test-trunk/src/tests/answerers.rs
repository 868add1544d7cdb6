//! Numbers that the trunk answers itself.

use std::time::Duration;

use milliwatt_media::session::Direction;
use milliwatt_sip::message::{Method, Name};

use super::line::{Line, Phone, SDP, body, kinds};
use crate::numbers::Answerer;

const SECOND: Duration = Duration::from_secs(1);

fn start(faults: &[&str]) -> (Line, Phone) {
    (Line::new(faults), Phone::new("alice", 1))
}

fn plays(line: &Line) -> Vec<Answerer> {
    line.desk.played.iter().map(|(answerer, _)| *answerer).collect()
}

#[test]
fn numbers_that_answer_are_answered_and_hung_up() {
    for (number, answerer) in [
        ("9000", Answerer::Echo),
        ("9001", Answerer::Milliwatt),
        ("9002", Answerer::Music),
        ("9003", Answerer::Ivr),
    ] {
        let (mut line, mut alice) = start(&[]);
        let mut dialog = alice.talks_to(&mut line, number);
        assert_eq!(plays(&line), [answerer]);
        assert_eq!(line.desk.played[0].1.remote_rtp, "192.0.2.1:4000".parse().unwrap());
        alice.hangs_up(&mut line, &mut dialog, &[]);
        assert!(line.is_idle(), "{number}");
    }
}

#[test]
fn numbers_that_refuse_refuse_with_their_code() {
    for (number, code) in
        [("9005", "486"), ("8486", "486"), ("8603", "603"), ("8302", "302"), ("12345", "404")]
    {
        let (mut line, mut alice) = start(&[]);
        let (dialog, heard) = alice.dials(&mut line, number, SDP);
        assert_eq!(kinds(&heard), [code], "{number}");
        alice.acknowledge_refusal(&mut line, &dialog, &heard[0]);
        assert!(line.desk.opened.is_empty() && line.is_idle());
    }
}

#[test]
fn an_announcement_plays_before_the_404() {
    let (mut line, mut alice) = start(&[]);
    let (dialog, heard) = alice.dials(&mut line, "9004", SDP);
    assert_eq!(kinds(&heard), ["183"]);
    assert!(body(&heard[0]).contains("m=audio 10002 "));
    assert_eq!(plays(&line), [Answerer::Announcement]);
    line.pass(3 * SECOND);
    let refusal = alice.hears_one(&mut line);
    assert_eq!(refusal.status(), Some(404));
    assert_eq!(refusal.to().unwrap().tag(), heard[0].to().unwrap().tag());
    alice.acknowledge_refusal(&mut line, &dialog, &refusal);
    assert!(line.is_idle());
}

#[test]
fn ringing_ends_by_cancel_or_after_three_minutes() {
    let (mut line, mut alice) = start(&[]);
    let (dialog, heard) = alice.dials(&mut line, "9006", SDP);
    assert_eq!(kinds(&heard), ["180"]);
    line.pass(100 * SECOND);
    alice.cancels(&mut line, &dialog, &[]);
    let heard = alice.hears(&mut line);
    assert_eq!(kinds(&heard), ["200", "487"]);
    assert_eq!(heard[0].to().unwrap().tag(), heard[1].to().unwrap().tag());
    alice.acknowledge_refusal(&mut line, &dialog, &heard[1]);
    assert!(line.is_idle());

    let (dialog, _) = alice.dials(&mut line, "9006", SDP);
    line.pass(180 * SECOND);
    let heard = alice.hears_one(&mut line);
    assert_eq!(heard.status(), Some(480));
    alice.acknowledge_refusal(&mut line, &dialog, &heard);
    assert!(line.is_idle());
}

#[test]
fn a_cancel_can_be_ignored() {
    let (mut line, mut alice) = start(&["cancel-ignored"]);
    let (dialog, _) = alice.dials(&mut line, "9006", SDP);
    alice.cancels(&mut line, &dialog, &[]);
    assert_eq!(alice.hears_kinds(&mut line), ["200"]);
    line.pass(30 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
}

#[test]
fn one_hangs_up_after_five_seconds() {
    let (mut line, mut alice) = start(&[]);
    alice.talks_to(&mut line, "9007");
    line.pass(4 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
    line.pass(SECOND);
    let bye = alice.hears_one(&mut line);
    assert_eq!(bye.method(), Some(Method::Bye));
    assert!(bye.row("Reason").unwrap().contains("cause=16"));
    alice.answers(&mut line, &bye, 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn its_bye_can_be_lost() {
    let (mut line, mut alice) = start(&["bye-lost"]);
    let mut dialog = alice.talks_to(&mut line, "9007");
    line.pass(20 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
    assert_eq!(line.desk.closed.len(), 1, "the sound ends all the same");
    alice.hangs_up(&mut line, &mut dialog, &[]);
    assert!(line.is_idle());
}

#[test]
fn one_asks_for_an_offer_after_the_answer() {
    let (mut line, mut alice) = start(&[]);
    let mut dialog = alice.talks_to(&mut line, "9008");
    let invite = alice.hears_one(&mut line);
    assert_eq!((invite.method(), invite.body().len()), (Some(Method::Invite), 0));
    // An offer that crosses it is refused (RFC 3261 §14.2).
    alice.asks(&mut line, &mut dialog, &Method::Invite, &[], ("application/sdp", SDP));
    assert_eq!(alice.hears_one(&mut line).status(), Some(491));

    alice.answers(&mut line, &invite, 200, &[], &SDP.replace("4000", "4444"));
    let ack = alice.hears_one(&mut line);
    assert_eq!(ack.method(), Some(Method::Ack));
    assert!(body(&ack).contains("m=audio 10002 "));
    assert_eq!(line.desk.played[1].1.remote_rtp.port(), 4444);
    // The 2xx again: the same ACK again.
    alice.answers(&mut line, &invite, 200, &[], &SDP.replace("4000", "4444"));
    assert_eq!(alice.hears_one(&mut line).raw(), ack.raw());
    alice.asks(&mut line, &mut dialog, &Method::Invite, &[], ("application/sdp", SDP));
    assert_eq!(alice.hears_one(&mut line).status(), Some(200));
}

#[test]
fn one_insists_on_prack() {
    let (mut line, mut alice) = start(&[]);
    let (dialog, heard) = alice.dials(&mut line, "9009", SDP);
    assert_eq!(kinds(&heard), ["421"]);
    assert_eq!(heard[0].row(Name::Require).as_deref(), Some("100rel"));
    alice.acknowledge_refusal(&mut line, &dialog, &heard[0]);

    alice.headers.push(("Supported", "100rel".into()));
    let (mut dialog, heard) = alice.dials(&mut line, "9009", SDP);
    assert_eq!(kinds(&heard), ["180"]);
    assert_eq!(heard[0].number(Name::RSeq), Some(1));
    line.pass(SECOND);
    let again = alice.hears_one(&mut line);
    assert_eq!(again.raw(), heard[0].raw());

    dialog.follow(&heard[0]);
    let number = heard[0].cseq().unwrap().number;
    let mut early = dialog.clone();
    alice.asks(&mut line, &mut early, &Method::Prack, &[("RAck", "9 9 INVITE")], ("", ""));
    assert_eq!(alice.hears_kinds(&mut line), ["481"]);
    let rack = format!("1 {number} INVITE");
    alice.asks(&mut line, &mut early, &Method::Prack, &[("RAck", &rack)], ("", ""));
    let heard = alice.hears(&mut line);
    assert_eq!(kinds(&heard), ["200", "200"]);
    alice.acknowledges(&mut line, &mut dialog, &heard[1], "");
    assert_eq!(plays(&line), [Answerer::Reliable]);
    let mut dialog = early;
    alice.hangs_up(&mut line, &mut dialog, &[]);
    assert!(line.is_idle());
}

#[test]
fn a_provisional_without_prack_ends_the_call() {
    let (mut line, mut alice) = start(&["100rel"]);
    alice.headers.push(("Supported", "100rel".into()));
    let (dialog, heard) = alice.dials(&mut line, "9000", SDP);
    assert_eq!(kinds(&heard), ["180"]);
    line.pass(33 * SECOND);
    let heard = alice.hears(&mut line);
    let refusal = heard.iter().find(|m| m.status() == Some(504)).unwrap();
    alice.acknowledge_refusal(&mut line, &dialog, refusal);
    assert!(line.is_idle());
}

#[test]
fn a_2xx_is_repeated_until_its_ack_and_then_ended() {
    let (mut line, mut alice) = start(&[]);
    let (_, heard) = alice.dials(&mut line, "9000", SDP);
    assert_eq!(kinds(&heard), ["200"]);
    line.pass(Duration::from_millis(31_900));
    let again = alice.hears_kinds(&mut line);
    assert_eq!(again, ["200"; 10], "RFC 3261 §13.3.1.4");
    line.pass(SECOND / 5);
    let bye = alice.hears_one(&mut line);
    assert_eq!(bye.method(), Some(Method::Bye));
    alice.answers(&mut line, &bye, 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn a_phone_without_an_offer_gets_one() {
    let (mut line, mut alice) = start(&[]);
    let (mut dialog, heard) = alice.dials(&mut line, "9000", "");
    assert!(body(&heard[0]).contains("m=audio 10002 "));
    assert!(line.desk.played.is_empty());
    alice.acknowledges(&mut line, &mut dialog, &heard[0], SDP);
    assert_eq!(plays(&line), [Answerer::Echo]);
}

#[test]
fn hold_and_refresh_are_answered() {
    let (mut line, mut alice) = start(&[]);
    let mut dialog = alice.talks_to(&mut line, "9000");
    let hold = format!("{SDP}a=sendonly\r\n").replace("o=- 1 1", "o=- 1 2");
    alice.asks(&mut line, &mut dialog, &Method::Invite, &[], ("application/sdp", &hold));
    let answer = alice.hears_one(&mut line);
    assert!(body(&answer).contains("a=recvonly"));
    assert_eq!(line.desk.played[1].1.direction, Direction::RecvOnly);
    alice.acknowledges(&mut line, &mut dialog, &answer, "");

    alice.asks(&mut line, &mut dialog, &Method::Update, &[], ("", ""));
    let refreshed = alice.hears_one(&mut line);
    assert_eq!((refreshed.status(), refreshed.body().len()), (Some(200), 0));
    assert!(refreshed.contact().is_some());
    line.pass(20 * SECOND);
    assert!(alice.hears(&mut line).is_empty(), "nothing waits for an ACK");
}

#[test]
fn offers_that_cannot_be_met_are_refused() {
    let (mut line, mut alice) = start(&[]);
    let none = SDP.replace("RTP/AVP 0 101", "RTP/AVP 3").replace("a=rtpmap:101", "a=x:");
    let (dialog, heard) = alice.dials(&mut line, "9000", &none);
    assert_eq!(kinds(&heard), ["488"]);
    alice.acknowledge_refusal(&mut line, &dialog, &heard[0]);
    assert!(line.is_idle());
}

#[test]
fn digits_by_info_are_pressed() {
    let (mut line, mut alice) = start(&[]);
    let mut dialog = alice.talks_to(&mut line, "9003");
    for (kind, body) in
        [("application/dtmf-relay", "Signal=5\r\nDuration=160\r\n"), ("application/dtmf", "#")]
    {
        alice.asks(&mut line, &mut dialog, &Method::Info, &[], (kind, body));
        assert_eq!(alice.hears_one(&mut line).status(), Some(200));
    }
    assert_eq!(line.desk.pressed, "5#");
    alice.asks(&mut line, &mut dialog, &Method::Refer, &[("Refer-To", "<sip:9001@x>")], ("", ""));
    assert_eq!(alice.hears_one(&mut line).status(), Some(603));
}
