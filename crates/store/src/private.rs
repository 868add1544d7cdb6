//! Files and folders that only their owner can read.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a folder and its parents, those that are missing with mode 0700. An existing folder
/// keeps its mode: it may be one that the user named, such as a shared temporary folder.
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

/// Creates a file of mode 0600 that was not there before; follows no link in the last component
/// (`O_EXCL`).
pub(crate) fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Opens a file of our own, creating it when missing, and takes away what others may do with it.
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().write(true).truncate(false))
}

/// Opens a file as [`open_or_create`] does; what is written goes to its end, wherever that is then.
pub(crate) fn open_to_append(path: &Path) -> io::Result<File> {
    open(path, OpenOptions::new().append(true))
}

fn open(path: &Path, options: &mut OpenOptions) -> io::Result<File> {
    options.read(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    let file = options.open(path)?;
    restrict(&file)?;
    Ok(file)
}

/// Makes the names in a folder survive a power cut. Windows has no such call on folders.
pub(crate) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Permission bits that anyone but the owner has; `None` where the system has no such bits.
pub(crate) fn others_may(metadata: &fs::Metadata) -> Option<u32> {
    #[cfg(unix)]
    {
        Some(std::os::unix::fs::PermissionsExt::mode(&metadata.permissions()) & 0o077)
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        None
    }
}

fn restrict(file: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        let metadata = file.metadata()?;
        if others_may(&metadata).is_some_and(|bits| bits != 0) {
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
        }
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn files_and_folders_are_their_owners_alone() {
        let here = tempfile::tempdir().unwrap();
        let folder = here.path().join("a/b");
        create_folder(&folder).unwrap();
        assert_eq!(mode(&folder), 0o700);
        create_new(&folder.join("new")).unwrap();
        assert_eq!(mode(&folder.join("new")), 0o600);
    }

    #[test]
    fn an_existing_file_loses_what_others_may_do() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("old");
        fs::write(&path, "kept").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        open_or_create(&path).unwrap();
        assert_eq!(mode(&path), 0o600);
        assert_eq!(fs::read(&path).unwrap(), b"kept");
    }

    #[test]
    fn a_link_is_not_followed() {
        let here = tempfile::tempdir().unwrap();
        symlink(here.path().join("target"), here.path().join("link")).unwrap();
        let refused = create_new(&here.path().join("link")).unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
        assert!(!here.path().join("target").exists());
    }
}
