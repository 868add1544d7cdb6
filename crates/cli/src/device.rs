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
        return Err(Failure::usage(format!("only `call` and `answer` take `--play {NAME}`")));
    }
    Ok(())
}

#[cfg(feature = "device-audio")]
mod card {
    use milliwatt_audio::{Audio, CallSound, Choice, Cleaning, System, Way};
    use milliwatt_engine::{Engine, api::CallId};

    use crate::{exit::Failure, output};

    /// The system's microphone and speaker, for one call at a time.
    pub(crate) struct Card {
        audio: Audio,
        /// The call that has it.
        taken: Option<(CallId, CallSound)>,
    }

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
            Ok(Self { audio, taken: None })
        }

        /// Gives it to a call that is to be placed or taken; false when another call has it.
        pub(crate) fn attach(&mut self, engine: &Engine, call: CallId) -> bool {
            if self.taken.is_some() {
                return false;
            }
            let (port, sound) = self.audio.call(Cleaning::default());
            engine.attach_port(call, Box::new(port));
            self.taken = Some((call, sound));
            true
        }

        /// A call is over: another may have the card, if it was this one's.
        pub(crate) fn release(&mut self, call: CallId) {
            if let Some((_, sound)) = self.taken.take_if(|(of, _)| *of == call) {
                sound.end();
            }
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

        pub(crate) fn attach(&mut self, _: &Engine, _: CallId) -> bool {
            match self.0 {}
        }

        pub(crate) fn release(&mut self, _: CallId) {
            match self.0 {}
        }
    }
}
