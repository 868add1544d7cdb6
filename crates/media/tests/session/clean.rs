//! A clean line: every sample comes through, nothing is made up, the figures say so.

use milliwatt_media::session::{Config, Control, MediaEvent, Session};

use crate::line::{Line, Network, alignment, config, ms, plan, secs};

#[test]
fn twenty_seconds_come_through_whole() {
    let mut line = Line::new(Network { delay_ms: 10, ..Network::default() });
    line.run(secs(20));
    for end in [&line.a, &line.b] {
        let quality = end.session.quality();
        assert!((999..=1000).contains(&quality.sent), "{quality:?}");
        assert!((997..=1000).contains(&quality.received), "{quality:?}");
        assert_eq!(
            (quality.lost, quality.late, quality.duplicated, quality.reordered),
            (0, 0, 0, 0)
        );
        assert_eq!((quality.concealed_percent, quality.longest_loss), (0.0, 0));
        assert!(quality.jitter_ms < 0.5 && quality.buffer_ms < 45.0, "{quality:?}");
        assert!(quality.mos_cq.unwrap() > 4.3 && quality.mos_lq.unwrap() > 4.4, "{quality:?}");
        assert_eq!(quality.one_way, None);
        assert!(end.news().contains(&MediaEvent::FirstPacket));
        assert_eq!(end.ticks().count(), 19);
    }
    let (lag, likeness) = alignment(&line.a.port.spoken[..80_000], &line.b.port.heard, 1600);
    assert!(likeness > 0.999, "{likeness} at {lag}");
}

#[test]
fn reports_give_round_trip_loss_and_jitter_of_the_far_end() {
    let mut line = Line::new(Network { delay_ms: 35, ..Network::default() });
    line.run(secs(20));
    let quality = line.a.session.quality();
    let rtt = quality.rtt_ms.unwrap();
    // The far end answers from its frame clock, and DLSR takes that out.
    assert!((69.0..72.0).contains(&rtt), "{rtt}");
    assert_eq!(quality.remote_loss_percent, Some(0.0));
    assert!(quality.remote_jitter_ms.unwrap() < 1.0);
}

/// The source descriptions of a compound packet (RFC 3550 §6.5): how each begins, and what is in it.
fn descriptions(mut bytes: &[u8]) -> Vec<(u8, &[u8])> {
    let mut found = Vec::new();
    while let [flags, kind, high, low, rest @ ..] = bytes {
        let words = u16::from_be_bytes([*high, *low]);
        let (body, after) = rest.split_at(usize::from(words) * 4);
        if *kind == 202 {
            found.push((*flags, body));
        }
        bytes = after;
    }
    found
}

/// Names of each length up to a whole word, and the longest.
#[test]
fn each_report_says_by_cname_whose_it_is() {
    for length in [12, 13, 14, 15, 255] {
        let name = "n".repeat(length);
        let mut line = Line::new(Network::default());
        let named = Config { cname: name.clone(), ..config() };
        line.a.session = Session::new(ms(0), &named, plan(line.b.address), [1; 32]);
        line.a.keep_sent = true;
        line.run(secs(20));
        line.a.session.control(line.now, Control::Stop);
        line.run(secs(21));
        let to_port = |port: u16| line.a.sent.iter().filter(move |(to, _)| to.port() == port);
        let (_, sound) = to_port(line.b.address.port()).next().unwrap();
        // One chunk: our source, CNAME and its length, the name, and zeros up to the next word.
        let head = [1, u8::try_from(length).unwrap()];
        let mut chunk = [&sound[8..12], &head, name.as_bytes(), &[0]].concat();
        chunk.resize(chunk.len().next_multiple_of(4), 0);
        let reports: Vec<_> = to_port(line.b.address.port() + 1).collect();
        assert!(reports.len() >= 3, "{reports:?}");
        for (_, report) in reports {
            assert_eq!(descriptions(report), [(0x81, &chunk[..])], "{report:?}");
        }
    }
}

#[test]
fn a_port_of_48_khz_hears_the_same_voice() {
    let mut line = Line::new(Network::default());
    line.b.port.rate = 48_000;
    line.run(secs(4));
    let heard: Vec<i16> = line.b.port.heard.iter().step_by(6).copied().collect();
    let (_, likeness) = alignment(&line.a.port.spoken[..24_000], &heard, 1600);
    assert!(likeness > 0.98, "{likeness}");
}

#[test]
fn mute_sends_silence_and_stop_says_goodbye() {
    let mut line = Line::new(Network::default());
    line.run(secs(2));
    assert!(line.a.port.sends);
    line.a.session.control(line.now, Control::Mute(true));
    line.run(secs(3));
    assert!(!line.a.port.sends, "the port is told that nobody hears it");
    let muted = line.b.port.heard.len() - 4000;
    assert!(line.b.port.heard[muted..].iter().all(|sample| sample.unsigned_abs() < 10));
    line.a.session.control(line.now, Control::Mute(false));
    line.run(secs(4));
    line.a.session.control(line.now, Control::Stop);
    let heard = line.a.port.heard.len();
    line.run(secs(5));
    assert_eq!(line.a.session.wake_at(), None);
    assert_eq!(line.a.port.heard.len(), heard);
    assert_eq!(line.b.told(&MediaEvent::Bye), 1);
    let sent = line.a.session.quality().sent;
    line.run(secs(6));
    assert_eq!(line.a.session.quality().sent, sent);
}

#[test]
fn levels_are_those_of_the_voice() {
    let mut line = Line::new(Network::default());
    line.run(secs(10));
    let (a, b) = (line.a.session.quality(), line.b.session.quality());
    let (out, heard) = (a.level_out_dbov.unwrap(), b.level_in_dbov.unwrap());
    assert!((out - heard).abs() < 0.3 && (-30.0..-10.0).contains(&out), "{out} {heard}");
    assert_eq!(b.clipped_percent, 0.0);
}

#[test]
fn a_stall_of_the_owner_is_skipped_and_sending_goes_on() {
    let mut line = Line::new(Network::default());
    line.run(secs(2));
    let later = line.now + ms(1500);
    line.a.session.run(later, &mut line.a.port);
    assert!(line.a.session.wake_at().unwrap() > later);
    line.now = later;
    line.run(secs(8));
    let quality = line.b.session.quality();
    assert!(quality.lost == 0 && quality.late <= 2, "{quality:?}");
    assert_eq!(line.b.ticks().last().unwrap().received, 50);
}
