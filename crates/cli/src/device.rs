//! The sound card of a call, which `--play device` asks for. Only a build with the feature `device-audio`
//! has one: without it, no sound library is linked.

use milliwatt_engine::api::{Sound, Source};

#[cfg(feature = "device-audio")]
pub(crate) use self::card::Card;
#[cfg(not(feature = "device-audio"))]
pub(crate) use self::none::Card;
use crate::exit::Failure;

/// What `--play` is told for it.
pub(crate) const NAME: &str = "device";

/// The sound card, if this sound needs it.
pub(crate) fn card(sound: &Sound) -> Result<Option<Card>, Failure> {
    (sound.source == Source::Port).then(Card::open).transpose()
}

/// Refuses the sound card where nobody sits before it.
pub(crate) fn none_here(sound: &Sound) -> Result<(), Failure> {
    if sound.source == Source::Port {
        return Err(Failure::usage(format!("only `call` takes `--play {NAME}`")));
    }
    Ok(())
}

#[cfg(feature = "device-audio")]
mod card {
    use milliwatt_audio::{Audio, Choice, Cleaning, System, Way};
    use milliwatt_engine::{Engine, api::CallId};

    use crate::{exit::Failure, output};

    /// The system's microphone and speaker.
    pub(crate) struct Card(Audio);

    impl Card {
        /// Opens the sound system; what happens to its devices is told on stderr.
        pub(super) fn open() -> Result<Self, Failure> {
            let audio = Audio::start(Box::new(System::new()), Choice::default(), |event| {
                output::note(event.said());
            })
            .map_err(Failure::could_not_run)?;
            let snapshot = audio.snapshot();
            for (way, what) in [(Way::Capture, "microphone"), (Way::Playback, "speaker")] {
                if snapshot.default_device(way).is_none() {
                    let why = format!("there is no {what}: plug one in, or leave `--play` away");
                    return Err(Failure::could_not_run(why));
                }
            }
            Ok(Self(audio))
        }

        /// Gives it to a call that is to be placed.
        pub(crate) fn attach(&self, engine: &Engine, call: CallId) {
            let (port, _) = self.0.call(Cleaning::default());
            engine.attach_port(call, Box::new(port));
        }
    }
}

#[cfg(not(feature = "device-audio"))]
mod none {
    use std::convert::Infallible;

    use milliwatt_engine::{Engine, api::CallId};

    use crate::exit::Failure;

    /// There is none.
    pub(crate) struct Card(Infallible);

    impl Card {
        pub(super) fn open() -> Result<Self, Failure> {
            let how = "cargo install --path crates/cli --features device-audio";
            Err(Failure::usage(format!("this build has no sound card: build one with `{how}`")))
        }

        pub(crate) fn attach(&self, _: &Engine, _: CallId) {
            match self.0 {}
        }
    }
}
