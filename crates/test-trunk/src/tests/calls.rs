//! Calls from phone to phone through the trunk.

use std::time::Duration;

use milliwatt_sip::message::{Message, Method, Name};

use super::line::{Dialog, Line, Phone, SDP, body, kinds};

const SECOND: Duration = Duration::from_secs(1);
const BOB: &str = "+15550110";

fn start(faults: &[&str]) -> (Line, Phone, Phone) {
    let (mut line, alice, mut bob) =
        (Line::new(faults), Phone::new("alice", 1), Phone::new("bob", 2));
    bob.registers(&mut line);
    (line, alice, bob)
}

/// Alice dials bob, whose phone rings: her dialog, and the INVITE that he gets.
#[track_caller]
fn ring(line: &mut Line, alice: &mut Phone, bob: &Phone, sdp: &str) -> (Dialog, Message) {
    let (dialog, heard) = alice.dials(line, BOB, sdp);
    assert!(heard.is_empty(), "{heard:?}");
    let invite = bob.hears_one(line);
    bob.answers(line, &invite, 180, &[], "");
    assert_eq!(alice.hears_one(line).status(), Some(180));
    (dialog, invite)
}

/// Alice talks to bob.
#[track_caller]
fn talk(line: &mut Line, alice: &mut Phone, bob: &Phone) -> (Dialog, Dialog) {
    let (mut hers, invite) = ring(line, alice, bob, SDP);
    let his = bob.answers(line, &invite, 200, &[], &SDP.replace("4000", "5000"));
    let answer = alice.hears_one(line);
    alice.acknowledges(line, &mut hers, &answer, "");
    assert_eq!(bob.hears_kinds(line), ["ACK"]);
    (hers, his)
}

