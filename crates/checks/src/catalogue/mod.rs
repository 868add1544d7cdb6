//! All checks, in the order of the book. A newcomer sees them on one screen.

mod auth_invite;
mod dns_addr;
mod dns_naptr;
mod dns_srv;
mod dtmf_neg;
mod dtmf_send;
mod in_route;
mod loop_audio;
mod loop_complete;
mod mq_jitter;
mod mq_loss;
mod mq_mos;
mod mq_oneway;
mod nat_alg;
mod nat_mapping;
mod out_answer;
mod out_busy;
mod out_bye_remote;
mod out_cancel;
mod reach_caps;
mod reach_options;
mod reach_rtt;
mod reg_basic;
mod reg_challenge;
mod reg_expires;
mod reg_unregister;
mod tls_chain;
mod tls_expiry;
mod tls_name;
mod tls_version;

use crate::check::Check;

/// Every check of this build.
pub const CATALOGUE: &[&dyn Check] = &[
    &dns_naptr::Naptr,
    &dns_srv::Srv,
    &dns_addr::Addresses,
    &reach_options::Reachable,
    &reach_rtt::RoundTrip,
    &reach_caps::Capabilities,
    &tls_version::TlsVersion,
    &tls_chain::TlsChain,
    &tls_name::TlsName,
    &tls_expiry::TlsExpiry,
    &reg_basic::Registers,
    &reg_challenge::Challenge,
    &reg_expires::Expires,
    &reg_unregister::Unregisters,
    &auth_invite::InviteChallenge,
    &nat_mapping::Mapping,
    &nat_alg::Alg,
    &out_answer::OutAnswer,
    &out_bye_remote::ByeRemote,
    &out_cancel::Cancel,
    &out_busy::Busy,
    &in_route::InRoute,
    &loop_complete::LoopComplete,
    &loop_audio::LoopAudio,
    &dtmf_neg::DtmfAgreed,
    &dtmf_send::DtmfSend,
    &mq_loss::Loss,
    &mq_jitter::Jitter,
    &mq_mos::Mos,
    &mq_oneway::OneWaySound,
];

/// The check of an id.
pub fn find(id: &str) -> Option<&'static dyn Check> {
    CATALOGUE.iter().copied().find(|check| check.id() == id)
}
