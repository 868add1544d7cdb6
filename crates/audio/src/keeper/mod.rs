//! Keeps every use of sound on the device that it should have: opens, watches, moves, closes. Told
//! when a tenth of a second has passed; reads no clock. Looks at the devices once a second, and at the
//! next tick when the cards have told that they are others. What may hang with a sound server has
//! threads of its own: the cards one, and each stream that is closed.

mod apart;
#[cfg(test)]
mod tests;
mod usage;

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

pub(crate) use self::usage::{End, Plug};
use self::{
    apart::{Apart, Fresh},
    usage::Usage,
};
use crate::{
    cards::{CardError, Cards},
    device::{Choice, Device, Role, Snapshot, changes},
    event::Event,
    stream::Stamps,
};

/// What is told to the owner.
pub(crate) type Tell = Box<dyn FnMut(Event) + Send>;

/// All uses of sound and the devices for them.
pub(crate) struct Keeper {
    cards: Apart,
    tell: Tell,
    choice: Choice,
    snapshot: Snapshot,
    /// The same for those who ask from other threads.
    shown: Arc<Mutex<Snapshot>>,
    uses: Vec<Usage>,
    /// For which it was told that there is nothing.
    missing: Vec<Role>,
    ticks: u64,
}

impl Keeper {
    /// Looks at the devices for the first time and shows them; what is there is no change. A sound
    /// server that does not answer has none so far.
    pub(crate) fn new(
        cards: Box<dyn Cards>,
        stamps: Stamps,
        (choice, shown): (Choice, Arc<Mutex<Snapshot>>),
        tell: Tell,
    ) -> Self {
        let mut cards = Apart::new(cards, stamps);
        let snapshot = cards.look(FIRST_LOOK).unwrap_or_default();
        *shown.lock().unwrap_or_else(PoisonError::into_inner) = snapshot.clone();
        let (uses, missing) = (Vec::new(), Vec::new());
        Self { cards, tell, choice, snapshot, shown, uses, missing, ticks: 0 }
    }

    /// Gives a use its device at once, and from here on.
    pub(crate) fn add(&mut self, plug: Box<dyn Plug>) {
        self.uses.push(Usage::new(plug));
        self.settle();
    }

    /// Other devices are wanted.
    pub(crate) fn choose(&mut self, choice: Choice) {
        self.choice = choice;
        self.uses.iter_mut().for_each(Usage::forgive);
        self.look();
        self.settle();
    }

    /// A tenth of a second has passed.
    pub(crate) fn tick(&mut self) {
        self.ticks += 1;
        self.uses.retain_mut(|usage| !usage.close_if_over());
        if let Some(snapshot) = self.cards.late() {
            self.see(snapshot);
        }
        let ticks = self.ticks;
        // However many changes were told since the last tick: one look sees them all.
        let mut due = self.cards.have_changed() || ticks.is_multiple_of(LOOK);
        for usage in &mut self.uses {
            due |= usage.watch(ticks);
        }
        if due {
            self.look();
        }
        self.settle();
        self.uses.iter_mut().for_each(|usage| usage.plug.tend());
    }

    /// Until the cards tell what is there, that of the look before holds.
    fn look(&mut self) {
        if let Some(snapshot) = self.cards.look(LATER_LOOK) {
            self.see(snapshot);
        }
    }

    fn see(&mut self, snapshot: Snapshot) {
        let changes = changes(&self.snapshot, &snapshot);
        if snapshot != self.snapshot {
            *self.shown.lock().unwrap_or_else(PoisonError::into_inner) = snapshot.clone();
            self.snapshot = snapshot;
        }
        if !changes.is_empty() {
            (self.tell)(Event::Devices(changes));
        }
    }

    /// Brings every use to where it belongs.
    fn settle(&mut self) {
        let mut uses = std::mem::take(&mut self.uses);
        for usage in &mut uses {
            self.place(usage);
        }
        self.uses = uses;
    }

    fn place(&mut self, usage: &mut Usage) {
        let role = usage.plug.role();
        if usage.plug.is_over() {
            return;
        }
        for device in self.candidates(role) {
            if usage.is_on(&device.id) {
                usage.leave_if_failed_or_gone(&self.snapshot);
                if usage.is_on(&device.id) {
                    return;
                }
            }
            if usage.is_refused(&device.id, self.ticks) {
                continue;
            }
            // A sound system that hangs opens nothing else either.
            let Some(opened) = self.cards.open(&device, usage.plug.capacity()) else { break };
            match opened {
                Ok(Fresh { open, end, rate }) => {
                    usage.plug.plug(end, open.link(), rate);
                    // Whichever use was told to have none: this one shows that there is one.
                    let was_missing = self.missing.contains(&role);
                    self.missing.retain(|of| *of != role);
                    if usage.put(open, &device) || was_missing {
                        (self.tell)(Event::Moved { role, to: device });
                    }
                    return;
                }
                Err(CardError { fault, text: why }) => {
                    if usage.refuse(&device.id, self.ticks) {
                        (self.tell)(Event::Refused { role, device, fault, why });
                    }
                }
            }
        }
        usage.leave_if_failed_or_gone(&self.snapshot);
        if usage.is_missing() {
            self.missing.push(role);
            (self.tell)(Event::Missing(role));
        }
    }

    /// The chosen device, then the default.
    fn candidates(&self, role: Role) -> Vec<Device> {
        let way = role.way();
        let chosen = self.snapshot.choose(way, self.choice.of(role));
        let default = self.snapshot.default_device(way).filter(|d| Some(*d) != chosen);
        chosen.into_iter().chain(default).cloned().collect()
    }
}

/// Ticks between two looks at devices of which nothing is told: a second.
const LOOK: u64 = 10;
/// How long the first look may take: a phone starts with the devices that it finds.
const FIRST_LOOK: Duration = Duration::from_secs(2);
/// How long the uses wait for another one.
const LATER_LOOK: Duration = Duration::from_secs(1);
