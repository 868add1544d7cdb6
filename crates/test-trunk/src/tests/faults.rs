//! Fault switches of signalling that the other tests do not need.

use std::time::Duration;

use bytes::Bytes;
use milliwatt_sip::message::{Builder, Message, Method, Name};

use super::line::{Line, Phone, SDP, body, kinds};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

fn options(number: u32) -> Bytes {
    Builder::request(&Method::Options, "sip:test-trunk.invalid")
        .header(Name::Via, format!("SIP/2.0/UDP 192.0.2.1:5062;branch=z9hG4bKopt{number}"))
        .header(Name::MaxForwards, "70")
        .header(Name::From, "<sip:alice@test-trunk.invalid>;tag=1")
        .header(Name::To, "<sip:test-trunk.invalid>")
        .header(Name::CallId, "pings")
        .header(Name::CSeq, format!("{number} OPTIONS"))
        .build()
}

fn ping(line: &mut Line) -> Vec<Message> {
    let alice = Phone::new("alice", 1);
    alice.say(line, &options(1));
    alice.hears(line)
}

#[test]
fn options_are_answered_late_or_never_and_tell_less() {
    let told = ping(&mut Line::new(&[]));
    assert_eq!(kinds(&told), ["200"]);
    for method in ["INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK"] {
        assert!(told[0].has_token(Name::Allow, method), "{method}");
    }
    let few = ping(&mut Line::new(&["few-methods"]));
    assert!(!few[0].has_token(Name::Allow, "BYE") && few[0].has_token(Name::Allow, "INVITE"));
    let mut silent = Line::new(&["options-silent"]);
    assert!(ping(&mut silent).is_empty());
    silent.pass(10 * SECOND);
    assert!(Phone::new("alice", 1).hears(&mut silent).is_empty());

    let mut late = Line::new(&["options-delay=400ms"]);
    assert!(ping(&mut late).is_empty());
    late.pass(399 * MS);
    assert!(Phone::new("alice", 1).hears(&mut late).is_empty());
    late.pass(MS);
    assert_eq!(Phone::new("alice", 1).hears_kinds(&mut late), ["200"]);
}

#[test]
fn a_trunk_out_of_service_says_when_to_come_back() {
    let mut line = Line::new(&["service-unavailable=30"]);
    let told = Phone::new("alice", 1).registers_with(&mut line, &[], 2);
    assert_eq!((told.status(), told.number(Name::RetryAfter)), (Some(503), Some(30)));
    let (_, heard) = Phone::new("alice", 1).dials(&mut line, "9000", SDP);
    assert_eq!(kinds(&heard), ["503"]);
    assert_eq!(kinds(&ping(&mut Line::new(&["service-unavailable=30"]))), ["200"]);
}

#[test]
fn calls_are_refused_where_registration_works() {
    let mut line = Line::new(&["invite-refused"]);
    let mut alice = Phone::new("alice", 1);
    alice.registers(&mut line);
    let (_, heard) = alice.dials(&mut line, "9000", SDP);
    assert_eq!(kinds(&heard), ["403"]);
}

#[test]
fn numbers_lead_nowhere() {
    let mut line = Line::new(&["did-unrouted"]);
    let mut alice = Phone::new("alice", 1);
    alice.registers(&mut line);
    let (_, heard) = alice.dials(&mut line, "+15550101", SDP);
    assert_eq!(kinds(&heard), ["404"]);
    alice.talks_to(&mut line, "9000");
}

#[test]
fn calls_ring_and_are_refused() {
    for number in ["9000", "+15550101"] {
        let mut line = Line::new(&["ring-then-480"]);
        let mut alice = Phone::new("alice", 1);
        alice.registers(&mut line);
        let (dialog, heard) = alice.dials(&mut line, number, SDP);
        assert_eq!(kinds(&heard), ["180"], "{number}");
        line.pass(500 * MS);
        let refusal = alice.hears_one(&mut line);
        assert_eq!(refusal.status(), Some(480));
        alice.acknowledge_refusal(&mut line, &dialog, &refusal);
        assert!(line.is_idle());
    }
}

