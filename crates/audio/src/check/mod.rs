//! "Hear yourself": plays a probe, listens for it, and measures the echo with a canceller of its own.

mod measure;
mod probe;

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use self::measure::{SoundCheck, measure};
use self::{
    measure::again,
    probe::{Heard, HeardPlug, ProbePlug},
};
use crate::{audio::Audio, voice::BackEnd};

pub use self::probe::probe;

impl Audio {
    /// Plays five seconds of noise with the rhythm of speech and tells what of it comes back, and
    /// meanwhile, every 50 ms, how loud the microphone hears the room, dBov. Waits for that in the
    /// caller's thread, and ends early when `stop` is set.
    pub fn check(
        &self,
        back_end: BackEnd,
        stop: &AtomicBool,
        level: impl FnMut(f32),
    ) -> SoundCheck {
        let heard = self.probed(stop, level);
        heard.map_or_else(SoundCheck::default, |sound| measure(&probe(), &sound, back_end))
    }

    /// Plays the same into the room while a call to an echo is up, which hears it too, and tells how
    /// long that call took to bring it back, ms; `None` when it did not come back twice.
    pub fn delay(&self, stop: &AtomicBool) -> Option<f32> {
        self.probed(stop, |_| {}).and_then(|sound| again(&probe(), &sound))
    }

    /// What was heard from the beginning of the probe on, 48 kHz.
    fn probed(&self, stop: &AtomicBool, mut level: impl FnMut(f32)) -> Option<Vec<f32>> {
        let heard = Arc::new(Mutex::new(Heard::default()));
        let over = Arc::new(AtomicBool::new(false));
        self.add(Box::new(HeardPlug::new(Arc::clone(&heard), Arc::clone(&over))));
        self.add(Box::new(ProbePlug::new(Arc::clone(&heard), Arc::clone(&over), self.volumes())));
        for _ in 0..PATIENCE {
            if stop.load(Ordering::Relaxed) || probe::lock(&heard).is_whole() {
                break;
            }
            std::thread::sleep(STEP);
            // Not while it is locked: the microphone goes on.
            let dbov = probe::lock(&heard).dbov();
            level(dbov);
        }
        over.store(true, Ordering::Release);
        let heard = std::mem::take(&mut *probe::lock(&heard));
        heard.aligned()
    }
}

const STEP: Duration = Duration::from_millis(50);
/// Steps until it is given up: ten seconds.
const PATIENCE: u32 = 200;
