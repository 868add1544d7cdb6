//! The command line, defined once: parser, help and completions come from here.

mod call;
mod check;
mod common;
mod span;
mod trunk;

use std::ffi::OsString;

use clap::{Parser, Subcommand};

use crate::results::Results;

pub(crate) use self::{
    call::{Answer, Call, Expected, Options, Register},
    check::{Check, Demo, Explain, History, Schema, TestTrunk},
    common::{Media, Outputs, Played},
    span::span,
    trunk::{Overrides, Secrets, TrunkAdd, TrunkArg, TrunkVerb},
};

/// A SIP phone and trunk test set.
#[derive(Debug, Parser)]
#[command(name = "milliwatt", version, max_term_width = 100)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// For the help and the manual page.
const EXIT_CODES: &str = "\
Exit codes:
  0    all gates passed, or the call ended as expected
  1    a check that is a gate failed or was skipped (with --strict: any that failed or warned),
       the call ended otherwise, or too few calls came
  2    usage or settings are wrong; nothing was sent
  3    it could not run: network, DNS, socket, TLS, or no SIP response at all
  4    the trunk refused user name or password
  5    stopped by the budget or consent guard
  6    the time of --timeout was up
  7    internal error
  130  interrupted
Where several apply, the first of 130, 7, 2, 5, 3, 4, 6, 1 is told.
A trunk that says nothing is given up by register, options, call and answer within 35 s,
by check within 45 s.";

/// One verb a job.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    /// Show it all with nothing but this computer: an embedded trunk, a call, the smoke checks
    Demo(Demo),
    /// Run trunk checks and say what to do about each failure
    Check(Check),
    /// Place one call
    Call(Call),
    /// Wait for inbound calls and answer them at once
    Answer(Answer),
    /// Register, stay registered for a while, unregister
    Register(Register),
    /// Ask the trunk with OPTIONS what it can do
    Options(Options),
    /// Run the embedded trunk as a server of its own
    TestTrunk(TestTrunk),
    /// Trunks in the settings
    #[command(subcommand)]
    Trunk(TrunkVerb),
    /// What a check, a SIP code or a fault of the embedded trunk means, and what to do
    Explain(Explain),
    /// Calls of the past
    History(History),
    /// Look whether this computer has what Milliwatt needs
    Doctor,
    /// Print the JSON schema of an output
    Schema(Schema),
    /// Print the completions of a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    Man {
        /// That of one verb
        verb: Option<String>,
    },
}

impl Verb {
    /// Where its results go.
    pub(crate) fn results(&self) -> Results {
        match self {
            Self::History(arguments) => Results::new(arguments.json.clone(), None),
            Self::Trunk(TrunkVerb::List { json }) => Results::new(json.clone(), None),
            other => other.outputs().map(Outputs::results).unwrap_or_default(),
        }
    }

    /// What the verbs that use a trunk write.
    pub(crate) fn outputs(&self) -> Option<&Outputs> {
        match self {
            Self::Answer(arguments) => Some(&arguments.outputs),
            Self::Call(arguments) => Some(&arguments.outputs),
            Self::Check(arguments) => Some(&arguments.outputs),
            Self::Demo(arguments) => Some(&arguments.outputs),
            Self::Options(arguments) => Some(&arguments.outputs),
            Self::Register(arguments) => Some(&arguments.outputs),
            Self::Completions { .. }
            | Self::Doctor
            | Self::Explain(_)
            | Self::History(_)
            | Self::Man { .. }
            | Self::Schema(_)
            | Self::TestTrunk(_)
            | Self::Trunk(_) => None,
        }
    }
}

/// True when a program reads stdout, as far as arguments tell that are otherwise not understood.
pub(crate) fn json_on_stdout(arguments: impl Iterator<Item = OsString>) -> bool {
    let mut before = OsString::new();
    for argument in arguments {
        let named = before == "--json" || before == "--jsonl";
        if named && argument == "-" || argument == "--json=-" || argument == "--jsonl=-" {
            return true;
        }
        before = argument;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::json_on_stdout;
    use clap::CommandFactory as _;

    #[test]
    fn who_reads_stdout_is_seen_in_any_arguments() {
        let reads = |line: &str| json_on_stdout(line.split(' ').map(Into::into));
        assert!(reads("call x --json - --nonsense") && reads("--jsonl=-"));
        assert!(!reads("call x --json file --nonsense -") && !reads("call --json"));
    }

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
