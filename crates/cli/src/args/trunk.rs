//! TRUNK: a name from the settings, a TOML file, or an address with what completes it.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Which trunk, and what changes of it for this run.
#[derive(Clone, Debug, Args)]
pub(crate) struct TrunkArg {
    /// A name from the settings, a path to a TOML file, or an address such as
    /// `sip:alice@10.0.0.5:5060;transport=tcp`
    #[arg(value_name = "TRUNK")]
    pub(crate) trunk: String,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) secrets: Secrets,
}

/// What completes an address, or replaces a setting.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Trunk")]
pub(crate) struct Overrides {
    /// User part of our address
    #[arg(long)]
    pub(crate) user: Option<String>,
    /// User name for the password
    #[arg(long)]
    pub(crate) auth_user: Option<String>,
    /// Registrar, `host` or `host:port`
    #[arg(long, value_name = "HOST")]
    pub(crate) registrar: Option<String>,
    /// Outbound proxy, `host` or `host:port`
    #[arg(long, value_name = "HOST")]
    pub(crate) proxy: Option<String>,
    /// Our number; more than once for more
    #[arg(long, value_name = "NUMBER")]
    pub(crate) did: Vec<String>,
    /// udp, tcp or tls
    #[arg(long, value_parser = ["udp", "tcp", "tls"])]
    pub(crate) transport: Option<String>,
    /// Do not register: the trunk knows us by address
    #[arg(long)]
    pub(crate) no_register: bool,
    /// Local address and port
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) bind: Option<String>,
    /// Address to show to the trunk instead of this computer's own
    #[arg(long, value_name = "ADDR")]
    pub(crate) public_address: Option<String>,
    /// Certificate authority of the trunk, PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
}

/// Where the password is; it never stands in an argument.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Password (or MILLIWATT_PASSWORD, or the keyring)")]
pub(crate) struct Secrets {
    /// File that only you can read
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Option<PathBuf>,
    /// Open file descriptor
    #[arg(long, value_name = "N", conflicts_with = "password_file")]
    pub(crate) password_fd: Option<u32>,
}

/// Trunks in the settings.
#[derive(Debug, Subcommand)]
pub(crate) enum TrunkVerb {
    /// Add a trunk, or replace one with --replace
    Add(Box<TrunkAdd>),
    /// List all trunks
    List {
        /// As one JSON object
        #[arg(long, value_name = "FILE")]
        json: Option<String>,
    },
    /// Show one trunk as TOML, profile and overlay merged in
    Show {
        /// Its name
        name: String,
    },
    /// Remove a trunk; its history stays
    Remove {
        /// Its name
        name: String,
    },
}

/// `trunk add`.
#[derive(Debug, Args)]
pub(crate) struct TrunkAdd {
    /// Its name
    pub(crate) name: String,
    /// An address such as `sip:alice@sip.example.net;transport=tls`, or a TOML file
    pub(crate) trunk: String,
    #[command(flatten)]
    pub(crate) overrides: Overrides,
    #[command(flatten)]
    pub(crate) secrets: Secrets,
    /// Provider profile that facts come from
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Put the password given by --password-file, --password-fd or MILLIWATT_PASSWORD into the keyring
    #[arg(long)]
    pub(crate) keyring: bool,
    /// Replace a trunk of that name
    #[arg(long)]
    pub(crate) replace: bool,
}
