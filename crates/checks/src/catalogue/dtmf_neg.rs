//! `dtmf.neg`: are telephone events agreed?

use crate::{
    check::{Check, Level, Page},
    observation::Observation,
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Are telephone events agreed?
pub(super) struct DtmfAgreed;

impl Check for DtmfAgreed {
    fn id(&self) -> &'static str {
        "dtmf.neg"
    }

    fn page(&self) -> Page {
        Page {
            title: "key tones are agreed",
            what: "Looks for telephone-event in the answer.",
            why: "The trunk does not offer telephone events: digits can only be sent as sound.",
            pass: "telephone-event with the clock rate of the codec.",
            reference: "RFC 4733 §2.4, §7.1",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call::answered().plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let finding = if call.calling.dtmf_agreed && called.dtmf_agreed {
            Finding::pass()
        } else {
            Finding::fail(
                Fault::Provider,
                "Key tones are not agreed: menus may not work. Set `dtmf` to inband or info.",
            )
        };
        finding.measured("calling", call.calling.dtmf_agreed).measured("called", called.dtmf_agreed)
    }
}
