//! Which devices a person chose, by role, and such choices under a name.

use serde::{Deserialize, Serialize};

use super::{Device, Role, Snapshot};

/// The chosen device of each role; `None` follows the system.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Choice {
    /// Id of the microphone.
    pub microphone: Option<String>,
    /// Id of the device that rings.
    pub ring: Option<String>,
    /// Id of the speaker.
    pub speaker: Option<String>,
}

impl Choice {
    /// The id that was chosen for a role.
    pub fn of(&self, role: Role) -> Option<&str> {
        match role {
            Role::Microphone => self.microphone.as_deref(),
            Role::Ring => self.ring.as_deref(),
            Role::Speaker => self.speaker.as_deref(),
        }
    }

    /// The same with another device for a role.
    pub fn with(mut self, role: Role, id: Option<String>) -> Self {
        match role {
            Role::Microphone => self.microphone = id,
            Role::Ring => self.ring = id,
            Role::Speaker => self.speaker = id,
        }
        self
    }

    /// It names devices, and all of them are here.
    pub fn fits(&self, snapshot: &Snapshot) -> bool {
        let mut named = Role::ALL.iter().filter_map(|role| Some((role.way(), self.of(*role)?)));
        named.clone().next().is_some() && named.all(|(way, id)| snapshot.find(way, id).is_some())
    }

    /// It names this device.
    pub fn names(&self, device: &Device) -> bool {
        Role::ALL.iter().any(|role| {
            role.way() == device.way && self.of(*role).is_some_and(|id| id == device.id)
        })
    }
}

/// A choice under a name: headset, desk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// What the user calls it.
    pub name: String,
    /// Its devices.
    #[serde(flatten)]
    pub choice: Choice,
}

/// All profiles, the dearest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profiles(pub Vec<Profile>);

impl Profiles {
    /// The first profile whose devices are all here, if it names any: plugging in the headset
    /// brings the headset's profile.
    pub fn fitting(&self, snapshot: &Snapshot) -> Option<&Profile> {
        self.0.iter().find(|profile| profile.choice.fits(snapshot))
    }

    /// The profile of this name.
    pub fn named(&self, name: &str) -> Option<&Profile> {
        self.0.iter().find(|p| p.name == name)
    }

    /// Keeps a profile in the place of the one of its name, or as the last.
    pub fn keep(&mut self, profile: Profile) {
        match self.0.iter_mut().find(|p| p.name == profile.name) {
            Some(old) => *old = profile,
            None => self.0.push(profile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Way,
            tests::{device, speakers},
        },
        *,
    };

    fn profile(name: &str, speaker: Option<&str>) -> Profile {
        let choice = Choice { speaker: speaker.map(Into::into), ..Choice::default() };
        Profile { name: name.into(), choice }
    }

    #[test]
    fn the_first_profile_whose_devices_are_here_fits() {
        let mut profiles = Profiles::default();
        profiles.keep(profile("headset", Some("headset")));
        profiles.keep(profile("desk", Some("desk")));
        profiles.keep(profile("nothing", None));
        let fits = |ids: &[&str]| profiles.fitting(&speakers(ids)).map(|p| p.name.as_str());
        assert_eq!(fits(&["desk", "headset"]), Some("headset"));
        assert_eq!(fits(&["desk"]), Some("desk"));
        assert_eq!(fits(&["hdmi"]), None);
    }

    #[test]
    fn a_choice_names_a_device_in_the_way_of_its_role_only() {
        let choice = profile("headset", Some("headset")).choice;
        assert!(choice.names(&device(Way::Playback, "headset")));
        assert!(!choice.names(&device(Way::Capture, "headset")));
        assert!(!choice.names(&device(Way::Playback, "desk")));
        assert!(choice.fits(&speakers(&["headset"])) && !choice.fits(&speakers(&["desk"])));
        assert!(!Choice::default().fits(&speakers(&["desk"])));
    }

    #[test]
    fn a_profile_is_kept_once_by_its_name() {
        let mut profiles = Profiles::default();
        profiles.keep(profile("desk", Some("a")));
        profiles.keep(profile("desk", Some("b")));
        assert_eq!(profiles.0.len(), 1);
        let choice = &profiles.named("desk").unwrap().choice;
        assert_eq!(choice.of(Role::Speaker), Some("b"));
        let moved = choice.clone().with(Role::Ring, Some("c".into()));
        assert_eq!((moved.of(Role::Ring), moved.of(Role::Microphone)), (Some("c"), None));
    }
}
