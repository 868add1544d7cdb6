//! What PulseAudio, or PipeWire in its place, tells of its devices. It takes a connection of its own:
//! those of cpal are cpal's.

use std::{
    sync::{
        Arc, Weak,
        mpsc::{Receiver, TryRecvError, channel},
    },
    thread,
};

use pulseaudio::{
    Client, ClientError,
    protocol::{
        SubscriptionEvent, SubscriptionEventFacility as Facility, SubscriptionEventType as Kind,
        SubscriptionMask as Mask,
    },
};

use super::OnChange;

/// A subscription for as long as there is a server, and who is told.
#[derive(Default)]
pub(super) struct Subscription {
    on_change: Option<OnChange>,
    connection: Option<Connection>,
    opening: Option<Receiver<Connection>>,
}

impl Subscription {
    /// It begins with the next look that finds a server.
    pub(super) fn begin(&mut self, on_change: OnChange) {
        self.on_change = Some(on_change);
    }

    /// Subscribes where that has not been done, or its server is gone. Does not wait: a server may take
    /// a connection and say nothing. What fails is tried again at the next look.
    pub(super) fn keep(&mut self) {
        if let Some(opening) = &self.opening {
            match opening.try_recv() {
                Ok(connection) => self.connection = Some(connection),
                Err(TryRecvError::Empty) => return,
                Err(TryRecvError::Disconnected) => {}
            }
            self.opening = None;
        }
        let is_up = self.connection.as_ref().is_some_and(Connection::is_up);
        let Some(on_change) = self.on_change.as_ref().filter(|_| !is_up) else { return };
        self.opening = open(Arc::clone(on_change));
    }
}

/// Opens a connection on a thread of its own, and tells of a change once it is there: what changed
/// meanwhile was told to nobody.
fn open(on_change: OnChange) -> Option<Receiver<Connection>> {
    let (give, opening) = channel();
    let work = move || match Connection::open(Arc::clone(&on_change)) {
        Ok(connection) => {
            // Nobody wants it any more: it ends.
            drop(give.send(connection));
            on_change();
        }
        Err(why) => tracing::debug!(%why, "no events of sound devices"),
    };
    thread::Builder::new().name("sound events".into()).spawn(work).is_ok().then_some(opening)
}

/// Ends, with its thread, when it is dropped or the server goes.
struct Connection {
    _client: Client,
    /// Kept by the thread of the client, for as long as that runs.
    told: Weak<OnChange>,
}

impl Connection {
    /// Waits for the server.
    fn open(on_change: OnChange) -> Result<Self, ClientError> {
        let client = Client::from_env(c"Milliwatt")?;
        let on_change = Arc::new(on_change);
        let told = Arc::downgrade(&on_change);
        client.subscribe(Mask::SINK | Mask::SOURCE | Mask::SERVER, move |event| {
            if is_news(event) {
                on_change();
            }
        })?;
        Ok(Self { _client: client, told })
    }

    fn is_up(&self) -> bool {
        self.told.strong_count() > 0
    }
}

/// A device came or went, or the server prefers another. One that is louder or begins to play is no
/// news, and another name of one can wait for the next look.
fn is_news(event: SubscriptionEvent) -> bool {
    event.event_facility == Facility::Server || event.event_type != Kind::Changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_that_comes_or_goes_is_news_and_one_that_plays_is_not() {
        let is_news = |event_facility, event_type| {
            is_news(SubscriptionEvent { event_facility, event_type, index: Some(1) })
        };
        for device in [Facility::Sink, Facility::Source] {
            assert!(is_news(device, Kind::New) && is_news(device, Kind::Removed), "{device:?}");
            assert!(!is_news(device, Kind::Changed), "{device:?}");
        }
        assert!(is_news(Facility::Server, Kind::Changed), "another default");
    }
}
