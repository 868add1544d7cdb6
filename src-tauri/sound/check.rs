//! "Hear yourself": a sound of the speaker, and what the microphone hears of it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use milliwatt_audio::{Audio, BackEnd, Way};
use tauri::async_runtime::spawn_blocking;
use tokio::sync::oneshot;

use super::{Handset, lock};
use crate::{
    api::{ShellEvent, SoundCheck},
    phone::Phone,
};

/// Plays a sound and listens for it.
///
/// # Errors
/// A sentence, when a device is missing or in a call.
pub(crate) async fn check(phone: &Arc<Phone>) -> Result<SoundCheck, String> {
    let cancelled = phone.can_be_cancelled("sound_check");
    phone.handset.is_free()?;
    let told = Arc::clone(phone);
    let meter = move |dbov: f32| told.tell(ShellEvent::Room { dbov: f64::from(dbov) });
    let measure = |audio: &Audio, stop: &AtomicBool| audio.check(BackEnd::default(), stop, meter);
    let found = measured(phone, cancelled, measure).await?;
    Ok(SoundCheck {
        echo_delay_ms: found.echo_delay_ms.map(f64::from),
        erle_db: found.erle_db.map(f64::from),
        heard: found.heard,
    })
}

/// Measures in a thread of its own, until that is done or `cancelled`.
///
/// # Errors
/// When the measurement panicked.
pub(super) async fn measured<T: Send + 'static>(
    phone: &Arc<Phone>,
    cancelled: oneshot::Receiver<()>,
    measure: impl FnOnce(&Audio, &AtomicBool) -> T + Send + 'static,
) -> Result<T, String> {
    let (phone, stop) = (Arc::clone(phone), Arc::new(AtomicBool::new(false)));
    let own = Arc::clone(&stop);
    let mut work = spawn_blocking(move || measure(&phone.handset.audio, &own));
    let done = tokio::select! {
        done = &mut work => done,
        _ = cancelled => {
            stop.store(true, Ordering::Relaxed);
            work.await
        }
    };
    done.map_err(|why| why.to_string())
}

impl Handset {
    /// Looks whether something can be measured through it.
    ///
    /// # Errors
    /// A sentence, when there is a call or a device is missing.
    pub(super) fn is_free(&self) -> Result<(), String> {
        if !lock(&self.lines).is_empty() {
            return Err("there is a call: end it first".into());
        }
        let snapshot = self.audio.snapshot();
        for (way, what) in [(Way::Capture, "microphone"), (Way::Playback, "speaker")] {
            if snapshot.default_device(way).is_none() {
                return Err(format!("there is no {what}: plug one in"));
            }
        }
        Ok(())
    }
}
