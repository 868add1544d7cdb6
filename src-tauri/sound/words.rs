//! The one place where what the store keeps and what the sound card is told stand side by side: neither
//! knows the other.

use milliwatt_audio as audio;
use milliwatt_store::preferences::{Cleaning, DeviceProfile, Devices, Noise, Volumes};

use crate::api::{Device, DeviceFault, DeviceNews, Role};

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
    let audio::Listed { id, name, role: of, preferred, present } = listed;
    Device { id, name, role: role(of), preferred, present }
}

/// What happened, for the window to word.
pub(super) fn news(event: &audio::Event) -> Vec<DeviceNews> {
    let one = match event {
        audio::Event::Devices(changes) => return changes.iter().map(change).collect(),
        audio::Event::Missing(of) => DeviceNews::Missing { role: role(*of) },
        audio::Event::Moved { role: of, to } => {
            DeviceNews::Moved { role: role(*of), name: to.name.clone() }
        }
        audio::Event::Refused { role: of, device, fault: met, why } => {
            let (name, why) = (device.name.clone(), why.clone());
            DeviceNews::Refused { role: role(*of), name, fault: fault(*met), why }
        }
    };
    vec![one]
}

fn change(change: &audio::Change) -> DeviceNews {
    match change {
        audio::Change::Appeared(device) => DeviceNews::Appeared { name: device.name.clone() },
        audio::Change::DefaultChanged { way, to } => {
            let role = match way {
                audio::Way::Capture => Role::Microphone,
                audio::Way::Playback => Role::Speaker,
            };
            DeviceNews::Preferred { role, name: to.as_ref().map(|device| device.name.clone()) }
        }
        audio::Change::Vanished(device) => DeviceNews::Gone { name: device.name.clone() },
    }
}

fn fault(fault: audio::Fault) -> DeviceFault {
    match fault {
        audio::Fault::Busy => DeviceFault::Busy,
        audio::Fault::Gone => DeviceFault::Gone,
        audio::Fault::Invalid => DeviceFault::Invalid,
        audio::Fault::Refused => DeviceFault::Refused,
    }
}

fn role(role: audio::Role) -> Role {
    match role {
        audio::Role::Microphone => Role::Microphone,
        audio::Role::Ring => Role::Ring,
        audio::Role::Speaker => Role::Speaker,
    }
}
