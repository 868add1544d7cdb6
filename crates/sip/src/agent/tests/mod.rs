//! Call flows between two agents, and between an agent and a scripted peer, on virtual time.

#![allow(clippy::wildcard_enum_match_arm, reason = "a test looks for one event among many")]

mod basic;
mod digest;
mod net;
mod register;
mod route;
