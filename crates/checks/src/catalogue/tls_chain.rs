//! `tls.chain`: is the certificate from an authority that we know?

use crate::{
    check::{Check, Page},
    observation::Observation,
    plan::Plan,
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Is the certificate from an authority that we know?
pub(super) struct TlsChain;

impl Check for TlsChain {
    fn id(&self) -> &'static str {
        "tls.chain"
    }

    fn page(&self) -> Page {
        Page {
            title: "the certificate chain is trusted",
            what: "Verifies the chain to the authorities of this system, or to the one that the trunk names.",
            why: "The authority is unknown here, or the server leaves out an intermediate certificate.",
            pass: "A complete chain to a known authority.",
            reference: "RFC 8446 §4.4.2, RFC 5280 §6",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Plan::tls(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        seen.judge_handshake(|tls| match &tls.chain_error {
            None => Finding::pass(),
            Some(why) => Finding::fail(
                Fault::Provider,
                format!(
                    "The certificate chain is not trusted: {why}. A private authority is named with `ca`; do not switch checking off."
                ),
            ),
        })
    }
}
