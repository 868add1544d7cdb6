//! Calls that fork, that are sent on, and sessions that are changed against resistance.

use std::{cell::RefCell, rc::Rc};

use milliwatt_engine::{
    api::{CallId, Command, Dial, Event, Outcome, Side},
    drive::{PhoneId, World},
};
use milliwatt_store::settings::Trunk;

use crate::{
    carrier::CARRIER,
    script::{Answer, Got, Script},
    support::{ALICE, SECOND, notices, reports, tones, trunk},
};

const ANSWER: Answer = Answer {
    after: "INVITE",
    status: "200 OK",
    tag: "x",
    headers: "Contact: <sip:x@10.0.0.9>\r\n",
    sdp: Some(30_000),
};

fn call(answers: Vec<Answer>, dial: Dial) -> (World, PhoneId, CallId, Rc<RefCell<Got>>) {
    call_with(answers, dial, |_| ())
}

fn call_with(
    answers: Vec<Answer>,
    dial: Dial,
    edit: impl FnOnce(&mut Trunk),
) -> (World, PhoneId, CallId, Rc<RefCell<Got>>) {
    let mut world = World::new([9; 32]);
    let alice = world.phone(ALICE).unwrap();
    let (script, got) = Script::new(answers);
    world.peer(CARRIER, Box::new(script));
    let mut settings = trunk("line", "alice", &CARRIER.to_string());
    edit(&mut settings);
    world.trunk(alice, settings, None);
    let call = world.next_call();
    let sound = tones(440.0, 1004.0);
    let dial = Box::new(Dial { to: "+15550100".into(), sound, ..dial });
    world.command(alice, Command::Dial { call, trunk: "line".into(), dial });
    world.run_for(2 * SECOND);
    (world, alice, call, got)
}

fn rings_reliably(after: &'static str, tag: &'static str, port: u16) -> Answer {
    let headers = "Contact: <sip:b@10.0.0.9>\r\nRequire: 100rel\r\nRSeq: 1\r\n";
    Answer { after, status: "183 Session Progress", tag, headers, sdp: Some(port) }
}

/// The 200 of the first branch says nothing of sound, since its 183 has said all; the second branch
/// has been heard since.
#[test]
fn the_sound_goes_to_the_branch_that_answers() {
    for late_offer in [false, true] {
        let answers = vec![
            rings_reliably("INVITE", "x", 30_000),
            rings_reliably("PRACK", "y", 30_002),
            Answer { after: "PRACK", sdp: None, ..ANSWER },
        ];
        let (mut world, alice, call, got) = call(answers, Dial { late_offer, ..Dial::default() });
        let pracks = got.borrow().requests("PRACK").len();
        assert_eq!(pracks, 2, "each branch gets its PRACK (late offer: {late_offer})");
        got.borrow_mut().rtp.clear();
        world.run_for(2 * SECOND);
        let rtp = got.borrow().rtp.clone();
        assert!(rtp.get(&30_000).is_some_and(|count| *count >= 99), "{late_offer} {rtp:?}");
        assert_eq!(rtp.get(&30_002), None, "{late_offer}");
        world.command(alice, Command::HangUp { call });
        world.run_for(3 * SECOND);
        assert_eq!(reports(&world, alice)[0].outcome, Outcome::Answered);
    }
}

fn sent_on(to: &'static str) -> Vec<Answer> {
    let moved = Answer { status: "302 Moved", headers: to, sdp: None, ..ANSWER };
    vec![moved, ANSWER]
}

