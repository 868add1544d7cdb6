//! Two phones that know each other by address, and what the tests ask of them.

use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use milliwatt_engine::{
    api::{CallId, CallReport, Command, Dial, Event, Sound, Source},
    drive::{PhoneId, World},
};
use milliwatt_store::settings::Trunk;

pub(crate) const ALICE: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1));
pub(crate) const BOB: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2));
pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// A world with two phones.
pub(crate) struct Pair {
    pub(crate) world: World,
    pub(crate) alice: PhoneId,
    pub(crate) bob: PhoneId,
    /// Incoming calls handed out.
    taken: usize,
}

/// A trunk that is known by its address.
pub(crate) fn trunk(name: &str, user: &str, domain: &str) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = name.into();
    trunk.trunk.user = user.into();
    trunk.trunk.domain = domain.into();
    trunk.trunk.register = false;
    trunk
}

impl Pair {
    pub(crate) fn new() -> Self {
        Self::with(|_| ())
    }

    /// `edit` changes the trunk of either phone.
    pub(crate) fn with(edit: impl Fn(&mut Trunk)) -> Self {
        let mut world = World::new([7; 32]);
        let alice = world.phone(ALICE).unwrap();
        let bob = world.phone(BOB).unwrap();
        for (phone, user, other) in [(alice, "alice", BOB), (bob, "bob", ALICE)] {
            let mut trunk = trunk("line", user, &other.to_string());
            edit(&mut trunk);
            world.trunk(phone, trunk, None);
        }
        Self { world, alice, bob, taken: 0 }
    }

    /// Alice dials Bob.
    pub(crate) fn dial(&mut self, dial: Dial) -> CallId {
        let call = self.world.next_call();
        let dial = Box::new(Dial { to: "bob".into(), ..dial });
        self.world.command(self.alice, Command::Dial { call, trunk: "line".into(), dial });
        call
    }

    /// The next call that comes to Bob.
    pub(crate) fn incoming(&mut self) -> CallId {
        let (bob, taken) = (self.bob, self.taken);
        assert!(self.world.run_until(40 * SECOND, |world| incoming(world, bob).len() > taken));
        self.taken += 1;
        incoming(&self.world, bob)[taken]
    }

    /// Alice dials, Bob answers; both calls by name once they are up.
    pub(crate) fn call(&mut self, dial: Dial, sound: Sound) -> (CallId, CallId) {
        let out = self.dial(dial);
        let into = self.incoming();
        self.answer(into, sound);
        let (alice, bob) = (self.alice, self.bob);
        assert!(self.world.run_until(5 * SECOND, |world| {
            let up = |(_, event): &(Duration, Event)| matches!(event, Event::Answered { .. });
            [alice, bob].iter().all(|phone| world.events(*phone).iter().any(up))
        }));
        (out, into)
    }

    pub(crate) fn answer(&mut self, call: CallId, sound: Sound) {
        let codecs = Vec::new();
        self.world.command(self.bob, Command::Answer { call, sound, codecs });
    }

    /// Waits until neither phone has a call, and gives the reports of Alice and of Bob.
    pub(crate) fn reports(&mut self) -> (Vec<CallReport>, Vec<CallReport>) {
        let (alice, bob) = (self.alice, self.bob);
        assert!(
            self.world.run_until(120 * SECOND, |world| world.calls(alice) + world.calls(bob) == 0)
        );
        (reports(&self.world, alice), reports(&self.world, bob))
    }
}

fn incoming(world: &World, phone: PhoneId) -> Vec<CallId> {
    let calls = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Incoming { call, .. } => Some(*call),
        _ => None,
    });
    calls.collect()
}

/// Everything that a phone told about ended calls.
pub(crate) fn reports(world: &World, phone: PhoneId) -> Vec<CallReport> {
    let reports = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Ended { report } => Some((**report).clone()),
        _ => None,
    });
    reports.collect()
}

/// A call that plays one tone and listens for another.
pub(crate) fn tones(play: f32, listen: f32) -> Sound {
    Sound { source: Source::Tone(play), record: None, listen: vec![listen] }
}

/// The notices of a phone, by kind.
pub(crate) fn notices(world: &World, phone: PhoneId) -> Vec<String> {
    let kinds = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Notice { kind, .. } => Some(kind.clone()),
        _ => None,
    });
    kinds.collect()
}

/// The calls that the notices of a kind are about.
pub(crate) fn noticed(world: &World, phone: PhoneId, kind: &str) -> Vec<Option<CallId>> {
    let calls = world.events(phone).iter().filter_map(|(_, event)| match event {
        Event::Notice { call, kind: of, .. } if of == kind => Some(*call),
        _ => None,
    });
    calls.collect()
}

/// Picks the text of a notice.
pub(crate) fn notices_of(kind: &str) -> impl FnMut(Event) -> Option<String> {
    move |event| match event {
        Event::Notice { kind: of, text, .. } => (of == kind).then_some(text),
        _ => None,
    }
}

/// The first event that `pick` takes, and its time.
pub(crate) fn first<T>(
    world: &World,
    phone: PhoneId,
    pick: impl Fn(&Event) -> Option<T>,
) -> Option<(Duration, T)> {
    world.events(phone).iter().find_map(|(at, event)| pick(event).map(|found| (*at, found)))
}
