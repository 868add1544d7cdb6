//! `mq.oneway`: does one side hear nothing for a while?

use milliwatt_engine::api::Media;

use crate::{
    check::{Check, Level, Page},
    observation::{Leg, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does one side hear nothing for a while?
pub(super) struct OneWaySound;

impl Check for OneWaySound {
    fn id(&self) -> &'static str {
        "mq.oneway"
    }

    fn page(&self) -> Page {
        Page {
            title: "nobody talks into silence",
            what: "Looks for three seconds in a row without packets, or with nothing but silence in them, on either side.",
            why: "A NAT or firewall closes, or the trunk sends the sound to the wrong place or loses it where it joins the two sides.",
            pass: "Sound on both sides all the time.",
            reference: "RFC 3264 §5.1, RFC 4961",
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
        let sides = [longest_quiet(&call.calling), longest_quiet(called)];
        let advice = match sides.map(|quiet| quiet.is_dead()) {
            [false, false] => None,
            [true, false] => Some("They hear you, you do not hear them."),
            [false, true] => Some("You hear them, they do not hear you."),
            [true, true] => Some("Neither side hears the other."),
        };
        // What a firewall does to sound is to stop it; silence in packets was put there.
        let hushed = sides.iter().any(|quiet| quiet.is_dead() && quiet.packets);
        let finding = match (advice, call.unplayable()) {
            (None, _) => Finding::pass(),
            (Some(_), Some(unplayable)) => unplayable,
            (Some(advice), None) if hushed => Finding::fail(
                Fault::Provider,
                format!("{advice} Packets come, and there is only silence in them."),
            ),
            (Some(advice), None) => Finding::fail(Fault::Network, advice),
        };
        let [calling, callee] = sides;
        finding
            .measured("calling_quiet_seconds", rounded(calling.seconds))
            .measured("called_quiet_seconds", rounded(callee.seconds))
            .measured("calling_received", call.calling.received())
            .measured("called_received", called.received())
            .limit("quiet_seconds_below", DEAD_SECONDS)
    }
}

/// The longest time in a row in which a side heard nothing.
#[derive(Clone, Copy, Default)]
struct Quiet {
    seconds: f64,
    /// Packets came all the same.
    packets: bool,
}

impl Quiet {
    fn is_dead(self) -> bool {
        self.seconds + SLACK_SECONDS >= DEAD_SECONDS
    }
}

fn longest_quiet(leg: &Leg) -> Quiet {
    // A call may be too short to have that many seconds, and without a packet all the same.
    if leg.received() == 0 {
        return Quiet { seconds: DEAD_SECONDS, packets: false };
    }
    let usual = leg.seconds.iter().map(|second| second.received).max().unwrap_or_default();
    let shares: Vec<f64> = leg.seconds.iter().map(|second| quiet_share(second, usual)).collect();
    let (mut longest, mut run) = (Quiet::default(), Quiet::default());
    let mut before = 0.0;
    for (n, (second, share)) in leg.seconds.iter().zip(&shares).enumerate() {
        if *share < SILENT_SHARE {
            (run, before) = (Quiet::default(), *share);
            continue;
        }
        run = Quiet { seconds: run.seconds + 1.0, packets: run.packets || second.received > 0 };
        // Quiet begins and ends within the seconds before and after.
        let after = shares.get(n + 1).filter(|share| **share < SILENT_SHARE).unwrap_or(&0.0);
        let whole = run.seconds + before + after;
        if whole > longest.seconds {
            longest = Quiet { seconds: whole, ..run };
        }
    }
    longest
}

/// How much of a second nothing was heard, beside one with the usual packets, 0 to 1.
fn quiet_share(second: &Media, usual: u64) -> f64 {
    let missing = 1.0 - second.received as f64 / usual.max(1) as f64;
    missing.max(second.silence_percent.map_or(0.0, |percent| percent / 100.0))
}

fn rounded(seconds: f64) -> f64 {
    (seconds * 10.0).round() / 10.0
}

/// Seconds without sound that a person takes for a dead line.
const DEAD_SECONDS: f64 = 3.0;
/// What the share of a second before or after may be off by: seconds are not told at their exact end.
const SLACK_SECONDS: f64 = 0.1;
/// A second is quiet from this share on. Comfort noise is not silence.
const SILENT_SHARE: f64 = 0.99;
