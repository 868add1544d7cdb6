//! `trunk`: trunks in the settings.

use milliwatt_store::{
    folders::Folders,
    profile::{self, Profiles},
    secret::Keyring,
    settings::{SecretRef, SettingsError, Trunk, TrunkFile, Trunks},
};
use serde_json::json;

use crate::{
    args::{TrunkAdd, TrunkVerb},
    exit::{Exit, Failure},
    output::{self, Sinks},
    target,
};

pub(super) fn run(verb: TrunkVerb) -> Result<Exit, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    match verb {
        TrunkVerb::Add(arguments) => add(&folders, &arguments)?,
        TrunkVerb::List { json } => list(&folders, json)?,
        TrunkVerb::Remove { name } => {
            Trunks::at(folders.trunks()).remove(&name).map_err(Failure::usage)?;
            output::note(format!("removed {name}; its calls stay in the history"));
        }
        TrunkVerb::Show { name } => show(&folders, &name)?,
    }
    Ok(Exit::Good)
}

fn add(folders: &Folders, arguments: &TrunkAdd) -> Result<(), Failure> {
    let mut trunk = target::read(&arguments.trunk)?;
    target::apply(&mut trunk, &arguments.overrides);
    trunk.trunk.name.clone_from(&arguments.name);
    if let Some(profile) = &arguments.profile {
        Profiles::with_own(&folders.profiles()).find(profile).map_err(Failure::usage)?;
        trunk.trunk.profile = Some(profile.clone());
    }
    refer_to_password(arguments, &mut trunk)?;
    let trunks = Trunks::at(folders.trunks());
    let added = match trunks.add(&trunk) {
        Err(SettingsError::Exists { .. }) if arguments.replace => replace(&trunks, &trunk),
        other => other.map(|file| file.path().to_owned()),
    };
    let path = added.map_err(Failure::usage)?;
    output::note(format!("added {}: {}", arguments.name, path.display()));
    Ok(())
}

fn replace(trunks: &Trunks, trunk: &Trunk) -> Result<std::path::PathBuf, SettingsError> {
    let mut file: TrunkFile = trunks.open(&trunk.trunk.name)?;
    let before = file.written().clone();
    file.change(&before, trunk)?;
    file.save()?;
    Ok(file.path().to_owned())
}

/// The settings say where the password is, never what it is.
fn refer_to_password(arguments: &TrunkAdd, trunk: &mut Trunk) -> Result<(), Failure> {
    if arguments.keyring {
        let secret = target::password(&arguments.secrets)?.ok_or_else(|| {
            Failure::usage("--keyring needs a password: give it by MILLIWATT_PASSWORD, --password-file or --password-fd")
        })?;
        Keyring::default().write(&arguments.name, &secret).map_err(Failure::could_not_run)?;
        trunk.trunk.password = Some(SecretRef::Keyring(arguments.name.clone()));
    } else if let Some(file) = &arguments.secrets.password_file {
        let file = std::path::absolute(file).map_err(Failure::usage)?;
        trunk.trunk.password = Some(SecretRef::File(file.display().to_string()));
    }
    Ok(())
}

fn list(folders: &Folders, json: Option<String>) -> Result<(), Failure> {
    let trunks = Trunks::at(folders.trunks());
    let names = trunks.names().map_err(Failure::usage)?;
    let sinks = Sinks { json, jsonl: None };
    let mut rows = Vec::new();
    for name in &names {
        let file = trunks.open(name).map_err(Failure::usage)?;
        let trunk = profile::resolve_in(folders, &file).map_err(Failure::usage)?.trunk;
        let account = &trunk.trunk;
        if !sinks.own_stdout() {
            output::say(format!(
                "{name:<16} {}@{} over {}, {} numbers{}",
                account.user,
                account.domain,
                account.transport,
                trunk.numbers.dids.len(),
                if account.register { "" } else { ", not registered" }
            ));
        }
        rows.push(json!({
            "name": name, "user": account.user, "domain": account.domain,
            "transport": account.transport, "register": account.register,
            "dids": trunk.numbers.dids, "profile": account.profile,
        }));
    }
    sinks.object(&json!({ "version": 1, "event": "trunks", "trunks": rows }))
}

fn show(folders: &Folders, name: &str) -> Result<(), Failure> {
    let file = Trunks::at(folders.trunks()).open(name).map_err(Failure::usage)?;
    let resolved = profile::resolve_in(folders, &file).map_err(Failure::usage)?;
    output::say(toml::to_string(&resolved.trunk).map_err(Failure::internal)?);
    for (key, origin) in resolved.origins() {
        match origin {
            profile::Origin::Learnt { fact } => {
                output::note(format!("{key}: learnt, {}", fact.source))
            }
            profile::Origin::Profile { fact } => {
                let doubt = if fact.is_verified() { "" } else { " (not verified)" };
                output::note(format!("{key}: from the profile, {}{doubt}", fact.source));
            }
            profile::Origin::Default | profile::Origin::Trunk => {}
        }
    }
    Ok(())
}
