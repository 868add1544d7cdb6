//! `doctor`: does this computer have what Milliwatt needs?

use std::{
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    path::Path,
};

use milliwatt_engine::local;
use milliwatt_store::{
    folders::Folders, history::History, profile::Profiles, secret::Keyring, settings::Trunks,
};

use crate::{
    exit::{Exit, Failure},
    output,
};

/// One thing that was looked at.
struct Look {
    what: &'static str,
    /// What was found, or what is wrong and what to do about it.
    found: Result<String, String>,
    /// How the program ends when it is wrong; `None` where one can do without it.
    vital: Option<Exit>,
}

pub(super) fn run() -> Result<Exit, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    let looks = [
        vital("settings folder", folder(&folders.config)),
        vital("data folder", folder(&folders.data)),
        Look { vital: Some(Exit::Usage), ..other("trunks", trunks(&folders)) },
        vital("history", History::open(&folders.history()).map(|_| "opens".into()).map_err(text)),
        other(
            "profiles",
            Profiles::shipped().names().map(|n| format!("{} known", n.len())).map_err(text),
        ),
        other("keyring", Keyring::default().check().map(|()| "unlocked".into()).map_err(text)),
        vital("UDP over IPv4", bind((Ipv4Addr::UNSPECIFIED, 0).into())),
        other("UDP over IPv6", bind((Ipv6Addr::UNSPECIFIED, 0).into())),
        other("name server", local::name_servers().map(|all| all.join(", "))),
    ];
    let mut exit = Exit::Good;
    for look in &looks {
        let (word, text) = match &look.found {
            Ok(text) => ("good", text),
            Err(text) => match look.vital {
                Some(bad) => {
                    exit = exit.worst(bad);
                    ("BAD", text)
                }
                None => ("note", text),
            },
        };
        output::say(format!("{word:<5} {:<16} {text}", look.what));
    }
    Ok(exit)
}

fn vital(what: &'static str, found: Result<String, String>) -> Look {
    Look { vital: Some(Exit::CouldNotRun), ..other(what, found) }
}

fn other(what: &'static str, found: Result<String, String>) -> Look {
    Look { what, found, vital: None }
}

fn text(error: impl ToString) -> String {
    error.to_string()
}

fn folder(path: &Path) -> Result<String, String> {
    std::fs::create_dir_all(path).map_err(|e| format!("{} cannot be made: {e}", path.display()))?;
    let probe = path.join(".milliwatt-doctor");
    std::fs::write(&probe, b"")
        .map_err(|e| format!("{} cannot be written to: {e}", path.display()))?;
    std::fs::remove_file(&probe).map_err(text)?;
    Ok(path.display().to_string())
}

fn trunks(folders: &Folders) -> Result<String, String> {
    let trunks = Trunks::at(folders.trunks());
    let names = trunks.names().map_err(text)?;
    for name in &names {
        trunks.open(name).map_err(text)?;
    }
    Ok(if names.is_empty() { "none yet".into() } else { names.join(", ") })
}

fn bind(address: SocketAddr) -> Result<String, String> {
    local::can_bind(address)
        .map(|()| "works".into())
        .map_err(|e| format!("no socket: {e}; look at firewall and sandbox settings"))
}
