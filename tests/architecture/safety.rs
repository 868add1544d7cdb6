//! Nothing unsafe, no panic on what the wire brings, and no parser without a fuzz target.

use std::{fs, path::Path};

use super::sources::{is_core, product_code, root, rust_files, words};

/// No unsafe code but in `trim`, and no panic on what the wire brings.
#[test]
fn every_crate_carries_its_fences() {
    for shell in ["src-tauri/lib.rs", "tests/main.rs"] {
        let text = fs::read_to_string(root().join(shell)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{shell} does not forbid unsafe code");
    }
    for krate in ["sip", "media", "audio", "store", "engine", "checks", "test-trunk", "cli"] {
        let main = root().join("crates").join(krate).join("src");
        let file = ["lib.rs", "main.rs"].map(|f| main.join(f)).into_iter().find(|f| f.exists());
        let text = fs::read_to_string(file.unwrap()).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{krate} does not forbid unsafe code");
        if ["sip", "media", "test-trunk"].contains(&krate) {
            for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing"] {
                assert!(text.contains(&format!("clippy::{lint}")), "{krate} allows {lint}");
            }
        }
    }
}

/// What the wire brings is read by nobody who was not fuzzed: each type that is parsed is named by
/// a fuzz target.
#[test]
fn every_parser_has_a_fuzz_target() {
    let targets: String =
        rust_files("fuzz/fuzz_targets").into_iter().map(|(_, text)| text).collect();
    let words = words(&targets);
    let mut parsed = 0;
    for (path, code) in product_code().into_iter().filter(|(path, _)| is_core(path)) {
        let mut of = "";
        for line in code.lines() {
            if let Some(head) = line.strip_prefix("impl ") {
                let name = head.strip_prefix("Header for ").unwrap_or(head);
                of = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            }
            // A free function is named with the folder that it lies in.
            if line.starts_with("pub fn read(") || line.starts_with("pub fn parse(") {
                let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
                of = folder.unwrap_or_default();
                parsed += 1;
                assert!(words.contains(of), "no fuzz target names {of} of {}", path.display());
            }
            let reads = line.starts_with("impl Header for ")
                || ["    pub fn parse(", "    pub fn parse_all("]
                    .iter()
                    .any(|f| line.starts_with(f));
            if reads {
                parsed += 1;
                assert!(words.contains(of), "no fuzz target names {of} of {}", path.display());
            }
        }
    }
    assert!(parsed > 20, "{parsed} parsers found");
}
