//! What the engine has told so far, kept for a window that is opened or reloaded late, and for the
//! tray.

use std::{
    collections::{BTreeMap, VecDeque},
    path::PathBuf,
};

use milliwatt_engine::api::{
    CallId, CallStage, CallState, Event, Media, Registration, Snapshot, TrunkState, Way,
};
use milliwatt_store::{history::Second, settings::Trunk};

use crate::api::{Phase, RunningCall, TrunkLine};

/// Seconds of a call that a window gets when it opens: an hour.
const SECONDS: usize = 3600;

/// The state.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    lines: BTreeMap<String, Line>,
    calls: BTreeMap<CallId, Seen>,
    /// Calls that nobody took or declined since a window was opened or the history looked at.
    missed: u32,
}

#[derive(Debug)]
struct Line {
    settings: Trunk,
    embedded: bool,
    /// Its settings cannot be read: there is only its name.
    broken: bool,
    registration: Registration,
    trouble: Option<String>,
}

/// What the engine's snapshot does not tell of a call.
#[derive(Debug, Default)]
struct Seen {
    name: Option<String>,
    secure: Option<bool>,
    incoming: bool,
    up: bool,
    tape: Tape,
    seconds: VecDeque<Second>,
}

/// What a call is recorded into.
#[derive(Debug, Default)]
pub(crate) struct Tape {
    /// It is being recorded.
    pub(crate) on: bool,
    /// The file, once there is one.
    pub(crate) path: Option<PathBuf>,
}

/// What the tray shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TrayState {
    /// No line can be used.
    Offline,
    /// Some can, some cannot.
    Degraded,
    /// All can.
    Registered,
    /// So many calls were missed.
    Missed(u32),
    /// Somebody talks.
    InCall,
}

impl Watch {
    /// A trunk is in the settings.
    pub(crate) fn line_added(&mut self, settings: Trunk, embedded: bool) {
        let name = settings.trunk.name.clone();
        let registration = Registration::Unregistered;
        let line = Line { settings, embedded, broken: false, registration, trouble: None };
        self.lines.insert(name, line);
    }

    /// A trunk cannot be used at all: its settings are broken.
    pub(crate) fn line_broken(&mut self, name: &str, why: String) {
        let mut settings = Trunk::default();
        settings.trunk.name = name.to_owned();
        let (registration, trouble) = (Registration::Unregistered, Some(why));
        let line = Line { settings, embedded: false, broken: true, registration, trouble };
        self.lines.insert(name.to_owned(), line);
    }

    /// A trunk is gone.
    pub(crate) fn line_removed(&mut self, name: &str) {
        self.lines.remove(name);
    }

    /// The settings of a trunk.
    pub(crate) fn settings(&self, name: &str) -> Option<&Trunk> {
        self.lines.get(name).map(|line| &line.settings)
    }

    /// The settings of all trunks.
    pub(crate) fn settings_of_all(&self) -> impl Iterator<Item = &Trunk> {
        self.lines.values().map(|line| &line.settings)
    }

    /// It is the carrier in a box.
    pub(crate) fn is_embedded(&self, name: &str) -> bool {
        self.lines.get(name).is_some_and(|line| line.embedded)
    }

    /// Its settings cannot be read.
    pub(crate) fn is_broken(&self, name: &str) -> bool {
        self.lines.get(name).is_some_and(|line| line.broken)
    }

    /// The engine could not take it.
    pub(crate) fn is_in_trouble(&self, name: &str) -> bool {
        self.lines.get(name).is_some_and(|line| line.trouble.is_some())
    }

    fn trouble(&mut self, name: &str, why: Option<String>) {
        if let Some(line) = self.lines.get_mut(name) {
            line.trouble = why;
        }
    }

    /// The missed calls have been seen.
    pub(crate) fn looked_at(&mut self) {
        self.missed = 0;
    }

    /// Takes an event.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not kept is passed over")]
    pub(crate) fn take(&mut self, event: &Event) {
        match event {
            Event::TrunkReady { trunk, .. } => self.trouble(trunk, None),
            Event::TrunkFailed { trunk, why } => self.trouble(trunk, Some(why.clone())),
            Event::Registration { trunk, registration } => {
                if let Some(line) = self.lines.get_mut(trunk) {
                    line.registration = registration.clone();
                }
            }
            Event::Incoming { call, name, secure, .. } => {
                let seen = self.calls.entry(*call).or_default();
                seen.name.clone_from(name);
                seen.secure = Some(*secure);
                seen.incoming = true;
            }
            Event::Progress { call, .. } => {
                self.calls.entry(*call).or_default();
            }
            Event::Answered { call, .. } => self.calls.entry(*call).or_default().up = true,
            Event::Quality { call, media } => {
                self.calls.entry(*call).or_default().second(media);
            }
            Event::Ended { report } => {
                let seen = self.calls.remove(&report.call);
                if report.missed() && seen.is_some_and(|seen| seen.incoming && !seen.up) {
                    self.missed = self.missed.saturating_add(1);
                }
            }
            _ => {}
        }
    }

