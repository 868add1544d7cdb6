//! Writes down what one side of a call is told.

use milliwatt_engine::api::Event;

use crate::observation::{Leg, Tone};

/// Between the two lengths that are pressed.
const SHORT_MS: u32 = 70;

impl Leg {
    /// Takes in one event of this side's call.
    pub(super) fn note(&mut self, event: &Event) {
        match event {
            Event::Incoming { headers, sdp, .. } => {
                self.headers.clone_from(headers);
                self.sdp.clone_from(sdp);
            }
            Event::Progress { code, at_ms, .. } => self.progress.push((*code, *at_ms)),
            Event::Answered { codec, dtmf, headers, sdp, .. } => {
                self.answered = true;
                self.codec.clone_from(codec);
                self.dtmf_agreed = *dtmf;
                if sdp.is_some() {
                    self.headers.clone_from(headers);
                    self.sdp.clone_from(sdp);
                }
            }
            Event::Digit { digit, mode, duration_ms, .. } => {
                self.digits_as = Some(*mode);
                let short = *duration_ms < SHORT_MS;
                if short { &mut self.short_digits } else { &mut self.digits }.push(*digit);
            }
            Event::Tone { hz, snr_db, at_ms, .. } => {
                self.tones.push(Tone { hz: *hz, snr_db: *snr_db, at_ms: *at_ms });
            }
            Event::Quality { media, .. } => self.seconds.push((**media).clone()),
            Event::Ended { report } => self.report = Some((**report).clone()),
            _ => {}
        }
    }

    /// True where sound may have been heard on this side.
    pub(super) fn has_sounded(&self) -> bool {
        self.answered || self.media().is_some_and(|media| media.received > 0)
    }
}
