//! `nat.alg`: does a router rewrite SIP on the way?

use milliwatt_engine::api::Registration;

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does a router rewrite SIP on the way?
pub(super) struct Alg;

impl Check for Alg {
    fn id(&self) -> &'static str {
        "nat.alg"
    }

    fn page(&self) -> Page {
        Page {
            title: "nobody rewrites our messages",
            what: "Compares the Contact that the registrar lists with the one that we sent, and the SDP that comes in with the one that went out.",
            why: "A router has a SIP helper (ALG) that changes addresses inside messages.",
            pass: "What arrives is what was sent.",
            reference: "RFC 3261 §18.2.1",
        }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::registration(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let registering = seen.registration.as_ref();
        let Some(sent) = registering.and_then(|r| r.contact.as_deref()).map(address) else {
            return Finding::nothing_to_see("nothing was registered");
        };
        let listed = registering.into_iter().flat_map(|r| &r.asked).find_map(|a| match &a.state {
            Registration::Registered { contacts, .. } if !contacts.is_empty() => Some(contacts),
            Registration::Failed { .. }
            | Registration::Refused { .. }
            | Registration::Registered { .. }
            | Registration::Registering
            | Registration::Unregistered => None,
        });
        let Some(listed) = listed else {
            return Finding::nothing_to_see("the registrar does not list our contact");
        };
        if listed.iter().any(|contact| address(contact) == sent) {
            Finding::pass().measured("contact", sent)
        } else {
            Finding::fail(
                Fault::Network,
                "Something on the way rewrites SIP (a SIP helper or ALG in a router): switch it off, or use TLS.",
            )
            .measured("sent", sent)
            .measured("listed", listed.clone())
        }
    }
}

/// The URI of a contact without its parameters: what an ALG changes is host and port.
fn address(contact: &str) -> &str {
    let inner = contact.split_once('<').map_or(contact, |(_, rest)| rest);
    inner.split(['>', ';']).next().unwrap_or(inner)
}
