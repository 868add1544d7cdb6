//! From the engine to the window: events are watched as they come, and told as it can draw them.

use std::sync::Arc;

use milliwatt_engine::{
    Events,
    api::{Command, Event, Media},
    clock::Clock,
};

use crate::{api::ShellEvent, outbox::Told, phone::Phone};

/// What hears of it: the window, the tray, notifications.
pub(crate) trait Face: Send + 'static {
    /// Draws this, if there is a window.
    fn show(&self, told: &Told);
    /// An event that more than the window may want to know.
    fn note(&self, event: &Event);
    /// What the tray shows may have changed.
    fn tray(&self);
}

/// Runs until the engine ends.
pub(crate) async fn pump(mut events: Events, phone: Arc<Phone>, face: impl Face) {
    loop {
        let wake_at = phone.outbox().wake_at();
        let now = phone.clock.now();
        let sleep = async {
            match wake_at {
                Some(at) => tokio::time::sleep(at.saturating_sub(now)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            event = events.next() => match event {
                Some(event) => take(&phone, &face, event),
                None => return,
            },
            () = phone.news.notified() => {}
            () = sleep => {}
        }
        while let Some(told) = next(&phone) {
            face.show(&told);
        }
    }
}

/// The lock is free again while the window is told.
fn next(phone: &Phone) -> Option<Told> {
    phone.outbox().next(phone.clock.now())
}

fn take(phone: &Phone, face: &impl Face, event: Event) {
    if phone.watch().take(&event) {
        face.tray();
    }
    if let Event::Incoming { call, .. } = &event {
        phone.engine.command(Command::Ring { call: *call });
    }
    face.note(&event);
    let mut outbox = phone.outbox();
    if let Event::Quality { call, media } = &event
        && let Media { level_in_dbov: Some(in_dbov), level_out_dbov: Some(out_dbov), .. } = **media
    {
        outbox.put_shell(ShellEvent::Levels { call: *call, in_dbov, out_dbov });
    }
    outbox.put(event);
}
