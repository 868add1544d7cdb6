//! Calls by the sound card: one at a time, as a person talks.

use std::time::Duration;

use milliwatt_engine::{
    Engine,
    api::{CallId, Command, Event, Sound},
    phone::Recordings,
};

use crate::{args::Answer, device::Card, output, wait};

/// The busy code of RFC 3261 §21.4.24.
const BUSY: u16 = 486;

/// Takes each call that finds the sound card free, and refuses the others.
pub(super) struct Handset {
    card: Card,
    sound: Sound,
    codecs: Vec<String>,
    ring: Duration,
    /// The call that rings, and when it is answered.
    ringing: Option<(Duration, CallId)>,
    recordings: Recordings,
}

impl Handset {
    /// Answers as the arguments say, with this sound.
    pub(super) fn new(card: Card, arguments: &Answer, sound: Sound) -> Self {
        let codecs = arguments.media.codec.clone().unwrap_or_default();
        let (ringing, recordings) = (None, Recordings::default());
        Self { card, sound, codecs, ring: arguments.ring, ringing, recordings }
    }

    /// Takes a call that comes in; false when it is refused because another has the card.
    pub(super) fn take(&mut self, engine: &Engine, call: CallId) -> bool {
        if !self.card.attach(engine, call) {
            output::note(format!("refused with {BUSY}: the sound card has a call"));
            engine.command(Command::Reject { call, code: BUSY, headers: Vec::new() });
            return false;
        }
        if self.ring.is_zero() {
            self.answer(engine, call);
        } else {
            engine.command(Command::Ring { call });
            self.ringing = Some((wait::now() + self.ring, call));
        }
        true
    }

    /// Ends when the call that rings is to be answered; never when there is none.
    pub(super) async fn due(&self) {
        wait::until(self.ringing.map(|(at, _)| at)).await;
    }

    /// Answers the call that rings.
    pub(super) fn pick_up(&mut self, engine: &Engine) {
        if let Some((_, call)) = self.ringing.take() {
            self.answer(engine, call);
        }
    }

    /// The card is free again after the call that had it.
    pub(super) fn note(&mut self, event: &Event) {
        if let Event::Ended { report } = event {
            self.ringing.take_if(|(_, call)| *call == report.call);
            self.card.release(report.call);
        }
    }

    fn answer(&mut self, engine: &Engine, call: CallId) {
        // Not before: a caller who gives up while it rings leaves no gap in the numbers.
        let record = self.sound.record.as_deref().map(|path| self.recordings.next(path));
        let sound = Sound { record, ..self.sound.clone() };
        engine.command(Command::Answer { call, sound, codecs: self.codecs.clone() });
    }
}
