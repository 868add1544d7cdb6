//! The trunks: read at the start, kept, changed and taken away.

use milliwatt_engine::{
    Engine,
    api::{Command, Snapshot},
    local,
};
use milliwatt_store::{
    folders::Folders,
    profile::{self, Profile, Profiles},
    secret::Secret,
    settings::{self, SettingsError, Trunk, Trunks},
};

use crate::{
    api::{ShellEvent, TrunkLine},
    phone::Phone,
};

/// Brings every trunk of the settings up. One that cannot be read is shown with what is wrong.
pub(crate) fn start(phone: &Phone) {
    let trunks = Trunks::at(phone.folders.trunks());
    let names = match trunks.names() {
        Ok(names) => names,
        Err(why) => return phone.warn(why.to_string()),
    };
    names.iter().for_each(|name| bring_up_from(phone, &trunks, name));
}

/// Brings a trunk of the settings up, or keeps what is wrong with it.
fn bring_up_from(phone: &Phone, trunks: &Trunks, name: &str) {
    let file = trunks.open(name).map_err(|why| why.to_string());
    let read = file
        .and_then(|file| profile::resolve_in(&phone.folders, &file).map_err(|why| why.to_string()));
    match read {
        Ok(resolved) => bring_up(phone, resolved.trunk, false),
        Err(why) => {
            phone.watch().line_broken(name, why);
            show(phone, name);
        }
    }
}

/// Tells the window of a line as it is now.
fn show(phone: &Phone, name: &str) {
    let line = phone.watch().line(name);
    line.into_iter().for_each(|line| phone.tell(ShellEvent::Line { line: line.into() }));
}

/// Gives a trunk to the engine, and registers where it wants that.
pub(crate) fn bring_up(phone: &Phone, trunk: Trunk, embedded: bool) {
    let name = trunk.trunk.name.clone();
    let was_broken = phone.watch().is_broken(&name);
    phone.watch().line_added(trunk.clone(), embedded);
    if was_broken {
        // Before anything that the engine tells of it, which is newer.
        show(phone, &name);
    }
    let registers = trunk.trunk.register;
    phone.engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
    if registers {
        phone.engine.command(Command::Register { trunk: name });
    }
}

/// Takes a trunk into use again after a run of checks has had it, or when it could not be taken before. One
/// whose settings were broken is read anew.
pub(crate) fn bring_up_again(phone: &Phone, name: &str) {
    if phone.watch().is_broken(name) {
        return bring_up_from(phone, &Trunks::at(phone.folders.trunks()), name);
    }
    let known = phone.watch().settings(name).cloned();
    if let Some(trunk) = known {
        let embedded = phone.watch().is_embedded(name);
        bring_up(phone, trunk, embedded);
    }
}

/// Keeps a trunk and brings it up. What it is called is made a name that a file can have. May wait
/// for the keyring's user.
///
/// # Errors
/// A sentence that says what is not allowed, or what could not be written.
pub(crate) fn save(
    phone: &Phone,
    mut trunk: Trunk,
    password: Option<Secret>,
) -> Result<String, String> {
    let name = settings::name(&trunk.trunk.name);
    trunk.trunk.name.clone_from(&name);
    if phone.watch().is_embedded(&name) {
        return Err("the built-in trunk cannot be changed: choose another name".into());
    }
    // Where a password is follows from what was kept before: the window does not choose a place.
    trunk.trunk.password =
        phone.watch().settings(&name).and_then(|before| before.trunk.password.clone());
    let mut trunk = checked(trunk)?;
    let mut refused = None;
    if let Some(secret) = password {
        let (place, why) = phone.passwords.keep(&name, secret);
        trunk.trunk.password = Some(place);
        refused = why;
    }
    write(&phone.folders, &trunk)?;
    bring_up(phone, trunk, false);
    if let Some(why) = refused {
        phone.notice(format!("The password of {name} is known until the program ends: {why}."));
    }
    Ok(name)
}

/// A trunk that this build can use.
///
/// # Errors
/// A sentence for each thing that is not allowed.
pub(crate) fn checked(trunk: Trunk) -> Result<Trunk, String> {
    let trunk = trunk.checked().map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        lines.join("\n")
    })?;
    local::offered(&trunk)?;
    Ok(trunk)
}

/// Writes what differs from what the file and its profile say, or a new file.
fn write(folders: &Folders, trunk: &Trunk) -> Result<(), String> {
    let trunks = Trunks::at(folders.trunks());
    let told = |why: SettingsError| why.to_string();
    match trunks.open(&trunk.trunk.name) {
        Ok(mut file) => {
            let before = profile::resolve_in(folders, &file).map_err(|why| why.to_string())?;
            file.change(&before.trunk, trunk).and_then(|()| file.save()).map_err(told)
        }
        Err(SettingsError::Unknown { .. }) => trunks.add(trunk).map(drop).map_err(told),
        Err(why) => Err(told(why)),
    }
}

/// Takes a trunk out of the engine and the settings, with its password. May wait for the keyring's
/// user.
///
/// # Errors
/// A sentence, when its file cannot be taken away; it stays in use then.
pub(crate) fn remove(phone: &Phone, name: &str) -> Result<(), String> {
    match Trunks::at(phone.folders.trunks()).remove(name) {
        // The carrier in a box has no file.
        Ok(()) | Err(SettingsError::Unknown { .. }) => {}
        Err(why) => return Err(why.to_string()),
    }
    phone.engine.command(Command::RemoveTrunk { trunk: name.to_owned() });
    phone.watch().line_removed(name);
    phone.news.notify_one();
    phone.passwords.forget(name);
    Ok(())
}

/// A trunk as the window shows it.
///
/// # Errors
/// A sentence, when there is none of that name.
pub(crate) async fn line(phone: &Phone, name: &str) -> Result<TrunkLine, String> {
    let snapshot = snapshot(&phone.engine).await?;
    let lines = phone.watch().trunks(&snapshot);
    let found = lines.into_iter().find(|line| line.settings.trunk.name == name);
    found.ok_or_else(|| format!("there is no trunk named {name}"))
}

/// What is under way.
///
/// # Errors
/// A sentence, when the engine has ended.
pub(crate) async fn snapshot(engine: &Engine) -> Result<Snapshot, String> {
    engine.snapshot().await.ok_or_else(|| "the phone has ended: start it again".into())
}

/// All provider profiles, the user's own among them.
///
/// # Errors
/// A sentence that names the file that cannot be read.
pub(crate) fn profiles(folders: &Folders) -> Result<Vec<Profile>, String> {
    let profiles = Profiles::with_own(&folders.profiles());
    let names = profiles.names().map_err(|why| why.to_string())?;
    names.iter().map(|name| profiles.find(name).map_err(|why| why.to_string())).collect()
}
