//! Secrets: where a password is found, and a type that does not let it slip.
//!
//! A password never stands in a settings file or an argument. It comes from an environment
//! variable, a file that only its owner can read, a file descriptor or the system's keyring.

mod given;
mod keyring;
mod source;
#[cfg(feature = "vault")]
mod vault;

use std::path::PathBuf;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::settings::TrunkAccount;

pub use self::given::Given;
pub use self::keyring::{Asked, Keyring};
pub use self::source::{from_descriptor, from_environment, from_file};
#[cfg(feature = "vault")]
pub use self::vault::Vault;

/// A password. It has no `Debug`, `Display` or `Serialize`, so that it cannot be printed by
/// accident, and its memory is wiped when it is dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the text over without a copy.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text itself. Whoever asks for it answers for where it goes.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

/// Where passwords come from: the seam between the phone and the system's keyring.
pub trait SecretStore: Send + Sync {
    /// The password of an account; `None` when the account needs none.
    ///
    /// May block for as long as a keyring takes to be unlocked by its user.
    ///
    /// # Errors
    /// [`SecretError`], a sentence that says what to do about it.
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError>;
}

impl<S: SecretStore + ?Sized> SecretStore for Arc<S> {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        (**self).password(account)
    }
}

/// Follows the account's own reference: environment, file or keyring.
#[derive(Clone, Copy, Debug, Default)]
pub struct Referenced;

impl SecretStore for Referenced {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        use crate::settings::SecretRef;
        account
            .password
            .as_ref()
            .map(|at| match at {
                SecretRef::Env(name) => from_environment(name),
                SecretRef::File(path) => from_file(path.as_ref()),
                SecretRef::Keyring(name) => Keyring::default().read(name),
            })
            .transpose()
    }
}

/// Why a secret cannot be had. No variant holds any part of a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SecretError {
    /// The file descriptor cannot be read.
    #[error("cannot read the password from file descriptor {descriptor}: {why}")]
    Descriptor {
        /// Its number.
        descriptor: u32,
        /// What the system says.
        why: std::io::Error,
    },
    /// There is nothing in it.
    #[error("the password from {from} is empty")]
    Empty {
        /// Where it was looked for.
        from: String,
    },
    /// The file cannot be read.
    #[error("cannot read the password file {}: {why}", path.display())]
    File {
        /// Its path.
        path: PathBuf,
        /// What the system says.
        why: std::io::Error,
    },
    /// Others than the owner can read or change the file.
    #[error("the password file {0} can be read or changed by others: run chmod 600 {0}", path.display())]
    FileIsOpen {
        /// Its path.
        path: PathBuf,
    },
    /// The keyring has no entry of that name.
    #[error(
        "the keyring has no password named \"{name}\": run milliwatt trunk add to store it, or use MILLIWATT_PASSWORD, --password-file or --password-fd"
    )]
    NoEntry {
        /// Name of the entry.
        name: String,
    },
    /// This system has no keyring that keeps secrets.
    #[error(
        "no keyring to keep secrets in ({why}): start one (on Linux gnome-keyring or KeePassXC in the session), or use MILLIWATT_PASSWORD, --password-file or --password-fd"
    )]
    NoKeyring {
        /// What is wrong with it.
        why: String,
    },
    /// The passphrase is not the one that the file of passwords was closed with.
    #[error("the passphrase does not open {}: try again", path.display())]
    WrongPassphrase {
        /// Where the file is.
        path: PathBuf,
    },
    /// The passphrase would be guessed.
    #[error("the passphrase needs at least {least} characters")]
    WeakPassphrase {
        /// The fewest.
        least: usize,
    },
    /// The file of passwords cannot be read or written.
    #[error("the file of passwords {}: {why}", path.display())]
    Vault {
        /// Where it is.
        path: PathBuf,
        /// What is wrong.
        why: String,
    },
    /// It is not UTF-8, has control characters or is over the limit.
    #[error(
        "the password from {from} is no text of at most {} bytes on one line",
        source::MOST_BYTES
    )]
    NotText {
        /// Where it was looked for.
        from: String,
    },
    /// The variable is not set.
    #[error(
        "the environment variable {name} holds no password: set it, or use --password-file or --password-fd"
    )]
    NotSet {
        /// Its name.
        name: String,
    },
    /// The keyring did not answer in time.
    #[error(
        "the keyring did not answer within {seconds} s: unlock it and try again, or use MILLIWATT_PASSWORD, --password-file or --password-fd"
    )]
    Slow {
        /// How long it was waited for.
        seconds: u64,
    },
}
