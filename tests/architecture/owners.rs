//! Who may name whom, of ours and of others.

use std::{collections::BTreeMap, path::Path};

use cargo_metadata::DependencyKind;

use super::sources::{is_test_file, metadata, product_code};

/// No import that the floor plan does not draw. Dev-dependencies are free.
#[test]
fn who_may_name_whom() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("audio", ["media"].as_slice()),
        ("checks", &["engine"]),
        ("cli", &["engine", "checks", "test-trunk", "store", "audio"]),
        ("desktop", &["engine", "checks", "test-trunk", "audio", "store", "trim"]),
        ("engine", &["sip", "media", "store"]),
        ("media", &[]),
        ("sip", &[]),
        ("store", &[]),
        ("test-trunk", &["engine", "sip", "media"]),
        ("tests", &["audio", "checks", "cli", "engine", "media", "sip", "store", "test-trunk"]),
        ("trim", &[]),
    ]);
    let ours = |name: &str| name.strip_prefix("milliwatt-").map(str::to_owned);
    for package in metadata().workspace_packages() {
        let name = ours(&package.name).unwrap();
        let allowed = allowed.get(name.as_str()).unwrap_or_else(|| panic!("no row for {name}"));
        for dependency in &package.dependencies {
            let Some(other) = ours(&dependency.name) else { continue };
            let free = dependency.kind == DependencyKind::Development && name != "tests";
            assert!(
                free || allowed.contains(&other.as_str()),
                "{name} may not name {other}: the matrix in ARCHITECTURE.md has no such arrow"
            );
            let by_feature = (name.as_str(), other.as_str()) == ("cli", "audio");
            assert!(!by_feature || dependency.optional, "cli names audio with device-audio only");
        }
    }
}

/// Each outside world has one owner.
#[test]
fn each_outside_world_has_one_owner() {
    let owners: &[(&str, &[&str])] = &[
        ("cpal", &["audio"]),
        ("hickory-resolver", &["engine"]),
        ("hickory-proto", &["engine", "test-trunk"]),
        ("keyring", &["store"]),
        ("libc", &["trim"]),
        ("rsip", &["sip"]),
        // Between the rates of codecs, files and tones, and between the clocks of two sound cards.
        ("rubato", &["audio", "media"]),
        ("rusqlite", &["store"]),
        ("rustls", &["engine"]),
        ("sipx-sip", &[]),
        ("socket2", &["engine"]),
        ("sonora", &["audio"]),
        ("sonora-aec3", &["audio"]),
        ("sonora-ns", &["audio"]),
        ("tauri", &["desktop"]),
        ("tokio-rustls", &["engine"]),
        ("webrtc-audio-processing", &["audio"]),
    ];
    for package in metadata().workspace_packages() {
        for dependency in package.dependencies.iter().filter(|d| d.kind == DependencyKind::Normal) {
            if let Some((world, allowed)) = owners.iter().find(|(w, _)| *w == dependency.name) {
                let name = package.name.strip_prefix("milliwatt-").unwrap();
                assert!(allowed.contains(&name), "{name} may not own {world}");
            }
        }
    }
}

/// rsip's types stay at the border.
#[test]
fn rsip_is_named_in_one_file() {
    for (path, code) in product_code() {
        if path != Path::new("crates/sip/src/interop/rsip.rs") && !is_test_file(&path) {
            assert!(!code.contains("rsip::"), "{} names rsip", path.display());
        }
        assert!(is_test_file(&path) || !code.contains("sipx_sip"), "{} names sipx", path.display());
    }
}
