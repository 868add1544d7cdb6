//! The headless face of Milliwatt: one verb a job, results on stdout, everything else on stderr.

#![forbid(unsafe_code)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a verb follows the few events that it tells of"
)]

mod args;
mod exit;

mod output;
mod phone;
mod target;
mod verbs;
mod wait;

use std::process::ExitCode;

use clap::Parser;

fn main() -> ExitCode {
    let arguments = args::Arguments::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return exit::Failure::could_not_run(error).tell(),
    };
    runtime.block_on(verbs::run(arguments)).into()
}
