//! Passwords in a file under a passphrase: what a desktop without a keyring offers instead.
//!
//! The file is an armoured age file (age-encryption.org/v1, scrypt and ChaCha20-Poly1305), so that
//! its owner can read it with other programs too. Inside is one JSON object: password by name.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
};

use age::{Decryptor, scrypt, secrecy::SecretString};
use zeroize::Zeroizing;

use super::{Secret, SecretError};
use crate::atomic;

/// The fewest characters of a passphrase.
const LEAST: usize = 8;

/// More of a file is not read.
const MOST_BYTES: u64 = 1 << 20;

/// The most work that a file may ask for before its passphrase is known to be wrong, as a power of
/// two of scrypt's N: 16 s at the most where one second is usual.
const MOST_WORK: u8 = 22;

/// An open file of passwords.
pub struct Vault {
    path: PathBuf,
    passphrase: Secret,
    kept: BTreeMap<String, Secret>,
    /// How much work a guess shall cost; `None`: a second on this computer.
    work: Option<u8>,
}

impl Vault {
    /// True where a file of passwords is kept.
    pub fn is_at(path: &Path) -> bool {
        path.is_file()
    }

    /// A new file without a password in it. Takes a second, which is what makes guessing slow.
    ///
    /// # Errors
    /// [`SecretError::WeakPassphrase`], or [`SecretError::Vault`] where there is a file already or
    /// none can be written.
    pub fn create(path: &Path, passphrase: Secret) -> Result<Self, SecretError> {
        Self::create_with(path, passphrase, None)
    }

    fn create_with(path: &Path, passphrase: Secret, work: Option<u8>) -> Result<Self, SecretError> {
        if passphrase.expose().chars().count() < LEAST {
            return Err(SecretError::WeakPassphrase { least: LEAST });
        }
        let vault = Self { path: path.to_owned(), passphrase, kept: BTreeMap::new(), work };
        if path.exists() {
            return Err(vault.trouble("there is one already: open it, or move it away"));
        }
        vault.save()?;
        Ok(vault)
    }

    /// Opens what [`Vault::create`] made. Takes a second.
    ///
    /// # Errors
    /// [`SecretError::WrongPassphrase`], or [`SecretError::Vault`] where the file cannot be read.
    pub fn open(path: &Path, passphrase: Secret) -> Result<Self, SecretError> {
        let mut vault =
            Self { path: path.to_owned(), passphrase, kept: BTreeMap::new(), work: None };
        let size = fs::metadata(path).map_err(|why| vault.trouble(why))?.len();
        if size > MOST_BYTES {
            return Err(vault.trouble("it is too large to be one of ours"));
        }
        let closed = fs::read(path).map_err(|why| vault.trouble(why))?;
        let opened = vault.decrypt(&closed)?;
        let kept: BTreeMap<String, String> =
            serde_json::from_slice(&opened).map_err(|_| vault.trouble("it holds no passwords"))?;
        vault.kept = kept.into_iter().map(|(name, text)| (name, Secret::new(text))).collect();
        Ok(vault)
    }

    /// The password of that name.
    pub fn read(&self, name: &str) -> Option<Secret> {
        self.kept.get(name).cloned()
    }

    /// Keeps a password under a name, in place of what was there. What cannot be written is not
    /// kept. Takes a second.
    ///
    /// # Errors
    /// [`SecretError::Vault`].
    pub fn write(&mut self, name: &str, secret: Secret) -> Result<(), SecretError> {
        let before = self.kept.insert(name.to_owned(), secret);
        self.save().inspect_err(|_| match before {
            Some(before) => drop(self.kept.insert(name.to_owned(), before)),
            None => drop(self.kept.remove(name)),
        })
    }

    /// Takes the password of that name away; one that is not there is no error.
    ///
    /// # Errors
    /// [`SecretError::Vault`]; it is kept then.
    pub fn forget(&mut self, name: &str) -> Result<(), SecretError> {
        let Some(before) = self.kept.remove(name) else { return Ok(()) };
        self.save().inspect_err(|_| drop(self.kept.insert(name.to_owned(), before)))
    }

