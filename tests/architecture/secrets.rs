//! Where secrets are not.

use std::{fs, path::Path};

use super::sources::{product_code, root};

/// A secret prints as dots and is written by nobody: no type that holds one can be shown or stored.
#[test]
fn secrets_have_no_printed_form() {
    let secrets =
        [("crates/sip/src/agent/api/account.rs", "Password"), ("crates/store/src", "Secret")];
    for (place, name) in secrets {
        let is_here = |path: &Path| path.starts_with(place);
        let mut found = 0;
        for (path, code) in product_code().into_iter().filter(|(path, _)| is_here(path)) {
            for form in
                ["Display for", "Serialize for", "Deref for", "AsRef<str> for", "ToString for"]
            {
                let shown = code.contains(&format!("{form} {name} "));
                assert!(!shown, "{}: {form} {name}", path.display());
            }
            let Some((before, _)) = code.split_once(&format!("pub struct {name}(")) else {
                continue;
            };
            found += 1;
            let derives = before.lines().rev().take_while(|line| line.starts_with("#["));
            for derive in derives {
                for form in ["Debug", "Serialize", "Display"] {
                    assert!(!derive.contains(form), "{}: {name} derives {form}", path.display());
                }
            }
        }
        assert_eq!(found, 1, "{name} is not where this test looks for it");
    }
}

/// What the window is told of has no field for a secret: a password is where its reference says.
#[test]
fn no_secret_has_a_field_in_the_window() {
    let folder = root().join("ui/src/host/generated");
    let mut references = 0;
    for file in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let text = fs::read_to_string(file.path()).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with(['*', '/']));
        let code = code.collect::<Vec<_>>().join("\n").replace(['"', '?'], "");
        for (at, _) in code.match_indices(": ") {
            let name = code[..at].rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
            let name = name.unwrap_or_default().to_lowercase();
            if ["password", "secret", "passphrase"].iter().any(|word| name.contains(word)) {
                let is_reference = code[at + 2..].starts_with("SecretRef");
                assert!(is_reference, "{name} in {}", file.path().display());
                references += 1;
            }
        }
    }
    assert!(references > 0, "the password of a trunk is not where this test looks for it");
}