#[test]
fn telephone_events_are_taken_out() {
    let mut line = Line::new(&["no-dtmf"]);
    let mut alice = Phone::new("alice", 1);
    let (_, heard) = alice.dials(&mut line, "9000", SDP);
    assert!(!body(&heard[0]).contains("telephone-event"), "{}", body(&heard[0]));
}

#[test]
fn a_router_puts_its_origin_into_what_passes() {
    let mut line = Line::new(&["alg"]);
    let mut alice = Phone::new("alice", 1);
    alice.registers(&mut line);
    let (_, heard) = alice.dials(&mut line, "+15550100", SDP);
    assert!(body(&heard[0]).contains("o=- 1 1 IN IP4 198.51.100.7\r\n"), "{}", body(&heard[0]));
}

#[test]
fn a_session_lives_as_long_as_it_is_refreshed() {
    let mut line = Line::new(&["session-timer=90"]);
    let mut alice = Phone::new("alice", 1);
    // A phone that knows no timers is asked for nothing.
    let mut old = alice.talks_to(&mut line, "9000");
    alice.headers.push(("Supported", "timer".into()));
    let (mut dialog, heard) = alice.dials(&mut line, "9000", SDP);
    assert_eq!(heard[0].row(Name::SessionExpires).as_deref(), Some("90;refresher=uac"));
    assert!(heard[0].has_token(Name::Require, "timer"));
    alice.acknowledges(&mut line, &mut dialog, &heard[0], "");
    line.pass(45 * SECOND);
    let refresh = [("Supported", "timer"), ("Session-Expires", "90;refresher=uac")];
    alice.asks(&mut line, &mut dialog, &Method::Update, &refresh, ("", ""));
    let told = alice.hears_one(&mut line);
    assert_eq!(told.row(Name::SessionExpires).as_deref(), Some("90;refresher=uac"));
    line.pass(59 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
    line.pass(SECOND + 100 * MS);
    let bye = alice.hears_one(&mut line);
    assert_eq!(bye.method(), Some(Method::Bye));
    alice.answers(&mut line, &bye, 200, &[], "");
    line.pass(200 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
    alice.hangs_up(&mut line, &mut old, &[]);
    assert!(line.is_idle());
}

#[test]
fn a_session_timer_that_is_too_short_is_refused() {
    let mut line = Line::new(&[]);
    let mut alice = Phone::new("alice", 1);
    alice.headers =
        vec![("Supported", "timer".into()), ("Session-Expires", "30;refresher=uac".into())];
    let (_, heard) = alice.dials(&mut line, "9000", SDP);
    assert_eq!((heard[0].status(), heard[0].number(Name::MinSe)), (Some(422), Some(90)));
}

#[test]
fn a_call_without_sound_is_ended() {
    let mut line = Line::new(&["rtp-timeout=30s"]);
    let mut alice = Phone::new("alice", 1);
    alice.talks_to(&mut line, "9000");
    line.pass(25 * SECOND);
    line.desk.heard = Some(line.now);
    line.pass(29 * SECOND);
    assert!(alice.hears(&mut line).is_empty());
    line.pass(SECOND + 100 * MS);
    let bye = alice.hears_one(&mut line);
    assert!(bye.row("Reason").unwrap().contains("RTP timeout"));
}

#[test]
fn what_cannot_be_understood_is_refused() {
    let mut line = Line::new(&[]);
    let alice = Phone::new("alice", 1);
    let text = String::from_utf8(options(7).to_vec()).unwrap();
    let broken = text.replace("CSeq: 7 OPTIONS", "CSeq: 7 INVITE");
    alice.say(&mut line, &broken.into());
    assert_eq!(alice.hears_kinds(&mut line), ["400"]);
    alice.say(&mut line, &Bytes::from_static(b"\x00\x01garbage\r\n\r\n"));
    assert!(alice.hears(&mut line).is_empty());
    alice.say(&mut line, &options(8));
    assert_eq!(alice.hears_kinds(&mut line), ["200"]);
}
