//! Bad networks: no panic, no drift beyond 40 ms, no more than 400 ms in the buffer, and figures
//! that agree with what the network did.

use milliwatt_media::{
    codec,
    quality::{Impairments, mos, rating},
    session::{Config, MediaPlan, Quality, Session},
};

use crate::line::{Line, Network, config, ms, plan, secs};

const CALM: Network = Network {
    loss: 0.0,
    outage: 0.0,
    outage_ms: 0,
    delay_ms: 40,
    jitter_ms: 0,
    duplicate: 0.0,
    reorder: 0.0,
    reorder_ms: 0,
};

/// A calm start, a minute of `bad`, twenty seconds of calm. Returns what b saw of the bad minute.
fn ordeal(bad: Network, seed: u8) -> Quality {
    let mut line = Line::seeded(CALM, seed);
    line.run(secs(15));
    let before = line.b.ticks().last().unwrap().buffer_ms;
    let (lost, carried) = (line.to_b.lost, line.to_b.carried);
    let start = line.b.session.quality();
    line.change(bad);
    line.run(secs(75));
    let end = line.b.session.quality();
    let truth = (line.to_b.lost - lost) as f32 * 100.0 / (line.to_b.carried - carried) as f32;
    line.change(CALM);
    line.run(secs(115));
    let last = line.b.ticks().last().unwrap();
    assert!((last.buffer_ms - before).abs() <= 40.0, "drift {} to {}", before, last.buffer_ms);
    assert_eq!((last.lost, last.late, last.concealed_percent), (0, 0, 0.0));
    for tick in line.b.ticks() {
        assert!(tick.buffer_ms <= 400.0, "{tick:?}");
    }
    let expected = (end.received + end.lost - start.received - start.lost) as f32;
    let shown = (end.lost - start.lost) as f32 * 100.0 / expected;
    assert!((shown - truth).abs() < 1.5, "shown {shown} of {truth}");
    end
}

#[test]
fn random_loss_from_1_to_40_per_cent() {
    for (loss, seed) in [(0.01, 10), (0.05, 20), (0.10, 30), (0.20, 40), (0.40, 50)] {
        let quality = ordeal(Network { loss, ..CALM }, seed);
        assert_eq!(quality.late, 0);
        let played = loss * 60.0 / 75.0 * 100.0;
        let concealed = f64::from(quality.concealed_percent);
        assert!((concealed - played).abs() < 2.0, "{loss}: {concealed}");
        assert!((0.9..1.15).contains(&quality.burst_ratio), "{}", quality.burst_ratio);
    }
}

#[test]
fn outages_of_200_ms_to_2_s() {
    for (outage_ms, seed) in [(200, 60), (700, 70), (2000, 80)] {
        let outage = 10.0 / outage_ms as f64;
        let quality = ordeal(Network { outage, outage_ms, ..CALM }, seed);
        assert!(quality.burst_ratio > 4.0, "{quality:?}");
        assert!(quality.longest_loss * 20 >= outage_ms, "{quality:?}");
        assert!(quality.longest_gap.as_millis() >= u128::from(outage_ms), "{quality:?}");
    }
}

#[test]
fn a_tenth_duplicated() {
    let quality = ordeal(Network { duplicate: 0.1, ..CALM }, 90);
    assert!((250..350).contains(&quality.duplicated), "{quality:?}");
    assert_eq!((quality.late, quality.concealed_percent), (0, 0.0));
}

#[test]
fn a_quarter_reordered_by_50_ms() {
    let quality = ordeal(Network { reorder: 0.25, reorder_ms: 50, ..CALM }, 100);
    assert!(quality.reordered > 200, "{quality:?}");
    assert!(quality.concealed_percent < 1.5, "{quality:?}");
}

#[test]
fn jitter_of_100_ms() {
    let quality = ordeal(Network { jitter_ms: 100, ..CALM }, 110);
    assert!(quality.jitter_ms > 15.0, "{quality:?}");
    assert!(quality.concealed_percent < 2.0, "{quality:?}");
}

