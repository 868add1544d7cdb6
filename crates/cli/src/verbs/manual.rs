//! `man` and `completions`: what the definitions of the arguments say, for a reader and for a shell.

use clap::CommandFactory as _;

use crate::{
    args::Arguments,
    exit::{Exit, Failure},
    output,
};

/// Prints the completions of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Exit {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "milliwatt", &mut text);
    output::say(String::from_utf8_lossy(&text));
    Exit::Good
}

/// Prints the manual page of the program or of one verb, in roff.
pub(super) fn page(verb: Option<&str>) -> Result<Exit, Failure> {
    let mut command = Arguments::command();
    // Gives each verb its full name.
    command.build();
    if let Some(verb) = verb {
        let found = command.find_subcommand(verb).cloned();
        command = found.ok_or_else(|| {
            Failure::usage(format!("there is no verb '{verb}': `milliwatt help` lists them all"))
        })?;
    }
    let mut text = Vec::new();
    clap_mangen::Man::new(command).render(&mut text).map_err(Failure::internal)?;
    output::say(String::from_utf8_lossy(&text));
    Ok(Exit::Good)
}