#[test]
fn a_call_is_not_sent_on_to_what_nobody_has_allowed() {
    const PREMIUM: &str = "Contact: <sip:+19005550100@10.0.0.9>\r\n";
    const EMERGENCY: &str = "Contact: <sip:911@10.0.0.9>\r\n";
    const NATIONAL: &str = "Contact: <sip:133@10.0.0.9>\r\n";
    const LONG: &str = concat!(
        "Contact: <sip:5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,5,",
        "5,5,5,5,5,5,5,5,5,5,5,5,5@10.0.0.9>\r\n"
    );
    const SAME: &str = "Contact: <sip:+15550100@10.0.0.9;x=1>\r\n";
    for (to, unattended, allow, follows) in [
        (EMERGENCY, false, "*", false),
        (EMERGENCY, true, "*", false),
        // An extension of the trunk's own house, or Austria's police: a person knows which.
        (NATIONAL, false, "*", true),
        (NATIONAL, true, "*", false),
        (LONG, false, "*", false),
        (PREMIUM, false, "", true),
        (PREMIUM, true, "", false),
        (PREMIUM, true, "+1900*", true),
        (SAME, true, "", true),
    ] {
        let dial = Dial { unattended, ..Dial::default() };
        let (mut world, alice, call, got) =
            call_with(sent_on(to), dial, |trunk| trunk.test.allow = vec![allow.to_owned()]);
        let case = format!("{to} {unattended} {allow}");
        assert_eq!(got.borrow().requests("INVITE").len(), 1 + usize::from(follows), "{case}");
        let kind = if follows { "redirected" } else { "redirect-refused" };
        assert_eq!(notices(&world, alice), [kind], "{case}");
        world.command(alice, Command::HangUp { call });
        world.run_for(3 * SECOND);
        let report = &reports(&world, alice)[0];
        match follows {
            true => assert_eq!(report.outcome, Outcome::Answered, "{case}"),
            false => assert_eq!((report.code, report.hangup_by), (Some(302), Some(Side::Remote))),
        }
    }
}

/// The `o=` line of a description, and what it says of the direction.
fn origin(message: &str) -> (u64, bool) {
    let line = message.lines().find(|line| line.starts_with("o=")).unwrap();
    (line.split(' ').nth(2).unwrap().parse().unwrap(), message.contains("a=sendonly"))
}

/// 491 twice: each try has an offer of its own, and says what a person wants by then.
#[test]
fn an_offer_that_is_tried_again_is_a_fresh_one() {
    let busy = || Answer { status: "491 Request Pending", headers: "", sdp: None, ..ANSWER };
    let answers = vec![ANSWER, busy(), busy(), ANSWER];
    let (mut world, alice, call, got) = call(answers, Dial::default());
    world.command(alice, Command::Hold { call });
    world.run_for(12 * SECOND);
    let invites: Vec<(u64, bool)> =
        got.borrow().requests("INVITE").into_iter().map(|text| origin(text)).collect();
    let [(first, false), (second, true), (third, true), (fourth, true)] = invites[..] else {
        panic!("{invites:?}")
    };
    assert!(first < second && second < third && third < fourth, "{invites:?}");
    let held = world
        .events(alice)
        .iter()
        .any(|(_, event)| matches!(event, Event::Held { local: true, refused: None, .. }));
    assert!(held);
}

/// The far end has no UPDATE: the session is refreshed by a re-INVITE, whose answer moves the sound.
#[test]
fn the_answer_to_a_refresh_is_obeyed() {
    const TIMED: &str = "Contact: <sip:x@10.0.0.9>\r\nSession-Expires: 90;refresher=uac\r\n";
    let answers = vec![
        Answer { headers: TIMED, ..ANSWER },
        Answer { headers: TIMED, sdp: Some(30_010), ..ANSWER },
    ];
    let (mut world, _, _, got) =
        call_with(answers, Dial::default(), |trunk| trunk.trunk.session_expires = 90);
    world.run_for(46 * SECOND);
    assert_eq!(got.borrow().requests("INVITE").len(), 2);
    got.borrow_mut().rtp.clear();
    world.run_for(2 * SECOND);
    let rtp = got.borrow().rtp.clone();
    assert!(rtp.get(&30_010).is_some_and(|count| *count >= 99), "{rtp:?}");
    assert_eq!(rtp.get(&30_000), None);
}
