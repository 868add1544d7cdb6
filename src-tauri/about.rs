//! What a user hands on when something is wrong, and whose work is in the program.

use std::{collections::BTreeMap, fmt::Write as _};

use milliwatt_engine::{
    api::Registration,
    trace::{Numbers, ladder},
};

use crate::{phone::Phone, trunks};

/// Messages of each trunk in a report, at most.
const MESSAGES: usize = 200;
/// Names of all crates by licence, made by `ui/tools/licences.mjs`.
const CRATES: &str = include_str!("../ui/src/licences/crates.json");

/// Names of the crates in the program by licence.
///
/// # Errors
/// A sentence, when the list that was built in is broken.
pub(crate) fn licences() -> Result<BTreeMap<String, Vec<String>>, String> {
    serde_json::from_str(CRATES).map_err(|why| why.to_string())
}

/// All that helps to find a fault, as text, secrets and numbers masked.
///
/// # Errors
/// A sentence, when the engine has ended.
pub(crate) async fn support_bundle(phone: &Phone) -> Result<String, String> {
    let snapshot = trunks::snapshot(&phone.engine).await?;
    let mut text = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(text, "Milliwatt {} on {}", env!("CARGO_PKG_VERSION"), std::env::consts::OS);
    for line in phone.watch().trunks(&snapshot) {
        let account = &line.settings.trunk;
        let _ = writeln!(
            text,
            "\nLine {}: {} over {}, profile {}, {}, trouble {}",
            account.name,
            account.domain,
            account.transport,
            account.profile.as_deref().unwrap_or("none"),
            state(&line.registration),
            line.trouble.as_deref().unwrap_or("none"),
        );
        let entries = phone.engine.trace().since(&account.name, 0);
        let recent = entries.get(entries.len().saturating_sub(MESSAGES)..).unwrap_or_default();
        text.push_str(&ladder(recent.iter(), Numbers::Masked));
    }
    let _ = writeln!(text, "\nDevices: {}", phone.handset.devices().len());
    for device in phone.handset.devices() {
        let _ = writeln!(text, "{:?} {} ({})", device.role, device.name, device.id);
    }
    Ok(text)
}

/// The word for a registration, without whose it is.
fn state(registration: &Registration) -> String {
    match registration {
        Registration::Failed { code, why, .. } => format!("failed ({code:?}: {why})"),
        Registration::Refused { code, reason, .. } => format!("refused ({code} {reason})"),
        Registration::Registered { expires, .. } => format!("registered for {expires} s"),
        Registration::Registering => "registering".into(),
        Registration::Unregistered => "not registered".into(),
    }
}
