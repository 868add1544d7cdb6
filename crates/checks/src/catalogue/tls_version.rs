//! `tls.version`: which versions of TLS the trunk accepts.

use crate::{
    check::{Check, Page},
    observation::Observation,
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
        let Some(tls) = &seen.tls else { return Finding::nothing_to_see("no handshake was made") };
        if let Some(why) = &tls.failed {
            return Finding::fail(Fault::Network, format!("No secure connection came up: {why}."));
        }
        let version = tls.version.clone().unwrap_or_default();
        let finding = if tls.version.is_none() && !tls.accepts_1_2 {
            Finding::fail(Fault::Provider, "The provider knows no modern version of TLS.")
        } else if tls.accepts_old {
            Finding::warn("The provider still accepts outdated encryption (TLS 1.0 or 1.1).")
        } else {
            Finding::pass()
        };
        finding
            .measured("version", version)
            .measured("suite", tls.suite.clone().unwrap_or_default())
            .measured("accepts_old", tls.accepts_old)
    }
}
