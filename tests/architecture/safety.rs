//! Nothing unsafe, no panic on what the wire brings, and no parser without a fuzz target.

use std::{fs, path::Path};

use super::sources::{is_core, metadata, product_code, rust_files, words};

/// The crates with unsafe code, and why it is theirs.
const UNSAFE: [(&str, &str); 1] =
    [("milliwatt-trim", "no library offers the calls that give memory back to the system")];

/// The crates that read what the wire brings.
const ON_THE_WIRE: [&str; 3] = ["milliwatt-media", "milliwatt-sip", "milliwatt-test-trunk"];

/// No crate of the workspace has unsafe code but those named above, and none panics on what the wire
/// brings.
#[test]
fn every_crate_carries_its_fences() {
    for package in metadata().workspace_packages() {
        let name = package.name.as_str();
        let excepted = UNSAFE.iter().find(|(krate, _)| *krate == name);
        // Of other packages, tests may count allocations, which takes an allocator of their own.
        let end_to_end = name == "milliwatt-tests";
        let mut roots = package
            .targets
            .iter()
            .filter(|target| target.is_lib() || target.is_bin() || end_to_end && target.is_test())
            .map(|target| &target.src_path)
            .peekable();
        assert!(roots.peek().is_some(), "{name} has no root to look at");
        for root in roots {
            let text = fs::read_to_string(root).unwrap();
            let forbids = text.lines().any(|line| line == "#![forbid(unsafe_code)]");
            match excepted {
                Some((_, why)) => assert!(!forbids, "{name} is no exception any more: {why}"),
                None => assert!(forbids, "{root} does not forbid unsafe code"),
            }
            if ON_THE_WIRE.contains(&name) {
                let denied = text.split_once("deny(").and_then(|(_, rest)| rest.split_once(')'));
                let denied = words(denied.map_or("", |(list, _)| list));
                for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing"] {
                    assert!(denied.contains(lint), "{root} does not deny {lint}");
                }
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
