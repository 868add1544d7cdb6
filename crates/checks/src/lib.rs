//! The acceptance test book of a trunk: catalogue, runner, verdicts, reports.
//!
//! A [`check::Check`] declares what it needs ([`plan::Plan`]) and judges what was seen
//! ([`observation::Observation`]); the [`runner`] merges plans, so that many checks read one call.
//! Everything that touches the network goes through engine commands, events and probes.

#![forbid(unsafe_code)]

pub mod catalogue;
pub mod check;
pub mod codes;
pub mod guard;
pub mod observation;
pub mod plan;
pub mod report;
pub mod runner;
pub mod subject;
pub mod suite;
pub mod verdict;
