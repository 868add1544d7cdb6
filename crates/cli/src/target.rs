//! TRUNK: what an argument means, and what the other arguments change of it.

mod address;

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use milliwatt_engine::{
    api::{Sound, Source},
    local,
};
use milliwatt_store::{
    folders::Folders,
    profile,
    secret::{
        Given, Referenced, Secret, SecretStore, from_descriptor, from_environment, from_file,
    },
    settings::{self, SettingsError, Trunk, TrunkFile, Trunks},
};

use crate::{
    args::{Media, Overrides, Played, Secrets, TrunkArg},
    device,
    exit::Failure,
    output,
};

/// Where a password may stand in the environment.
const PASSWORD: &str = "MILLIWATT_PASSWORD";

/// A trunk that is ready to be used, with its password.
pub(crate) struct Target {
    /// Its settings, checked.
    pub(crate) trunk: Trunk,
    /// Where its password comes from.
    pub(crate) secrets: Arc<dyn SecretStore>,
}

impl Target {
    /// Reads the argument and what completes it.
    pub(crate) fn resolve(argument: &TrunkArg) -> Result<Self, Failure> {
        let mut trunk = read(&argument.trunk)?;
        apply(&mut trunk, &argument.overrides);
        let given = password(&argument.secrets)?;
        Self { trunk, secrets: Arc::new(Referenced) }.checked()?.with_password(given)
    }

    /// Settings of the sound that arguments replace.
    pub(crate) fn with_media(mut self, media: &Media) -> Result<Self, Failure> {
        let settings = &mut self.trunk.media;
        if let Some(codecs) = &media.codec {
            settings.codecs.clone_from(codecs);
        }
        if let Some(mode) = &media.dtmf_mode {
            settings.dtmf.clone_from(mode);
        }
        if let Some(policy) = &media.srtp {
            settings.srtp.clone_from(policy);
        }
        settings.rtp_ports = media.rtp_ports.or(settings.rtp_ports);
        self.checked()
    }

    /// Further networks that are heard.
    pub(crate) fn with_allowed(mut self, networks: &[String]) -> Result<Self, Failure> {
        self.trunk.trunk.allow.extend_from_slice(networks);
        self.checked()
    }

    fn checked(mut self) -> Result<Self, Failure> {
        self.trunk = self.trunk.checked().map_err(|problems| {
            let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
            Failure::usage(lines.join("\n"))
        })?;
        local::offered(&self.trunk).map_err(Failure::usage)?;
        Ok(self)
    }

    fn with_password(mut self, given: Option<Secret>) -> Result<Self, Failure> {
        if let Some(secret) = given {
            let name = self.trunk.trunk.name.clone();
            self.secrets = Arc::new(Given::over(Referenced).with(name, secret));
        }
        self.secrets.password(&self.trunk.trunk).map_err(Failure::usage)?;
        Ok(self)
    }
}

/// Settings before a profile completes them.
pub(crate) enum Written {
    /// By a file.
    File(Box<TrunkFile>),
    /// By an address.
    Address(Box<Trunk>),
}

/// What an argument names: a trunk of the settings, a file, or an address.
pub(crate) fn written(folders: &Folders, argument: &str) -> Result<Written, Failure> {
    if is_address(argument) {
        let trunk = address::read(argument).map_err(Failure::usage)?;
        return Ok(Written::Address(Box::new(trunk)));
    }
    let found = Trunks::at(folders.trunks()).find(argument);
    // What is no trunk's name may be an address with a password in it.
    let why = |e: SettingsError| e.to_string().replace(argument, &address::masked(argument));
    let file = found.map_err(|error| Failure::usage(why(error)))?;
    for problem in file.unknown() {
        output::note(format!("{}: {problem}", file.path().display()));
    }
    Ok(Written::File(Box::new(file)))
}

/// A trunk with what its profile and the tests know of it.
fn read(argument: &str) -> Result<Trunk, Failure> {
    let folders = Folders::locate().map_err(Failure::usage)?;
    match written(&folders, argument)? {
        Written::Address(trunk) => Ok(*trunk),
        Written::File(file) => {
            Ok(profile::resolve_in(&folders, &file).map_err(Failure::usage)?.trunk)
        }
    }
}

fn is_address(argument: &str) -> bool {
    let scheme = argument.split(':').next().unwrap_or_default();
    argument.contains(':')
        && (scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips"))
}

/// Lets arguments replace settings.
pub(crate) fn apply(trunk: &mut Trunk, overrides: &Overrides) {
    let account = &mut trunk.trunk;
    let text = |place: &mut String, value: &Option<String>| {
        if let Some(value) = value {
            place.clone_from(value);
        }
    };
    text(&mut account.user, &overrides.user);
    text(&mut account.transport, &overrides.transport);
    let optional = |place: &mut Option<String>, value: &Option<String>| {
        if value.is_some() {
            place.clone_from(value);
        }
    };
    optional(&mut account.auth_user, &overrides.auth_user);
    optional(&mut account.registrar, &overrides.registrar);
    optional(&mut account.proxy, &overrides.proxy);
    optional(&mut account.bind, &overrides.bind);
    optional(&mut account.public_address, &overrides.public_address);
    account.register &= !overrides.no_register;
    if !overrides.did.is_empty() {
        trunk.numbers.dids.clone_from(&overrides.did);
    }
    if let Some(ca) = &overrides.ca {
        trunk.tls.ca = Some(ca.display().to_string());
    }
}

/// The password that arguments or the environment give.
pub(crate) fn password(secrets: &Secrets) -> Result<Option<Secret>, Failure> {
    let given = match (&secrets.password_file, secrets.password_fd) {
        (Some(file), _) => Some(from_file(file)),
        (None, Some(descriptor)) => Some(from_descriptor(descriptor)),
        (None, None) if std::env::var_os(PASSWORD).is_some() => Some(from_environment(PASSWORD)),
        (None, None) => None,
    };
    given.transpose().map_err(Failure::usage)
}

/// Whom to call, in the form that the engine takes.
pub(crate) fn destination(text: &str) -> Result<String, Failure> {
    settings::destination(text).map_err(Failure::usage)
}

/// A number of ours.
pub(crate) fn did(text: &str) -> Result<String, Failure> {
    settings::did(text).map_err(Failure::usage)
}

/// What is played and recorded; files are looked at before anything is sent.
pub(crate) fn sound(played: &Played, echo: bool) -> Result<Sound, Failure> {
    let source = match played.play.as_deref() {
        _ if echo => Source::Echo,
        None | Some("silence") => Source::Silence,
        Some("milliwatt") => Source::Milliwatt,
        Some("tone") => Source::Tone(440.0),
        Some(device::NAME) => Source::Port,
        Some(file) => Source::File(playable(file)?),
    };
    if let Some(record) = &played.record {
        output::writable(record)?;
    }
    Ok(Sound { source, record: played.record.clone(), listen: Vec::new() })
}

fn playable(file: &str) -> Result<PathBuf, Failure> {
    milliwatt_engine::ports::playable(Path::new(file)).map_err(Failure::usage)?;
    Ok(PathBuf::from(file))
}
