//! What the phones of the network do.

use bytes::Bytes;

use super::{super::*, net::*};

impl Net {
    /// Takes the events of a phone.
    pub(super) fn events(&mut self, at: At) -> Vec<Event> {
        match &mut self.nodes[at.0].1 {
            Node::Phone { events, .. } => std::mem::take(events),
            Node::Script { .. } | Node::Nobody | Node::Hole => Vec::new(),
        }
    }

    pub(super) fn agent(&self, at: At) -> &Agent {
        match &self.nodes[at.0].1 {
            Node::Phone { agent, .. } => agent,
            Node::Script { .. } | Node::Nobody | Node::Hole => panic!("no phone at {at:?}"),
        }
    }

    /// Dials `to` with an offer.
    pub(super) fn dial(&mut self, at: At, to: &str) -> CallId {
        self.dial_with(
            at,
            Dial { to: to.into(), offer: Some(Bytes::from_static(SDP_A)), ..Dial::default() },
        )
    }

    pub(super) fn dial_with(&mut self, at: At, dial: Dial) -> CallId {
        let call = CallId(self.name());
        self.command(at, Command::Dial(call, ACCOUNT, Box::new(dial)));
        call
    }

    /// The call that comes in at a phone; other events are dropped.
    pub(super) fn incoming(&mut self, at: At) -> CallId {
        let events = self.events(at);
        let found = events.iter().find_map(|event| match event {
            Event::Incoming { call, .. } => Some(*call),
            _ => None,
        });
        found.unwrap_or_else(|| panic!("no call came in: {events:?}"))
    }

    pub(super) fn answer(&mut self, at: At, call: CallId) {
        self.command(at, Command::Answer { call, body: Bytes::from_static(SDP_B) });
    }

    pub(super) fn hang_up(&mut self, at: At, call: CallId) {
        self.command(at, Command::Hangup { call, cause: None });
    }

    /// A call from `a` to `b` that is up on both sides, its events taken.
    pub(super) fn up(&mut self, a: At, b: At) -> (CallId, CallId) {
        let ours = self.dial(a, "bob");
        self.settle();
        let theirs = self.incoming(b);
        self.answer(b, theirs);
        self.settle();
        assert!(self.events(a).iter().any(|e| matches!(e, Event::Answered { .. })));
        assert!(self.events(b).iter().any(|e| matches!(e, Event::Answered { .. })));
        (ours, theirs)
    }
}
