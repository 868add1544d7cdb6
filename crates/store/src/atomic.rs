//! A file is replaced whole or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::private;

/// Puts `content` in the place of a file: written beside it, flushed to disk, then renamed. Whatever
/// fails or is killed on the way, the file is the old one or the new one, never a part of one.
/// A link is followed to the file that it names. A new file has mode 0600, an old one keeps its.
pub(crate) fn replace(path: &Path, content: impl AsRef<[u8]>) -> io::Result<()> {
    let path = &followed(path)?;
    let (folder, name) = match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) if folder != Path::new("") => (folder, name),
        (_, Some(name)) => (Path::new("."), name),
        _ => return Err(io::Error::new(io::ErrorKind::InvalidInput, "it names no file")),
    };
    let (mut file, beside) = create_beside(folder, &name.to_string_lossy())?;
    let renamed = (|| {
        if let Ok(metadata) = fs::metadata(path) {
            file.set_permissions(metadata.permissions())?;
        }
        file.write_all(content.as_ref())?;
        file.sync_all()?;
        drop(file);
        fs::rename(&beside, path)
    })();
    if renamed.is_err() {
        // The error that matters is the first one.
        let _ = fs::remove_file(&beside);
        return renamed;
    }
    private::sync_folder(folder)
}

/// A dot in front and another ending, so that nothing takes it for a trunk.
fn create_beside(folder: &Path, name: &str) -> io::Result<(fs::File, PathBuf)> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    loop {
        let counter = COUNTER.fetch_add(1, Ordering::Relaxed);
        let beside = folder.join(format!(".{name}.{}-{counter}.new", std::process::id()));
        match private::create_new(&beside) {
            // Left by a killed process that had our number.
            Err(why) if why.kind() == io::ErrorKind::AlreadyExists && counter < u32::MAX => {}
            other => return other.map(|file| (file, beside)),
        }
    }
}

fn followed(path: &Path) -> io::Result<PathBuf> {
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => fs::canonicalize(path),
        _ => Ok(path.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let names = fs::read_dir(folder).unwrap();
        names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn the_new_text_is_there_and_nothing_else() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("a.toml");
        replace(&path, "one").unwrap();
        replace(&path, "two").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "two");
        assert_eq!(names(here.path()), ["a.toml"]);
    }

    #[test]
    fn a_rename_that_fails_leaves_nothing_behind() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("folder");
        fs::create_dir(&path).unwrap();
        assert!(replace(&path, "text").is_err());
        assert_eq!(names(here.path()), ["folder"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_stays_a_link_and_modes_are_kept() {
        use std::os::unix::fs::PermissionsExt;
        let here = tempfile::tempdir().unwrap();
        let (real, link) = (here.path().join("real"), here.path().join("link"));
        replace(&real, "one").unwrap();
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
        fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        replace(&link, "two").unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(fs::read_to_string(&real).unwrap(), "two");
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
    }
}
