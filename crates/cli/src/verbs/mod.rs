//! One file a verb.

mod answer;
mod call;
mod check;
mod demo;
mod doctor;
mod explain;
mod history;
mod options;
mod register;
mod schema;
mod test_trunk;
mod trunk;

use clap::CommandFactory as _;

use crate::{
    args::{Arguments, Verb},
    exit::{Exit, Failure},
    output,
};

/// Runs a verb to its end.
pub(crate) async fn run(arguments: Arguments) -> Exit {
    match perform(arguments.verb).await {
        Ok(exit) => exit,
        Err(failure) => {
            failure.tell();
            failure.exit
        }
    }
}

async fn perform(verb: Verb) -> Result<Exit, Failure> {
    match verb {
        Verb::Answer(arguments) => answer::run(arguments).await,
        Verb::Call(arguments) => call::run(arguments).await,
        Verb::Check(arguments) => check::run(arguments).await,
        Verb::Completions { shell } => {
            let mut command = Arguments::command();
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut command, "milliwatt", &mut text);
            output::say(String::from_utf8_lossy(&text));
            Ok(Exit::Good)
        }
        Verb::Demo(arguments) => demo::run(arguments).await,
        Verb::Doctor => doctor::run(),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::History(arguments) => history::run(&arguments),
        Verb::Options(arguments) => options::run(arguments).await,
        Verb::Register(arguments) => register::run(arguments).await,
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::TestTrunk(arguments) => test_trunk::run(arguments).await,
        Verb::Trunk(verb) => trunk::run(verb),
    }
}
