//! `reg.unregister`: does logging off work?

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does logging off work?
pub(super) struct Unregisters;

impl Check for Unregisters {
    fn id(&self) -> &'static str {
        "reg.unregister"
    }

    fn page(&self) -> Page {
        Page {
            title: "logging off leaves nothing behind",
            what: "Takes the registration back with Expires 0 and asks which bindings are left.",
            why: "The registrar ignores the request: calls go on to a phone that is gone.",
            pass: "Our binding is gone.",
            reference: "RFC 3261 §10.2.2",
        }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::registration(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(registering) = &seen.registration else {
            return Finding::nothing_to_see("nothing was registered");
        };
        let Some(left) = &registering.left else {
            return match registering.unregister_code {
                Some(code) => Finding::warn(format!(
                    "The registrar does not tell which bindings are left (it answers {code})."
                ))
                .measured("code", code),
                None => Finding::nothing_to_see("the registration failed"),
            };
        };
        let Some(ours) = &registering.contact else {
            return Finding::nothing_to_see("the registration failed");
        };
        let ours_is_left = left.iter().any(|binding| binding.contains(address(ours)));
        let finding = if ours_is_left {
            Finding::fail(
                Fault::Provider,
                "Log-off is ignored: calls may go to a phone that is gone until the time runs out.",
            )
        } else {
            Finding::pass()
        };
        finding.measured("bindings_left", left.len())
    }
}

/// What a contact is told by: the part between `<` and the parameters.
fn address(contact: &str) -> &str {
    let inner = contact.split_once('<').map_or(contact, |(_, rest)| rest);
    inner.split(['>', ';']).next().unwrap_or(inner)
}
