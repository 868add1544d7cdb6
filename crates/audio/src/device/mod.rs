//! Devices as the system lists them, what changed between two looks, and which one a role gets.

mod change;
mod profile;

use serde::{Deserialize, Serialize};

pub use self::{
    change::{Change, changes},
    profile::{Choice, Profile, Profiles},
};

/// What a device is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// What the far end hears.
    Microphone,
    /// Where a call rings.
    Ring,
    /// Where a call is heard.
    Speaker,
}

impl Role {
    /// Each of them.
    pub const ALL: [Self; 3] = [Self::Microphone, Self::Ring, Self::Speaker];

    /// Which way its sound goes.
    pub fn way(self) -> Way {
        match self {
            Self::Microphone => Way::Capture,
            Self::Ring | Self::Speaker => Way::Playback,
        }
    }

    /// Its name within a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Self::Microphone => "microphone",
            Self::Ring => "ring device",
            Self::Speaker => "speaker",
        }
    }
}

/// Which way sound goes through a device. A headset is two devices, one each way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// From the room into the computer.
    Capture,
    /// From the computer into the room.
    Playback,
}

/// One device, one way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Stable over restarts and replugging: the sound system's own name, such as
    /// `pulseaudio:alsa_output.usb-headset`.
    pub id: String,
    /// For people.
    pub name: String,
    /// Which way.
    pub way: Way,
}

/// All devices at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Every device, in the system's order.
    pub devices: Vec<Device>,
    /// Id of the microphone that the system prefers.
    pub default_capture: Option<String>,
    /// Id of the speaker that the system prefers.
    pub default_playback: Option<String>,
}

impl Snapshot {
    /// The device of this id.
    pub fn find(&self, way: Way, id: &str) -> Option<&Device> {
        self.devices.iter().find(|d| d.way == way && d.id == id)
    }

    /// The device that the system prefers; where it names none that is there, the first.
    pub fn default_device(&self, way: Way) -> Option<&Device> {
        let id = match way {
            Way::Capture => &self.default_capture,
            Way::Playback => &self.default_playback,
        };
        let named = id.as_ref().and_then(|id| self.find(way, id));
        named.or_else(|| self.devices.iter().find(|d| d.way == way))
    }

    /// The device for a use: the one that was chosen while it is there, else the default.
    pub fn choose(&self, way: Way, wanted: Option<&str>) -> Option<&Device> {
        wanted.and_then(|id| self.find(way, id)).or_else(|| self.default_device(way))
    }

    /// What a person may choose from: each device in each role that it can have, and the chosen
    /// ones that are away.
    pub fn listed(&self, choice: &Choice) -> Vec<Listed> {
        Role::ALL.iter().flat_map(|role| self.listed_for(*role, choice.of(*role))).collect()
    }

    fn listed_for(&self, role: Role, wanted: Option<&str>) -> Vec<Listed> {
        let way = role.way();
        let preferred = self.default_device(way).map(|d| d.id.as_str());
        let mut listed: Vec<Listed> = self
            .devices
            .iter()
            .filter(|d| d.way == way)
            .map(|d| Listed {
                id: d.id.clone(),
                name: d.name.clone(),
                role,
                preferred: preferred == Some(d.id.as_str()),
                present: true,
            })
            .collect();
        if let Some(id) = wanted.filter(|id| self.find(way, id).is_none()) {
            let (id, name) =
                (id.to_owned(), id.split_once(':').map_or(id, |(_, name)| name).into());
            listed.push(Listed { id, name, role, preferred: false, present: false });
        }
        listed
    }
}

/// A line of the list that a person chooses from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listed {
    /// As in [`Device::id`].
    pub id: String,
    /// For people.
    pub name: String,
    /// What it would be chosen for.
    pub role: Role,
    /// The system's own choice.
    pub preferred: bool,
    /// False for one that was chosen and is away.
    pub present: bool,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn device(way: Way, id: &str) -> Device {
        Device { id: id.into(), name: id.to_uppercase(), way }
    }

    /// Speakers by name, the first is the default, and one microphone.
    pub(crate) fn speakers(ids: &[&str]) -> Snapshot {
        let mut devices = vec![device(Way::Capture, "mic")];
        devices.extend(ids.iter().map(|id| device(Way::Playback, id)));
        Snapshot {
            devices,
            default_capture: Some("mic".into()),
            default_playback: ids.first().map(|id| (*id).to_owned()),
        }
    }

    #[test]
    fn the_chosen_device_goes_before_the_default_and_comes_back() {
        let chosen = |snapshot: &Snapshot| {
            snapshot.choose(Way::Playback, Some("headset")).map(|d| d.id.clone())
        };
        assert_eq!(chosen(&speakers(&["desk", "headset"])).as_deref(), Some("headset"));
        assert_eq!(chosen(&speakers(&["desk", "hdmi"])).as_deref(), Some("desk"));
        assert_eq!(chosen(&speakers(&["hdmi", "headset"])).as_deref(), Some("headset"));
        assert_eq!(chosen(&speakers(&[])), None);
    }

    #[test]
    fn a_default_that_is_not_listed_gives_the_first_of_its_way() {
        let mut snapshot = speakers(&["desk", "hdmi"]);
        snapshot.default_playback = Some("gone".into());
        assert_eq!(snapshot.default_device(Way::Playback).unwrap().id, "desk");
        snapshot.default_capture = Some("desk".into());
        assert_eq!(snapshot.default_device(Way::Capture).unwrap().id, "mic");
    }

    #[test]
    fn the_list_names_what_is_chosen_and_away() {
        let choice = Choice { ring: Some("pulseaudio:bell".into()), ..Choice::default() };
        let listed = speakers(&["desk"]).listed(&choice);
        let line = |role, id: &str| listed.iter().find(|l| l.role == role && l.id == id).unwrap();
        assert!(line(Role::Speaker, "desk").preferred);
        assert!(line(Role::Ring, "desk").present);
        let away = line(Role::Ring, "pulseaudio:bell");
        assert_eq!((away.present, away.name.as_str()), (false, "bell"));
        assert_eq!(listed.len(), 4);
    }
}
