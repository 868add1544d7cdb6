//! `tls.version`: which versions of TLS the trunk accepts.

use crate::{
    check::{Check, Page},
    observation::{Observation, Tls},
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Which versions of TLS the trunk accepts.
pub(super) struct TlsVersion;

impl Check for TlsVersion {
    fn id(&self) -> &'static str {
        "tls.version"
    }

    fn page(&self) -> Page {
        Page {
            title: "modern TLS and nothing older",
            what: "Shakes hands with the newest version, then asks for 1.1 and 1.0 with a bare ClientHello that is never finished.",
            why: "The server still accepts versions that were withdrawn, or knows none of the modern ones.",
            pass: "TLS 1.2 or 1.3, and a refusal of everything older.",
            reference: "RFC 8996, RFC 9325 §3.1",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::tls(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let old_only = |tls: &Tls| tls.accepts_old && tls.version.is_none() && !tls.accepts_1_2;
        if seen.tls.as_ref().is_some_and(old_only) {
            return Finding::fail(
                Fault::Provider,
                "The provider speaks only outdated encryption (TLS 1.0 or 1.1): ask it for TLS 1.2 or newer.",
            )
            .measured("accepts_old", true);
        }
        seen.judge_handshake(|tls| {
            let finding = if let Some(refused) = &tls.refused {
                Finding::fail(
                    Fault::Provider,
                    format!(
                        "One of the trunk's servers speaks neither TLS 1.2 nor 1.3: calls fail when they lead there ({refused})."
                    ),
                )
            } else if tls.accepts_old {
                Finding::warn("The provider still accepts outdated encryption (TLS 1.0 or 1.1).")
            } else {
                Finding::pass()
            };
            finding
                .measured("version", tls.version.clone().unwrap_or_default())
                .measured("suite", tls.suite.clone().unwrap_or_default())
                .measured("accepts_old", tls.accepts_old)
        })
    }
}
