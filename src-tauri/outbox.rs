//! What waits to be told to the window: figures at the rate that it can draw, all else at once, and
//! never more than a window that does not keep up could read again.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use milliwatt_engine::api::{CallId, Event};

use crate::api::ShellEvent;

/// One thing to tell.
#[derive(Clone, Debug)]
#[allow(clippy::large_enum_variant, reason = "most are events, and some thousand wait at most")]
pub(crate) enum Told {
    Engine(Event),
    Shell(ShellEvent),
}

/// What waits. It reads no clock: the time is told.
#[derive(Debug)]
pub(crate) struct Outbox {
    waiting: VecDeque<Told>,
    /// Events that were thrown away since the last that was told.
    lost: u64,
    /// From when on the next loss is told.
    tell_loss_at: Duration,
    /// When the present allowance ends, and what is left of it.
    allowance: (Duration, usize),
    figures: Paced<CallId, Event>,
    /// By call; of none is the room's.
    levels: Paced<Option<CallId>, ShellEvent>,
    strangers: Paced<(), Event>,
}

/// Events that wait at most: then the oldest go.
const MOST: usize = 1024;
/// Events that are told in [`TURN`] at most, figures apart.
const IN_A_TURN: usize = 64;
/// From one loss that is told to the next.
const LOSSES: Duration = Duration::from_secs(1);
/// The length of a turn, as long as the window takes to draw one.
const TURN: Duration = Duration::from_millis(100);

impl Default for Outbox {
    fn default() -> Self {
        Self {
            waiting: VecDeque::new(),
            lost: 0,
            tell_loss_at: Duration::ZERO,
            allowance: (Duration::ZERO, 0),
            // A little under the second in which figures come, so that none is overtaken.
            figures: Paced::every(Duration::from_millis(900)),
            levels: Paced::every(TURN),
            strangers: Paced::every(Duration::from_secs(1)),
        }
    }
}

impl Outbox {
    /// Takes an event of the engine.
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others go in their turn")]
    pub(crate) fn put(&mut self, event: Event) {
        match event {
            Event::Quality { call, .. } => self.figures.put(call, event),
            Event::Stranger { .. } => self.strangers.put((), event),
            Event::Ended { ref report } => {
                self.figures.forget(report.call);
                self.levels.forget(Some(report.call));
                self.queue(Told::Engine(event));
            }
            other => self.queue(Told::Engine(other)),
        }
    }

    /// Takes an event of the shell.
    #[allow(clippy::wildcard_enum_match_arm, reason = "all others go in their turn")]
    pub(crate) fn put_shell(&mut self, event: ShellEvent) {
        match event {
            ShellEvent::Levels { call, .. } => self.levels.put(Some(call), event),
            ShellEvent::Room { .. } => self.levels.put(None, event),
            other => self.queue(Told::Shell(other)),
        }
    }

    fn queue(&mut self, told: Told) {
        self.waiting.push_back(told);
        if self.waiting.len() > MOST {
            self.waiting.pop_front();
            self.lost += 1;
        }
    }

    /// The next thing to tell at this time; ask until there is none.
    pub(crate) fn next(&mut self, now: Duration) -> Option<Told> {
        if now >= self.allowance.0 {
            self.allowance = (now + TURN, IN_A_TURN);
        }
        // The window asks for everything anew each time.
        if self.lost > 0 && now >= self.tell_loss_at {
            self.tell_loss_at = now + LOSSES;
            return Some(Told::Engine(missed(std::mem::take(&mut self.lost))));
        }
        if self.allowance.1 > 0 && !self.waiting.is_empty() {
            self.allowance.1 -= 1;
            return self.waiting.pop_front();
        }
        let figures = self.figures.next(now).or_else(|| self.strangers.next(now));
        figures.map(Told::Engine).or_else(|| self.levels.next(now).map(Told::Shell))
    }

    /// When to ask again; `None` while nothing waits.
    pub(crate) fn wake_at(&self) -> Option<Duration> {
        let turn = (!self.waiting.is_empty()).then_some(self.allowance.0);
        let loss = (self.lost > 0).then_some(self.tell_loss_at);
        let paced = [self.figures.wake_at(), self.levels.wake_at(), self.strangers.wake_at()];
        paced.into_iter().chain([turn, loss]).flatten().min()
    }
}

fn missed(lost: u64) -> Event {
    let text = format!("The window was too slow for {lost} events: what it shows may be old.");
    Event::Notice { call: None, kind: "events-missed".into(), text }
}

/// The newest value of each key, handed out at most once in a period.
#[derive(Debug)]
struct Paced<K, V> {
    period: Duration,
    /// When each key is free again, and what waits for that.
    slots: BTreeMap<K, (Duration, Option<V>)>,
}

impl<K: Ord + Copy, V> Paced<K, V> {
    fn every(period: Duration) -> Self {
        Self { period, slots: BTreeMap::new() }
    }

    fn put(&mut self, key: K, value: V) {
        self.slots.entry(key).or_default().1 = Some(value);
    }

    fn forget(&mut self, key: K) {
        self.slots.remove(&key);
    }