#[test]
fn all_of_it_at_once() {
    let bad = Network {
        loss: 0.05,
        outage: 0.001,
        outage_ms: 300,
        jitter_ms: 60,
        duplicate: 0.1,
        reorder: 0.25,
        reorder_ms: 50,
        ..CALM
    };
    let quality = ordeal(bad, 120);
    assert!(quality.mos_cq.unwrap() < 3.9, "{quality:?}");
}

#[test]
fn the_score_falls_with_loss_as_the_e_model_says() {
    let mut last = 5.0;
    for (loss, mos, seed) in
        [(0.0, 4.41, 130), (0.05, 4.0, 140), (0.10, 3.4, 150), (0.20, 2.63, 160)]
    {
        let mut line = Line::seeded(Network { loss, delay_ms: 5, ..CALM }, seed);
        line.run(secs(60));
        let quality = line.b.session.quality();
        let shown = quality.mos_lq.unwrap();
        assert!((shown - mos).abs() < 0.2, "{loss}: {shown}");
        assert!(shown < last);
        last = shown;
    }
}

/// PCMU by the E-model, where packets are missed at random.
fn pcmu(loss_percent: f32, burst_ratio: f32, delay_ms: f32) -> f32 {
    let spec = codec::find("PCMU", 8000).unwrap();
    rating(&Impairments { ie: spec.ie, bpl: spec.bpl, loss_percent, burst_ratio, delay_ms })
}

/// From mouth to ear a packet is filled, carried, and held in the buffer.
#[test]
fn the_score_of_a_talk_counts_the_packet_and_the_buffer() {
    let rate = |ptime: u64, buffer: u64| {
        let mut line = Line::new(CALM);
        let sent = MediaPlan { ptime: ms(ptime), ..plan(line.b.address) };
        line.a.session = Session::new(ms(0), &config(), sent, [1; 32]);
        let held = Config { min_delay: ms(buffer), ..config() };
        line.b.session = Session::new(ms(7), &held, plan(line.a.address), [2; 32]);
        line.run(secs(30));
        let quality = line.b.session.quality();
        assert_eq!((quality.lost, quality.late), (0, 0), "{quality:?}");
        assert!((quality.buffer_ms - buffer as f32).abs() < 30.0, "{quality:?}");
        let network_ms = quality.rtt_ms.unwrap() / 2.0;
        assert!((network_ms - 40.0).abs() < 2.0, "{quality:?}");
        let delay_ms = ptime as f32 + network_ms + quality.buffer_ms;
        let (shown, expected) = (quality.r_factor.unwrap(), pcmu(0.0, 1.0, delay_ms));
        assert!((shown - expected).abs() < 0.05, "{shown}, not {expected}: {quality:?}");
        // Who only listens does not mind.
        assert!((quality.mos_lq.unwrap() - mos(pcmu(0.0, 1.0, 0.0))).abs() < 0.01, "{quality:?}");
        shown
    };
    let (short, usual, long, held) = (rate(10, 10), rate(20, 10), rate(60, 10), rate(20, 250));
    assert!(short.min(usual) > long + 0.5, "{short}, {usual}, {long}");
    // G.107 over delay: from less than 100 ms to more than 300 it falls by some twenty points.
    assert!(usual > held + 10.0, "{usual}, {held}");
}

#[test]
fn packets_that_come_too_late_are_missed_like_lost_ones() {
    let mut line = Line::seeded(CALM, 170);
    let brief = Config { max_delay: ms(40), ..config() };
    line.b.session = Session::new(ms(7), &brief, plan(line.a.address), [2; 32]);
    line.change(Network { reorder: 0.1, reorder_ms: 600, ..CALM });
    line.run(secs(60));
    line.change(CALM);
    line.run(secs(62));
    let quality = line.b.session.quality();
    assert_eq!(quality.lost, 0, "all of them came: {quality:?}");
    let late_percent = quality.late as f32 * 100.0 / quality.received as f32;
    assert!((7.0..12.0).contains(&late_percent), "{quality:?}");
    let expected = mos(pcmu(late_percent, quality.burst_ratio, 0.0));
    let shown = quality.mos_lq.unwrap();
    assert!(expected < 3.9 && (shown - expected).abs() < 0.2, "{shown}, not {expected}");
}
