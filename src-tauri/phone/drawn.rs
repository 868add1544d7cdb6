//! A window that is drawn: what it is told first, what waited for it, and how the last one was
//! left.

use milliwatt_engine::{api::Event, clock::Clock as _, emergency, local};

use super::{Phone, lock};
use crate::{
    api::{Left, ShellEvent, Start},
    page::wall_ms,
    trunks,
};

/// Characters of its place, and of what is typed, that are kept of a window at most.
const MOST_LEFT: usize = 1024;

/// Whether there is a window to be told, and what waits for one.
#[derive(Default)]
pub(super) struct Window {
    pub(super) drawn: bool,
    link: Option<String>,
    /// How the last one was left.
    left: Left,
}

impl Phone {
    /// A link was opened: it fills the dial field of the window, of the next one if there is none.
    pub(crate) fn link(&self, uri: String) {
        let mut window = lock(&self.window);
        if window.drawn {
            self.tell(ShellEvent::Link { uri });
        } else {
            window.link = Some(uri);
        }
    }

    /// There is no window any more.
    pub(crate) fn window_closed(&self) {
        lock(&self.window).drawn = false;
    }

    /// The window is as this says: the next one is to be so again.
    pub(crate) fn left(&self, left: Left) {
        if [&left.hash, &left.dial].iter().all(|text| text.chars().count() <= MOST_LEFT) {
            lock(&self.window).left = left;
        }
    }

    fn window_drawn(&self) {
        let mut window = lock(&self.window);
        window.drawn = true;
        if let Some(uri) = window.link.take() {
            self.tell(ShellEvent::Link { uri });
        }
    }

    /// Something that the user must know now.
    pub(crate) fn notice(&self, text: String) {
        self.outbox().put(Event::Notice { call: None, kind: "shell".into(), text });
        self.news.notify_one();
    }

    /// Something that the user must know, told when the window opens.
    pub(crate) fn warn(&self, text: String) {
        lock(&self.warnings).push(text);
    }

    /// Everything that a window shows when it is drawn.
    ///
    /// # Errors
    /// A sentence, when the engine has ended.
    pub(crate) async fn start(&self) -> Result<Start, String> {
        let online = self.look_for_network().await;
        let snapshot = trunks::snapshot(&self.engine).await?;
        let now = wall_ms(self.clock.wall());
        let mut warnings = lock(&self.warnings).clone();
        warnings.extend(snapshot.history_trouble.clone());
        self.window_drawn();
        let settings = self.preferences();
        let left = lock(&self.window).left.clone();
        let watch = self.watch();
        let (trunks, mut calls) = (watch.trunks(&snapshot), watch.calls(&snapshot, now));
        drop(watch);
        let trails = self.trails();
        calls.iter_mut().for_each(|call| call.markers = trails.markers(call.call));
        drop(trails);
        Ok(Start {
            version: env!("CARGO_PKG_VERSION"),
            trunks,
            calls,
            settings,
            left,
            emergency: emergency::by_country().collect(),
            devices: self.handset.devices(),
            codecs: local::codecs().collect(),
            online,
            warning: (!warnings.is_empty()).then(|| warnings.join(" ")),
        })
    }
}