#[test]
fn a_number_reaches_the_phone_of_its_owner() {
    let (mut line, mut alice, bob) = start(&[]);
    let (mut hers, invite) = ring(&mut line, &mut alice, &bob, SDP);
    assert_eq!(invite.request_uri().unwrap(), "sip:+15550110@192.0.2.2:5062;ob");
    assert_eq!(invite.to().unwrap().uri().as_str(), "sip:+15550110@test-trunk.invalid");
    let called = invite.address(Name::PCalledPartyId).unwrap();
    assert_eq!(called.uri().user(), Some("+15550110"));
    assert_eq!(invite.from().unwrap().uri().user(), Some("+15550100"));
    assert!(body(&invite).contains("c=IN IP4 198.18.0.1\r\n"), "{}", body(&invite));
    assert_eq!(line.desk.aimed, [(0, "192.0.2.1:4000".parse().unwrap())]);

    let mut his = bob.answers(&mut line, &invite, 200, &[], &SDP.replace("4000", "5000"));
    assert_eq!(line.desk.aimed[1], (1, "192.0.2.1:5000".parse().unwrap()));
    let answer = alice.hears_one(&mut line);
    assert!(body(&answer).contains("m=audio 10002 "), "{}", body(&answer));
    alice.acknowledges(&mut line, &mut hers, &answer, "");
    let ack = bob.hears_one(&mut line);
    assert_eq!((ack.method(), ack.body().len()), (Some(Method::Ack), 0));

    let mut bob = bob;
    bob.hangs_up(&mut line, &mut his, &[("Reason", "Q.850;cause=16")]);
    let bye = alice.hears_one(&mut line);
    assert_eq!(
        (bye.method(), bye.row("Reason").as_deref()),
        (Some(Method::Bye), Some("Q.850;cause=16"))
    );
    alice.answers(&mut line, &bye, 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn a_phone_can_call_itself() {
    let (mut line, mut alice) = (Line::new(&[]), Phone::new("alice", 1));
    alice.registers(&mut line);
    let (mut hers, heard) = alice.dials(&mut line, "+15550105", SDP);
    let [invite] = heard.as_slice() else { panic!("{heard:?}") };
    alice.answers(&mut line, invite, 200, &[], SDP);
    let heard = alice.hears(&mut line);
    assert_eq!(kinds(&heard), ["ACK", "200"]);
    alice.acknowledges(&mut line, &mut hers, &heard[1], "");
    alice.asks(&mut line, &mut hers, &Method::Bye, &[], ("", ""));
    let heard = alice.hears(&mut line);
    assert_eq!(kinds(&heard), ["200", "BYE"]);
    alice.answers(&mut line, &heard[1], 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn a_number_without_a_phone_is_not_available() {
    let (mut line, mut alice) = (Line::new(&[]), Phone::new("alice", 1));
    let (dialog, heard) = alice.dials(&mut line, BOB, SDP);
    assert_eq!(kinds(&heard), ["480"]);
    alice.acknowledge_refusal(&mut line, &dialog, &heard[0]);
    // A registration that has run out is none.
    Phone::new("bob", 2).registers_with(&mut line, &[("Expires", "60".into())], 2);
    line.pass(61 * SECOND);
    let (dialog, heard) = alice.dials(&mut line, BOB, SDP);
    assert_eq!(kinds(&heard), ["480"]);
    alice.acknowledge_refusal(&mut line, &dialog, &heard[0]);
    assert!(line.is_idle());
}

#[test]
fn what_the_called_phone_refuses_with_is_told() {
    for (faults, code, told) in [
        (&[][..], 486, 486),
        (&[], 603, 603),
        (&[], 401, 480),
        (&["busy-code=503"], 486, 503),
        (&["busy-code=503"], 603, 603),
    ] {
        let (mut line, mut alice, bob) = start(faults);
        let (hers, invite) = ring(&mut line, &mut alice, &bob, SDP);
        bob.answers(&mut line, &invite, code, &[], "");
        assert_eq!(bob.hears_kinds(&mut line), ["ACK"]);
        let refusal = alice.hears_one(&mut line);
        assert_eq!(refusal.status(), Some(told));
        alice.acknowledge_refusal(&mut line, &hers, &refusal);
        assert!(line.is_idle(), "{faults:?} {code}");
    }
}

#[test]
fn a_cancel_reaches_the_ringing_phone() {
    let (mut line, mut alice, bob) = start(&[]);
    let (hers, invite) = ring(&mut line, &mut alice, &bob, SDP);
    alice.cancels(&mut line, &hers, &[("Reason", "SIP;cause=200;text=\"elsewhere\"")]);
    let heard = alice.hears(&mut line);
    assert_eq!(kinds(&heard), ["200", "487"]);
    alice.acknowledge_refusal(&mut line, &hers, &heard[1]);
    let cancel = bob.hears_one(&mut line);
    // RFC 3261 §9.1: nothing of the early dialog is in it.
    assert_eq!(cancel.request_uri(), invite.request_uri());
    assert_eq!(cancel.to().unwrap().tag(), None);
    assert_eq!(cancel.top_via().unwrap().branch(), invite.top_via().unwrap().branch());
    assert!(cancel.row("Reason").unwrap().contains("elsewhere"));
    bob.answers(&mut line, &cancel, 200, &[], "");
    bob.answers(&mut line, &invite, 487, &[], "");
    assert_eq!(bob.hears_kinds(&mut line), ["ACK"]);
    assert!(line.is_idle());
}

#[test]
fn a_cancel_waits_for_the_first_sign_of_life() {
    let (mut line, mut alice, bob) = start(&[]);
    let (hers, _) = alice.dials(&mut line, BOB, SDP);
    let invite = bob.hears_one(&mut line);
    alice.cancels(&mut line, &hers, &[]);
    let heard = alice.hears(&mut line);
    alice.acknowledge_refusal(&mut line, &hers, &heard[1]);
    assert!(bob.hears(&mut line).is_empty());
    bob.answers(&mut line, &invite, 180, &[], "");
    let cancel = bob.hears_one(&mut line);
    assert_eq!(cancel.method(), Some(Method::Cancel));
    bob.answers(&mut line, &cancel, 200, &[], "");
    // Answered at the same time: acknowledged and hung up.
    bob.answers(&mut line, &invite, 200, &[], SDP);
    let heard = bob.hears(&mut line);
    assert_eq!(kinds(&heard), ["ACK", "BYE"]);
    bob.answers(&mut line, &heard[1], 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn offers_go_through_both_ways_and_one_at_a_time() {
    let (mut line, mut alice, mut bob) = start(&[]);
    let (mut hers, mut his) = talk(&mut line, &mut alice, &bob);
    let hold = format!("{SDP}a=sendonly\r\n").replace("4000", "4002");
    alice.asks(&mut line, &mut hers, &Method::Invite, &[], ("application/sdp", &hold));
    let invite = bob.hears_one(&mut line);
    assert!(body(&invite).contains("a=sendonly"));
    // Bob's own offer crosses it.
    bob.asks(&mut line, &mut his, &Method::Invite, &[], ("application/sdp", SDP));
    let refusal = bob.hears_one(&mut line);
    assert_eq!(refusal.status(), Some(491));
    bob.acknowledge_refusal(&mut line, &his, &refusal);
    let answer = format!("{SDP}a=recvonly\r\n").replace("4000", "5002");
    bob.answers(&mut line, &invite, 200, &[], &answer);
    assert_eq!(bob.hears_kinds(&mut line), ["ACK"]);
    let back = alice.hears_one(&mut line);
    assert!(body(&back).contains("a=recvonly"));
    alice.acknowledges(&mut line, &mut hers, &back, "");
    let ports: Vec<_> = line.desk.aimed.iter().map(|(side, at)| (*side, at.port())).collect();
    assert_eq!(ports[2..], [(1, 5002), (0, 4002)]);
    // A 2xx that comes again is acknowledged again and bothers alice no more.
    bob.answers(&mut line, &invite, 200, &[], &answer);
    assert_eq!(bob.hears_kinds(&mut line), ["ACK"]);
    line.pass(5 * SECOND);
    assert!(alice.hears(&mut line).is_empty());

    bob.asks(&mut line, &mut his, &Method::Invite, &[], ("application/sdp", SDP));
    let invite = alice.hears_one(&mut line);
    alice.answers(&mut line, &invite, 488, &[], "");
    assert_eq!(alice.hears_kinds(&mut line), ["ACK"]);
    assert_eq!(bob.hears_one(&mut line).status(), Some(488));
    assert_eq!(line.desk.aimed.len(), 4, "a refused offer changes nothing");
    alice.hangs_up(&mut line, &mut hers, &[]);
    let bye = bob.hears_one(&mut line);
    bob.answers(&mut line, &bye, 200, &[], "");
}

#[test]
fn a_caller_without_an_offer_gets_that_of_the_called() {
    let (mut line, mut alice, bob) = start(&[]);
    let (mut hers, invite) = ring(&mut line, &mut alice, &bob, "");
    assert!(invite.body().is_empty());
    bob.answers(&mut line, &invite, 200, &[], SDP);
    assert!(bob.hears(&mut line).is_empty(), "the ACK waits for alice's answer");
    let offer = alice.hears_one(&mut line);
    assert!(body(&offer).contains("m=audio 10002 "));
    alice.acknowledges(&mut line, &mut hers, &offer, &SDP.replace("4000", "4006"));
    let ack = bob.hears_one(&mut line);
    assert!(body(&ack).contains("m=audio 10004 "), "{}", body(&ack));
    let last = line.desk.aimed.last().unwrap();
    assert_eq!((last.0, last.1.port()), (0, 4006));
}

#[test]
fn a_called_phone_can_be_made_to_offer() {
    let (mut line, mut alice, bob) = start(&["late-offer"]);
    let (mut hers, invite) = ring(&mut line, &mut alice, &bob, SDP);
    assert!(invite.body().is_empty());
    bob.answers(&mut line, &invite, 200, &[], &SDP.replace("4000", "5000"));
    let ack = bob.hears_one(&mut line);
    assert!(body(&ack).contains("m=audio 10004 "), "{}", body(&ack));
    let answer = alice.hears_one(&mut line);
    alice.acknowledges(&mut line, &mut hers, &answer, "");
    bob.answers(&mut line, &invite, 200, &[], &SDP.replace("4000", "5000"));
    assert_eq!(bob.hears_one(&mut line).raw(), ack.raw());
}

#[test]
fn the_caller_is_shown_as_it_may_be() {
    let shown = |faults: &[&str], headers: &[(&'static str, &str)], from: Option<&str>| {
        let (mut line, mut alice, bob) = start(faults);
        alice.headers = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        if let Some(from) = from {
            alice.from = from.to_owned();
        }
        let (_, invite) = ring(&mut line, &mut alice, &bob, SDP);
        let asserted = invite.address(Name::PAssertedIdentity);
        let asserted = asserted.and_then(|a| a.uri().user().map(str::to_owned));
        (invite.from().unwrap().uri().user().unwrap_or_default().to_owned(), asserted)
    };
    let number = |number: &str| (number.to_owned(), Some(number.to_owned()));
    let pai = ("P-Asserted-Identity", "<sip:+15550103@test-trunk.invalid>");
    assert_eq!(shown(&[], &[], None), number("+15550100"));
    assert_eq!(shown(&[], &[pai], None), number("+15550103"));
    let from = Some("<sip:15550104@test-trunk.invalid>");
    assert_eq!(shown(&[], &[], from), number("+15550104"));
    let foreign = Some("<sip:+15550199@test-trunk.invalid>");
    assert_eq!(shown(&[], &[], foreign), number("+15550100"));
    assert_eq!(shown(&["caller-id=+15559999"], &[pai], None), number("+15559999"));
    let private = shown(&[], &[pai, ("Privacy", "id")], None);
    assert_eq!(private, ("anonymous".to_owned(), None));
}

#[test]
fn a_bye_waits_for_the_ack() {
    let (mut line, mut alice, mut bob) = start(&[]);
    let (mut hers, invite) = ring(&mut line, &mut alice, &bob, SDP);
    let mut his = bob.answers(&mut line, &invite, 200, &[], SDP);
    let answer = alice.hears_one(&mut line);
    assert_eq!(bob.hears_kinds(&mut line), ["ACK"]);
    bob.hangs_up(&mut line, &mut his, &[]);
    assert!(alice.hears(&mut line).is_empty(), "RFC 3261 §15");
    alice.acknowledges(&mut line, &mut hers, &answer, "");
    let bye = alice.hears_one(&mut line);
    assert_eq!(bye.method(), Some(Method::Bye));
    alice.answers(&mut line, &bye, 200, &[], "");
    assert!(line.is_idle());
}

#[test]
fn what_belongs_to_no_call_is_481() {
    let (mut line, mut alice, bob) = start(&[]);
    let (mut hers, _) = talk(&mut line, &mut alice, &bob);
    let mut strange = hers.clone();
    strange.call_id.push('x');
    alice.asks(&mut line, &mut strange, &Method::Bye, &[], ("", ""));
    assert_eq!(alice.hears_one(&mut line).status(), Some(481));
    alice.hangs_up(&mut line, &mut hers, &[]);
    alice.asks(&mut line, &mut hers, &Method::Invite, &[], ("application/sdp", SDP));
    assert_eq!(alice.hears_one(&mut line).status(), Some(481));
}

#[test]
fn a_silent_phone_is_given_up() {
    let (mut line, mut alice, bob) = start(&[]);
    let (hers, _) = alice.dials(&mut line, BOB, SDP);
    bob.hears_one(&mut line);
    line.pass(33 * SECOND);
    let heard = alice.hears(&mut line);
    let last = heard.last().unwrap();
    assert_eq!(last.status(), Some(480));
    alice.acknowledge_refusal(&mut line, &hers, last);
    assert!(line.is_idle());
}