    fn next(&mut self, now: Duration) -> Option<V> {
        let due = |(free, value): &&mut (Duration, Option<V>)| value.is_some() && *free <= now;
        let slot = self.slots.values_mut().find(due)?;
        slot.0 = now + self.period;
        slot.1.take()
    }

    fn wake_at(&self) -> Option<Duration> {
        self.slots.values().filter(|(_, value)| value.is_some()).map(|(free, _)| *free).min()
    }
}

#[cfg(test)]
#[allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among many")]
mod tests {
    use milliwatt_engine::api::Media;

    use super::*;
    use crate::samples::ended;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn quality(call: u64, sent: u64) -> Event {
        Event::Quality { call: CallId(call), media: Box::new(Media { sent, ..Media::default() }) }
    }

    fn digit() -> Event {
        Event::DtmfSent { call: CallId(1) }
    }

    fn all(outbox: &mut Outbox, now: Duration) -> Vec<Told> {
        std::iter::from_fn(|| outbox.next(now)).collect()
    }

    #[test]
    fn figures_are_told_once_a_second_and_the_newest_of_them() {
        let mut outbox = Outbox::default();
        outbox.put(quality(1, 50));
        outbox.put(quality(2, 50));
        assert_eq!(all(&mut outbox, ms(0)).len(), 2, "the first at once");
        outbox.put(quality(1, 51));
        outbox.put(quality(1, 52));
        assert_eq!(outbox.wake_at(), Some(ms(900)));
        assert!(outbox.next(ms(899)).is_none());
        let told = all(&mut outbox, ms(900));
        let [Told::Engine(Event::Quality { media, .. })] = &told[..] else { panic!("{told:?}") };
        assert_eq!(media.sent, 52);
        assert_eq!(outbox.wake_at(), None);
    }

    #[test]
    fn meters_move_ten_times_a_second_at_most() {
        let mut outbox = Outbox::default();
        let mut told = 0;
        for now in 0..1000 {
            let level = -f64::from(u32::try_from(now).unwrap());
            let call = CallId(1);
            outbox.put_shell(ShellEvent::Levels { call, in_dbov: level, out_dbov: level });
            told += all(&mut outbox, ms(now)).len();
        }
        assert_eq!(told, 10);
    }

    #[test]
    fn so_does_that_of_the_room() {
        let mut outbox = Outbox::default();
        for now in [0, 1] {
            outbox.put_shell(ShellEvent::Room { dbov: -30.0 });
            assert_eq!(all(&mut outbox, ms(now)).len(), usize::from(now == 0));
        }
        assert_eq!(outbox.wake_at(), Some(TURN));
    }

    #[test]
    fn what_happens_is_told_at_once_and_in_order() {
        let mut outbox = Outbox::default();
        for text in ["one", "two"] {
            outbox.put_shell(ShellEvent::Link { uri: text.into() });
        }
        let told = all(&mut outbox, ms(5));
        let uris = told.iter().map(|told| match told {
            Told::Shell(ShellEvent::Link { uri }) => uri.as_str(),
            other => panic!("{other:?}"),
        });
        assert_eq!(uris.collect::<Vec<_>>(), ["one", "two"]);
    }

    #[test]
    fn nothing_is_told_of_a_call_after_its_end() {
        let mut outbox = Outbox::default();
        outbox.put(quality(1, 1));
        assert_eq!(all(&mut outbox, ms(0)).len(), 1);
        outbox.put(quality(1, 2));
        outbox.put(ended(1));
        let told = all(&mut outbox, ms(5000));
        assert!(matches!(&told[..], [Told::Engine(Event::Ended { .. })]), "{told:?}");
    }

    #[test]
    fn a_flood_is_bounded_told_in_turns_and_its_loss_is_said() {
        let mut outbox = Outbox::default();
        for _ in 0..MOST + 7 {
            outbox.put(digit());
        }
        let told = all(&mut outbox, ms(0));
        assert_eq!(told.len(), IN_A_TURN + 1);
        let Told::Engine(Event::Notice { text, kind, .. }) = &told[0] else { panic!("{told:?}") };
        assert!(kind == "events-missed" && text.contains(" 7 "), "{text}");
        assert_eq!(outbox.wake_at(), Some(TURN));
        for _ in 0..MOST {
            outbox.put(digit());
        }
        let mut now = TURN;
        assert_eq!(all(&mut outbox, now).len(), IN_A_TURN, "of a loss once a second at most");
        let mut count = 0;
        while let Some(at) = outbox.wake_at() {
            assert!(at > now);
            now = at;
            count += all(&mut outbox, now).len();
        }
        assert_eq!(count, MOST - IN_A_TURN + 1);
    }

    #[test]
    fn strangers_are_told_once_a_second() {
        let mut outbox = Outbox::default();
        let mut told = 0;
        for now in 0..10_000 {
            outbox.put(Event::Stranger { from: "192.0.2.1".into(), method: "INVITE".into() });
            told += all(&mut outbox, ms(now)).len();
        }
        assert_eq!(told, 10);
    }
}
