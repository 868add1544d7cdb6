//! What is different between two looks at the devices.

use serde::{Deserialize, Serialize};

use super::{Device, Snapshot, Way};

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// A device came.
    Appeared(Device),
    /// The system prefers another device, or none.
    DefaultChanged {
        /// Of which way.
        way: Way,
        /// The one that it prefers.
        to: Option<Device>,
    },
    /// A device went.
    Vanished(Device),
}

impl Change {
    /// A sentence for people.
    pub fn said(&self) -> String {
        match self {
            Self::Appeared(device) => format!("{} is there.", device.name),
            Self::DefaultChanged { way, to } => {
                let what = match way {
                    Way::Capture => "microphone",
                    Way::Playback => "speaker",
                };
                match to {
                    Some(device) => format!("The system's {what} is {}.", device.name),
                    None => format!("The system has no {what}."),
                }
            }
            Self::Vanished(device) => format!("{} is gone.", device.name),
        }
    }
}

/// What changed from one look to the next: what went, what came, then what is preferred.
pub fn changes(before: &Snapshot, after: &Snapshot) -> Vec<Change> {
    let not_in = |all: &Snapshot, device: &Device| all.find(device.way, &device.id).is_none();
    let gone = before.devices.iter().filter(|d| not_in(after, d)).cloned().map(Change::Vanished);
    let come = after.devices.iter().filter(|d| not_in(before, d)).cloned().map(Change::Appeared);
    let preferred = [Way::Capture, Way::Playback].into_iter().filter_map(|way| {
        let to = after.default_device(way);
        let same = before.default_device(way).map(|d| &d.id) == to.map(|d| &d.id);
        (!same).then(|| Change::DefaultChanged { way, to: to.cloned() })
    });
    gone.chain(come).chain(preferred).collect()
}

#[cfg(test)]
mod tests {
    use super::{
        super::tests::{device, speakers},
        *,
    };

    #[test]
    fn two_equal_looks_show_nothing() {
        let look = speakers(&["desk", "headset"]);
        assert_eq!(changes(&look, &look.clone()), []);
        let mut renamed = look.clone();
        renamed.devices.reverse();
        assert_eq!(changes(&look, &renamed), [], "the order says nothing");
    }

    #[test]
    fn a_device_that_is_swapped_for_another_is_told_with_the_default() {
        let (before, after) = (speakers(&["headset", "desk"]), speakers(&["desk", "hdmi"]));
        assert_eq!(
            changes(&before, &after),
            [
                Change::Vanished(device(Way::Playback, "headset")),
                Change::Appeared(device(Way::Playback, "hdmi")),
                Change::DefaultChanged {
                    way: Way::Playback,
                    to: Some(device(Way::Playback, "desk"))
                },
            ]
        );
    }

    #[test]
    fn a_sound_system_that_is_gone_takes_everything_with_it() {
        let told = changes(&speakers(&["desk"]), &Snapshot::default());
        let said: Vec<String> = told.iter().map(Change::said).collect();
        assert_eq!(
            said,
            [
                "MIC is gone.",
                "DESK is gone.",
                "The system has no microphone.",
                "The system has no speaker."
            ]
        );
    }
}
