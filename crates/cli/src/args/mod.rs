//! The command line, defined once: parser, help and completions come from here.

mod call;
mod check;
mod common;
mod span;
mod trunk;

use clap::{Parser, Subcommand};

pub(crate) use self::{
    call::{Answer, Call, Expected, Options, Register},
    check::{Check, Demo, Explain, History, Schema, TestTrunk},
    common::{Media, Outputs},
    span::span,
    trunk::{Overrides, Secrets, TrunkAdd, TrunkArg, TrunkVerb},
};

/// A SIP phone and trunk test set.
#[derive(Debug, Parser)]
#[command(name = "milliwatt", version, about, long_about = None, max_term_width = 100)]
pub(crate) struct Arguments {
    /// What to do
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

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
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_sound() {
        super::Arguments::command().debug_assert();
    }
}
