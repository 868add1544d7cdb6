//! What is told of devices and streams.

use crate::{
    device::{Change, Device, Role},
    stream::Fault,
};

/// Something that a person may want to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Devices came, went, or the system prefers another.
    Devices(Vec<Change>),
    /// There is no device for a role that is in use: silence is sent, or nothing is heard.
    Missing(Role),
    /// Sound of a role goes through another device from here on.
    Moved {
        /// Of which role.
        role: Role,
        /// The device that it goes through.
        to: Device,
    },
    /// A device is there and cannot be used; it is tried again, and the default is used meanwhile.
    Refused {
        /// For which role.
        role: Role,
        /// The device.
        device: Device,
        /// What kind of trouble it is.
        fault: Fault,
        /// The system's own words.
        why: String,
    },
}

impl Event {
    /// A sentence for people.
    pub fn said(&self) -> String {
        match self {
            Self::Devices(changes) => {
                changes.iter().map(Change::said).collect::<Vec<_>>().join(" ")
            }
            Self::Missing(Role::Microphone) => {
                "There is no microphone: the other side hears silence.".into()
            }
            Self::Missing(Role::Ring) => "There is no device to ring with.".into(),
            Self::Missing(Role::Speaker) => "There is no speaker: you hear nothing.".into(),
            Self::Moved { role, to } => format!("The {} is {}.", role.name(), to.name),
            Self::Refused { role, device, fault, why } => {
                let name = &device.name;
                let what = match fault {
                    Fault::Busy => "is used by another program",
                    Fault::Gone => "is gone",
                    Fault::Invalid => "does not work",
                    Fault::Refused => "may not be used: the system gave no leave",
                };
                format!("{name} {what}, so that it is not the {} ({why}).", role.name())
            }
        }
    }
}
