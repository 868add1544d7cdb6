//! Passwords: where the settings say they are, given for as long as the program runs, or in a file
//! under a passphrase that stands in for a keyring that is not there.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
    time::Duration,
};

use milliwatt_store::{
    secret::{Keyring, Referenced, Secret, SecretError, SecretStore, Vault},
    settings::{SecretRef, TrunkAccount},
};

use tokio::sync::mpsc::UnboundedSender;

use crate::api::Place;

/// Long enough to unlock a keyring that asks for its own password.
const PATIENCE: Duration = Duration::from_secs(60);

/// A keyring that is open has answered by then.
const AT_ONCE: Duration = Duration::from_secs(2);

/// Passwords by name of trunk, over what accounts refer to.
pub(crate) struct Passwords {
    given: RwLock<HashMap<String, Secret>>,
    vault: RwLock<Option<Vault>>,
    file: PathBuf,
    /// Hears of each trunk that waits for the keyring's user.
    waiting: Option<UnboundedSender<String>>,
}

impl SecretStore for Passwords {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        match (self.at_hand(account), &account.password) {
            (Some(secret), _) => Ok(Some(secret)),
            // Nothing is locked while a keyring waits for its user.
            (None, Some(SecretRef::Keyring(name))) => self.in_keyring(account, name).map(Some),
            (None, _) => Referenced.password(account),
        }
    }
}

impl Passwords {
    /// Nothing is known yet; a file of passwords would be this one.
    pub(crate) fn beside(file: PathBuf) -> Self {
        Self { given: RwLock::default(), vault: RwLock::default(), file, waiting: None }
    }

    /// Tells the names of trunks whose passwords the keyring does not give at once.
    pub(crate) fn telling(self, waiting: UnboundedSender<String>) -> Self {
        Self { waiting: Some(waiting), ..self }
    }

    /// Waits until the keyring's user has unlocked it, or the password came another way.
    fn in_keyring(&self, account: &TrunkAccount, name: &str) -> Result<Secret, SecretError> {
        let asked = Keyring::begin_read(name)?;
        if let Some(answer) = asked.within(AT_ONCE) {
            return answer;
        }
        if let Some(waiting) = &self.waiting {
            // Nobody is left to be told at the end.
            drop(waiting.send(account.name.clone()));
        }
        loop {
            if let Some(secret) = self.at_hand(account) {
                return Ok(secret);
            }
            if let Some(answer) = asked.within(AT_ONCE) {
                return answer;
            }
        }
    }

    /// Where passwords are kept on this computer, and why not in a keyring. `asked`: the user wants
    /// to be asked at each start. May wait for the keyring.
    pub(crate) fn place(&self, asked: bool) -> (Place, Option<String>) {
        let open = self.vault.read().unwrap_or_else(PoisonError::into_inner).is_some();
        if open || Vault::is_at(&self.file) {
            return (if open { Place::Open } else { Place::Closed }, None);
        }
        let why = match Keyring::with_patience(Duration::from_secs(5)).check() {
            // One that waits for its user is there.
            Ok(()) | Err(SecretError::Slow { .. }) => return (Place::Keyring, None),
            Err(SecretError::NoKeyring { why }) => why,
            Err(other) => other.to_string(),
        };
        (if asked { Place::Asked } else { Place::Undecided }, Some(why))
    }

    /// Opens the file of passwords, or makes one, and keeps in it what was given meanwhile.
    /// Takes a second or two.
    ///
    /// # Errors
    /// A sentence.
    pub(crate) fn open(&self, passphrase: Secret) -> Result<(), String> {
        let told = |why: SecretError| why.to_string();
        let make: fn(&Path, Secret) -> Result<Vault, SecretError> =
            if Vault::is_at(&self.file) { Vault::open } else { Vault::create };
        let mut vault = make(&self.file, passphrase).map_err(told)?;
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        given
            .iter()
            .filter(|(name, _)| *name != crate::embedded::NAME)
            .try_for_each(|(name, secret)| vault.write(name, secret.clone()).map_err(told))?;
        drop(given);
        *self.vault.write().unwrap_or_else(PoisonError::into_inner) = Some(vault);
        Ok(())
    }

    /// True where a trunk's password would have to be asked for.
    pub(crate) fn lacks(&self, account: &TrunkAccount) -> bool {
        matches!(account.password, Some(SecretRef::Keyring(_))) && self.at_hand(account).is_none()
    }

    fn at_hand(&self, account: &TrunkAccount) -> Option<Secret> {
        let given = self.given.read().unwrap_or_else(PoisonError::into_inner);
        given.get(&account.name).cloned().or_else(|| {
            let vault = self.vault.read().unwrap_or_else(PoisonError::into_inner);
            let Some(SecretRef::Keyring(name)) = &account.password else { return None };
            vault.as_ref()?.read(name)
        })
    }

