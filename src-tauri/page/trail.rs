//! What happens in calls while they are up, until the history keeps it with their messages.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use milliwatt_engine::{
    Engine,
    api::{CallId, CallReport, Event},
};
use milliwatt_store::history::Story;

use super::traced;
use crate::{
    api::{DeviceNews, Marker, MarkerKind, Role, ShellEvent},
    outbox::Told,
};

/// The calls that are up, and those that were a moment ago. It reads no clock: the time is told.
#[derive(Debug, Default)]
pub(crate) struct Trails {
    up: BTreeMap<CallId, Up>,
    over: VecDeque<Over>,
}

/// A call that is up.
#[derive(Debug)]
struct Up {
    answered: Duration,
    markers: Vec<Marker>,
}

/// A call that is over, whose last messages may still come.
#[derive(Debug)]
struct Over {
    due: Duration,
    trunk: String,
    call_id: String,
    markers: Vec<Marker>,
    /// All its messages were kept.
    whole: bool,
}

/// How long the last messages of a call are waited for: the answer to a BYE that was sent again.
const LATE: Duration = Duration::from_secs(5);
/// Calls that are followed at most; the oldest goes, whose end may not have been heard.
const MOST_CALLS: usize = 500;
/// Markers of a call at most: further ones are left out.
const MOST_MARKERS: usize = 200;
/// Characters of a marker at most.
const MOST_TEXT: usize = 400;
/// What stands for a digit, as in a message that is masked.
const HIDDEN: &str = "*";

impl Trails {
    /// Takes an event of the engine. What is known of a call is kept as soon as it is over, so that
    /// a program that is killed then loses none of it.
    #[expect(clippy::wildcard_enum_match_arm, reason = "all others leave no mark")]
    pub(crate) fn take(&mut self, now: Duration, event: &Event, engine: &Engine) {
        match event {
            Event::Answered { call, .. } => self.begin(now, *call),
            Event::Digit { call, .. } | Event::DtmfSent { call } => {
                self.mark(now, *call, MarkerKind::Dtmf, HIDDEN);
            }
            Event::Ended { report } => self.end(now, report, engine),
            Event::Held { call, local, remote, refused: None } => {
                let text = if *local || *remote { "hold" } else { "resume" };
                self.mark(now, *call, MarkerKind::Hold, text);
            }
            Event::Notice { call: Some(call), kind, text } => {
                self.mark(now, *call, kind_of(kind), text);
            }
            _ => {}
        }
    }

    /// Takes what the shell tells the window; `has_card` says of a call that it goes through the
    /// sound card.
    pub(crate) fn told(&mut self, now: Duration, told: &Told, has_card: impl Fn(CallId) -> bool) {
        let Told::Shell(event) = told else { return };
        let up: Vec<CallId> = self.up.keys().copied().collect();
        if let ShellEvent::Devices { news, .. } = event {
            let mut names: Vec<&str> = news.iter().filter_map(device).collect();
            names.dedup();
            for call in up.iter().filter(|call| has_card(**call)) {
                names.iter().for_each(|name| self.mark(now, *call, MarkerKind::Device, name));
            }
        }
        if let ShellEvent::Network { text, .. } = event {
            up.iter().for_each(|call| self.mark(now, *call, MarkerKind::Network, text));
        }
    }

    /// What has happened so far in a call that is up.
    pub(crate) fn markers(&self, call: CallId) -> Vec<Marker> {
        self.up.get(&call).map(|up| up.markers.clone()).unwrap_or_default()
    }

    /// When to tend them next; `None` while nothing waits.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        self.over.front().map(|over| over.due)
    }

    /// Keeps once more what is over for some time, with the messages that came since.
    pub(crate) fn tend(&mut self, now: Duration, engine: &Engine) {
        while self.over.front().is_some_and(|over| over.due <= now) {
            if let Some(mut over) = self.over.pop_front() {
                over.keep(engine);
            }
        }
    }

    /// The engine has ended: no message comes any more.
    pub(crate) fn close(&mut self, engine: &Engine) {
        self.over.drain(..).for_each(|mut over| over.keep(engine));
    }

    fn begin(&mut self, now: Duration, call: CallId) {
        self.up.entry(call).or_insert(Up { answered: now, markers: Vec::new() });
        if self.up.len() > MOST_CALLS {
            self.up.pop_first();
        }
    }

    fn mark(&mut self, now: Duration, call: CallId, kind: MarkerKind, text: &str) {
        let Some(up) = self.up.get_mut(&call) else { return };
        if up.markers.len() < MOST_MARKERS {
            let at_ms = now.saturating_sub(up.answered).as_secs_f64() * 1000.0;
            let text = text.chars().take(MOST_TEXT).collect();
            up.markers.push(Marker { at_ms, kind, text });
        }
    }

    fn end(&mut self, now: Duration, report: &CallReport, engine: &Engine) {
        let mut over = Over {
            due: now + LATE,
            trunk: report.trunk.clone(),
            call_id: report.call_id.clone(),
            markers: self.up.remove(&report.call).map(|up| up.markers).unwrap_or_default(),
            whole: false,
        };
        over.keep(engine);
        self.over.push_back(over);
    }
}

impl Over {
    /// Keeps its messages and markers beside its row.
    fn keep(&mut self, engine: &Engine) {
        let Some(history) = engine.history() else { return };
        let story = traced(engine, &self.trunk, &self.call_id);
        // Nothing is put in the place of what was kept before the trace forgot it, or some of it.
        if story.messages.is_empty() || story.cut && self.whole {
            return;
        }
        self.whole = !story.cut;
        let markers = serde_json::to_value(&self.markers).unwrap_or_default();
        history.keep(&self.trunk, &self.call_id, Story { markers, ..story });
    }
}

/// How a notice of a call is marked.
fn kind_of(notice: &str) -> MarkerKind {
    match notice {
        "call-resumed" | "re-invite" => MarkerKind::ReInvite,
        "network" => MarkerKind::Network,
        _ => MarkerKind::Notice,
    }
}

/// The device that the sound of calls goes through from here on.
fn device(news: &DeviceNews) -> Option<&str> {
    if let DeviceNews::Moved { role: Role::Microphone | Role::Speaker, name } = news {
        Some(name)
    } else {
        None
    }
}
