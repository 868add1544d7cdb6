//! Which tone a person is to hear: the ring, that another call waits, that it rings there, that a call
//! came to nothing.

use std::collections::BTreeMap;

use milliwatt_audio::{Playing, Tune};
use milliwatt_engine::api::{CallId, Event, Outcome, Way};

/// Tenths of a second for which the tone of a failed call is heard.
const FAILED: u32 = 30;

/// The calls as far as tones follow them, and the tone that is heard.
#[derive(Default)]
pub(super) struct Tones {
    calls: BTreeMap<CallId, Stage>,
    /// What is left of the tone of a failed call, tenths of a second.
    failed: u32,
    /// The lines of the calls to us.
    lines: BTreeMap<CallId, String>,
    heard: Option<(Tone, Playing)>,
}

/// What is heard.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// A call rings on this line.
    Ring(String),
    Tune(Tune),
}

/// How far a call is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// We call, and nothing rings yet.
    Calling,
    /// We call, and the network lets us hear what goes on.
    Heard,
    /// It rings there.
    RingsThere,
    /// It rings here.
    RingsHere,
    /// It rings here, and the user does not want to hear it.
    Silenced,
    Up,
}

impl Tones {
    /// Takes what happens to calls. Calls out that are not `ours`, not a person's, have no tones. A
    /// tone that is wanted no more ends at once; another begins with the next [`Tones::tend`], so
    /// that a call that is taken by itself does not ring.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what makes no tone is passed over")]
    pub(super) fn take(&mut self, event: &Event, ours: impl Fn(CallId) -> bool) {
        match event {
            Event::Incoming { call, trunk, .. } => {
                self.lines.insert(*call, trunk.clone());
                self.calls.insert(*call, Stage::RingsHere);
            }
            Event::Progress { call, code, early_media, .. } if ours(*call) => {
                let stage = self.calls.entry(*call).or_insert(Stage::Calling);
                if *early_media {
                    *stage = Stage::Heard;
                } else if *code == 180 && *stage == Stage::Calling {
                    *stage = Stage::RingsThere;
                }
                self.failed = 0;
            }
            Event::Answered { call, .. } if ours(*call) || self.calls.contains_key(call) => {
                self.calls.insert(*call, Stage::Up);
            }
            Event::Ended { report } => {
                self.lines.remove(&report.call);
                let was_up = self.calls.remove(&report.call) == Some(Stage::Up);
                let unwanted = matches!(report.outcome, Outcome::Answered | Outcome::Cancelled);
                if report.way == Way::Out && ours(report.call) && !was_up && !unwanted {
                    self.failed = FAILED;
                }
            }
            _ => return,
        }
        self.end_unwanted();
    }

    /// A call is over, and nothing more is known of it.
    pub(super) fn forget(&mut self, call: CallId) {
        self.calls.remove(&call);
        self.lines.remove(&call);
        self.end_unwanted();
    }

    /// The calls that tones follow.
    pub(super) fn calls(&self) -> Vec<CallId> {
        self.calls.keys().copied().collect()
    }

    /// Stops the ring of the calls that ring here.
    pub(super) fn silence(&mut self) {
        for stage in self.calls.values_mut().filter(|stage| **stage == Stage::RingsHere) {
            *stage = Stage::Silenced;
        }
        self.end_unwanted();
    }

    /// A tone is heard or is to be.
    pub(super) fn are_wanted(&self) -> bool {
        self.wanted().is_some()
    }

    /// A tenth of a second has passed: begins the tone that is wanted.
    pub(super) fn tend(&mut self, play: impl FnOnce(&Tone) -> Playing) {
        self.pass();
        if self.heard.is_none() {
            self.heard = self.wanted().map(|tone| {
                let playing = play(&tone);
                (tone, playing)
            });
        }
    }

    fn pass(&mut self) {
        self.failed = self.failed.saturating_sub(1);
        self.end_unwanted();
    }

    fn end_unwanted(&mut self) {
        if self.heard.as_ref().map(|(tone, _)| tone) != self.wanted().as_ref() {
            self.heard = None;
        }
    }

