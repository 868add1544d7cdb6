//! `dtmf.send`: sixteen digits arrive, each once.

use milliwatt_engine::api::Dtmf;

use crate::{
    check::{Check, Level, Page},
    observation::{self, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits, Outcome},
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
            what: "The calling side presses all sixteen digits as `media.dtmf` says, 100 ms each and once more 40 ms each; the called side writes down what it hears.",
            why: "The trunk loses or doubles digits, does not know their INFO, or turns them into sound that is then damaged.",
            pass: "All sixteen, in order, none twice, at either length.",
            reference: "RFC 4733 §2.5.1.4, RFC 6086, Q.24",
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
            let (missing, doubled) = (missing(sent, short), doubled(short));
            let advice = match (missing.is_empty(), doubled.is_empty()) {
                (true, false) => "Short key presses come twice: hold each key for at least 100 ms.",
                (false, false) => {
                    "Short key presses get lost or come twice: hold each key for at least 100 ms."
                }
                (_, true) => "Short key presses get lost: hold each key for at least 100 ms.",
            };
            Finding::warn(advice)
                .measured("missing_short", missing)
                .measured("doubled_short", doubled)
        } else if let Some(unplayable) = call.unplayable() {
            unplayable
        } else {
            let advice = if heard.is_empty() && short.is_empty() {
                "No digit arrives"
            } else {
                "Digits are lost or doubled on the way"
            };
            let others = others(call.pressed_as);
            Finding::fail(Fault::Provider, format!("{advice}: set `dtmf` to {others}."))
                .measured("missing", missing(sent, heard))
                .measured("doubled", doubled(heard))
        };
        with_the_way(finding, call)
            .measured("sent_as", call.sent_as.name())
            .measured("heard_as", called.digits_as.map(Dtmf::name))
            .measured("heard", heard.clone())
            .measured("heard_short", short.clone())
    }
}

/// Says where digits did not go the way that the settings name.
fn with_the_way(finding: Finding, call: &observation::Call) -> Finding {
    if call.sent_as == call.pressed_as {
        return finding;
    }
    let text = "telephone-event was not agreed: the digits were sent as sound.";
    let advice = finding.advice.clone().map_or_else(|| text.into(), |a| format!("{a} {text}"));
    let outcome = if finding.outcome == Outcome::Pass { Outcome::Warn } else { finding.outcome };
    Finding { outcome, advice: Some(advice), ..finding }
}

/// The other ways to send a digit.
fn others(mode: Dtmf) -> &'static str {
    match mode {
        Dtmf::Inband => "rfc4733 or info",
        Dtmf::Info => "rfc4733 or inband",
        Dtmf::Rfc4733 => "inband or info",
    }
}

fn missing(sent: &str, heard: &str) -> String {
    sent.chars().filter(|digit| !heard.contains(*digit)).collect()
}

/// Digits that come twice in a row: no two neighbours of what is pressed are alike.
fn doubled(heard: &str) -> String {
    let pairs = heard.chars().zip(heard.chars().skip(1));
    let mut doubled: Vec<char> = pairs.filter(|(a, b)| a == b).map(|(a, _)| a).collect();
    doubled.dedup();
    doubled.into_iter().collect()
}
