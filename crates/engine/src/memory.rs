//! What the memory of the process may leave behind.

use std::io;

/// Lets no crash write the memory of this process, passwords and talk in it, to a disk. On Windows
/// a process has no such switch: error reports with memory are the user's own choice there.
///
/// # Errors
/// When the system does not let the limit be lowered.
pub fn forbid_core_dumps() -> io::Result<()> {
    #[cfg(unix)]
    {
        use nix::sys::resource::{Resource, setrlimit};
        setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    }
    Ok(())
}
