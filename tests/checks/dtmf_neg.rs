//! `dtmf.neg`: are key tones agreed?

use milliwatt_checks::verdict::{Fault, Finding, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, of_a_talk, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dtmf.neg");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["offered_as"], finding.measured["payload_type"], "{finding:?}");
    assert!(finding.measured["offered_as"].is_number(), "{finding:?}");
}

#[test]
fn fails_when_the_trunk_takes_them_out() {
    let finding = faulty("no-dtmf", "dtmf.neg");
    assert_failure(&finding, Fault::Provider, "not agreed");
}

#[test]
fn does_not_apply_where_digits_are_sent_otherwise() {
    for mode in ["inband", "info"] {
        let finding = set_up("dtmf.neg", |trunk| trunk.media.dtmf = mode.into());
        assert_outcome(&finding, Outcome::Skip);
        assert!(!finding.required && finding.advice.is_some_and(|a| a.contains(mode)));
    }
}

/// What is found where the answer says this of telephone events, and the offer had them as 101.
fn answered(lines: &str) -> Finding {
    of_a_talk("dtmf.neg", |call, _| {
        let sdp = |lines: &str| {
            let formats: String = ["98", "101", "110"]
                .into_iter()
                .filter(|number| lines.contains(&format!("rtpmap:{number} ")))
                .map(|number| format!(" {number}"))
                .collect();
            Some(format!(
                "v=0\r\nm=audio 4000 RTP/AVP 0{formats}\r\n{lines}m=video 0 RTP/AVP 31\r\n"
            ))
        };
        call.calling.sdp = sdp(lines);
        call.calling.sent_sdp = sdp(&event(101, 8000, ""));
    })
}

fn event(number: u8, hz: u32, fmtp: &str) -> String {
    let fmtp = if fmtp.is_empty() { String::new() } else { format!("a=fmtp:{number} {fmtp}\r\n") };
    format!("a=rtpmap:{number} telephone-event/{hz}\r\n{fmtp}")
}

#[test]
fn all_sixteen_digits_are_wanted() {
    for (fmtp, outcome) in [
        ("", Outcome::Pass),
        ("0-15", Outcome::Pass),
        ("0-11,12,13-16", Outcome::Pass),
        ("0-256", Outcome::Pass),
        ("0-11", Outcome::Warn),
        ("0-9", Outcome::Fail),
        ("32-36", Outcome::Fail),
    ] {
        assert_outcome(&answered(&event(101, 8000, fmtp)), outcome);
    }
}

#[test]
fn the_clock_of_the_codec_is_wanted() {
    assert_failure(&answered(&event(101, 16000, "0-15")), Fault::Provider, "at 16000 Hz");
    let both = event(98, 48000, "0-15") + &event(101, 8000, "0-15");
    assert_outcome(&answered(&both), Outcome::Pass);
}

/// A trunk may offer a wideband codec first, with events of its clock or without.
#[test]
fn only_the_clock_of_the_agreed_codec_counts() {
    let offered = |formats: &str, lines: &str| {
        of_a_talk("dtmf.neg", |call, called| {
            called.codec = Some("PCMA".into());
            called.sdp = Some(format!(
                "v=0\r\nm=audio 4000 RTP/AVP {formats}\r\na=rtpmap:96 opus/48000/2\r\n{lines}"
            ));
            call.calling.codec = Some("PCMA".into());
            let both = event(98, 48000, "0-15") + &event(101, 8000, "0-15");
            call.calling.sent_sdp = Some(format!(
                "v=0\r\nm=audio 4000 RTP/AVP 96 8 98 101\r\na=rtpmap:96 opus/48000/2\r\n{both}"
            ));
            let answer = event(101, 8000, "0-15");
            call.calling.sdp = Some(format!("v=0\r\nm=audio 4000 RTP/AVP 8 101\r\n{answer}"));
        })
    };
    assert_outcome(&offered("96 8 101", &event(101, 8000, "0-15")), Outcome::Pass);
    let wide = offered("96 8 98", &event(98, 48000, "0-15"));
    assert_failure(&wide, Fault::Provider, "at 48000 Hz");
}

#[test]
fn a_forced_number_is_warned_of() {
    let finding = answered(&event(110, 8000, "0-15"));
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("forces payload type 110")));
}
