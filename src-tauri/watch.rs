//! What the engine has told so far, kept for a window that is opened or reloaded late, and for the
//! tray.

mod seen;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::{IpAddr, SocketAddr},
    path::PathBuf,
};

use milliwatt_engine::api::{
    CallId, CallStage, CallState, Event, Registration, Snapshot, TrunkState, Way,
};
use milliwatt_store::settings::Trunk;

use self::seen::Seen;
use crate::api::{Phase, RunningCall, TrunkLine};

/// The state.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    lines: BTreeMap<String, Line>,
    calls: BTreeMap<CallId, Seen>,
    /// The call that was put on hold last.
    waits: Option<CallId>,
    /// Calls that nobody took or declined since the history was looked at.
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
    lost_at_ms: Option<i64>,
}

/// The call that a person talks in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Talk {
    pub(crate) call: CallId,
    /// We send silence.
    pub(crate) muted: bool,
    /// On hold by us.
    pub(crate) held: bool,
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
        let line = Line {
            settings,
            embedded,
            broken: false,
            registration,
            trouble: None,
            lost_at_ms: None,
        };
        self.lines.insert(name, line);
    }

    /// A trunk cannot be used at all: its settings are broken.
    pub(crate) fn line_broken(&mut self, name: &str, why: String) {
        let mut settings = Trunk::default();
        settings.trunk.name = name.to_owned();
        let (registration, trouble) = (Registration::Unregistered, Some(why));
        let line = Line {
            settings,
            embedded: false,
            broken: true,
            registration,
            trouble,
            lost_at_ms: None,
        };
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

    /// So many calls were missed before this run of the program.
    pub(crate) fn were_missed(&mut self, calls: u32) {
        self.missed = calls;
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
            Event::Registration { trunk, registration, .. } => {
                if let Some(line) = self.lines.get_mut(trunk) {
                    line.registration = registration.clone();
                }
            }
            Event::Incoming { call, .. }
            | Event::Progress { call, .. }
            | Event::Answered { call, .. }
            | Event::Quality { call, .. } => self.calls.entry(*call).or_default().take(event),
            Event::Held { call, local, .. } => self.held(*call, *local),
            Event::Ended { report } => {
                let seen = self.calls.remove(&report.call);
                if report.missed() && seen.is_some_and(|seen| seen.incoming && !seen.up) {
                    self.missed = self.missed.saturating_add(1);
                }
            }
            _ => {}
        }
    }

    /// To be told before the event is taken: a line that is registered no more was so until `now_ms`.
    pub(crate) fn look_at(&mut self, event: &Event, now_ms: i64) {
        let Event::Registration { trunk, registration, .. } = event else { return };
        let Some(line) = self.lines.get_mut(trunk) else { return };
        let registered = |one: &Registration| matches!(one, Registration::Registered { .. });
        if registered(registration) {
            line.lost_at_ms = None;
        } else if registered(&line.registration) {
            line.lost_at_ms = Some(now_ms);
        }
    }

    fn held(&mut self, call: CallId, on: bool) {
        let Some(seen) = self.calls.get_mut(&call) else { return };
        if !std::mem::replace(&mut seen.held, on) && on {
            self.waits = Some(call);
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

    /// The call that a person talks in: one that is up and does not wait, else the one that was put
    /// on hold last, else any that is up.
    pub(crate) fn talking(&self) -> Option<Talk> {
        let up = || self.calls.iter().filter(|(_, seen)| seen.up);
        let (call, seen) = up()
            .find(|(_, seen)| !seen.held)
            .or_else(|| up().find(|(call, _)| self.waits == Some(**call)))
            .or_else(|| up().next())?;
        Some(Talk { call: *call, muted: seen.muted, held: seen.held })
    }

    /// Silence is sent for a call, or is not any more.
    pub(crate) fn muted(&mut self, call: CallId, on: bool) {
        if let Some(seen) = self.calls.get_mut(&call) {
            seen.muted = on;
        }
    }

    /// Digits are sent in a call.
    pub(crate) fn sent(&mut self, call: CallId, digits: &str) {
        if let Some(seen) = self.calls.get_mut(&call) {
            seen.sent(digits);
        }
    }

    /// The calls that it knows.
    pub(crate) fn known(&self) -> BTreeSet<CallId> {
        self.calls.keys().copied().collect()
    }

    /// A call is over whose end was missed.
    pub(crate) fn let_go(&mut self, call: CallId) {
        let seen = self.calls.remove(&call);
        if seen.is_some_and(|seen| seen.incoming && !seen.up) {
            self.missed = self.missed.saturating_add(1);
        }
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

    /// Where registered lines are called back, the carrier in a box apart.
    pub(crate) fn contacts(&self) -> Vec<IpAddr> {
        let lines = self.lines.values().filter(|line| !line.embedded);
        let ours = lines.filter_map(|line| {
            let Registration::Registered { contact, .. } = &line.registration else { return None };
            // The user part may hold a semicolon; a bulk contact has none (RFC 6140 §5.2).
            let (_, uri) = contact.split_once(':')?;
            let place = uri.rsplit_once('@').map_or(uri, |(_, place)| place);
            place.split([';', '>']).next()
        });
        ours.filter_map(|host| Some(address(host)?.ip())).collect()
    }

    /// The addresses that lines name, the carrier in a box apart.
    pub(crate) fn places(&self) -> Vec<SocketAddr> {
        let lines = self.lines.values().filter(|line| !line.embedded);
        let accounts = lines.map(|line| &line.settings.trunk);
        let named = accounts.flat_map(|account| {
            [Some(&account.domain), account.registrar.as_ref(), account.proxy.as_ref()]
        });
        named.flatten().filter_map(|name| address(name)).collect()
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
            CallStage::Dialling => Phase::Calling,
            CallStage::Ringing => Phase::Ringing,
            CallStage::Offered => Phase::Incoming,
            CallStage::Up => Phase::Up,
            CallStage::Ending => return None,
        };
        let unseen = Seen::default();
        let seen = self.calls.get(&report.call).unwrap_or(&unseen);
        let way_in = report.way == Way::In;
        let encrypted = || self.settings(&report.trunk).is_some_and(|t| t.trunk.transport == "tls");
        Some(RunningCall {
            call: report.call,
            trunk: report.trunk.clone(),
            call_id: report.call_id.clone(),
            way: report.way,
            number: if way_in { &report.from } else { &report.to }.clone(),
            name: seen.name.clone(),
            headers: seen.who.clone(),
            did: report.did.clone(),
            phase,
            started_at_ms: now_ms - whole(state.age_ms),
            answered_at_ms: state.up_ms.map(|up| now_ms - whole(up)),
            codec: report.codec.clone(),
            secure: seen.secure.unwrap_or_else(encrypted),
            sound: (phase == Phase::Up).then_some(report.secure),
            early: seen.early,
            dtmf: seen.dtmf.unwrap_or(true),
            digits: seen.digits.clone(),
            muted: state.muted,
            held: state.held_local,
            held_by_them: state.held_remote,
            recording: seen.tape.on,
            seconds: seen.seconds.iter().cloned().collect(),
            markers: Vec::new(),
        })
    }
}

impl Line {
    fn is_usable(&self) -> bool {
        let registered = matches!(self.registration, Registration::Registered { .. });
        self.trouble.is_none() && (registered || !self.settings.trunk.register)
    }

    fn shown(&self, state: Option<&TrunkState>) -> TrunkLine {
        TrunkLine {
            settings: self.settings.clone(),
            registration: state.map_or(&self.registration, |state| &state.registration).clone(),
            trouble: self.trouble.clone(),
            rtt_ms: state.and_then(|state| state.rtt_ms),
            refresh_in_ms: state.and_then(|state| state.refresh_in_ms),
            lost_at_ms: self.lost_at_ms,
            public_address: state.and_then(|state| state.seen.clone()),
            embedded: self.embedded,
        }
    }
}

/// An address of the settings, with its port where it has one; `None` for a name.
fn address(host: &str) -> Option<SocketAddr> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.parse().ok().or_else(|| Some(SocketAddr::new(bare.parse::<IpAddr>().ok()?, SIP)))
}

