//! Who may name whom, of ours and of others.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

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
    let packages = metadata().workspace_packages();
    let there: BTreeSet<String> = packages.iter().filter_map(|p| ours(&p.name)).collect();
    for room in allowed.keys() {
        assert!(there.contains(*room), "{room} has a row and is not there");
    }
    for package in packages {
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

/// Of media a sound card needs the frame and its port, the level of a frame, other rates and the tones
/// that a phone plays; it knows no SDP, no packet and no session.
#[test]
fn audio_names_four_parts_of_media() {
    let mut named = BTreeSet::new();
    for (path, code) in product_code() {
        if path.starts_with("crates/audio") && !is_test_file(&path) {
            let parts = parts_of("milliwatt_media", &code);
            assert!(parts.iter().all(|part| !part.is_empty()), "{}: {parts:?}", path.display());
            named.extend(parts);
        }
    }
    let four = ["frame", "level", "rate", "tone"].map(str::to_owned);
    assert_eq!(named, BTreeSet::from(four));
}

/// The modules of a crate that a piece of code names; an empty one where it names the whole crate.
fn parts_of(krate: &str, code: &str) -> Vec<String> {
    let first = |path: &str| {
        let word = path.trim_start().split(|c: char| !c.is_alphanumeric() && c != '_').next();
        word.unwrap_or_default().to_owned()
    };
    let mut parts = Vec::new();
    for (at, _) in code.match_indices(krate) {
        match code[at + krate.len()..].strip_prefix("::") {
            None => parts.push(String::new()),
            Some(path) => match path.strip_prefix('{') {
                None => parts.push(first(path)),
                Some(list) => {
                    let members = outermost(list);
                    parts.extend(members.split(',').map(first).filter(|part| !part.is_empty()));
                }
            },
        }
    }
    parts
}

/// What stands in a list whose brace is open, without the lists within.
fn outermost(list: &str) -> String {
    let mut depth = 1;
    let mut kept = String::new();
    for c in list.chars() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ if depth == 1 => kept.push(c),
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    kept
}

#[test]
fn parts_are_found_in_lists_too() {
    let code = "use k::{a::B, c::{D, e::F}, g};\nuse k::h::I;\nfn j() -> k::l::M {}\nuse k as n;";
    assert_eq!(parts_of("k", code), ["a", "c", "g", "h", "l", ""]);
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
        ("pulseaudio", &["audio"]),
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