    fn save(&self) -> Result<(), SecretError> {
        let kept: BTreeMap<&str, &str> =
            self.kept.iter().map(|(name, secret)| (name.as_str(), secret.expose())).collect();
        let open = serde_json::to_vec(&kept).map(Zeroizing::new).map_err(|e| self.trouble(e))?;
        let mut recipient = scrypt::Recipient::new(self.word());
        if let Some(work) = self.work {
            recipient.set_work_factor(work);
        }
        let closed = age::encrypt_and_armor(&recipient, &open).map_err(|e| self.trouble(e))?;
        atomic::replace(&self.path, &closed).map_err(|e| self.trouble(e))
    }

    fn decrypt(&self, closed: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let mut identity = scrypt::Identity::new(self.word());
        identity.set_max_work_factor(MOST_WORK);
        let armoured = age::armor::ArmoredReader::new(closed);
        let decryptor = Decryptor::new(armoured).map_err(|e| self.trouble(e))?;
        let one: [&dyn age::Identity; 1] = [&identity];
        let mut reader = decryptor.decrypt(one.into_iter()).map_err(|why| {
            let wrong = matches!(
                why,
                age::DecryptError::DecryptionFailed
                    | age::DecryptError::KeyDecryptionFailed
                    | age::DecryptError::NoMatchingKeys
            );
            match wrong {
                true => SecretError::WrongPassphrase { path: self.path.clone() },
                false => self.trouble(why),
            }
        })?;
        let mut open = Zeroizing::new(Vec::new());
        io::Read::read_to_end(&mut reader, &mut open).map_err(|e| self.trouble(e))?;
        Ok(open)
    }

    fn word(&self) -> SecretString {
        SecretString::from(self.passphrase.expose().to_owned())
    }

    fn trouble(&self, why: impl std::fmt::Display) -> SecretError {
        SecretError::Vault { path: self.path.clone(), why: why.to_string() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret {
        Secret::new(text.to_owned())
    }

    fn fast(path: &Path) -> Vault {
        Vault::create_with(path, secret("correct horse"), Some(4)).ok().unwrap()
    }

    #[test]
    fn what_is_kept_is_read_again_and_nothing_stands_in_clear() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords.age");
        let mut vault = fast(&path);
        vault.write("office", secret("hunter2")).unwrap();
        vault.write("home", secret("other")).unwrap();
        vault.forget("home").unwrap();
        let closed = fs::read_to_string(&path).unwrap();
        assert!(closed.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"), "{closed}");
        for word in ["hunter2", "office", "correct"] {
            assert!(!closed.contains(word), "{closed}");
        }
        let again = Vault::open(&path, secret("correct horse")).ok().unwrap();
        assert_eq!(again.read("office").unwrap().expose(), "hunter2");
        assert!(again.read("home").is_none());
    }

    #[cfg(unix)]
    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords.age");
        fast(&path).write("office", secret("hunter2")).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_passphrase_does_not_open_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords.age");
        fast(&path);
        let refused = Vault::open(&path, secret("correct house")).err().unwrap();
        assert!(matches!(refused, SecretError::WrongPassphrase { .. }), "{refused}");
    }

    #[test]
    fn a_short_passphrase_and_a_file_that_is_there_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords.age");
        let refused = Vault::create(&path, secret("short")).err().unwrap();
        assert!(matches!(refused, SecretError::WeakPassphrase { least: 8 }), "{refused}");
        fs::write(&path, "something else").unwrap();
        let refused = Vault::create(&path, secret("long enough")).err().unwrap();
        assert!(refused.to_string().contains("already"), "{refused}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "something else");
    }

    #[test]
    fn a_damaged_file_says_so_and_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("passwords.age");
        fast(&path);
        let whole = fs::read_to_string(&path).unwrap();
        for damaged in ["", "nonsense", &whole[..whole.len() / 2]] {
            fs::write(&path, damaged).unwrap();
            let refused = Vault::open(&path, secret("correct horse")).err().unwrap();
            assert!(matches!(refused, SecretError::Vault { .. }), "{refused}");
            assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
        }
    }

    #[test]
    fn what_cannot_be_written_is_not_kept() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let mut vault = fast(&inner.join("passwords.age"));
        fs::remove_dir_all(&inner).unwrap();
        assert!(vault.write("office", secret("hunter2")).is_err());
        assert!(vault.read("office").is_none());
    }
}
