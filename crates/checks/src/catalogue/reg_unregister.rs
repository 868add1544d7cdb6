//! `reg.unregister`: does logging off work?

use crate::{
    check::{Check, Page},
    observation::{Observation, Unregistered},
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
        Plan::registration(subject).map(|_| Plan::Unregistration)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(Unregistered { contact, code, left }) = &seen.unregistered else {
            return Finding::nothing_to_see("the registration failed");
        };
        let Some(left) = left else {
            return match code {
                Some(code) => Finding::warn(format!(
                    "The registrar does not tell which bindings are left (it answers {code})."
                ))
                .measured("code", *code),
                None => Finding::nothing_to_see("the registrar did not tell what is left"),
            };
        };
        let ours_is_left = left.iter().any(|binding| binding.contains(address(contact)));
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
