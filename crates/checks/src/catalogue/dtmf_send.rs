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
            what: "The calling side presses all sixteen digits, 100 ms each and once more 40 ms each; the called side writes down what it hears.",
            why: "The trunk loses or doubles events, or turns them into sound that is then damaged.",
            pass: "All sixteen, in order, none twice, at either length.",
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
        let (sent, heard, short) = (&call.pressed, &called.digits, &called.short_digits);
        // A trunk may make short digits longer.
        let all = *heard == sent.repeat(2) || heard == sent && short == sent;
        let finding = if all {
            Finding::pass()
        } else if heard == sent {
            Finding::warn("Short key presses get lost: hold each key for at least 100 ms.")
                .measured("missing_short", missing(sent, short))
        } else if heard.is_empty() && short.is_empty() {
            Finding::fail(Fault::Provider, "No digit arrives: set `dtmf` to inband or info.")
        } else {
            Finding::fail(
                Fault::Provider,
                "Digits are lost or doubled on the way: choose another DTMF mode.",
            )
            .measured("missing", missing(sent, heard))
        };
        finding.measured("heard", heard.clone()).measured("heard_short", short.clone())
    }
}

fn missing(sent: &str, heard: &str) -> String {
    sent.chars().filter(|digit| !heard.contains(*digit)).collect()
}
