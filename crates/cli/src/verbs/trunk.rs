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
    output,
    results::Results,
    target::{self, Written},
};

pub(super) fn run(verb: TrunkVerb, results: &Results) -> Result<Exit, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    match verb {
        TrunkVerb::Add(arguments) => add(&folders, &arguments)?,
        TrunkVerb::List { .. } => list(&folders, results)?,
        TrunkVerb::Remove { name } => remove(&folders, &name)?,
        TrunkVerb::Show { name } => show(&folders, &name)?,
    }
    Ok(Exit::Good)
}

fn add(folders: &Folders, arguments: &TrunkAdd) -> Result<(), Failure> {
    if arguments.secrets.password_fd.is_some() && !arguments.keyring {
        return Err(Failure::usage(
            "the settings cannot refer to a file descriptor: add --keyring to keep its password",
        ));
    }
    if let Some(profile) = &arguments.profile {
        Profiles::with_own(&folders.profiles()).find(profile).map_err(Failure::usage)?;
    }
    let written = target::written(folders, &arguments.trunk)?;
    let trunks = Trunks::at(folders.trunks());
    if !arguments.replace && trunks.names().map_err(Failure::usage)?.contains(&arguments.name) {
        return Err(Failure::usage(SettingsError::Exists { name: arguments.name.clone() }));
    }
    // In the keyring only when the settings will refer to it.
    let password = password(arguments)?;
    let change = |trunk: &mut Trunk| {
        target::apply(trunk, &arguments.overrides);
        trunk.trunk.name.clone_from(&arguments.name);
        if arguments.profile.is_some() {
            trunk.trunk.profile.clone_from(&arguments.profile);
        }
        if password.is_some() {
            trunk.trunk.password.clone_from(&password);
        }
    };
    let added = match written {
        Written::File(file) => trunks.keep(&arguments.name, &file, arguments.replace, change),
        Written::Address(mut trunk) => {
            change(&mut trunk);
            match trunks.add(&trunk) {
                Err(SettingsError::Exists { .. }) if arguments.replace => replace(&trunks, &trunk),
                other => other,
            }
        }
    };
    let added = added.map_err(Failure::usage)?;
    output::note(format!("added {}: {}", arguments.name, added.path().display()));
    Ok(())
}

/// The password goes too, unless somebody else needs it or the settings never had it.
fn remove(folders: &Folders, name: &str) -> Result<(), Failure> {
    let trunks = Trunks::at(folders.trunks());
    let entry = trunks.own_keyring_entry(name);
    trunks.remove(name).map_err(Failure::usage)?;
    output::note(format!("removed {name}; its calls stay in the history"));
    if let Some(entry) = entry {
        output::note(match Keyring::default().forget(&entry) {
            Ok(()) => "its password was taken out of the keyring".to_owned(),
            Err(why) => format!("its password stays in the keyring, as milliwatt/{entry}: {why}"),
        });
    }
    Ok(())
}

fn replace(trunks: &Trunks, trunk: &Trunk) -> Result<TrunkFile, SettingsError> {
    let mut file = trunks.open(&trunk.trunk.name)?;
    let before = file.written().clone();
    file.change(&before, trunk)?;
    file.save()?;
    Ok(file)
}

/// The settings say where the password is, never what it is.
fn password(arguments: &TrunkAdd) -> Result<Option<SecretRef>, Failure> {
    if arguments.keyring {
        let secret = target::password(&arguments.secrets)?.ok_or_else(|| {
            Failure::usage("--keyring needs a password: give it by MILLIWATT_PASSWORD, --password-file or --password-fd")
        })?;
        Keyring::default().write(&arguments.name, &secret).map_err(Failure::could_not_run)?;
        return Ok(Some(SecretRef::Keyring(arguments.name.clone())));
    }
    let absolute = |file| std::path::absolute(file).map_err(Failure::usage);
    let file = arguments.secrets.password_file.as_ref().map(absolute).transpose()?;
    Ok(file.map(|file| SecretRef::File(file.display().to_string())))
}

fn list(folders: &Folders, results: &Results) -> Result<(), Failure> {
    let trunks = Trunks::at(folders.trunks());
    let names = trunks.names().map_err(Failure::usage)?;
    let mut rows = Vec::new();
    // One that cannot be read hides none of the others from a person; a program gets all or the reason.
    let mut broken = Vec::new();
    for name in &names {
        let read = trunks.open(name).map_err(|why| why.to_string());
        let read = read
            .and_then(|file| profile::resolve_in(folders, &file).map_err(|why| why.to_string()));
        let trunk = match read {
            Ok(read) => read.trunk,
            Err(why) => {
                broken.push(why);
                continue;
            }
        };
        let account = &trunk.trunk;
        results.say(format!(
            "{name:<16} {}@{} over {}, {} numbers{}",
            account.user,
            account.domain,
            account.transport,
            trunk.numbers.dids.len(),
            if account.register { "" } else { ", not registered" }
        ));
        rows.push(json!({
            "name": name, "user": account.user, "domain": account.domain,
            "transport": account.transport, "register": account.register,
            "dids": trunk.numbers.dids, "profile": account.profile,
        }));
    }
    if !broken.is_empty() {
        return Err(Failure::usage(broken.join("; ")));
    }
    results.object(&json!({ "version": 1, "event": "trunks", "trunks": rows }));
    Ok(())
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
