//! The one place that knows where the built binary is.

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// What the gate builds with.
pub(crate) const FEATURES: &str = include_str!("../../scripts/lib/features").trim_ascii();

/// Builds `milliwatt` once in a test run and returns its path.
pub(crate) fn milliwatt_binary() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(build)
}

fn build() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    // The selection and the features of the gate, `--examples` for those of the dev-dependencies: with
    // others, cargo would build half of everything a second time.
    let selection = ["--workspace", "--exclude", "milliwatt-desktop", "--features", FEATURES];
    let mut command = Command::new(cargo);
    // What cargo tells this test of its own package would have build scripts of others run again, and
    // with them everything that stands on them.
    for (name, _) in std::env::vars_os() {
        if ["CARGO_MANIFEST_", "CARGO_PKG_"]
            .iter()
            .any(|own| name.to_string_lossy().starts_with(own))
        {
            command.env_remove(name);
        }
    }
    let built = command
        .args(["build", "--locked", "--message-format=json", "--bins", "--examples"])
        .args(selection)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    String::from_utf8(built.stdout)
        .unwrap()
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .find_map(|artifact| {
            let ours = artifact["target"]["name"] == "milliwatt";
            artifact["executable"].as_str().filter(|_| ours).map(PathBuf::from)
        })
        .expect("cargo names the executable")
}
