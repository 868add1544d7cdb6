//! The one place where what the store keeps and what the sound card is told stand side by side: neither
//! knows the other.

use milliwatt_audio as audio;
use milliwatt_store::preferences::{Cleaning, DeviceProfile, Devices, Noise, Volumes};

use crate::api::{Device, Role};

pub(super) fn choice(devices: &Devices) -> audio::Choice {
    let Devices { microphone, speaker, ring } = devices.clone();
    audio::Choice { microphone, ring, speaker }
}

pub(super) fn devices(choice: audio::Choice) -> Devices {
    let audio::Choice { microphone, ring, speaker } = choice;
    Devices { microphone, speaker, ring }
}

pub(super) fn profiles(kept: &[DeviceProfile]) -> audio::Profiles {
    let profile = |kept: &DeviceProfile| {
        let DeviceProfile { name, microphone, speaker, ring } = kept.clone();
        audio::Profile { name, choice: audio::Choice { microphone, ring, speaker } }
    };
    audio::Profiles(kept.iter().map(profile).collect())
}

pub(super) fn volumes(volumes: Volumes) -> [(audio::Role, u32); 3] {
    [
        (audio::Role::Microphone, volumes.microphone.into()),
        (audio::Role::Ring, volumes.ring.into()),
        (audio::Role::Speaker, volumes.speaker.into()),
    ]
}

pub(super) fn cleaning(cleaning: Cleaning) -> audio::Cleaning {
    let noise = match cleaning.noise {
        Noise::Off => audio::Noise::Off,
        Noise::Low => audio::Noise::Low,
        Noise::Moderate => audio::Noise::Moderate,
        Noise::High => audio::Noise::High,
        Noise::VeryHigh => audio::Noise::VeryHigh,
    };
    audio::Cleaning { echo: cleaning.echo, noise, gain: cleaning.gain }
}

pub(super) fn device(listed: audio::Listed) -> Device {
    let audio::Listed { id, name, role, preferred, present } = listed;
    let role = match role {
        audio::Role::Microphone => Role::Microphone,
        audio::Role::Ring => Role::Ring,
        audio::Role::Speaker => Role::Speaker,
    };
    Device { id, name, role, preferred, present }
}
