//! `mq.oneway`: does one side hear nothing for a while?

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
        let finding = match advice {
            None => Finding::pass(),
            Some(advice) if hushed => Finding::fail(
                Fault::Provider,
                format!("{advice} Packets come, and there is only silence in them."),
            ),
            Some(advice) => Finding::fail(Fault::Network, advice),
        };
        let [calling, callee] = sides;
        finding
            .measured("calling_quiet_seconds", calling.seconds)
            .measured("called_quiet_seconds", callee.seconds)
            .measured("calling_received", call.calling.media().map(|m| m.received))
            .measured("called_received", called.media().map(|m| m.received))
            .limit("quiet_seconds_below", DEAD_SECONDS)
    }
}

/// The longest time in a row in which a side heard nothing.
#[derive(Clone, Copy, Default)]
struct Quiet {
    seconds: u32,
    /// Packets came all the same.
    packets: bool,
}

impl Quiet {
    fn is_dead(self) -> bool {
        self.seconds >= DEAD_SECONDS
    }
}

fn longest_quiet(leg: &Leg) -> Quiet {
    // A call may be too short to have that many seconds, and without a packet all the same.
    if leg.media().is_none_or(|m| m.received == 0) {
        return Quiet { seconds: DEAD_SECONDS, packets: false };
    }
    let (mut longest, mut run) = (Quiet::default(), Quiet::default());
    for second in &leg.seconds {
        let quiet = second.received == 0
            || second.silence_percent.is_some_and(|percent| percent >= SILENT_PERCENT);
        run = Quiet {
            seconds: if quiet { run.seconds + 1 } else { 0 },
            packets: quiet && (run.packets || second.received > 0),
        };
        if run.seconds > longest.seconds {
            longest = run;
        }
    }
    longest
}

/// Seconds without sound that a person takes for a dead line.
const DEAD_SECONDS: u32 = 3;
/// A second is silent from here on, per cent. Comfort noise is not silence.
const SILENT_PERCENT: f64 = 99.0;
