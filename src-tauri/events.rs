//! From the engine to the window: events are watched as they come, and told as it can draw them.

use std::sync::Arc;

use milliwatt_audio::Event as SoundEvent;
use milliwatt_engine::{
    Events,
    api::{Command, Event, Media},
    clock::Clock,
};
use tauri::async_runtime::spawn;
use tokio::{
    sync::mpsc::UnboundedReceiver,
    time::{MissedTickBehavior, interval},
};

use crate::{
    api::ShellEvent, outbox::Told, page::wall_ms, phone::Phone, sound, watch::TrayState,
    words::Language,
};

/// Who tells what happens.
pub(crate) struct Heard {
    pub(crate) engine: Events,
    /// Devices that come and go: some a second at the most.
    pub(crate) sound: UnboundedReceiver<SoundEvent>,
    /// Trunks that wait for the keyring's user.
    pub(crate) waiting: UnboundedReceiver<String>,
}

/// What hears of it: the window, the tray, notifications.
pub(crate) trait Face: Send + 'static {
    /// Draws this, if there is a window.
    fn show(&self, told: &Told);
    /// An event that more than the window may want to know.
    fn note(&self, event: &Event);
    /// The tray shows this from here on, in this language.
    fn tray(&self, state: TrayState, language: Language);
}

/// Runs until the engine ends.
pub(crate) async fn pump(mut heard: Heard, phone: Arc<Phone>, face: impl Face) {
    let mut tenth = interval(sound::TENTH);
    tenth.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_in_use = false;
    let mut tray = None;
    loop {
        let in_use = phone.handset.is_in_use();
        if in_use && !was_in_use {
            // Its last tick is long past: the first one now is a tenth of a second away.
            tenth.reset();
        }
        was_in_use = in_use;
        let told_at = phone.outbox().wake_at();
        let wake_at = [told_at, phone.trails().wake_at()].into_iter().flatten().min();
        let now = phone.clock.now();
        let sleep = async {
            match wake_at {
                Some(at) => tokio::time::sleep(at.saturating_sub(now)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // That a password is waited for comes before what came of it.
            biased;
            Some(trunk) = heard.waiting.recv() => take(&phone, &face, waits(trunk)),
            event = heard.engine.next() => match event {
                Some(event) => {
                    phone.trails().take(phone.clock.now(), &event, &phone.engine);
                    take(&phone, &face, event);
                }
                None => {
                    phone.trails().close(&phone.engine);
                    return phone.heard_out.notify_one();
                }
            },
            Some(event) = heard.sound.recv() => phone.devices_changed(&event),
            _ = tenth.tick(), if in_use => tend(&phone),
            () = phone.news.notified() => {}
            () = sleep => {}
        }
        phone.trails().tend(phone.clock.now(), &phone.engine);
        while let Some(told) = next(&phone) {
            phone.trails().told(phone.clock.now(), &told, |call| phone.handset.has(call));
            face.show(&told);
        }
        let state = phone.watch().tray();
        let language = phone.language();
        if tray.replace((state, language)) != Some((state, language)) {
            face.tray(state, language);
        }
    }
}

/// What is told of a trunk that waits for the keyring's user.
fn waits(trunk: String) -> Event {
    let why = "the keyring does not give its password yet: once it is unlocked, the line goes on";
    Event::TrunkFailed { trunk, why: why.into() }
}

/// The lock is free again while the window is told.
fn next(phone: &Phone) -> Option<Told> {
    phone.outbox().next(phone.clock.now())
}

/// A tenth of a second of calls has passed.
fn tend(phone: &Phone) {
    phone.handset.tend(phone.region());
    let mut outbox = phone.outbox();
    phone.handset.levels().into_iter().for_each(|levels| outbox.put_shell(levels));
}

fn take(phone: &Arc<Phone>, face: &impl Face, event: Event) {
    let mut watch = phone.watch();
    watch.look_at(&event, wall_ms(phone.clock.wall()));
    watch.take(&event);
    drop(watch);
    if let Event::Incoming { call, .. } = &event {
        phone.engine.command(Command::Ring { call: *call });
    }
    if matches!(&event, Event::Notice { kind, .. } if kind == "events-missed") {
        let phone = Arc::clone(phone);
        spawn(async move { phone.catch_up().await });
    }
    let over = if let Event::Ended { report } = &event { Some(report.clone()) } else { None };
    phone.handset.take(&event);
    sound::torn(phone, &event);
    face.note(&event);
    let mut outbox = phone.outbox();
    if let Event::Quality { call, media } = &event
        && !phone.handset.has(*call)
        && let Media { level_in_dbov: Some(in_dbov), level_out_dbov: Some(out_dbov), .. } = **media
    {
        outbox.put_shell(ShellEvent::Levels { call: *call, in_dbov, out_dbov });
    }
    outbox.put(event);
    drop(outbox);
    if let Some(report) = over {
        phone.goes_on(&report);
    }
}
