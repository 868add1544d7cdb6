//! What is wrong with a call's sound stands in words in its report, with what to do about it.

use bytes::Bytes;
use milliwatt_engine::api::{CallReport, Command, Dial, OneWay, Sound, Source};

use crate::{
    carrier::Carrier,
    long::{at, dial, ended},
    support::{Pair, SECOND, notices, tones},
};

/// A call of ten seconds to a carrier that bends the sound.
fn bent(bend: impl FnMut(u64, &Bytes) -> Option<Bytes> + 'static) -> CallReport {
    report_of(Carrier::new(600).0.bending(bend))
}

/// A call of ten seconds to a carrier.
fn report_of(carrier: Carrier) -> CallReport {
    let (mut world, phone) = at(carrier, false);
    let sound = Sound { source: Source::Tone(440.0), ..Sound::default() };
    let call = dial(&mut world, phone, sound);
    world.run_for(10 * SECOND);
    world.command(phone, Command::HangUp { call });
    let report = ended(&mut world, phone);
    let told = notices(&world, phone);
    assert!(report.findings.iter().all(|found| told.contains(&found.kind)), "each was told");
    report
}

fn kinds(report: &CallReport) -> Vec<&str> {
    report.findings.iter().map(|found| found.kind.as_str()).collect()
}

/// The packet with some of its octets changed.
fn with(packet: &Bytes, change: impl FnOnce(&mut Vec<u8>)) -> Option<Bytes> {
    let mut changed = packet.to_vec();
    change(&mut changed);
    Some(changed.into())
}

#[test]
fn a_good_call_has_nothing_to_tell() {
    let report = bent(|_, packet| Some(packet.clone()));
    assert_eq!((report.findings.len(), report.advice), (0, None));
    let media = &report.media;
    assert_eq!((media.longest_loss, media.burst_ratio), (0, Some(1.0)));
    assert_eq!((media.clipped_percent, media.gap_density_percent), (Some(0.0), Some(0.0)));
    assert!(media.silence_percent.is_some_and(|percent| percent < 2.0), "{media:?}");
    assert!(media.jitter_max_ms >= media.jitter_ms, "{media:?}");
}

#[test]
fn a_call_in_which_nothing_came_is_one_way() {
    let report = bent(|_, _| None);
    assert_eq!(kinds(&report), ["no-sound", "one-way-in"]);
    assert_eq!(report.media.one_way, Some(OneWay::In));
    assert!(report.advice.is_some_and(|text| text.contains("rtp_ports")));
}

#[test]
fn a_far_end_that_hears_nothing_is_told_by_its_reports() {
    let report = report_of(Carrier::new(600).0.deaf());
    assert_eq!(kinds(&report), ["one-way-out"]);
    let found = &report.findings[0];
    assert_eq!(found.text, "The far end reports that it hears nothing of what we send.");
    // The first report may have crossed the first packets; the second is believed.
    assert!((4_000.0..6_100.0).contains(&found.at_ms), "{found:?}");
    assert_eq!((found.count, report.media.one_way), (1, Some(OneWay::Out)));
    assert!(report.advice.is_some_and(|text| text.contains("lets RTP out")));
}

#[test]
fn sound_that_stops_is_dated() {
    let report = bent(|n, packet| (n < 150).then(|| packet.clone()));
    assert_eq!(kinds(&report), ["no-sound"]);
    let found = &report.findings[0];
    assert!((7_900.0..8_300.0).contains(&found.at_ms), "{found:?}");
    assert_eq!(report.media.longest_loss, 0, "what never went on is no hole");
}

#[test]
fn packets_without_sound_in_them_are_silence() {
    let report = bent(|_, packet| with(packet, |packet| packet[12..].fill(0xff)));
    assert_eq!(kinds(&report), ["silence"]);
    assert_eq!(report.media.silence_percent.map(f64::round), Some(100.0));
    assert!(report.advice.is_some_and(|text| text.contains("muted")));
}

#[test]
fn a_wrong_payload_type_and_another_source_are_told_once_each() {
    let report = bent(|n, packet| {
        with(packet, |packet| match n {
            100..200 => packet[1] = packet[1] & 0x80 | 3,
            300.. => packet[8] ^= 0x55,
            _ => {}
        })
    });
    assert_eq!(kinds(&report), ["wrong-payload", "ssrc-changed"]);
    assert!(report.findings[0].text.contains("payload type 3"), "{:?}", report.findings);
    assert!(report.advice.is_some_and(|text| text.contains("payload type")));
}

