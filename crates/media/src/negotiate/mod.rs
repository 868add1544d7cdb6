//! Offer and answer (RFC 3264): from session descriptions to a [`MediaPlan`].
//!
//! One [`Negotiation`] lives as long as a dialog's session. It makes offers and answers, keeps the
//! order of the media and the meaning of payload types through re-offers, and raises the version of
//! `o=` when what it says changes. A fork of a call is a clone.

mod agree;
mod local;
mod numbers;
mod print;
mod refusal;

pub use local::Local;
pub use refusal::Refusal;

use crate::{
    sdp::{Description, Deviation, Fault, MAX_MEDIA, Media, MediaLine},
    session::{Direction, MediaPlan},
};
use agree::{Agreed, Offered, agree};
use numbers::Numbers;
use print::Printer;

/// What came of an offer and its answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agreement {
    /// What the session runs by.
    pub plan: MediaPlan,
    /// What was wrong with the far end's description.
    pub deviations: Vec<Deviation>,
}

/// Our side of the session of one dialog.
#[derive(Clone, Debug)]
pub struct Negotiation {
    local: Local,
    direction: Direction,
    printer: Printer,
    numbers: Numbers,
    /// The media of the session in order; they never become fewer (RFC 3264 §8).
    slots: Vec<Slot>,
    /// The last offer, while it is ours.
    offered: Option<Vec<Offered>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Slot {
    /// Our sound.
    Audio {
        /// `RTP/AVP` or `RTP/AVPF`, as first offered.
        transport: String,
    },
    /// Something that we refuse.
    Refused(MediaLine),
}

impl Negotiation {
    /// A session that has not begun. `session` is the number of `o=`; RFC 8866 §5.2 suggests a time
    /// stamp.
    pub fn new(local: Local, session: u64) -> Self {
        Self {
            local,
            direction: Direction::SendRecv,
            printer: Printer::new(session),
            numbers: Numbers::default(),
            slots: vec![Slot::Audio { transport: PLAIN.to_owned() }],
            offered: None,
        }
    }

    /// What we can do.
    pub fn local(&self) -> &Local {
        &self.local
    }

    /// Changes what we can do, for the next offer or answer: another address, other codecs.
    pub fn set_local(&mut self, local: Local) {
        self.local = local;
    }

    /// What we want for the next offer or answer: `SendOnly` or `Inactive` puts the far end on hold.
    pub fn set_direction(&mut self, direction: Direction) {
        self.direction = direction;
    }

    /// An offer with all that we can do. Payload types and media stay what they were.
    pub fn offer(&mut self) -> String {
        let offered = self.numbers.offer(&self.local);
        let slots = self.slots.iter().map(|slot| match slot {
            Slot::Audio { transport } => {
                print::offered_audio(&self.local, transport, self.direction, &offered)
            }
            Slot::Refused(line) => print::refused(line),
        });
        let text = self.printer.print(&self.local, print::NO_TIME, slots.collect());
        self.offered = Some(offered);
        text
    }

    /// The far end refused our offer: what was agreed before stays. It may have read the offer all
    /// the same, so what is said next has a version of its own, even where it says the same.
    pub fn rejected(&mut self) {
        self.offered = None;
        self.printer.forget();
    }

    /// Reads the answer to our last offer. A second answer (183 and then 200, or another fork on a
    /// clone) is read in the same way.
    ///
    /// # Errors
    /// [`Refusal`] says why the session cannot go on by this answer.
    pub fn answered(&mut self, answer: &[u8]) -> Result<Agreement, Refusal> {
        let offered = self.offered.as_ref().ok_or(Refusal::NotOffered)?;
        let answer = Description::parse(answer).map_err(Refusal::Malformed)?;
        let mut deviations = answer.deviations().to_vec();
        if answer.media.len() != self.slots.len() {
            deviations.push(Deviation { line: 0, fault: Fault::AnswerMediaCount });
        }
        let media = self.our_media(&answer).ok_or(Refusal::NoAudio)?;
        acceptable(media)?;
        let agreed = Agreed::from_answer(&self.local, offered, media);
        if agreed.unoffered {
            deviations.push(Deviation { line: 0, fault: Fault::AnswerFormat });
        }
        let plan = agree(&self.local, self.direction, &answer, media, agreed)?;
        Ok(Agreement { plan, deviations })
    }

    /// Answers an offer with the first sound in it that we can do, and port 0 for all else.
    ///
    /// # Errors
    /// [`Refusal`] says with which code and warning the offer is to be refused; the session is what
    /// it was before.
    pub fn answer(&mut self, offer: &[u8]) -> Result<(String, Agreement), Refusal> {
        let offer = Description::parse(offer).map_err(Refusal::Malformed)?;
        let mut numbers = self.numbers.clone();
        let (chosen, plan) = self.choose(&offer, &mut numbers)?;
        let slots: Vec<_> = offer
            .media
            .iter()
            .enumerate()
            .take(MAX_MEDIA)
            .map(|(place, media)| {
                if place == chosen {
                    Slot::Audio { transport: media.line.transport.clone() }
                } else {
                    Slot::Refused(media.line.refused())
                }
            })
            .collect();
        let lines = slots.iter().map(|slot| match slot {
            Slot::Audio { transport } => print::answered_audio(&self.local, transport, &plan),
            Slot::Refused(line) => print::refused(line),
        });
        let text = self.printer.print(&self.local, print::time(&offer), lines.collect());
        self.numbers = numbers;
        self.slots = slots;
        self.offered = None;
        Ok((text, Agreement { plan, deviations: offer.deviations().to_vec() }))
    }

    /// The first medium that we can do; else why the first sound cannot be done.
    fn choose(
        &self,
        offer: &Description,
        numbers: &mut Numbers,
    ) -> Result<(usize, MediaPlan), Refusal> {
        let mut refusal = None;
        for (place, media) in offer.media.iter().enumerate() {
            let tried = acceptable(media).and_then(|()| {
                let mut tried = numbers.clone();
                let agreed = Agreed::from_offer(&self.local, &mut tried, media);
                let plan = agree(&self.local, self.direction, offer, media, agreed)?;
                *numbers = tried;
                Ok(plan)
            });
            match tried {
                Ok(plan) => return Ok((place, plan)),
                Err(Refusal::NoAudio | Refusal::Rejected) => {}
                Err(why) => refusal = refusal.or(Some(why)),
            }
        }
        Err(refusal.unwrap_or(Refusal::NoAudio))
    }

    /// The answer's medium in the place of our sound; the first sound, when the places differ.
    fn our_media<'a>(&self, answer: &'a Description) -> Option<&'a Media> {
        let ours = |slot: &Slot| matches!(slot, Slot::Audio { .. });
        let place = self.slots.iter().position(ours)?;
        let is_audio = |media: &&Media| media.line.media == "audio";
        let in_place = answer.media.get(place).filter(is_audio);
        in_place.or_else(|| answer.media.iter().find(is_audio))
    }
}

/// Sound over plain RTP that is not switched off.
fn acceptable(media: &Media) -> Result<(), Refusal> {
    if media.line.media != "audio" {
        return Err(Refusal::NoAudio);
    }
    if media.line.port == 0 {
        return Err(Refusal::Rejected);
    }
    if media.line.is_plain_audio() {
        return Ok(());
    }
    Err(if media.line.is_secure_audio() { Refusal::Encrypted } else { Refusal::Transport })
}

const PLAIN: &str = "RTP/AVP";

#[cfg(test)]
mod hostile;
#[cfg(test)]
mod tests;
