//! `tls.name`: is the certificate for the name that the trunk is set to?

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Is the certificate for the name that the trunk is set to?
pub(super) struct TlsName;

impl Check for TlsName {
    fn id(&self) -> &'static str {
        "tls.name"
    }

    fn page(&self) -> Page {
        Page {
            title: "the certificate is for this trunk",
            what: "Compares the names in the certificate with the configured domain, not with the target of an SRV record.",
            why: "The trunk is set to an address or an old name, or the provider installed the wrong certificate.",
            pass: "A subject alternative name matches.",
            reference: "RFC 5922 §7, RFC 6066 §3",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::tls(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        seen.judge_handshake(|tls| {
            let finding = if tls.name_matches {
                Finding::pass()
            } else if tls.common_name_only {
                Finding::warn(
                    "Only the old common name matches: modern programs refuse this certificate.",
                )
            } else {
                Finding::fail(
                    Fault::OurConfig,
                    "The certificate belongs to another name: set `domain` to the exact name that the provider gave, not to an address.",
                )
            };
            finding.measured("names", tls.names.clone())
        })
    }
}