/// Nothing of it can be played, and yet no firewall is to blame.
#[test]
fn sound_that_was_never_agreed_is_not_taken_for_none() {
    let report = bent(|_, packet| with(packet, |packet| packet[1] = packet[1] & 0x80 | 35));
    assert!(kinds(&report).contains(&"one-way-in"), "{:?}", report.findings);
    assert!(report.advice.is_some_and(|text| text.contains("payload type")));
}

#[test]
fn a_change_to_another_agreed_codec_is_a_fact_without_advice() {
    let to_a_law = |n, packet: &Bytes| {
        with(packet, |packet| {
            if n >= 200 {
                packet[1] = packet[1] & 0x80 | 8;
                // A square wave of 1 kHz in A-law, 24 dB below full scale.
                packet[12..].iter_mut().enumerate().for_each(|(n, code)| {
                    *code = if n % 8 < 4 { 0x95 } else { 0x15 };
                });
            }
        })
    };
    let report = report_of(Carrier::new(600).0.agreeing_to("0 8 101").bending(to_a_law));
    assert_eq!((kinds(&report), report.advice.as_deref()), (vec!["codec-changed"], None));
    let found = &report.findings[0];
    assert_eq!(found.text, "The far end changed to the agreed payload type 8.");
    assert!((3_900.0..4_300.0).contains(&found.at_ms), "{found:?}");
    assert_eq!(found.count, 1);
}

#[test]
fn a_digit_without_an_end_is_told() {
    let report = bent(|n, packet| {
        with(packet, |packet| {
            if (200..205).contains(&n) {
                packet.truncate(12);
                packet[1] = packet[1] & 0x80 | 101;
                let length = 160 * (n as u16 - 199);
                packet.extend([5, 10]);
                packet.extend(length.to_be_bytes());
                // One event keeps the timestamp of its beginning.
                let first = u32::from_be_bytes([packet[4], packet[5], packet[6], packet[7]]);
                let first = first.wrapping_sub(160 * (n as u32 - 200));
                packet[4..8].copy_from_slice(&first.to_be_bytes());
            }
        })
    });
    assert_eq!(kinds(&report), ["dtmf-unfinished"]);
    let text = &report.findings[0].text;
    assert!(!text.contains(|c: char| c.is_ascii_digit()), "{text}");
    assert_eq!(report.dtmf_received, "5");
}

#[test]
fn loss_in_bursts_shows_in_the_figures() {
    let report = bent(|n, packet| (n % 100 >= 4).then(|| packet.clone()));
    let media = &report.media;
    assert_eq!(media.longest_loss, 4, "{media:?}");
    assert!(media.burst_ratio.is_some_and(|ratio| (3.0..4.5).contains(&ratio)), "{media:?}");
    assert!(media.burst_density_percent.is_some_and(|percent| percent > 50.0), "{media:?}");
}

#[test]
fn too_loud_a_sound_is_clipped() {
    // The loudest code of mu-law, one way and the other.
    let loud = |packet: &mut Vec<u8>| {
        packet[12..].iter_mut().enumerate().for_each(|(n, code)| {
            *code = if n % 8 < 4 { 0x80 } else { 0x00 };
        });
    };
    let report = bent(move |_, packet| with(packet, loud));
    assert_eq!(kinds(&report), ["clipped"]);
    assert!(report.media.clipped_percent.is_some_and(|percent| percent > 90.0));
}

#[test]
fn sound_before_the_answer_is_a_fact_without_advice() {
    let mut pair = Pair::new();
    let out = pair.dial(Dial { sound: tones(440.0, 1004.0), ..Dial::default() });
    let call = pair.incoming();
    pair.world.command(pair.bob, Command::EarlyMedia { call, sound: tones(1004.0, 440.0) });
    pair.world.run_for(2 * SECOND);
    pair.answer(call, tones(1004.0, 440.0));
    pair.world.run_for(3 * SECOND);
    pair.world.command(pair.alice, Command::HangUp { call: out });
    let (alice, _) = pair.reports();
    assert_eq!(kinds(&alice[0]), ["early-media"]);
    assert_eq!(alice[0].advice, None);
}
