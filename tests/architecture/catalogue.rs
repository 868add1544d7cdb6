//! The test book of a trunk has no gap.

use std::{collections::BTreeSet, fs};

use milliwatt_checks::catalogue::CATALOGUE;

use super::sources::{root, rust_files};

/// A check is a file of the catalogue, a line of its table and a file of runs against the test
/// trunk: none without the others, and none without its page.
#[test]
fn the_catalogue_is_complete() {
    let stems = |folder: &str| -> BTreeSet<String> {
        let files = rust_files(folder).into_iter();
        let stems = files.map(|(path, _)| path.file_stem().unwrap().to_string_lossy().into_owned());
        stems.filter(|stem| stem != "mod").collect()
    };
    let listed: BTreeSet<String> =
        CATALOGUE.iter().map(|check| check.id().replace(['.', '-'], "_")).collect();
    assert_eq!(listed.len(), CATALOGUE.len(), "two checks have one id");
    assert_eq!(stems("crates/checks/src/catalogue"), listed);
    assert_eq!(stems("tests/checks"), listed);
    for check in CATALOGUE {
        let page = check.page();
        for part in [page.title, page.what, page.why, page.pass, page.reference] {
            assert!(!part.trim().is_empty(), "the page of {} has a gap", check.id());
        }
    }
}

/// Each check passes on a good trunk, and fails on one that is bad in the way that it is about; what
/// only learns a fact has another fact to learn.
#[test]
fn each_check_has_a_passing_and_a_failing_run() {
    for check in CATALOGUE {
        let id = check.id();
        let file = format!("tests/checks/{}.rs", id.replace(['.', '-'], "_"));
        let code = fs::read_to_string(root().join(&file)).unwrap();
        let tests: Vec<&str> = code.split("#[test]").collect();
        let has = |run: &str, outcome: &str| {
            tests.iter().any(|test| test.contains(run) && test.contains(outcome))
        };
        let (passed, failed) = match id {
            "nat.mapping" => ("Outcome::Fact", "Outcome::Fact"),
            _ => ("Outcome::Pass", "assert_failure("),
        };
        let good = format!("good(\"{id}\")");
        assert!(has(&good, passed), "{file} has no passing run on a good trunk");
        let bad = ["faulty(", "nobody_there("].iter().any(|run| has(run, failed));
        assert!(bad, "{file} has no failing run on a bad trunk");
    }
}
