//! A call from its INVITE to its report, seen from both ends.

use milliwatt_engine::api::{Command, Dial, Event, Outcome, Side, Way};

use crate::support::{ALICE, Pair, SECOND, first, tones};

#[test]
fn two_phones_hear_each_other_and_report_once() {
    let mut pair = Pair::new();
    let (out, into) =
        pair.call(Dial { sound: tones(440.0, 1004.0), ..Dial::default() }, tones(1004.0, 440.0));
    pair.world.run_for(3 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!((alice.len(), bob.len()), (1, 1));
    let (ours, theirs) = (&alice[0], &bob[0]);
    assert_eq!((ours.call, ours.way, ours.outcome), (out, Way::Out, Outcome::Answered));
    assert_eq!((theirs.call, theirs.way, theirs.outcome), (into, Way::In, Outcome::Answered));
    assert_eq!((ours.code, ours.hangup_by), (Some(200), Some(Side::Local)));
    assert_eq!(theirs.hangup_by, Some(Side::Remote));
    assert_eq!(ours.call_id, theirs.call_id);
    assert_eq!(ours.codec.as_deref(), Some("PCMU"));
    assert_eq!((theirs.from.as_str(), theirs.to.as_str()), ("alice", "bob"));
    assert_eq!(theirs.did, "", "a user's name is no number");
    for report in [ours, theirs] {
        assert!((140..=152).contains(&report.media.received), "{:?}", report.media);
        assert_eq!((report.media.lost, report.media.one_way), (0, None));
        assert!(report.timing_ms.first_rtp.is_some_and(|ms| ms < 100.0));
        assert_eq!(report.advice, None);
    }
    for phone in [pair.alice, pair.bob] {
        let (_, (hz, snr)) = first(&pair.world, phone, |event| match event {
            Event::Tone { hz, snr_db, .. } => Some((*hz, *snr_db)),
            _ => None,
        })
        .expect("a tone");
        assert!(hz > 400.0 && snr > 15.0, "{hz} {snr}");
    }
}

#[test]
fn the_called_phone_may_hang_up_too() {
    let mut pair = Pair::new();
    let (_, into) = pair.call(Dial::default(), tones(1004.0, 440.0));
    pair.world.run_for(SECOND);
    pair.world.command(pair.bob, Command::HangUp { call: into });
    let (alice, bob) = pair.reports();
    assert_eq!(alice[0].hangup_by, Some(Side::Remote));
    assert_eq!(bob[0].hangup_by, Some(Side::Local));
}

#[test]
fn ringing_is_told_with_its_time() {
    let mut pair = Pair::new();
    pair.dial(Dial::default());
    let call = pair.incoming();
    pair.world.run_for(SECOND);
    pair.world.command(pair.bob, Command::Ring { call });
    pair.world.run_for(SECOND);
    let (_, (code, at_ms)) = first(&pair.world, pair.alice, |event| match event {
        Event::Progress { code, at_ms, .. } if *code == 180 => Some((*code, *at_ms)),
        _ => None,
    })
    .expect("ringing");
    assert_eq!(code, 180);
    assert!((1000.0..1100.0).contains(&at_ms), "{at_ms}");
}

#[test]
fn an_offer_may_come_late() {
    let mut pair = Pair::new();
    let dial = Dial { late_offer: true, sound: tones(440.0, 1004.0), ..Dial::default() };
    let (out, _) = pair.call(dial, tones(1004.0, 440.0));
    pair.world.run_for(2 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert!(alice[0].media.received > 90 && bob[0].media.received > 90);
    assert_eq!((alice[0].outcome, bob[0].outcome), (Outcome::Answered, Outcome::Answered));
}

#[test]
fn the_asked_codec_is_used() {
    let mut pair = Pair::new();
    let dial = Dial { codecs: vec!["PCMA".into()], ..Dial::default() };
    let (out, _) = pair.call(dial, tones(1004.0, 440.0));
    pair.world.run_for(SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, bob) = pair.reports();
    assert_eq!(alice[0].codec.as_deref(), Some("PCMA"));
    assert_eq!(bob[0].codec.as_deref(), Some("PCMA"));
}

#[test]
fn a_public_address_of_the_settings_stands_in_the_sdp() {
    let mut pair = Pair::with(|trunk| {
        if trunk.trunk.user == "alice" {
            trunk.trunk.public_address = Some("198.51.100.9".into());
        }
    });
    pair.dial(Dial::default());
    pair.incoming();
    let (_, sdp) = first(&pair.world, pair.bob, |event| match event {
        Event::Incoming { sdp, .. } => sdp.clone(),
        _ => None,
    })
    .expect("an offer");
    assert!(sdp.contains("c=IN IP4 198.51.100.9"), "{sdp}");
    assert!(!sdp.contains(&ALICE.to_string()), "{sdp}");
}

#[test]
fn early_media_is_heard_before_the_answer_and_the_microphone_is_not() {
    let mut pair = Pair::new();
    let out = pair.dial(Dial { sound: tones(440.0, 1004.0), ..Dial::default() });
    let call = pair.incoming();
    pair.world.command(pair.bob, Command::EarlyMedia { call, sound: tones(1004.0, 440.0) });
    pair.world.run_for(2 * SECOND);
    let tone = |event: &Event| matches!(event, Event::Tone { .. }).then_some(());
    let early = |event: &Event| match event {
        Event::Progress { early_media, .. } => early_media.then_some(()),
        _ => None,
    };
    assert!(first(&pair.world, pair.alice, early).is_some());
    pair.world.command(pair.bob, Command::Reject { call, code: 404, headers: Vec::new() });
    let (alice, _) = pair.reports();
    assert_eq!((alice[0].call, alice[0].code), (out, Some(404)));
    assert!(alice[0].media.received > 90);
    assert!(first(&pair.world, pair.alice, tone).is_some());
    assert!(first(&pair.world, pair.bob, tone).is_none());
}