/// The port where none is named.
const SIP: u16 = 5060;

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
            contact: "<sip:a;b@192.0.2.1:5060;transport=tcp>".into(),
            contacts: Vec::new(),
            associated: Vec::new(),
            path: Vec::new(),
            took_ms: 4.0,
        }
    }

    fn tell(watch: &mut Watch, name: &str, registration: Registration) {
        let trunk = name.into();
        let event = Event::Registration { trunk, registration, rtt_ms: None, refresh_in_ms: None };
        watch.take(&event);
    }

    #[test]
    fn a_window_that_opens_late_gets_the_times_of_a_line_as_they_are_then() {
        let mut watch = Watch::default();
        watch.line_added(trunk("a"), false);
        let state = TrunkState {
            trunk: "a".into(),
            listen: Vec::new(),
            registration: registered(),
            rtt_ms: Some(3.0),
            refresh_in_ms: Some(7000),
            seen: None,
        };
        let snapshot = Snapshot { trunks: vec![state], ..Snapshot::default() };
        let lines = watch.trunks(&snapshot);
        assert_eq!((lines[0].rtt_ms, lines[0].refresh_in_ms), (Some(3.0), Some(7000)));
    }

    #[test]
    fn until_when_a_line_was_registered_is_known() {
        let mut watch = Watch::default();
        watch.line_added(trunk("a"), false);
        let lost = |watch: &mut Watch, registration: Registration, now_ms| {
            let (trunk, rtt_ms, refresh_in_ms) = ("a".into(), None, None);
            let event = Event::Registration { trunk, registration, rtt_ms, refresh_in_ms };
            watch.look_at(&event, now_ms);
            watch.take(&event);
            watch.line("a").unwrap().lost_at_ms
        };
        assert_eq!(lost(&mut watch, Registration::Registering, 1), None, "it never was");
        assert_eq!(lost(&mut watch, registered(), 2), None);
        assert_eq!(lost(&mut watch, Registration::Registering, 3), Some(3));
        assert_eq!(lost(&mut watch, Registration::Unregistered, 4), Some(3));
        assert_eq!(lost(&mut watch, registered(), 5), None);
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
        watch.were_missed(3);
        watch.take(&incoming(1));
        watch.take(&ended(1));
        watch.take(&incoming(2));
        watch.take(&ended(2));
        assert_eq!(watch.tray(), TrayState::Missed(5));
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
    fn a_call_whose_end_was_missed_is_let_go() {
        let mut watch = Watch::default();
        watch.take(&answered(1));
        watch.take(&incoming(2));
        assert_eq!(watch.known(), BTreeSet::from([CallId(1), CallId(2)]));
        watch.let_go(CallId(1));
        assert_eq!(watch.tray(), TrayState::Offline);
        watch.let_go(CallId(2));
        assert!(watch.is_quiet());
        assert_eq!(watch.tray(), TrayState::Missed(1));
        watch.take(&ended(2));
        assert_eq!(watch.tray(), TrayState::Missed(1), "once");
    }

    #[test]
    fn who_talks_is_the_call_that_does_not_wait_else_the_one_that_waits_last() {
        let mut watch = Watch::default();
        let held = |call, local| {
            let call = CallId(call);
            Event::Held { call, local, remote: false, refused: None }
        };
        let talk = |call, muted, held| Some(Talk { call: CallId(call), muted, held });
        watch.take(&incoming(1));
        assert_eq!(watch.talking(), None, "it only rings");
        watch.take(&answered(1));
        watch.take(&held(1, true));
        assert_eq!(watch.talking(), talk(1, false, true));
        watch.take(&answered(2));
        watch.muted(CallId(2), true);
        assert_eq!(watch.talking(), talk(2, true, false));
        watch.take(&held(2, true));
        assert_eq!(watch.talking(), talk(2, true, true), "the one that was talked in");
        watch.take(&ended(2));
        assert_eq!(watch.talking(), talk(1, false, true));
    }

    #[test]
    fn addresses_of_lines_are_found_with_and_without_a_port() {
        let mut watch = Watch::default();
        let hosts = ["192.0.2.1", "192.0.2.2:5080", "[2001:db8::1]", "2001:db8::2", "example.net"];
        for (at, host) in hosts.into_iter().enumerate() {
            let mut line = trunk(&at.to_string());
            line.trunk.domain = host.into();
            watch.line_added(line, false);
        }
        let mut boxed = trunk("boxed");
        boxed.trunk.domain = "127.0.0.1:5061".into();
        watch.line_added(boxed, true);
        let found: Vec<String> = watch.places().iter().map(ToString::to_string).collect();
        let [one, two] = ["[2001:db8::1]:5060", "[2001:db8::2]:5060"];
        assert_eq!(found, ["192.0.2.1:5060", "192.0.2.2:5080", one, two]);
        tell(&mut watch, "boxed", registered());
        assert!(watch.contacts().is_empty(), "that takes no network");
        tell(&mut watch, "4", registered());
        let Registration::Registered { expires, contacts, associated, path, took_ms, .. } =
            registered()
        else {
            unreachable!("it is")
        };
        let contact = "<sip:[2001:db8::1];bnc>".into();
        let bulk =
            Registration::Registered { expires, contact, contacts, associated, path, took_ms };
        tell(&mut watch, "3", bulk);
        let found: Vec<String> = watch.contacts().iter().map(ToString::to_string).collect();
        assert_eq!(found, ["2001:db8::1", "192.0.2.1"]);
    }

    fn up(call: u64) -> CallState {
        CallState {
            stage: CallStage::Up,
            age_ms: 9000.0,
            up_ms: Some(3000.0),
            held_local: true,
            held_remote: false,
            muted: true,
            media: None,
            report: report(call),
        }
    }

    #[test]
    fn a_window_that_comes_back_shows_of_a_call_what_it_showed() {
        let (mut watch, call) = (Watch::default(), CallId(1));
        let said = [("from", "<sip:+15550101@example.net>"), ("Subject", "x")]
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut rings_here = incoming(1);
        if let Event::Incoming { headers, .. } = &mut rings_here {
            headers.extend(said.clone());
        }
        watch.take(&rings_here);
        let reason = "Session Progress".to_owned();
        watch.take(&Event::Progress { call, code: 183, reason, early_media: true, at_ms: 1.0 });
        for digits in ["1".repeat(60), "23456".into()] {
            watch.sent(call, &digits);
        }
        let state = CallState { held_remote: true, ..up(1) };
        let rings = CallState { stage: CallStage::Ringing, ..up(2) };
        let snapshot = Snapshot { calls: vec![state, rings], ..Snapshot::default() };
        let calls = watch.calls(&snapshot, 100_000);
        let [first, second] = &calls[..] else { panic!("{calls:?}") };
        assert_eq!((&first.headers[..], first.call_id.as_str()), (&said[..1], "x"));
        assert!(first.held_by_them && first.early && first.dtmf);
        assert_eq!(first.digits, "1".repeat(59) + "23456");
        assert_eq!(second.phase, Phase::Ringing);
    }

    #[test]
    fn a_window_that_opens_late_gets_the_call_with_its_seconds() {
        let mut watch = Watch::default();
        watch.take(&incoming(1));
        for _ in 0..3 {
            watch.take(&Event::Quality { call: CallId(1), media: Box::default() });
        }

        let state = up(1);
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