    /// Holds a password until the program ends.
    pub(crate) fn give(&self, trunk: &str, secret: Secret) {
        let mut given = self.given.write().unwrap_or_else(PoisonError::into_inner);
        given.insert(trunk.to_owned(), secret);
    }

    /// Keeps a password in the open file or the keyring; where there is neither, until the program
    /// ends and never in clear. Answers where the settings shall say that it is, and why it is not
    /// there where it could be. May wait for the keyring's user.
    pub(crate) fn keep(&self, trunk: &str, secret: Secret) -> (SecretRef, Option<String>) {
        let refused = match self.write(trunk, &secret) {
            Ok(()) => {
                self.forget_given(trunk);
                None
            }
            Err(why) => {
                tracing::warn!("a password is kept until the program ends: {why}");
                self.give(trunk, secret);
                // Who has no keyring has chosen between a file and being asked.
                (!matches!(why, SecretError::NoKeyring { .. })).then(|| why.to_string())
            }
        };
        (SecretRef::Keyring(trunk.to_owned()), refused)
    }

    fn write(&self, trunk: &str, secret: &Secret) -> Result<(), SecretError> {
        let mut vault = self.vault.write().unwrap_or_else(PoisonError::into_inner);
        match vault.as_mut() {
            Some(vault) => vault.write(trunk, secret.clone()),
            None => {
                drop(vault);
                Keyring::with_patience(PATIENCE).write(trunk, secret)
            }
        }
    }

    /// Forgets a trunk's password everywhere. May wait for the keyring's user.
    pub(crate) fn forget(&self, trunk: &str) {
        self.forget_given(trunk);
        let mut vault = self.vault.write().unwrap_or_else(PoisonError::into_inner);
        let forgotten = match vault.as_mut() {
            Some(vault) => vault.forget(trunk),
            None => {
                drop(vault);
                Keyring::with_patience(PATIENCE).forget(trunk)
            }
        };
        if let Err(why) = forgotten {
            tracing::warn!("a password may still be kept: {why}");
        }
    }

    fn forget_given(&self, trunk: &str) {
        self.given.write().unwrap_or_else(PoisonError::into_inner).remove(trunk);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(name: &str) -> TrunkAccount {
        TrunkAccount {
            name: name.into(),
            password: Some(SecretRef::Keyring(name.into())),
            ..TrunkAccount::default()
        }
    }

    fn secret(text: &str) -> Secret {
        Secret::new(text.into())
    }

    #[test]
    fn what_was_given_moves_into_the_file_and_is_there_at_the_next_start() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords.age");
        let first = Passwords::beside(file.clone());
        first.give("office", secret("hunter2"));
        first.open(secret("correct horse")).unwrap();
        assert_eq!(first.place(false).0, Place::Open);
        first.keep("home", secret("other"));
        let second = Passwords::beside(file);
        assert_eq!(second.place(false).0, Place::Closed);
        assert!(second.lacks(&account("office")));
        assert!(second.open(secret("wrong horse")).unwrap_err().contains("try again"));
        second.open(secret("correct horse")).unwrap();
        for (name, text) in [("office", "hunter2"), ("home", "other")] {
            assert!(!second.lacks(&account(name)));
            let found = second.password(&account(name)).unwrap().unwrap();
            assert_eq!(found.expose(), text);
        }
        second.forget("office");
        assert!(second.lacks(&account("office")));
    }

    #[test]
    fn what_is_given_while_the_file_is_closed_moves_into_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("passwords.age");
        let first = Passwords::beside(file.clone());
        first.open(secret("correct horse")).unwrap();
        first.keep("office", secret("old"));
        let second = Passwords::beside(file.clone());
        second.give("office", secret("new"));
        second.give("home", secret("other"));
        second.open(secret("correct horse")).unwrap();
        let third = Passwords::beside(file);
        third.open(secret("correct horse")).unwrap();
        for (name, text) in [("office", "new"), ("home", "other")] {
            let found = third.password(&account(name)).unwrap().unwrap();
            assert_eq!(found.expose(), text);
        }
    }

    #[test]
    fn a_password_in_the_environment_is_none_that_is_asked_for() {
        let passwords = Passwords::beside("/nonexistent/passwords.age".into());
        let own = SecretRef::Env("OFFICE".into());
        assert!(!passwords.lacks(&TrunkAccount { password: Some(own), ..account("office") }));
        assert!(!passwords.lacks(&TrunkAccount { password: None, ..account("office") }));
    }
}
