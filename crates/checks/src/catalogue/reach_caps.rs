//! `reach.caps`: which methods and extensions the trunk says it knows.

use crate::{
    check::{Check, Page},
    observation::{Observation, Options},
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Which methods and extensions the trunk says it knows.
pub(super) struct Capabilities;

impl Check for Capabilities {
    fn id(&self) -> &'static str {
        "reach.caps"
    }

    fn page(&self) -> Page {
        Page {
            title: "the trunk knows what a phone needs",
            what: "Reads Allow, Supported and Server of the answer to OPTIONS.",
            why: "The server leaves out a method that every call needs, or does not answer OPTIONS with 200.",
            pass: "Allow names INVITE, ACK, BYE and CANCEL.",
            reference: "RFC 3261 §20.5",
        }
    }

    fn plan(&self, _subject: &Subject) -> Result<Plan, Finding> {
        Ok(Plan::options(1))
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let answered = |o: &&Options| o.code == Some(200);
        let Some(answer) = seen.options.iter().find(answered) else {
            return Finding::not_applicable(
                "the trunk does not answer OPTIONS with 200, so it does not say what it knows",
            );
        };
        let allow = listed(&answer.headers, "allow");
        let lacking = |wanted: &[&str]| {
            let lacks = |m: &&&str| !allow.iter().any(|a| a.eq_ignore_ascii_case(m));
            wanted.iter().filter(lacks).map(|m| (*m).to_owned()).collect::<Vec<String>>()
        };
        if allow.is_empty() {
            return Finding::warn(
                "The trunk does not say which methods it knows: features are found by trying.",
            );
        }
        let (needed, wanted) = (lacking(&NEEDED), lacking(&WANTED));
        let finding = if !needed.is_empty() {
            Finding::fail(
                Fault::Provider,
                format!("The trunk does not allow {}: no call can work.", needed.join(", ")),
            )
        } else if !wanted.is_empty() {
            Finding::warn(format!(
                "The trunk does not support {}; what needs it is left out.",
                wanted.join(", ")
            ))
        } else {
            Finding::pass()
        };
        finding
            .measured("allow", allow)
            .measured("supported", listed(&answer.headers, "supported"))
            .measured("server", listed(&answer.headers, "server").join(" "))
    }
}

const NEEDED: [&str; 4] = ["INVITE", "ACK", "BYE", "CANCEL"];
const WANTED: [&str; 4] = ["UPDATE", "PRACK", "REFER", "INFO"];

fn listed(headers: &[(String, String)], name: &str) -> Vec<String> {
    let of_that_name = headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
    let values = of_that_name.flat_map(|(_, value)| value.split(','));
    values.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect()
}
