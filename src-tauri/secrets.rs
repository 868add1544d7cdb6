//! Passwords: where the settings say they are, or given for as long as the program runs.

use std::{
    collections::HashMap,
    sync::{PoisonError, RwLock},
    time::Duration,
};

use milliwatt_store::{
    secret::{Keyring, Referenced, Secret, SecretError, SecretStore},
    settings::{SecretRef, TrunkAccount},
};

/// Long enough to unlock a keyring that asks for its own password.
const PATIENCE: Duration = Duration::from_secs(60);

/// Passwords by name of trunk, over what accounts refer to.
#[derive(Default)]
pub(crate) struct Passwords {
    given: RwLock<HashMap<String, Secret>>,
}

impl SecretStore for Passwords {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        match given.get(&account.name).cloned() {
            Some(secret) => Ok(Some(secret)),
            None => {
                // Not while a keyring waits for its user.
                drop(given);
                Referenced.password(account)
            }
        }
    }
}

impl Passwords {
    /// Holds a password until the program ends.
    pub(crate) fn give(&self, trunk: &str, secret: Secret) {
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        given.insert(trunk.to_owned(), secret);
    }

    /// Keeps a password in the keyring; where there is none, until the program ends and never in
    /// clear. Answers where the settings shall say that it is. May wait for the keyring's user.
    pub(crate) fn keep(&self, trunk: &str, secret: Secret) -> SecretRef {
        match Keyring::with_patience(PATIENCE).write(trunk, &secret) {
            Ok(()) => self.forget_given(trunk),
            Err(why) => {
                tracing::warn!("a password is kept until the program ends: {why}");
                self.give(trunk, secret);
            }
        }
        SecretRef::Keyring(trunk.to_owned())
    }

    /// Forgets a trunk's password everywhere. May wait for the keyring's user.
    pub(crate) fn forget(&self, trunk: &str) {
        self.forget_given(trunk);
        if let Err(why) = Keyring::with_patience(PATIENCE).forget(trunk) {
            tracing::warn!("a password may still be in the keyring: {why}");
        }
    }

    fn forget_given(&self, trunk: &str) {
        self.given.write().unwrap_or_else(PoisonError::into_inner).remove(trunk);
    }
}

/// What the user should know of this computer's keyring, if it cannot be used.
pub(crate) fn trouble() -> Option<String> {
    let why = match Keyring::with_patience(Duration::from_secs(5)).check() {
        Ok(()) => return None,
        Err(SecretError::NoKeyring { why }) => why,
        Err(other) => other.to_string(),
    };
    Some(format!(
        "This computer has no keyring to keep passwords in ({why}). Passwords are kept until the \
         program ends and are never written in clear."
    ))
}
