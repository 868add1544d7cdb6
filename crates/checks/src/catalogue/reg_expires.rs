//! `reg.expires`: how long the trunk keeps a log-in.

use milliwatt_engine::api::Registration;

use crate::{
    check::{Check, Page},
    observation::{Asked, Observation},
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// How long the trunk keeps a log-in.
pub(super) struct Expires;

impl Check for Expires {
    fn id(&self) -> &'static str {
        "reg.expires"
    }

    fn page(&self) -> Page {
        Page {
            title: "the log-in lasts as long as it should",
            what: "Asks for 3600, 600 and 60 seconds and reads what is granted.",
            why: "The registrar grants very short times, or refuses every time that is asked for.",
            pass: "Each time is granted, or raised to what the registrar wants, and is at least 60 s.",
            reference: "RFC 3261 §10.2.8, §21.4.17",
        }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::registration(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(registering) = &seen.registration else {
            return Finding::nothing_to_see("nothing was registered");
        };
        let granted: Vec<u32> = registering.asked.iter().filter_map(granted).collect();
        let lets_us_in = !granted.is_empty();
        let refused = registering.asked.iter().find(|a| refused_for_its_time(a, lets_us_in));
        if !lets_us_in && refused.is_none() {
            return Finding::nothing_to_see("the registration failed");
        }
        let longest = granted.iter().copied().max().unwrap_or(0);
        let shortest = granted.iter().copied().min().unwrap_or(0);
        let finding = if let Some(asked) = refused {
            Finding::fail(
                Fault::Provider,
                format!(
                    "The registrar does not take a time of {} s and names none that it takes.",
                    asked.asked
                ),
            )
        } else if shortest < 60 || longest > 3600 {
            Finding::warn(format!(
                "The provider grants {longest} s: the phone renews its log-in by that."
            ))
        } else {
            Finding::pass()
        };
        finding.measured("granted_s", granted)
    }
}

fn granted(asked: &Asked) -> Option<u32> {
    match asked.state {
        Registration::Registered { expires, .. } => Some(expires),
        Registration::Failed { .. }
        | Registration::Refused { .. }
        | Registration::Registering
        | Registration::Unregistered => None,
    }
}

/// Refused for its time: 423 says so, and so does a registrar that took another.
fn refused_for_its_time(asked: &Asked, takes_others: bool) -> bool {
    match asked.state {
        Registration::Refused { code, .. } => takes_others || code == TOO_BRIEF,
        Registration::Failed { code, .. } => takes_others || code == Some(TOO_BRIEF),
        Registration::Registered { .. } => false,
        Registration::Registering | Registration::Unregistered => takes_others,
    }
}

/// Interval Too Brief (RFC 3261 §21.4.17).
const TOO_BRIEF: u16 = 423;
