//! Call flows between two agents, and between an agent and a scripted peer, on virtual time.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among many")]

mod basic;
mod chaos;
mod digest;
mod failback;
mod flow;
mod fork;
mod leak;
mod lockout;
mod modify;
mod net;
mod overwrite;
mod phone;
mod prack;
mod refresh;
mod register;
mod route;
mod script;
mod strangers;
mod target;
mod torture;

pub(super) use self::net::account;
