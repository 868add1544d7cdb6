//! The system's keyring: Keychain, Credential Manager or Secret Service.

use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use keyring::Entry;
use keyring_core::{CredentialStore, mock};

use super::{Secret, SecretError};

/// Under which our entries stand in the keyring.
const SERVICE: &str = "milliwatt";

/// Long enough to type the keyring's own password into the prompt that it may show.
const PATIENCE: Duration = Duration::from_secs(60);

/// The keyring that comes with the desktop. A system without one, or one whose store is a mock,
/// is an error: nothing is ever kept in clear instead.
#[derive(Clone, Copy, Debug)]
pub struct Keyring {
    patience: Duration,
}

impl Default for Keyring {
    fn default() -> Self {
        Self { patience: PATIENCE }
    }
}

impl Keyring {
    /// Waits for the keyring no longer than told.
    pub fn with_patience(patience: Duration) -> Self {
        Self { patience }
    }

    /// Whether there is a keyring that keeps secrets; the desktop asks when it starts.
    ///
    /// # Errors
    /// [`SecretError::NoKeyring`] or [`Slow`](SecretError::Slow).
    pub fn check(&self) -> Result<(), SecretError> {
        self.ask("check", |_| Ok(()))
    }

    /// Reads the entry of that name.
    ///
    /// # Errors
    /// [`SecretError::NoEntry`], [`NoKeyring`](SecretError::NoKeyring) or
    /// [`Slow`](SecretError::Slow).
    pub fn read(&self, name: &str) -> Result<Secret, SecretError> {
        self.ask(name, |entry| entry.get_password().map(Secret::new))
    }

    /// Asks for the entry of that name, for whoever waits longer than any patience.
    ///
    /// # Errors
    /// [`SecretError::NoKeyring`], when the system gives no thread.
    pub fn begin_read(name: &str) -> Result<Asked<Secret>, SecretError> {
        begin(name, |entry| entry.get_password().map(Secret::new))
    }

    /// Stores a secret under a name, in place of what was there.
    ///
    /// # Errors
    /// [`SecretError::NoKeyring`] or [`Slow`](SecretError::Slow).
    pub fn write(&self, name: &str, secret: &Secret) -> Result<(), SecretError> {
        let secret = secret.clone();
        self.ask(name, move |entry| entry.set_password(secret.expose()))
    }

    /// Takes the entry of that name away; one that is not there is no error.
    ///
    /// # Errors
    /// [`SecretError::NoKeyring`] or [`Slow`](SecretError::Slow).
    pub fn forget(&self, name: &str) -> Result<(), SecretError> {
        self.ask(name, |entry| match entry.delete_credential() {
            Err(keyring::Error::NoEntry) => Ok(()),
            other => other,
        })
    }

    fn ask<T: Send + 'static>(
        &self,
        name: &str,
        question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T, SecretError> {
        let slow = SecretError::Slow { seconds: self.patience.as_secs() };
        begin(name, question)?.within(self.patience).unwrap_or(Err(slow))
    }
}

/// A question that the keyring has been asked.
#[derive(Debug)]
pub struct Asked<T> {
    name: String,
    answer: mpsc::Receiver<keyring::Result<T>>,
}

impl<T> Asked<T> {
    /// Waits so long for the answer; `None` when it has not come. It comes once.
    pub fn within(&self, patience: Duration) -> Option<Result<T, SecretError>> {
        let name = self.name.clone();
        let answer = match self.answer.recv_timeout(patience) {
            Ok(answer) => answer,
            Err(RecvTimeoutError::Timeout) => return None,
            Err(RecvTimeoutError::Disconnected) => {
                return Some(Err(SecretError::NoKeyring { why: "it gave no answer".into() }));
            }
        };
        match answer {
            Ok(value) => Some(Ok(value)),
            Err(keyring::Error::NoEntry) => Some(Err(SecretError::NoEntry { name })),
            Err(keyring::Error::BadEncoding(_)) => {
                Some(Err(SecretError::NotText { from: format!("the keyring entry {name}") }))
            }
            Err(why) => Some(Err(SecretError::NoKeyring { why: why.to_string() })),
        }
    }
}

/// Asks on a thread of its own: the keyring may wait for its user, and its D-Bus client must not
/// block inside an async runtime.
fn begin<T: Send + 'static>(
    name: &str,
    question: impl FnOnce(&Entry) -> keyring::Result<T> + Send + 'static,
) -> Result<Asked<T>, SecretError> {
    let (tell, answer) = mpsc::sync_channel(1);
    let entry_name = name.to_owned();
    thread::Builder::new()
        .name("keyring".into())
        .spawn(move || {
            // Nobody listens any more when the answer came too late.
            let _ = tell.send(real_entry(&entry_name).and_then(|entry| question(&entry)));
        })
        .map_err(|why| SecretError::NoKeyring { why: why.to_string() })?;
    Ok(Asked { name: name.to_owned(), answer })
}

/// An entry of the system's own store. The default store can be exchanged by any code in the
/// process, so it is looked at for each entry.
fn real_entry(name: &str) -> keyring::Result<Entry> {
    if let Err(why) = Entry::store_status() {
        return Err(keyring::Error::NotSupportedByStore(why.to_string()));
    }
    keeps_secrets(keyring_core::get_default_store().as_deref())?;
    Entry::new(SERVICE, name)
}

fn keeps_secrets(store: Option<&CredentialStore>) -> keyring::Result<()> {
    let store = store.ok_or(keyring::Error::NoDefaultStore)?;
    if store.as_any().is::<mock::Store>() {
        let why = "the store is a mock and keeps nothing";
        return Err(keyring::Error::NotSupportedByStore(why.into()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mock_store_keeps_nothing_and_is_refused() {
        let store = mock::Store::new().unwrap();
        let refused = keeps_secrets(Some(&*store)).unwrap_err();
        assert!(refused.to_string().contains("mock"), "{refused}");
        assert!(matches!(keeps_secrets(None), Err(keyring::Error::NoDefaultStore)));
    }

    #[test]
    fn a_missing_keyring_is_an_error_with_a_remedy() {
        // A machine with a keyring has nothing to be told.
        if let Err(why) = Keyring::default().check() {
            let sentence = why.to_string();
            assert!(sentence.contains("--password-file"), "{sentence}");
        }
    }
}
