//! What the calls of a run play, and where what they hear is kept.

use std::path::{Path, PathBuf};

use milliwatt_engine::api::{Sound, Source};

use super::Leg;
use crate::plan::{Call, Callee};

/// Tones that no telephone network makes and no digit holds, one set for each side, Hz.
pub(super) const CALLING_TONES: [f32; 3] = [550.0, 1050.0, 1850.0];
pub(super) const CALLED_TONES: [f32; 3] = [600.0, 1120.0, 2050.0];
/// How long each of them is, ms.
const TONE_MS: u32 = 300;

/// What the recordings of an INVITE are called that is to be taken back.
pub(super) const INVITE: &str = "-invite";

/// What the recordings of a call to our first number are called.
pub(super) fn name_of(callee: Callee) -> &'static str {
    match callee {
        Callee::Answers => "",
        Callee::Busy => "-busy",
        Callee::Rings => "-rings",
    }
}

/// What the user says about the sound of a run's calls.
#[derive(Clone, Debug, Default)]
pub struct Sounds {
    /// What both sides of a call play when none of its checks prescribes a sound; tones when `None`.
    pub play: Option<Source>,
    /// WAV file for what the calling side of the answered call hears; `F-called.wav` beside it is for
    /// the called side. Calls that nobody is to answer have `-busy`, `-rings`, `-invite` and `-did-N`
    /// in their names, and no file unless they are answered.
    pub record: Option<PathBuf>,
}

/// One side of a call of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Called,
    Calling,
}

impl Sounds {
    /// The sound of one side of a call: tones of its own, and an ear for the other's.
    pub(super) fn of(&self, call: Call, side: Side, name: &str) -> Sound {
        let (own, other) = match side {
            Side::Called => (CALLED_TONES, CALLING_TONES),
            Side::Calling => (CALLING_TONES, CALLED_TONES),
        };
        let chosen = self.play.clone().filter(|_| !call.tones);
        Sound {
            source: chosen.unwrap_or(Source::Signature(own.to_vec(), TONE_MS)),
            record: self.recording(name, side),
            listen: other.to_vec(),
        }
    }

    /// The sound of an INVITE that is to be taken back before anybody hears anything.
    pub(super) fn of_invite(&self) -> Sound {
        Sound {
            source: self.play.clone().unwrap_or_default(),
            record: self.recording(INVITE, Side::Calling),
            listen: Vec::new(),
        }
    }

    /// The recordings that there are of a call: those of sides that heard something.
    pub(super) fn kept(&self, name: &str, calling: &Leg, called: Option<&Leg>) -> Vec<PathBuf> {
        let sides = [(Side::Calling, Some(calling)), (Side::Called, called)];
        let sounded = sides.into_iter().filter(|(_, leg)| leg.is_some_and(Leg::has_sounded));
        sounded.filter_map(|(side, _)| self.recording(name, side)).collect()
    }

    fn recording(&self, name: &str, side: Side) -> Option<PathBuf> {
        let side = if side == Side::Called { "-called" } else { "" };
        Some(beside(self.record.as_deref()?, &format!("{name}{side}")))
    }
}

/// `F.wav` with `-called`: `F-called.wav`, in the same folder.
fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.file_stem().unwrap_or_default().to_owned();
    name.push(suffix);
    if let Some(ending) = file.extension() {
        name.push(".");
        name.push(ending);
    }
    file.with_file_name(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_is_the_users_where_no_check_prescribes_it() {
        let sounds = Sounds { play: Some(Source::Milliwatt), record: None };
        let played = |sounds: &Sounds, call| sounds.of(call, Side::Calling, "").source;
        let tones = Source::Signature(CALLING_TONES.to_vec(), TONE_MS);
        assert_eq!(played(&sounds, Call::answered()), Source::Milliwatt);
        assert_eq!(played(&sounds, Call::answered().with_tones()), tones);
        assert_eq!(sounds.of_invite().source, Source::Milliwatt);
        assert_eq!(played(&Sounds::default(), Call::answered()), tones);
        let called = sounds.of(Call::answered(), Side::Called, "");
        assert_eq!((called.record, called.listen), (None, CALLING_TONES.to_vec()));
    }

    #[test]
    fn each_call_and_side_has_a_file_of_its_own() {
        let sounds = Sounds { play: None, record: Some("heard/f.wav".into()) };
        for (name, side, file) in [
            (name_of(Callee::Answers), Side::Calling, "heard/f.wav"),
            (name_of(Callee::Answers), Side::Called, "heard/f-called.wav"),
            (name_of(Callee::Busy), Side::Calling, "heard/f-busy.wav"),
            ("-did-2", Side::Called, "heard/f-did-2-called.wav"),
            (INVITE, Side::Calling, "heard/f-invite.wav"),
        ] {
            assert_eq!(sounds.recording(name, side), Some(file.into()));
        }
        assert_eq!(beside(Path::new("f"), "-called"), Path::new("f-called"));
    }

    #[test]
    fn only_what_was_heard_is_named() {
        let sounds = Sounds { play: None, record: Some("f.wav".into()) };
        let answered = Leg { answered: true, ..Leg::default() };
        let kept = |calling: &Leg, called| sounds.kept("", calling, called).len();
        assert_eq!(kept(&answered, Some(&answered)), 2);
        assert_eq!(kept(&answered, None), 1);
        assert_eq!(kept(&Leg::default(), Some(&Leg::default())), 0);
    }
}
