//! Digits, both ways of sending them.

use std::time::Duration;

use milliwatt_media::session::{Control, DtmfMode, MediaEvent};

use crate::line::{End, Line, Network, address, ms, plan, rtp, rtp_with, secs};

fn press(line: &mut Line, digits: &str, mode: DtmfMode) {
    let control = Control::Dtmf { digits: digits.to_owned(), mode, on: ms(100), off: ms(100) };
    line.a.session.control(line.now, control);
}

fn heard(end: &End) -> Vec<(char, DtmfMode, u128)> {
    let digit = |event: &MediaEvent| match event {
        MediaEvent::Digit { digit, mode, duration, .. } => {
            Some((*digit, *mode, duration.as_millis()))
        }
        _ => None,
    };
    end.events.iter().filter_map(digit).collect()
}

#[test]
fn events_arrive_once_each_with_their_length() {
    let mut line = Line::new(Network::default());
    line.run(secs(2));
    press(&mut line, "1590*#AD", DtmfMode::Rfc4733);
    line.run(secs(6));
    let expected: Vec<_> =
        "1590*#AD".chars().map(|digit| (digit, DtmfMode::Rfc4733, 100)).collect();
    assert_eq!(heard(&line.b), expected);
    assert_eq!(line.a.told(&MediaEvent::DtmfSent), 1);
    let quality = line.b.session.quality();
    assert_eq!((quality.lost, quality.concealed_percent), (0, 0.0), "{quality:?}");
}

#[test]
fn events_survive_loss_and_repetition() {
    let bad = Network { loss: 0.2, duplicate: 0.1, jitter_ms: 30, ..Network::default() };
    let mut line = Line::seeded(bad, 5);
    line.run(secs(2));
    press(&mut line, "1234567890", DtmfMode::Rfc4733);
    line.run(secs(8));
    let digits: String = heard(&line.b).iter().map(|(digit, ..)| *digit).collect();
    assert_eq!(digits, "1234567890");
}

#[test]
fn tones_are_heard_in_the_sound() {
    let mut line = Line::new(Network::default());
    line.a.port.silent = true;
    line.run(secs(2));
    press(&mut line, "7,3", DtmfMode::Inband);
    line.run(secs(6));
    let digits = heard(&line.b);
    assert_eq!(digits.iter().map(|(digit, ..)| *digit).collect::<String>(), "73");
    assert!(
        digits.iter().all(|(_, mode, ms)| *mode == DtmfMode::Inband && (85..=115).contains(ms))
    );
}

#[test]
fn tones_are_sent_where_events_were_not_agreed() {
    let mut line = Line::new(Network::default());
    line.a.port.silent = true;
    let mut without = plan(line.b.address);
    without.dtmf.clear();
    line.a.session.control(line.now, Control::Plan(Box::new(without)));
    line.run(secs(1));
    press(&mut line, "5", DtmfMode::Rfc4733);
    line.run(secs(3));
    assert_eq!(
        heard(&line.b).first().map(|(digit, mode, _)| (*digit, *mode)),
        Some(('5', DtmfMode::Inband))
    );
}

#[test]
fn what_is_no_digit_is_refused() {
    let mut line = Line::new(Network::default());
    press(&mut line, "12x", DtmfMode::Rfc4733);
    line.run(secs(2));
    assert!(line.a.events.iter().any(|event| matches!(event, MediaEvent::DtmfRefused(_))));
    assert_eq!((heard(&line.b), line.a.told(&MediaEvent::DtmfSent)), (vec![], 0));
}

#[test]
fn an_event_without_an_end_is_told_as_unfinished() {
    let mut end = End::new(ms(0), address(1, 4000), plan(address(2, 5000)), 1);
    for n in 0..100_u32 {
        let packet = if (50..55).contains(&n) {
            let duration = ((n - 49) * 160) as u16;
            let payload = [&[3, 10][..], &duration.to_be_bytes()].concat();
            rtp_with(101, n as u16, 8000, 7, &payload)
        } else {
            rtp(0, n as u16, n * 160, 7)
        };
        end.packet(ms(u64::from(n) * 20), address(2, 5000), &packet);
        end.session.run(ms(u64::from(n) * 20 + 1), &mut end.port);
        end.drain();
    }
    let digit = MediaEvent::Digit {
        digit: '3',
        mode: DtmfMode::Rfc4733,
        duration: ms(100),
        unfinished: true,
    };
    assert_eq!(end.told(&digit), 1);
    assert_eq!(heard(&end).len(), 1);
}

#[test]
fn a_peer_that_sends_both_ways_presses_once() {
    let mut line = Line::new(Network { delay_ms: 30, jitter_ms: 20, ..Network::default() });
    line.a.port.silent = true;
    line.run(secs(2));
    // The gateway leaves the tone in the sound until it has recognised it, then sends the event.
    press(&mut line, "8", DtmfMode::Inband);
    line.run(line.now + Duration::from_millis(20));
    press(&mut line, "8", DtmfMode::Rfc4733);
    line.run(secs(5));
    assert_eq!(heard(&line.b).len(), 1, "{:?}", heard(&line.b));
}
