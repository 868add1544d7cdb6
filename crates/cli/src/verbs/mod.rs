//! One file a verb.

mod answer;
mod call;
mod check;
mod demo;
mod doctor;
mod explain;
mod history;
mod manual;
mod options;
mod register;
mod schema;
mod test_trunk;
mod trunk;

use crate::{
    args::Verb,
    exit::{Exit, Failure},
    results::Results,
};

/// Runs a verb to its end.
pub(crate) async fn perform(verb: Verb, results: &Results) -> Result<Exit, Failure> {
    if let Some(outputs) = verb.outputs() {
        outputs.begin()?;
    }
    match verb {
        Verb::Answer(arguments) => answer::run(arguments, results).await,
        Verb::Call(arguments) => call::run(arguments, results).await,
        Verb::Check(arguments) => check::run(arguments, results).await,
        Verb::Completions { shell } => Ok(manual::completions(shell)),
        Verb::Demo(arguments) => demo::run(arguments, results).await,
        Verb::Doctor => doctor::run(),
        Verb::Explain(arguments) => explain::run(&arguments),
        Verb::History(arguments) => history::run(&arguments, results),
        Verb::Man { verb } => manual::page(verb.as_deref()),
        Verb::Options(arguments) => options::run(arguments, results).await,
        Verb::Register(arguments) => register::run(arguments, results).await,
        Verb::Schema(arguments) => schema::run(&arguments),
        Verb::TestTrunk(arguments) => test_trunk::run(arguments).await,
        Verb::Trunk(verb) => trunk::run(verb, results),
    }
}
