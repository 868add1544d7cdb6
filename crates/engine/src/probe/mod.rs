//! Probes: the only way by which checks touch the network beside the phone itself. Each is one
//! question with one answer, and leaves nothing behind.

mod certificate;
mod dns;
mod nat;
mod old_tls;
mod route;
mod stun;
mod tls;

pub use milliwatt_sip::transport::Transport;

pub use self::{
    certificate::CertificateReport,
    dns::{DnsReport, NaptrRecord, QueryReport, SrvTarget, dns, locate, servers},
    nat::{Nat, NatReport, Told, nat},
    old_tls::{OldTls, old_tls},
    route::{has_route, is_ours},
    stun::{StunError, StunReport, stun},
    tls::{TlsReport, tls},
};

use crate::clock::Clock;

/// Milliseconds since `start`.
fn ms_since(clock: &dyn Clock, start: std::time::Duration) -> f64 {
    clock.now().saturating_sub(start).as_secs_f64() * 1000.0
}
