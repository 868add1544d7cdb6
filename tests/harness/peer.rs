//! The programs that nobody here wrote.

use std::path::PathBuf;

/// The path of a peer. A peer that is not installed is a reason to skip on a user's machine
/// (`None`, and the reason on stderr) and a failure in CI.
pub(crate) fn peer(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path)
        .chain(["/usr/sbin", "/sbin"].map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file());
    found.or_else(|| absent(name))
}

/// A Python that has the pjsua2 wheel.
pub(crate) fn peers_python() -> Option<PathBuf> {
    let cache = || Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache/milliwatt/peers"));
    std::env::var_os("MILLIWATT_PEERS_VENV")
        .map(PathBuf::from)
        .or_else(cache)
        .map(|venv| venv.join("bin/python"))
        .filter(|python| python.is_file())
        .or_else(|| absent("the pjsua2 wheel"))
}

fn absent(name: &str) -> Option<PathBuf> {
    skipped(&format!("{name} is not installed"))
}

/// Skips a test wherever it runs: this kernel lacks something that nobody can install.
pub(crate) fn skipped_here(why: &str) {
    eprintln!("skipped: {why}");
}

/// Skips a test on a user's machine, with the reason on stderr; in CI it fails.
pub(crate) fn skipped<T>(why: &str) -> Option<T> {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{why}");
    eprintln!("skipped: {why}");
    None
}
