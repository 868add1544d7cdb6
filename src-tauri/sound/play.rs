//! Recordings of the history, heard on the speaker, and ringtones that are tried.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use milliwatt_audio::{Playing, Way};
use milliwatt_engine::ports;
use tauri::async_runtime::spawn_blocking;

use super::{TENTH, lock};
use crate::phone::Phone;

/// Samples per second that a recording is read at: a voice has no more.
const RATE: u32 = 16_000;

/// Tenths of a second for which a ringtone is tried.
const TRIAL: u32 = 60;

/// The recording that is played, by its number.
#[derive(Default)]
pub(super) struct Player(Mutex<(u64, Option<Playing>)>);

impl Player {
    /// The number of the next recording. The one before is stopped, also where it is still read.
    fn next(&self) -> u64 {
        let mut player = lock(&self.0);
        *player = (player.0 + 1, None);
        player.0
    }

    /// The recording of this number is played, unless it was stopped meanwhile.
    fn begin(&self, number: u64, play: impl FnOnce() -> Playing) {
        let mut player = lock(&self.0);
        if player.0 == number {
            player.1 = Some(play());
        }
    }

    /// The recording of this number is stopped.
    fn end(&self, number: u64) {
        let mut player = lock(&self.0);
        if player.0 == number {
            player.1 = None;
        }
    }

    /// It is neither over nor stopped.
    fn plays(&self, number: u64) -> bool {
        let mut player = lock(&self.0);
        if player.1.as_ref().is_some_and(Playing::has_ended) {
            player.1 = None;
        }
        player.0 == number && player.1.is_some()
    }
}

/// Plays a recording until its end, or until it is stopped.
///
/// # Errors
/// A sentence, when it cannot be read or there is nothing to play it on.
pub(crate) async fn play(phone: &Arc<Phone>, path: PathBuf) -> Result<(), String> {
    let handset = &phone.handset;
    let number = handset.player.next();
    let reading = spawn_blocking(move || ports::read(&path, RATE));
    let sound = reading.await.map_err(|why| why.to_string())?.map_err(|why| why.to_string())?;
    if handset.audio.snapshot().default_device(Way::Playback).is_none() {
        return Err("there is no speaker to play it on: plug one in".into());
    }
    handset.player.begin(number, || handset.audio.play_sound(sound, RATE));
    while handset.player.plays(number) {
        tokio::time::sleep(TENTH).await;
    }
    Ok(())
}

/// Rings as the name says for a while, or until it is stopped.
///
/// # Errors
/// A sentence, when there is nothing to ring on.
pub(crate) async fn try_ringtone(phone: &Arc<Phone>, name: String) -> Result<(), String> {
    let handset = &phone.handset;
    let number = handset.player.next();
    let of = Arc::clone(phone);
    let ring = spawn_blocking(move || of.handset.ringtones.named(&name));
    let ring = ring.await.map_err(|why| why.to_string())?;
    if handset.audio.snapshot().default_device(Way::Playback).is_none() {
        return Err("there is no device to ring on: plug one in".into());
    }
    let region = phone.region();
    handset.player.begin(number, || ring.play(&handset.audio, region));
    for _ in 0..TRIAL {
        if !handset.player.plays(number) {
            break;
        }
        tokio::time::sleep(TENTH).await;
    }
    handset.player.end(number);
    Ok(())
}

/// Stops the recording that is played.
pub(crate) fn stop_playing(phone: &Phone) {
    phone.handset.player.next();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_stopped_while_it_is_read_is_never_played() {
        let player = Player::default();
        let number = player.next();
        player.next();
        player.begin(number, || unreachable!("it was stopped"));
        assert!(!player.plays(number));
    }
}
