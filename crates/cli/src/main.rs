//! The headless face of Milliwatt: one verb a job, results on stdout, everything else on stderr.

#![forbid(unsafe_code)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a verb follows the few events that it tells of"
)]

mod args;
mod exit;
mod log;
mod output;
mod phone;
mod results;
mod target;
mod verbs;
mod wait;

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
};

use clap::Parser;

use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    if let Err(error) = milliwatt_engine::memory::forbid_core_dumps() {
        output::complain(format!("a crash may write passwords to a core dump: {error}"));
    }
    panic::set_hook(Box::new(|panic| output::complain(format!("internal error: {panic}"))));
    match args::Arguments::try_parse() {
        Ok(arguments) => run(arguments.verb).into(),
        Err(error) => refuse(&error).into(),
    }
}

fn run(verb: args::Verb) -> Exit {
    let mut results = verb.results();
    let ended = results.check().and_then(|()| to_its_end(verbs::perform(verb, &results)));
    results.close(ended)
}

/// Runs a verb. However it ends, no call is left up.
fn to_its_end(verb: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::could_not_run)?;
    let ended = panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(verb)));
    runtime.block_on(phone::leave_nothing());
    let bug = || Failure::internal("this is a bug: please report it with what is printed above");
    ended.unwrap_or_else(|_| Err(bug()))
}

/// Tells what is wrong with the arguments; help and version come this way too.
fn refuse(error: &clap::Error) -> Exit {
    drop(error.print());
    if !error.use_stderr() {
        return Exit::Good;
    }
    if args::json_on_stdout(std::env::args_os().skip(1)) {
        let text = error.to_string();
        let why = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        drop(output::print(&results::error(Exit::Usage, why).to_string()));
    }
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_internal_error() {
        let ended = to_its_end(async { panic!("a surprise") });
        assert_eq!(ended.unwrap_err().exit, Exit::Internal);
    }
}