    /// What the tray shows.
    pub(crate) fn tray(&self) -> TrayState {
        if self.calls.values().any(|seen| seen.up || !seen.incoming) {
            return TrayState::InCall;
        }
        if self.missed > 0 {
            return TrayState::Missed(self.missed);
        }
        let usable = self.lines.values().filter(|line| line.is_usable()).count();
        match usable {
            0 => TrayState::Offline,
            some if some < self.lines.len() => TrayState::Degraded,
            _ => TrayState::Registered,
        }
    }

    /// The first call that rings for somebody here, and the first that is under way.
    pub(crate) fn first(&self) -> (Option<CallId>, Option<CallId>) {
        let ringing = |seen: &Seen| seen.incoming && !seen.up;
        let first = |of: &dyn Fn(&Seen) -> bool| {
            self.calls.iter().find(|(_, seen)| of(seen)).map(|(call, _)| *call)
        };
        (first(&ringing), first(&|seen| !ringing(seen)))
    }

    /// No call is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.calls.is_empty()
    }

    /// The calls that are up.
    pub(crate) fn up(&self) -> Vec<CallId> {
        self.calls.iter().filter(|(_, seen)| seen.up).map(|(call, _)| *call).collect()
    }

    /// There is a call of this name.
    pub(crate) fn knows(&self, call: CallId) -> bool {
        self.calls.contains_key(&call)
    }

    /// The call rings here and can be taken.
    pub(crate) fn rings(&self, call: CallId) -> bool {
        self.calls.get(&call).is_some_and(|seen| seen.incoming && !seen.up)
    }

    /// What a call is recorded into; `None` for one that is over.
    pub(crate) fn tape(&mut self, call: CallId) -> Option<&mut Tape> {
        self.calls.get_mut(&call).map(|seen| &mut seen.tape)
    }

    /// The country of the first trunk that names one.
    pub(crate) fn country(&self) -> Option<String> {
        self.lines.values().find_map(|line| line.settings.numbers.country.clone())
    }

    /// All trunks, in the order of their names.
    pub(crate) fn trunks(&self, snapshot: &Snapshot) -> Vec<TrunkLine> {
        let state = |name: &str| snapshot.trunks.iter().find(|state| state.trunk == name);
        self.lines.iter().map(|(name, line)| line.shown(state(name))).collect()
    }

    /// A trunk, as far as events have told of it.
    pub(crate) fn line(&self, name: &str) -> Option<TrunkLine> {
        self.lines.get(name).map(|line| line.shown(None))
    }

    /// The calls that are under way.
    pub(crate) fn calls(&self, snapshot: &Snapshot, now_ms: i64) -> Vec<RunningCall> {
        snapshot.calls.iter().filter_map(|state| self.call(state, now_ms)).collect()
    }

    fn call(&self, state: &CallState, now_ms: i64) -> Option<RunningCall> {
        let report = &state.report;
        let phase = match state.stage {
            CallStage::Dialling | CallStage::Ringing => Phase::Calling,
            CallStage::Offered => Phase::Incoming,
            CallStage::Up => Phase::Up,
            CallStage::Ending => return None,
        };
        let seen = self.calls.get(&report.call);
        let way_in = report.way == Way::In;
        let encrypted = || self.settings(&report.trunk).is_some_and(|t| t.trunk.transport == "tls");
        Some(RunningCall {
            call: report.call,
            trunk: report.trunk.clone(),
            way: report.way,
            number: if way_in { &report.from } else { &report.to }.clone(),
            name: seen.and_then(|seen| seen.name.clone()),
            did: report.did.clone(),
            phase,
            started_at_ms: now_ms - whole(state.age_ms),
            answered_at_ms: state.up_ms.map(|up| now_ms - whole(up)),
            codec: report.codec.clone(),
            secure: seen.and_then(|seen| seen.secure).unwrap_or_else(encrypted),
            sound: (phase == Phase::Up).then_some(report.secure),
            muted: state.muted,
            held: state.held_local,
            recording: seen.is_some_and(|seen| seen.tape.on),
            seconds: seen.map(|seen| seen.seconds.iter().cloned().collect()).unwrap_or_default(),
        })
    }
}

impl Line {
    fn is_usable(&self) -> bool {
        let registered = matches!(self.registration, Registration::Registered { .. });
        self.trouble.is_none() && (registered || !self.settings.trunk.register)
    }

    fn shown(&self, state: Option<&TrunkState>) -> TrunkLine {
        let registration = state.map_or(&self.registration, |state| &state.registration).clone();
        let rtt_ms = match &registration {
            Registration::Registered { took_ms, .. } => Some(*took_ms),
            Registration::Failed { .. }
            | Registration::Refused { .. }
            | Registration::Registering
            | Registration::Unregistered => None,
        };
        TrunkLine {
            settings: self.settings.clone(),
            registration,
            trouble: self.trouble.clone(),
            rtt_ms,
            public_address: state.and_then(|state| state.seen.clone()),
            embedded: self.embedded,
        }
    }
}

