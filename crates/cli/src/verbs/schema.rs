//! `schema`: the JSON schemas of all output.

use crate::{
    args::Schema,
    exit::{Exit, Failure},
    output,
};

/// Name and text of each schema, as kept under docs/schemas.
const SCHEMAS: [(&str, &str); 12] = [
    ("answered", include_str!("../../../../docs/schemas/answered.json")),
    ("call", include_str!("../../../../docs/schemas/call.json")),
    ("check", include_str!("../../../../docs/schemas/check.json")),
    ("check-line", include_str!("../../../../docs/schemas/check-line.json")),
    ("error", include_str!("../../../../docs/schemas/error.json")),
    ("history", include_str!("../../../../docs/schemas/history.json")),
    ("options", include_str!("../../../../docs/schemas/options.json")),
    ("plan", include_str!("../../../../docs/schemas/plan.json")),
    ("quality", include_str!("../../../../docs/schemas/quality.json")),
    ("ready", include_str!("../../../../docs/schemas/ready.json")),
    ("registration", include_str!("../../../../docs/schemas/registration.json")),
    ("trunks", include_str!("../../../../docs/schemas/trunks.json")),
];

pub(super) fn run(arguments: &Schema) -> Result<Exit, Failure> {
    let names = || SCHEMAS.map(|(name, _)| name).join(", ");
    match arguments.name.as_deref() {
        None => output::say(names().replace(", ", "\n")),
        Some(wanted) => {
            let found = SCHEMAS.iter().find(|(name, _)| *name == wanted);
            let (_, text) = found.ok_or_else(|| {
                Failure::usage(format!("there is no schema '{wanted}': choose from {}", names()))
            })?;
            output::say(text);
        }
    }
    Ok(Exit::Good)
}
