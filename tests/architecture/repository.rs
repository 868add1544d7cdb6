//! The repository as a whole: sizes, licences, names.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use super::sources::{metadata, product_code, root, rust_files};
use crate::harness::FEATURES;

/// Rooms stay small. A file over 700 lines needs a split, tests apart.
#[test]
fn no_room_outgrows_its_size() {
    let mut sizes: Vec<(usize, PathBuf)> =
        product_code().into_iter().map(|(p, code)| (code.lines().count(), p)).collect();
    sizes.sort();
    let (longest, path) = sizes.last().unwrap();
    assert!(*longest <= 700, "{} has {longest} lines of code: split it", path.display());
    let large = sizes.iter().filter(|(n, _)| *n > 460).count();
    assert!(large * 20 <= sizes.len(), "more than one file in twenty is over 460 lines");
    let page = fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap();
    assert!(page.lines().count() <= 150, "ARCHITECTURE.md is for one sitting: 150 lines");
}

/// The gate needs a Rust toolchain alone: what it builds is each feature but the one that asks for C++.
#[test]
fn the_gate_builds_each_feature_that_is_rust() {
    let named: BTreeSet<String> = FEATURES.split(',').map(str::to_owned).collect();
    let there: BTreeSet<String> = metadata()
        .workspace_packages()
        .into_iter()
        .flat_map(|p| p.features.keys().map(|feature| format!("{}/{feature}", p.name)))
        .filter(|feature| !feature.ends_with("/webrtc-apm"))
        .collect();
    assert_eq!(named, there);
}

/// Every dependency has a licence that deny.toml allows.
#[test]
fn licences_are_permissive() {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let deny: toml::Value = toml::from_str(&text).unwrap();
    let list = deny["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = list.iter().filter_map(|v| v.as_str()).collect();
    // Of crates that name none by its name.
    let clarified: BTreeMap<&str, &str> = deny["licenses"]["clarify"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["crate"].as_str().unwrap(), one["expression"].as_str().unwrap()))
        .collect();
    let own = &metadata().workspace_members;
    for package in metadata().packages.iter().filter(|p| !own.contains(&p.id)) {
        let named = package.license.as_deref();
        let clear = named.or_else(|| clarified.get(package.name.as_str()).copied());
        let licence = clear.unwrap_or_default().replace('/', " OR ");
        let bare = licence.replace(['(', ')'], "");
        let fits = |all: &str| all.split(" AND ").all(|l| allowed.contains(l.trim()));
        let each_and_has_a_choice = licence.split(" AND ").all(|part| {
            part.replace(['(', ')'], "").split(" OR ").any(|l| allowed.contains(l.trim()))
        });
        assert!(
            bare.split(" OR ").any(fits) || each_and_has_a_choice,
            "{} {} is under '{licence}'",
            package.name,
            package.version
        );
    }
}

/// The repository names no path of the machine that it was written on.
#[test]
fn no_machine_is_named() {
    let home = ["/ro", "ot/"].concat();
    for folder in ["crates", "tests", "src-tauri"] {
        for (path, text) in rust_files(folder) {
            assert!(!text.contains(&home), "{} names {home}", path.display());
        }
    }
}
