//! Digits that the far end presses, by telephone event or in the sound, each told once.

use std::time::Duration;

use super::{DtmfMode, MediaEvent, MediaPlan, outbox::Outbox};
use crate::dtmf::{Detector, EventPayload, Press, Receiver, digit_of};

/// The ears for digits of one stream.
#[derive(Debug)]
pub(super) struct Digits {
    events: Option<(u32, Receiver)>,
    inband: Option<Detector>,
    /// The digit of the last event, and when its last packet came.
    last: Option<(char, Duration)>,
}

impl Digits {
    pub(super) fn new(plan: &MediaPlan, sample_rate: u32) -> Self {
        let mut digits = Self { events: None, inband: None, last: None };
        digits.agree(plan, sample_rate);
        digits
    }

    /// A new plan. Tones in the sound survive G.711 alone, so that only there they are listened
    /// for.
    pub(super) fn agree(&mut self, plan: &MediaPlan, sample_rate: u32) {
        let is_g711 =
            |name: &str| ["PCMU", "PCMA"].iter().any(|g711| g711.eq_ignore_ascii_case(name));
        let listen = plan.codecs.iter().any(|codec| is_g711(&codec.name));
        if listen != self.inband.is_some() {
            self.inband = listen.then(|| Detector::new(sample_rate));
        }
    }

    /// A telephone event came.
    pub(super) fn event(
        &mut self,
        now: Duration,
        timestamp: u32,
        clock_rate: u32,
        payload: &[u8],
        outbox: &mut Outbox,
    ) {
        let Ok(payload) = EventPayload::parse(payload) else {
            return;
        };
        if self.events.as_ref().is_none_or(|(clock, _)| *clock != clock_rate) {
            self.events = Some((clock_rate, Receiver::new(clock_rate)));
        }
        if let Some(digit) = digit_of(payload.event) {
            self.last = Some((digit, now));
        }
        if let Some((_, receiver)) = &mut self.events
            && let Some(press) = receiver.receive(now, timestamp, &payload)
        {
            tell(press, outbox);
        }
    }

    /// Sound that is played. A peer that sends both ways presses once: the tone of a digit that came
    /// as an event is not told again.
    pub(super) fn listen(&mut self, now: Duration, sound: &[i16], outbox: &mut Outbox) {
        let Some(detector) = &mut self.inband else {
            return;
        };
        let last = self.last;
        detector.add(sound, |tone| {
            let since = now.saturating_sub(tone.duration).saturating_sub(SAME_PRESS);
            if last.is_none_or(|(digit, came)| digit != tone.digit || came < since) {
                outbox.event(MediaEvent::Digit {
                    digit: tone.digit,
                    mode: DtmfMode::Inband,
                    duration: tone.duration,
                    unfinished: false,
                });
            }
        });
    }

    /// Tells a digit whose packets stopped.
    pub(super) fn tend(&mut self, now: Duration, outbox: &mut Outbox) {
        if let Some((_, receiver)) = &mut self.events
            && let Some(press) = receiver.poll(now)
        {
            tell(press, outbox);
        }
    }
}

fn tell(press: Press, outbox: &mut Outbox) {
    outbox.event(MediaEvent::Digit {
        digit: press.digit,
        mode: DtmfMode::Rfc4733,
        duration: press.duration,
        unfinished: press.unfinished,
    });
}

/// The sound of a press is this much behind its events at most: buffer, detector, a slow gateway.
const SAME_PRESS: Duration = Duration::from_millis(700);