    fn wanted(&self) -> Option<Tone> {
        let any = |wanted: &[Stage]| self.calls.values().any(|stage| wanted.contains(stage));
        let busy = any(&[Stage::Calling, Stage::Heard, Stage::RingsThere, Stage::Up]);
        // Of several it is the first that is heard.
        let rings = self.calls.iter().find(|(_, stage)| **stage == Stage::RingsHere);
        match rings {
            Some(_) if busy => Some(Tone::Tune(Tune::CallWaiting)),
            Some((call, _)) => Some(Tone::Ring(self.lines.get(call).cloned().unwrap_or_default())),
            None if any(&[Stage::RingsThere]) => Some(Tone::Tune(Tune::Ringback)),
            None if self.failed > 0 && !busy => Some(Tone::Tune(Tune::Busy)),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use milliwatt_engine::api::CallReport;

    use super::*;
    use crate::samples::{answered, ended, incoming, report};

    fn progress(call: u64, code: u16, early_media: bool) -> Event {
        let (call, reason) = (CallId(call), String::new());
        Event::Progress { call, code, reason, early_media, at_ms: 0.0 }
    }

    fn out(call: u64, outcome: Outcome) -> Event {
        let report = CallReport { way: Way::Out, outcome, ..report(call) };
        Event::Ended { report: Box::new(report) }
    }

    /// What is wanted after each event; all calls are a person's.
    fn wanted(events: impl IntoIterator<Item = Event>) -> Vec<Option<Tone>> {
        let mut tones = Tones::default();
        let wanted = |event| {
            tones.take(&event, |_| true);
            tones.wanted()
        };
        events.into_iter().map(wanted).collect()
    }

    #[test]
    fn a_call_rings_until_it_is_taken_and_another_one_knocks() {
        let told = [incoming(1), answered(1), incoming(2), ended(2), ended(1), incoming(3)];
        let (ring, knock) = (Some(Tone::Ring("a".into())), Some(Tone::Tune(Tune::CallWaiting)));
        assert_eq!(wanted(told), [ring.clone(), None, knock, None, None, ring]);
    }

    #[test]
    fn it_rings_there_unless_the_network_lets_us_hear_it() {
        let told = [progress(1, 100, false), progress(1, 180, false), answered(1)];
        assert_eq!(wanted(told), [None, Some(Tone::Tune(Tune::Ringback)), None]);
        assert_eq!(wanted([progress(1, 183, true), progress(1, 180, false)]), [None, None]);
        let told = [progress(1, 180, false), progress(1, 183, true)];
        assert_eq!(wanted(told), [Some(Tone::Tune(Tune::Ringback)), None]);
    }

    #[test]
    fn a_call_that_came_to_nothing_has_a_tone_for_three_seconds() {
        for (outcome, tune) in [
            (Outcome::Rejected, Some(Tone::Tune(Tune::Busy))),
            (Outcome::TimedOut, Some(Tone::Tune(Tune::Busy))),
            (Outcome::Cancelled, None),
            (Outcome::Answered, None),
        ] {
            assert_eq!(wanted([progress(1, 100, false), out(1, outcome)]), [None, tune]);
        }
        let mut tones = Tones::default();
        tones.take(&out(1, Outcome::Failed), |_| true);
        (1..FAILED).for_each(|_| tones.pass());
        assert!(tones.are_wanted());
        tones.pass();
        assert!(!tones.are_wanted());
    }

    #[test]
    fn a_ring_that_is_silenced_stays_so_until_the_next_call() {
        let mut tones = Tones::default();
        tones.take(&incoming(1), |_| false);
        tones.silence();
        assert_eq!(tones.wanted(), None);
        tones.take(&incoming(2), |_| false);
        assert_eq!(tones.wanted(), Some(Tone::Ring("a".into())));
    }

    #[test]
    fn calls_that_no_person_placed_are_silent() {
        let mut tones = Tones::default();
        tones.take(&progress(1, 180, false), |_| false);
        tones.take(&out(1, Outcome::Rejected), |_| false);
        assert!(!tones.are_wanted());
    }
}
