//! The acceptance test book of a trunk: catalogue, runner, verdicts, reports.

#![forbid(unsafe_code)]
