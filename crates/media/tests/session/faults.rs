//! A far end that goes wrong is told in events, and the call goes on.

use milliwatt_media::session::{MediaEvent, OneWay};

use crate::line::{End, Line, Network, address, ms, plan, rtp, rtp_with, secs, voice};

/// One end whose far end is a script of packets.
struct Script {
    end: End,
}

impl Script {
    fn new() -> Self {
        Self { end: End::new(ms(0), address(1, 4000), plan(address(2, 5000)), 1) }
    }

    /// Frames `from..to`; `packet` gives the packet that arrives in the middle of each.
    fn run(&mut self, from: u32, to: u32, packet: impl Fn(u32) -> Option<Vec<u8>>) {
        for n in from..to {
            let now = ms(u64::from(n) * 20);
            self.end.session.run(now, &mut self.end.port);
            self.end.drain();
            if let Some(bytes) = packet(n) {
                self.end.packet(now + ms(10), address(2, 5000), &bytes);
            }
        }
        self.end.drain();
    }
}

fn good(n: u32) -> Option<Vec<u8>> {
    Some(rtp(0, n as u16, n * 160, 7))
}

#[test]
fn silence_from_the_start_is_told_after_five_seconds() {
    let mut script = Script::new();
    script.run(0, 249, |_| None);
    assert_eq!(script.end.news(), []);
    script.run(249, 600, |_| None);
    assert_eq!(script.end.news(), [MediaEvent::Silent(secs(5))]);
    let quality = script.end.session.quality();
    assert_eq!((quality.one_way, quality.mos_cq), (Some(OneWay::In), None));
}

#[test]
fn a_far_end_that_stops_is_told_and_when_it_comes_back() {
    let mut script = Script::new();
    script.run(0, 100, good);
    script.run(100, 400, |_| None);
    assert_eq!(script.end.told(&MediaEvent::Resumed), 0);
    assert_eq!(script.end.session.quality().one_way, Some(OneWay::In));
    script.run(400, 500, |n| good(n - 300));
    assert_eq!(script.end.told(&MediaEvent::Resumed), 1);
    assert_eq!(script.end.session.quality().one_way, None);
    assert_eq!(script.end.session.quality().lost, 0);
}

#[test]
fn a_far_end_that_hears_nothing_is_known_by_its_reports() {
    let mut line = Line::new(Network::default());
    line.to_b = crate::line::Way::lossy(1.0, 9);
    line.run(secs(25));
    assert_eq!(line.a.session.quality().one_way, Some(OneWay::Out));
    assert_eq!(line.b.session.quality().one_way, Some(OneWay::In));
}

#[test]
fn a_payload_type_that_was_not_agreed_is_told_once_and_not_played() {
    let mut script = Script::new();
    script.run(0, 300, |n| Some(rtp(18, n as u16, n * 160, 7)));
    assert_eq!(script.end.news(), [MediaEvent::UnexpectedPayload(18), MediaEvent::Silent(secs(5))]);
    assert!(script.end.port.heard.iter().all(|sample| *sample == 0));
    // Between good packets it is missed like a lost one.
    let mut script = Script::new();
    let mixed = |n: u32| if n % 10 == 3 { Some(rtp(96, n as u16, n * 160, 7)) } else { good(n) };
    script.run(0, 500, mixed);
    assert_eq!(script.end.told(&MediaEvent::UnexpectedPayload(96)), 1);
    let quality = script.end.session.quality();
    assert_eq!(quality.lost, 0);
    assert!((9.0..11.0).contains(&quality.concealed_percent), "{quality:?}");
    assert!(quality.mos_lq.unwrap() < 3.6);
}

#[test]
fn another_agreed_codec_is_followed_in_mid_stream() {
    let mut script = Script::new();
    script.run(0, 100, good);
    script.run(100, 200, |n| Some(rtp_with(8, n as u16, n * 160, 7, &[0x55; 160])));
    script.run(200, 300, good);
    assert_eq!(
        script.end.news(),
        [MediaEvent::FirstPacket, MediaEvent::CodecChanged(8), MediaEvent::CodecChanged(0)]
    );
    let quality = script.end.session.quality();
    assert_eq!((quality.lost, quality.late, quality.concealed_percent), (0, 0, 0.0));
}

