//! `dtmf.send`: sixteen digits arrive, each once.

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Sixteen digits arrive, each once.
pub(super) struct DtmfSend;

impl Check for DtmfSend {
    fn id(&self) -> &'static str {
        "dtmf.send"
    }

    fn page(&self) -> Page {
        Page {
            title: "digits arrive, each once",
            what: "The calling side presses all sixteen digits; the called side writes down what it hears.",
            why: "The trunk loses or doubles events, or turns them into sound that is then damaged.",
            pass: "All sixteen, in order, none twice.",
            reference: "RFC 4733 §2.5.1.4",
        }
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().with_digits().plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let (sent, heard) = (&call.pressed, &called.digits);
        let finding = if sent == heard {
            Finding::pass()
        } else if heard.is_empty() {
            Finding::fail(Fault::Provider, "No digit arrives: set `dtmf` to inband or info.")
        } else {
            let missing: String = sent.chars().filter(|d| !heard.contains(*d)).collect();
            Finding::fail(
                Fault::Provider,
                "Digits are lost or doubled on the way: choose another DTMF mode.",
            )
            .measured("missing", missing)
        };
        finding.measured("heard", heard.clone())
    }
}
