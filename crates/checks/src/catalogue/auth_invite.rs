//! `auth.invite`: does the log-in hold for calls?

use crate::{
    check::{Check, Level, Page},
    guard::{self, Spent},
    observation::Observation,
    plan::Plan,
    report::REFUSED,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does the log-in hold for calls?
pub(super) struct InviteChallenge;

impl Check for InviteChallenge {
    fn id(&self) -> &'static str {
        "auth.invite"
    }

    fn page(&self) -> Page {
        Page {
            title: "calls are let in with our password",
            what: "Sends an INVITE to a free number, answers the challenge, and takes the call back when it rings.",
            why: "The authentication name differs from the number, or calls need another password than registration.",
            pass: "Ringing, an answer or a busy phone after at most one challenge.",
            reference: "RFC 3261 §22.2, §22.3",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::OnNet
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        let Some(number) = subject.destination() else {
            return Err(Finding::not_applicable(
                "no free number to dial: name one in numbers.dids or test.destination",
            ));
        };
        match guard::left_out(subject, number, Spent::of(&[Plan::Challenge])) {
            Some(why) => Err(Finding::not_applicable(why.to_string())),
            None => Ok(Plan::Challenge),
        }
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some(invite) = &seen.challenge else {
            return Finding::nothing_to_see("no INVITE was sent");
        };
        let rounds = invite.challenges.len();
        let report = invite.report.as_ref();
        let refused = report.is_some_and(|r| r.authentication_refused);
        let finding = if refused {
            Finding::fail(
                Fault::OurConfig,
                "The log-in works but calls are refused: check the authentication name, which may differ from the number.",
            )
            .measured(REFUSED, true)
        } else if invite.answered || invite.progress.is_some() {
            Finding::pass()
        } else {
            let (code, why) = report.map_or((None, "no answer came".into()), |r| {
                (r.code, r.advice.clone().or(r.reason.clone()).unwrap_or_default())
            });
            match code {
                // The called side said no; the trunk had let us in.
                Some(code @ (480 | 486 | 600 | 603)) => Finding::pass().measured("code", code),
                None => Finding::fail(
                    Fault::Network,
                    format!("The trunk does not answer an INVITE: {why}"),
                ),
                Some(code) => Finding::fail(
                    Fault::Provider,
                    format!("The call was refused with {code}: {why}"),
                )
                .measured("code", code),
            }
        };
        finding.measured("challenges", rounds)
    }
}
