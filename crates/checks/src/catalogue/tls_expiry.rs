//! `tls.expiry`: how long the certificate is still good for.

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// How long the certificate is still good for.
pub(super) struct TlsExpiry;

impl Check for TlsExpiry {
    fn id(&self) -> &'static str {
        "tls.expiry"
    }

    fn page(&self) -> Page {
        Page {
            title: "the certificate is in date",
            what: "Reads when the certificate ends.",
            why: "The provider forgot to renew it, or the clock of this computer is wrong.",
            pass: "More than 30 days are left.",
            reference: "RFC 5280 §4.1.2.5",
        }
    }

    fn limits(&self) -> Option<Limits> {
        Some(Limits { pass: 30.0, warn: 0.0 })
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::tls(subject)
    }

    fn judge(&self, seen: &Observation, limits: Limits) -> Finding {
        seen.judge_handshake(|tls| match tls.days_left {
            None => Finding::nothing_to_see("the certificate could not be read"),
            Some(days) => limits.at_least(
                "days_left",
                days,
                Fault::Provider,
                if days < 0.0 {
                    "The provider's certificate has ended: they must renew it (or the clock of this computer is wrong)."
                } else {
                    "The provider's certificate ends soon: remind them."
                },
            ),
        })
    }
}
