//! The sound card: devices that come and go, capture and playback on clocks of their own, tones, and
//! what is done to the microphone's sound. [`Audio`] is the front; [`CallPort`] is what a call is
//! given as its [`AudioPort`](milliwatt_media::frame::AudioPort).

#![forbid(unsafe_code)]

mod audio;
mod cards;
mod check;
mod device;
mod event;
mod keeper;
mod player;
mod port;
mod stream;
mod tune;
mod voice;

pub use milliwatt_media::tone::Region;

pub use self::{
    audio::Audio,
    cards::{CardError, Cards, OnChange, Opened, System},
    check::{SoundCheck, measure, probe},
    device::{Change, Choice, Device, Listed, Profile, Profiles, Role, Snapshot, Way, changes},
    event::Event,
    player::Playing,
    port::{CallPort, CallSound, Figures},
    stream::{BLOCK, Drain, Fault, Feed, Flow, RATE},
    tune::{Ringtone, Tune},
    voice::{BackEnd, Cleaning, EchoFigures, Noise, Voice},
};

#[cfg(test)]
#[global_allocator]
static ALLOCATOR: assert_no_alloc::AllocDisabler = assert_no_alloc::AllocDisabler;