impl Seen {
    /// Figures come once a second, so their number is their time.
    fn second(&mut self, media: &Media) {
        let at_ms = self.seconds.back().map_or(0, |last| last.at_ms) + 1000;
        let figures = serde_json::to_value(media).unwrap_or_default();
        self.seconds.push_back(Second { at_ms, figures });
        if self.seconds.len() > SECONDS {
            self.seconds.pop_front();
        }
    }
}

/// Milliseconds without their fraction.
fn whole(ms: f64) -> i64 {
    ms as i64
}

#[cfg(test)]
mod tests {
    use milliwatt_engine::api::{CallReport, Outcome};
    use milliwatt_store::history::ELSEWHERE;

    use super::*;
    use crate::samples::{answered, ended, incoming, report, trunk};

    fn registered() -> Registration {
        Registration::Registered {
            expires: 60,
            contact: String::new(),
            contacts: Vec::new(),
            associated: Vec::new(),
            path: Vec::new(),
            took_ms: 4.0,
        }
    }

    fn tell(watch: &mut Watch, name: &str, registration: Registration) {
        watch.take(&Event::Registration { trunk: name.into(), registration });
    }

    #[test]
    fn the_tray_tells_lines_apart() {
        let mut watch = Watch::default();
        assert_eq!(watch.tray(), TrayState::Offline);
        watch.line_added(trunk("a"), false);
        watch.line_added(trunk("b"), false);
        tell(&mut watch, "a", registered());
        assert_eq!(watch.tray(), TrayState::Degraded);
        tell(&mut watch, "b", registered());
        assert_eq!(watch.tray(), TrayState::Registered);
        watch.take(&Event::TrunkFailed { trunk: "b".into(), why: "no".into() });
        assert_eq!(watch.tray(), TrayState::Degraded);
        watch.line_removed("b");
        assert_eq!(watch.tray(), TrayState::Registered);
    }

    #[test]
    fn a_call_that_nobody_took_is_counted_until_somebody_looks() {
        let mut watch = Watch::default();
        watch.take(&incoming(1));
        watch.take(&ended(1));
        watch.take(&incoming(2));
        watch.take(&ended(2));
        assert_eq!(watch.tray(), TrayState::Missed(2));
        watch.looked_at();
        assert_eq!(watch.tray(), TrayState::Offline);
    }

    #[test]
    fn a_call_that_was_declined_or_taken_elsewhere_is_none_that_was_missed() {
        let declined = CallReport { outcome: Outcome::Rejected, ..report(1) };
        let elsewhere = CallReport { cause: Some(ELSEWHERE), ..report(1) };
        for report in [declined, elsewhere] {
            let mut watch = Watch::default();
            watch.take(&incoming(1));
            watch.take(&Event::Ended { report: Box::new(report) });
            assert_eq!(watch.tray(), TrayState::Offline);
        }
    }

    #[test]
    fn a_call_that_was_taken_is_none_that_was_missed() {
        let mut watch = Watch::default();
        watch.take(&incoming(1));
        assert_ne!(watch.tray(), TrayState::InCall, "it only rings");
        assert_eq!(watch.first(), (Some(CallId(1)), None));
        watch.take(&answered(1));
        assert_eq!(watch.tray(), TrayState::InCall);
        assert_eq!(watch.first(), (None, Some(CallId(1))));
        watch.take(&ended(1));
        assert_eq!(watch.tray(), TrayState::Offline);
    }

    #[test]
    fn a_window_that_opens_late_gets_the_call_with_its_seconds() {
        let mut watch = Watch::default();
        watch.take(&incoming(1));
        for _ in 0..3 {
            watch.take(&Event::Quality { call: CallId(1), media: Box::default() });
        }

        let state = CallState {
            stage: CallStage::Up,
            age_ms: 9000.0,
            up_ms: Some(3000.0),
            held_local: true,
            held_remote: false,
            muted: true,
            media: None,
            report: report(1),
        };
        let ending = CallState { stage: CallStage::Ending, ..state.clone() };
        let snapshot = Snapshot { calls: vec![state, ending], ..Snapshot::default() };
        let calls = watch.calls(&snapshot, 100_000);
        let [call] = &calls[..] else { panic!("{calls:?}") };
        assert_eq!((call.phase, call.held, call.muted), (Phase::Up, true, true));
        assert_eq!((call.started_at_ms, call.answered_at_ms), (91_000, Some(97_000)));
        assert_eq!((call.name.as_deref(), call.secure), (Some("Ada"), true));
        let at: Vec<u64> = call.seconds.iter().map(|second| second.at_ms).collect();
        assert_eq!(at, [1000, 2000, 3000]);
    }
}
