//! Environment, file and file descriptor.

use std::env;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroizing;

use super::{Secret, SecretError};
use crate::private;

/// The longest secret, bytes. Longer ones are refused, so that a wrong file is not swallowed.
pub(super) const MOST_BYTES: usize = 4096;

/// Reads an environment variable.
///
/// # Errors
/// [`SecretError::NotSet`], [`Empty`](SecretError::Empty) or [`NotText`](SecretError::NotText).
pub fn from_environment(name: &str) -> Result<Secret, SecretError> {
    let from = || format!("the environment variable {name}");
    match env::var(name) {
        Ok(text) => check(Zeroizing::new(text.into_bytes()), from),
        Err(env::VarError::NotPresent) => Err(SecretError::NotSet { name: name.into() }),
        Err(env::VarError::NotUnicode(_)) => Err(SecretError::NotText { from: from() }),
    }
}

/// Reads a file of one line. On Unix it must be a regular file of which group and others have no
/// rights at all; on Windows its access list is the user's business.
///
/// # Errors
/// [`SecretError::File`], [`FileIsOpen`](SecretError::FileIsOpen),
/// [`Empty`](SecretError::Empty) or [`NotText`](SecretError::NotText).
pub fn from_file(path: &Path) -> Result<Secret, SecretError> {
    let failed = |why| SecretError::File { path: path.into(), why };
    let file = File::open(path).map_err(failed)?;
    // Asked of the open file, so that it cannot be exchanged between the question and the reading.
    let metadata = file.metadata().map_err(failed)?;
    if !metadata.is_file() {
        return Err(failed(io::Error::other("not a regular file")));
    }
    if private::others_may(&metadata).is_some_and(|bits| bits != 0) {
        return Err(SecretError::FileIsOpen { path: path.into() });
    }
    let bytes = read(file).map_err(failed)?;
    check(bytes, || format!("the file {}", path.display()))
}

/// Reads a file descriptor to its end, such as 3 of `3< <(pass show trunk)`.
///
/// It is opened a second time under its name in `/dev/fd`, which sockets do not allow.
///
/// # Errors
/// [`SecretError::Descriptor`], [`Empty`](SecretError::Empty) or
/// [`NotText`](SecretError::NotText).
pub fn from_descriptor(descriptor: u32) -> Result<Secret, SecretError> {
    let bytes = open_descriptor(descriptor)
        .and_then(read)
        .map_err(|why| SecretError::Descriptor { descriptor, why })?;
    check(bytes, || format!("file descriptor {descriptor}"))
}

fn open_descriptor(descriptor: u32) -> io::Result<Box<dyn Read>> {
    if descriptor == 0 {
        return Ok(Box::new(io::stdin()));
    }
    if cfg!(unix) {
        Ok(Box::new(File::open(format!("/dev/fd/{descriptor}"))?))
    } else {
        Err(io::Error::new(
            io::ErrorKind::Unsupported,
            "this system has descriptor 0 only; use --password-file or MILLIWATT_PASSWORD",
        ))
    }
}

fn read(from: impl Read) -> io::Result<Zeroizing<Vec<u8>>> {
    // Room for everything at once: a buffer that grows would leave copies behind.
    let most = MOST_BYTES + 2;
    let mut bytes = Zeroizing::new(Vec::with_capacity(most + 1));
    from.take(most as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Takes one line end away and refuses what can be no password.
fn check(bytes: Zeroizing<Vec<u8>>, from: impl Fn() -> String) -> Result<Secret, SecretError> {
    let line = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    if line.is_empty() {
        return Err(SecretError::Empty { from: from() });
    }
    match std::str::from_utf8(line) {
        Ok(text) if text.len() <= MOST_BYTES && !text.contains(char::is_control) => {
            Ok(Secret::new(text.to_owned()))
        }
        _ => Err(SecretError::NotText { from: from() }),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn private_file(text: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("secret");
        io::Write::write_all(&mut private::create_new(&path).unwrap(), text).unwrap();
        (here, path)
    }

    #[test]
    fn a_private_file_gives_its_line() {
        for text in ["pass word\n", "pass word\r\n", "pass word"] {
            let (_here, path) = private_file(text.as_bytes());
            assert_eq!(from_file(&path).ok().unwrap().expose(), "pass word");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_can_read_is_refused_with_the_remedy() {
        use std::os::unix::fs::PermissionsExt;
        for mode in [0o604, 0o640, 0o620, 0o601] {
            let (_here, path) = private_file(b"canary");
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let sentence = from_file(&path).err().unwrap().to_string();
            assert!(sentence.contains("chmod 600"), "{sentence}");
            assert!(!sentence.contains("canary"));
        }
    }

    #[test]
    fn no_error_tells_the_content() {
        let long = vec![b'c'; MOST_BYTES + 1];
        let bad: [&[u8]; 4] = [b"canary\ncanary", b"can\0ary", b"canary\xff", &long];
        for text in bad {
            let (_here, path) = private_file(text);
            let error = from_file(&path).err().unwrap();
            assert!(matches!(error, SecretError::NotText { .. }));
            assert!(!format!("{error} {error:?}").contains("canary"));
        }
        let (_here, path) = private_file(b"\n");
        assert!(matches!(from_file(&path), Err(SecretError::Empty { .. })));
    }

    #[test]
    fn a_secret_of_the_longest_length_is_taken() {
        let (_here, path) = private_file(&[vec![b'c'; MOST_BYTES], b"\r\n".to_vec()].concat());
        assert_eq!(from_file(&path).ok().unwrap().expose().len(), MOST_BYTES);
    }

    #[test]
    fn a_folder_and_a_missing_file_are_no_secret() {
        let here = tempfile::tempdir().unwrap();
        assert!(from_file(here.path()).is_err());
        assert!(from_file(&here.path().join("none")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_is_read_to_its_end() {
        use std::io::Write;
        use std::os::fd::AsRawFd;
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"from a pipe\n").unwrap();
        drop(writer);
        let secret = from_descriptor(reader.as_raw_fd().unsigned_abs());
        assert_eq!(secret.ok().unwrap().expose(), "from a pipe");
    }

    #[cfg(unix)]
    #[test]
    fn a_descriptor_that_is_not_open_is_refused() {
        let error = from_descriptor(1_000_000).err().unwrap();
        assert!(matches!(error, SecretError::Descriptor { .. }));
    }

    #[test]
    fn a_variable_that_is_not_set_is_told_with_the_other_ways() {
        let error = from_environment("MILLIWATT_TEST_NOT_SET").err().unwrap();
        assert!(error.to_string().contains("--password-fd"));
    }
}
