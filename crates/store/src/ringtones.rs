//! Sounds to ring with that the user has added: files of a folder of the phone's own.

use std::io;
use std::path::Path;

use crate::{atomic, private};

/// Keeps a sound in a file (0600) of a folder (0700), whole or not at all. One of the same name is
/// replaced.
///
/// # Errors
/// What the system says.
pub fn keep(folder: &Path, name: &str, sound: &[u8]) -> io::Result<()> {
    private::create_folder(folder)?;
    atomic::replace(&folder.join(name), sound)
}
