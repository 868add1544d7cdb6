//! `loop.audio`: each side hears the tones that the other plays.

use crate::{
    check::{Check, Level, Page},
    observation::{Leg, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Each side hears the tones that the other plays.
pub(super) struct LoopAudio;

impl Check for LoopAudio {
    fn id(&self) -> &'static str {
        "loop.audio"
    }

    fn page(&self) -> Page {
        Page {
            title: "sound flows both ways",
            what: "Each side plays three tones of its own; the other side listens for them.",
            why: "A firewall or NAT drops the sound one way, or the trunk sends it to a wrong address.",
            pass: "All tones on both sides, at least 20 dB over everything else, in order.",
            reference: "RFC 3264 §5.1, RFC 3550 §5",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().with_tones().plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let (out, back) =
            (heard(called, &call.calling_tones), heard(&call.calling, &call.called_tones));
        let finding = match (out, back, call.unplayable()) {
            (true, true, _) => Finding::pass(),
            (_, _, Some(unplayable)) => unplayable,
            (false, true, None) => Finding::fail(
                Fault::Network,
                "The called side does not hear the caller: a firewall blocks sound on its way out, or the trunk loses it.",
            ),
            (true, false, None) => Finding::fail(
                Fault::Network,
                "The caller does not hear the called side: a firewall blocks the incoming sound.",
            ),
            (false, false, None) => Finding::fail(
                Fault::Network,
                "Neither side hears the other: a firewall blocks the sound ports, or the addresses in the call are wrong.",
            ),
        };
        let snr = call
            .calling
            .tones
            .iter()
            .chain(&called.tones)
            .map(|t| f64::from(t.snr_db))
            .reduce(f64::min);
        finding.measured("outward", out).measured("backward", back).measured("lowest_snr_db", snr)
    }
}

/// All tones were heard clearly, first heard in the order in which they are played (from any start).
fn heard(leg: &Leg, tones: &[f32]) -> bool {
    let clear: Vec<f32> = leg.tones.iter().filter(|t| t.snr_db >= CLEAR_DB).map(|t| t.hz).collect();
    (0..tones.len()).any(|start| {
        let mut wanted = tones.iter().cycle().skip(start).take(tones.len()).peekable();
        for hz in &clear {
            wanted.next_if(|w| (**w - hz).abs() < 1.0);
        }
        wanted.peek().is_none()
    })
}

/// A tone this far over everything else is not there by chance, dB.
const CLEAR_DB: f32 = 20.0;
