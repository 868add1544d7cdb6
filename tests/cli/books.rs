//! What the program tells of itself.

use crate::harness::Milliwatt;

fn said(line: &str) -> String {
    Milliwatt::new().run(line).expect(0).stdout
}

#[test]
fn checks_codes_and_faults_are_explained() {
    assert!(said("explain reg.basic").contains("RFC 3261"));
    assert!(said("explain 486").contains("Busy Here"));
    assert!(said("explain fault.loss").contains("loss"));
    let all = said("explain");
    for line in all.lines().filter_map(|line| line.strip_prefix("  ")) {
        let name = line.split([' ', '=']).next().unwrap();
        assert!(said(&format!("explain {name}")).len() > 20, "{name}");
    }
}

#[test]
fn the_help_lists_every_fault() {
    let help = said("test-trunk --help");
    for line in said("explain").lines().filter_map(|line| line.trim().strip_prefix("fault.")) {
        let form = line.split_whitespace().next().unwrap();
        assert!(help.contains(form), "{form}");
    }
}

#[test]
fn schemas_are_json() {
    for name in said("schema").lines() {
        let schema: serde_json::Value =
            serde_json::from_str(&said(&format!("schema {name}"))).unwrap();
        assert!(schema["$schema"].is_string(), "{name}");
    }
}

#[test]
fn the_manual_has_a_page_for_all_and_for_each() {
    let all = said("man");
    assert!(all.contains("A SIP phone and trunk test set"), "{all}");
    assert!(all.contains(".TH milliwatt 1") && all.contains("interrupted"), "{all}");
    assert!(said("man call").contains("ring\\-timeout"), "{}", said("man call"));
    Milliwatt::new().run("man nothing").expect(2);
}

#[test]
fn a_shell_completes() {
    let script = said("completions bash");
    assert!(script.contains("test-trunk") && script.contains("--ring-timeout"));
}
