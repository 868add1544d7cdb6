//! An emergency number is dialled from a terminal only, after a typed word.

use std::io::{IsTerminal, Write};

use milliwatt_engine::{
    emergency::{Nations, is_emergency},
    settings::Trunk,
};

use crate::exit::Failure;

/// Asks before an emergency number is dialled; any other number passes. Tells whether it is one.
pub(super) fn emergency(number: &str, trunk: &Trunk) -> Result<bool, Failure> {
    let nations = Nations::of(trunk);
    if !is_emergency(number, nations) {
        return Ok(false);
    }
    if !std::io::stdin().is_terminal() || !std::io::stderr().is_terminal() {
        return Err(Failure::guard(format!(
            "{number} may reach an emergency service: it is dialled from a terminal only, after you have typed it again{}",
            if nations == Nations::All && !is_emergency(number, Nations::None) {
                UNKNOWN
            } else {
                ""
            }
        )));
    }
    let mut answer = String::new();
    let asked = write!(
        std::io::stderr(),
        "{number} may reach an emergency service. Type the number again to call it: "
    );
    asked.and_then(|()| std::io::stdin().read_line(&mut answer)).map_err(Failure::guard)?;
    if answer.trim() == number {
        Ok(true)
    } else {
        Err(Failure::guard("not called: what you typed is not the number"))
    }
}

/// What a trunk of a named country does better.
const UNKNOWN: &str =
    ". Name the country of this trunk in numbers.country if that is no emergency number there";