#[test]
fn a_pause_with_comfort_noise_is_heard_as_noise_and_is_no_fault() {
    let mut script = Script::new();
    script.run(0, 100, good);
    script.run(100, 101, |n| Some(rtp_with(13, n as u16, n * 160, 7, &[50])));
    script.run(101, 500, |_| None);
    let paused = script.end.port.heard.len() - 8000;
    let noise = milliwatt_media::level::rms_dbov(&script.end.port.heard[paused..]);
    assert!((noise + 50.0).abs() < 1.5, "{noise}");
    script.run(500, 600, |n| Some(rtp(0, (n - 399) as u16, n * 160, 7)));
    let quality = script.end.session.quality();
    assert_eq!((quality.lost, quality.late, quality.concealed_percent), (0, 0, 0.0), "{quality:?}");
    assert_eq!(script.end.news(), [MediaEvent::FirstPacket]);
}

#[test]
fn another_source_is_followed_after_two_packets() {
    let mut script = Script::new();
    script.run(0, 100, good);
    script.run(100, 300, |n| Some(rtp(0, n as u16 + 30_000, n * 160 + 0x8000_0000, 8)));
    assert_eq!(script.end.news(), [MediaEvent::FirstPacket, MediaEvent::SsrcChanged]);
    let quality = script.end.session.quality();
    assert_eq!((quality.received, quality.lost), (299, 0));
    assert!(quality.concealed_percent < 2.0, "{quality:?}");
}

#[test]
fn a_second_source_between_the_packets_of_the_first_is_ignored() {
    let mut script = Script::new();
    for n in 0..300_u32 {
        let stray = rtp(0, n as u16, n * 160, 9);
        script.end.packet(ms(u64::from(n) * 20), address(2, 5000), &stray);
        script.run(n, n + 1, |n| {
            Some(rtp(0, n as u16, n * 160, 9)).filter(|_| n == 0).or_else(|| good(n))
        });
    }
    assert!(script.end.told(&MediaEvent::SsrcChanged) <= 1);
}

#[test]
fn numbers_and_timestamps_that_jump_cost_a_few_frames() {
    let mut script = Script::new();
    script.run(0, 200, good);
    script.run(200, 400, |n| Some(rtp(0, n as u16 + 20_000, n * 160, 7)));
    script.run(400, 600, |n| Some(rtp(0, n as u16 + 20_000, n * 160 + 0x4000_0000, 7)));
    let quality = script.end.session.quality();
    assert_eq!((quality.lost, quality.late), (0, 0), "{quality:?}");
    assert!(quality.concealed_percent < 1.0, "{quality:?}");
    assert!(script.end.ticks().last().unwrap().buffer_ms < 70.0);
}

#[test]
fn no_sample_of_a_flood_from_a_stranger_is_heard_and_nothing_is_sent_to_it() {
    let stranger = address(9, 6666);
    let run = |flood: bool| {
        let mut script = Script::new();
        script.end.keep_sent = true;
        let spoken: Vec<u8> = (0..160).map(|n| 0x80 | (voice(n, 8000) & 0x3f) as u8).collect();
        for n in 0..500_u32 {
            script.run(n, n + 1, |n| Some(rtp_with(0, n as u16, n * 160, 7, &spoken)));
            // 10 000 a second, from before the first good packet on, some with its very SSRC.
            for k in 0..if flood { 200 } else { 0 } {
                let (sequence, ssrc) = ((n * 200 + k) as u16, if k % 2 == 0 { 7 } else { 0xbad });
                let packet = rtp_with(0, sequence, n * 160 + k, ssrc, &[0x00; 160]);
                let at = ms(u64::from(n) * 20 + 10)
                    + std::time::Duration::from_micros(u64::from(k) * 50);
                script.end.packet(at, stranger, &packet);
            }
        }
        script.end
    };
    let (calm, flooded) = (run(false), run(true));
    assert_eq!(flooded.port.heard, calm.port.heard);
    assert!(flooded.sent.iter().all(|(to, _)| to.ip() == address(2, 5000).ip()));
    assert_eq!(flooded.sent.len(), calm.sent.len());
    let told = flooded.told(&MediaEvent::Intruder(stranger));
    assert!((9..=11).contains(&told), "{told}");
    let (a, b) = (calm.session.quality(), flooded.session.quality());
    assert_eq!((a.received, a.mos_cq), (b.received, b.mos_cq));
}

#[test]
fn a_far_end_behind_a_nat_is_followed_and_answered() {
    let mut script = Script::new();
    script.end.keep_sent = true;
    let natted = address(77, 7000);
    for n in 0..200_u32 {
        script.run(n, n + 1, |_| None);
        script.end.packet(ms(u64::from(n) * 20 + 10), natted, &good(n).unwrap());
    }
    script.end.drain();
    assert_eq!(script.end.news()[..2], [MediaEvent::Latched(natted), MediaEvent::FirstPacket]);
    let last: Vec<_> = script.end.sent.iter().rev().take(20).map(|(to, _)| to.ip()).collect();
    assert!(last.iter().all(|ip| *ip == natted.ip()));
}
