//! Sound cards that a test makes up.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use milliwatt_audio::{CardError, Cards, Device, Drain, Feed, Opened, Snapshot, Way};

/// Devices by name; each opens, and its callbacks never come. Opened ones are counted.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<Mutex<(Vec<Device>, Vec<String>)>>);

impl Shelf {
    pub(crate) fn with(names: &[(Way, &str)]) -> Self {
        let shelf = Self::default();
        shelf.set(names);
        shelf
    }

    /// Devices come and go until these are there.
    pub(crate) fn set(&self, names: &[(Way, &str)]) {
        let device =
            |(way, id): &(Way, &str)| Device { id: (*id).into(), name: (*id).into(), way: *way };
        lock(&self.0).0 = names.iter().map(device).collect();
    }

    /// What is open, in the order of opening.
    pub(crate) fn opened(&self) -> Vec<String> {
        lock(&self.0).1.clone()
    }

    fn open(&self, id: &str) -> Result<Opened, CardError> {
        lock(&self.0).1.push(id.into());
        let shelf = self.clone();
        let id = id.to_owned();
        let stream = Box::new(Closes(move || lock(&shelf.0).1.retain(|open| *open != id)));
        Ok(Opened { rate: 48_000, stream })
    }
}

struct Closes<F: FnMut()>(F);

impl<F: FnMut()> Drop for Closes<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

impl Cards for Shelf {
    fn look(&mut self) -> Snapshot {
        Snapshot { devices: lock(&self.0).0.clone(), ..Snapshot::default() }
    }

    fn capture(&mut self, id: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError> {
        drop(feed());
        self.open(id)
    }

    fn playback(
        &mut self,
        id: &str,
        drain: &mut dyn FnMut() -> Drain,
    ) -> Result<Opened, CardError> {
        drop(drain());
        self.open(id)
    }
}

/// Waits for something that has to happen.
pub(crate) fn until(mut happened: impl FnMut() -> bool) {
    for _ in 0..600 {
        if happened() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("not within a minute");
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
