//! `reg.basic`: can we log in?

use milliwatt_engine::api::Registration;

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    report::REFUSED,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Can we log in?
pub(super) struct Registers;

impl Check for Registers {
    fn id(&self) -> &'static str {
        "reg.basic"
    }

    fn page(&self) -> Page {
        Page {
            title: "the trunk lets us log in",
            what: "Sends REGISTER, answers the challenge, and waits for the 200.",
            why: "Wrong user or password, a blocked account, a wrong domain, or a registrar that is not there.",
            pass: "Registered within two seconds.",
            reference: "RFC 3261 §10.2, §22",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 2000.0, warn: 5000.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::registration(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        let Some(registering) = &seen.registration else {
            return Finding::nothing_to_see("nothing was registered");
        };
        let Some(first) = registering.asked.first() else {
            return Finding::nothing_to_see("nothing was registered");
        };
        match &first.state {
            Registration::Registered { took_ms, .. } => {
                limits.at_most("took_ms", *took_ms, Fault::Network, "The registrar answers slowly.")
            }
            Registration::Refused { code, reason, advice } => {
                let finding = Finding::fail(Fault::OurConfig, format!("{code} {reason}: {advice}"))
                    .measured("code", *code);
                if matches!(code, 401 | 403 | 407) {
                    finding.measured(REFUSED, true)
                } else {
                    finding
                }
            }
            Registration::Failed { code: Some(code), why, retry_in_ms } => {
                let seconds = retry_in_ms.div_ceil(1000);
                Finding::fail(
                    Fault::Provider,
                    format!(
                        "It cannot be used now: {why}. The phone tries again after {seconds} s; if it stays so, tell the provider."
                    ),
                )
                .measured("code", *code)
                .measured("retry_in_ms", *retry_in_ms)
            }
            Registration::Failed { code, why, .. } => {
                Finding::fail(Fault::Network, format!("The registrar could not be used: {why}"))
                    .measured("code", *code)
            }
            Registration::Registering | Registration::Unregistered => {
                Finding::error("the registration did not come to an end")
            }
        }
    }
}
