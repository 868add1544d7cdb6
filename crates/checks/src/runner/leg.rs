//! Writes down what one side of a call is told.

use milliwatt_engine::{
    api::Event,
    trace::{Direction, Trace},
};

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
            Event::Quality { media, .. } => self.seconds.push(media.clone()),
            Event::Ended { report } => self.report = Some((**report).clone()),
            _ => {}
        }
    }
}

/// The offer of a call that we placed, as the trace has it. A second INVITE with credentials offers the
/// same.
pub(super) fn sent_sdp(trace: &Trace, leg: &Leg) -> Option<String> {
    let call_id = leg.report.as_ref().map(|report| report.call_id.as_str())?;
    let mut sent = trace.entries().filter(|entry| {
        entry.direction == Direction::Out
            && entry.first_line().starts_with("INVITE ")
            && entry.call_id() == Some(call_id)
    });
    let text = String::from_utf8_lossy(&sent.next()?.bytes).into_owned();
    let (_, body) = text.split_once("\r\n\r\n")?;
    (!body.is_empty()).then(|| body.to_owned())
}
