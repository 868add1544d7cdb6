//! `check`, `demo`, `test-trunk`, `explain`, `history`, `schema`.

use std::{net::SocketAddr, path::PathBuf};

use clap::Args;
use milliwatt_checks::{
    guard::Wish,
    suite::{SUITES, Suite},
};
use milliwatt_test_trunk::FAULTS;

use super::{Media, Outputs, Played, TrunkArg};

/// Run trunk checks.
#[derive(Debug, Args)]
#[command(after_help = SOUND)]
pub(crate) struct Check {
    #[command(flatten)]
    pub(crate) trunk: TrunkArg,
    /// Which checks
    #[arg(long, value_name = "NAME", default_value = "smoke", value_parser = SUITES.map(Suite::name))]
    pub(crate) suite: String,
    /// These and no others: ids, `*` in one stands for any text, `?` for one character
    #[arg(long, value_name = "ID,GLOB,…", value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Not these
    #[arg(long, value_name = "ID,GLOB,…", value_delimiter = ',')]
    pub(crate) skip: Vec<String>,
    /// What tests may spend on a billed trunk in an hour: calls=20,minutes=10 unless said; at most the
    /// trunk's own test.max_calls (100) and test.max_minutes (60)
    #[arg(long, value_name = "BUDGET")]
    pub(crate) budget: Option<Wish>,
    /// Only tell what would be done
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Yes, calls on this trunk may cost money
    #[arg(long)]
    pub(crate) yes_billed: bool,
    /// Write JUnit XML
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    /// Write the report as one HTML file
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// A warning is a failure
    #[arg(long)]
    pub(crate) strict: bool,
    #[command(flatten)]
    pub(crate) played: Played,
    #[command(flatten)]
    pub(crate) media: Media,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// What the sound options mean for calls that checks place; it fits a terminal of 80 columns.
const SOUND: &str = "\
Sound of the checks' calls:
  --play    both sides of a call play it, unless a check of that call prescribes
            a sound of its own
  --record  F.wav keeps what the side that dials hears in the call that is
            answered, F-called.wav what the other side hears; F-busy.wav,
            F-rings.wav, F-did-N.wav and F-invite.wav what is heard in a call
            that nobody was to answer, if somebody does. The report names them
            as evidence.";

/// Show it all.
#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Write JUnit XML of the checks
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// The embedded trunk as a server.
#[derive(Debug, Args)]
#[command(after_help = faults())]
pub(crate) struct TestTrunk {
    /// Address for UDP and TCP, at port 5060 unless it names another; TLS is at the next port
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:5060", value_parser = sip_address)]
    pub(crate) listen: SocketAddr,
    /// Address for DNS, at port 53 unless it names another
    #[arg(long, value_name = "ADDR", value_parser = dns_address)]
    pub(crate) dns: Option<SocketAddr>,
    /// Address for STUN, at port 3478 unless it names another, and at the next port
    #[arg(long, value_name = "ADDR", value_parser = stun_address)]
    pub(crate) stun: Option<SocketAddr>,
    /// A fault, `NAME` or `NAME=VALUE`; more than once for more
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) fault: Vec<String>,
    /// A further user; more than once for more
    #[arg(long, value_name = "NAME:PASSWORD")]
    pub(crate) user: Vec<String>,
    /// Write the certificate of its authority
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_out: Option<PathBuf>,
}

fn sip_address(text: &str) -> Result<SocketAddr, String> {
    address(text, 5060)
}

fn dns_address(text: &str) -> Result<SocketAddr, String> {
    address(text, 53)
}

fn stun_address(text: &str) -> Result<SocketAddr, String> {
    address(text, 3478)
}

/// An address with or without a port.
fn address(text: &str, usual: u16) -> Result<SocketAddr, String> {
    let bare = text.trim_start_matches('[').trim_end_matches(']');
    text.parse()
        .or_else(|_| bare.parse().map(|ip| SocketAddr::new(ip, usual)))
        .map_err(|_| format!("'{text}' is no address such as 127.0.0.1:{usual} or [::1]"))
}

/// All faults, for the help.
fn faults() -> String {
    let mut text = String::from("Faults:\n");
    for fault in FAULTS {
        text.push_str(&format!("  {:<28} {}\n", fault.form, fault.what));
    }
    text
}

/// What something means.
#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// A check's id, a SIP code, `q850.CAUSE` or `fault.NAME`; everything that is known when left out
    pub(crate) what: Option<String>,
}

/// Calls of the past.
#[derive(Debug, Args)]
pub(crate) struct History {
    /// Only calls of this trunk
    #[arg(long)]
    pub(crate) trunk: Option<String>,
    /// Only calls that were missed
    #[arg(long)]
    pub(crate) missed: bool,
    /// Only calls that failed
    #[arg(long)]
    pub(crate) failed: bool,
    /// Only calls in which this text stands
    #[arg(long, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// At most so many, the newest first
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub(crate) limit: usize,
    /// As one JSON object (`-` is stdout)
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<String>,
}

/// A JSON schema.
#[derive(Debug, Args)]
pub(crate) struct Schema {
    /// Which; all names when left out
    pub(crate) name: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_leave_out_its_port() {
        for (text, wanted) in [
            ("127.0.0.1", "127.0.0.1:5060"),
            ("127.0.0.1:5070", "127.0.0.1:5070"),
            ("::1", "[::1]:5060"),
            ("[::1]", "[::1]:5060"),
            ("[::1]:0", "[::1]:0"),
        ] {
            assert_eq!(sip_address(text).unwrap().to_string(), wanted);
        }
        assert_eq!(dns_address("127.0.0.1").unwrap().port(), 53);
        for wrong in ["localhost", "5060", "127.0.0.1:x", ""] {
            assert!(sip_address(wrong).unwrap_err().contains("127.0.0.1:5060"), "{wrong}");
        }
    }
}
