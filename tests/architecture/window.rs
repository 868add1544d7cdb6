//! What the page in the window may load, run and ask.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::Value;

use super::sources::{metadata, product_code, root};

/// What the page may load, by directive of its policy (Content Security Policy Level 3): its files,
/// pictures that it draws itself, and the shell's answers.
const LOADED: [(&str, &[&str]); 4] = [
    ("connect-src", &["ipc:", "http://ipc.localhost"]),
    ("img-src", &["'self'", "data:"]),
    ("script-src", &["'self'"]),
    ("style-src", &["'self'"]),
];

/// The policy names no address, no `unsafe-`, and for what it does not name nothing.
#[test]
fn the_page_loads_its_own_files_alone() {
    let config = read("tauri.conf.json");
    let policy = config["app"]["security"]["csp"].as_object().unwrap();
    // The last two fall back on nothing.
    for directive in ["default-src", "base-uri", "form-action"] {
        assert_eq!(policy.get(directive), Some(&Value::from("'none'")), "{directive}");
    }
    for (directive, sources) in policy {
        let row = LOADED.iter().find(|(name, _)| name == directive);
        let allowed = row.map_or(&[][..], |(_, allowed)| *allowed);
        for source in sources.as_str().unwrap().split_whitespace() {
            assert!(source == "'none'" || allowed.contains(&source), "{directive} {source}");
        }
    }
}

/// Nothing else in the settings loosens it: each key under `security` is one of three.
#[test]
fn the_settings_of_the_window_are_tight() {
    let config = read("tauri.conf.json");
    let app = &config["app"];
    assert_eq!(app["withGlobalTauri"], Value::from(false));
    assert_eq!(app["windows"], Value::Array(Vec::new()), "windows are opened by code");
    let security = app["security"].as_object().unwrap();
    let named: BTreeSet<&str> = security.keys().map(String::as_str).collect();
    assert_eq!(named, BTreeSet::from(["capabilities", "csp", "freezePrototype"]));
    assert_eq!(security["freezePrototype"], Value::from(true));
    assert_eq!(security["capabilities"], Value::from(vec!["window"]));
    let loose = keys(&config).into_iter().find(|key| key.starts_with("dangerous"));
    assert_eq!(loose, None);
    // A file for one system would be laid over it.
    let over: Vec<_> = names(".").into_iter().filter(|name| is_settings(name)).collect();
    assert_eq!(over, ["tauri.conf.json"]);
}

/// The inspector is for builds with debug assertions: no feature brings it into others.
#[test]
fn the_inspector_is_for_debug_builds() {
    let metadata = metadata();
    let mut seen = 0;
    for node in &metadata.resolve.as_ref().unwrap().nodes {
        let name = metadata[&node.id].name.as_str();
        if name.starts_with("tauri") || name == "wry" {
            seen += usize::from(name == "tauri");
            let has = node.features.iter().any(|feature| feature.as_str() == "devtools");
            assert!(!has, "{name} has the feature devtools");
        }
    }
    assert_eq!(seen, 1, "tauri is not where this test looks for it");
    let mut windows = 0;
    for (path, code) in product_code() {
        windows += code.matches("WebviewWindowBuilder::new(").count();
        assert!(!code.contains("open_devtools"), "{}", path.display());
        for call in code.split(".devtools(").skip(1) {
            assert!(call.starts_with("cfg!(debug_assertions))"), "{}", path.display());
        }
    }
    assert_eq!(windows, 1, "there is one window");
    let code = shell("src-tauri/window.rs");
    assert!(code.contains(".devtools(cfg!(debug_assertions))"), "it is on unless it is said");
}

/// macOS ends a program that opens a microphone and does not say why. Tauri takes the words from the
/// file that stands beside its settings.
#[test]
fn a_mac_is_told_what_the_microphone_is_for() {
    let plist = fs::read_to_string(root().join("Info.plist")).unwrap();
    let (_, value) = plist.split_once("<key>NSMicrophoneUsageDescription</key>").unwrap();
    let why = value.trim_start().strip_prefix("<string>").unwrap();
    assert!(why.starts_with("Milliwatt "), "{why}");
}

/// A command is declared, made a permission of, given to the window and answered, and the window is
/// given nothing else of Tauri than to hear events.
#[test]
fn the_window_asks_the_commands_that_are_there() {
    assert_eq!(names("src-tauri/capabilities"), ["window.json"]);
    let capability = read("src-tauri/capabilities/window.json");
    let fields: BTreeSet<&str> =
        capability.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(fields, BTreeSet::from(["description", "identifier", "permissions", "windows"]));
    assert_eq!(capability["windows"], Value::from(vec!["main"]));
    let permissions = capability["permissions"].as_array().unwrap();
    let permissions = permissions.iter().map(|one| one.as_str().unwrap());
    let (of_tauri, own): (Vec<&str>, Vec<&str>) = permissions.partition(|one| one.contains(':'));
    assert_eq!(of_tauri, ["core:event:allow-listen", "core:event:allow-unlisten"]);
    let given: BTreeSet<String> =
        own.into_iter().map(|one| one.strip_prefix("allow-").unwrap().replace('-', "_")).collect();

    let build = shell("src-tauri/build.rs");
    let listed = between(&build, "const COMMANDS: &[&str] = &[", "];");
    let declared: BTreeSet<String> = listed.split('"').skip(1).step_by(2).map(Into::into).collect();
    assert_eq!(given, declared);

    let desktop = shell("src-tauri/desktop.rs");
    let listed = between(&desktop, "generate_handler![", "]").split(',').map(str::trim);
    let handled: BTreeSet<String> = listed
        .filter(|command| !command.is_empty())
        .map(|command| command.strip_prefix("commands::").unwrap().to_owned())
        .collect();
    assert_eq!(handled, declared);

    let commands = shell("src-tauri/commands.rs");
    let written: BTreeSet<String> = commands
        .split("#[tauri::command")
        .skip(1)
        .map(|code| between(code, "fn ", "(").to_owned())
        .collect();
    assert_eq!(written, declared);
}

fn read(file: &str) -> Value {
    serde_json::from_str(&fs::read_to_string(root().join(file)).unwrap()).unwrap()
}

/// A file of the shell without comments and tests.
fn shell(file: &str) -> String {
    let found = product_code().into_iter().find(|(path, _)| path == Path::new(file));
    found.unwrap_or_else(|| panic!("{file} is not there")).1
}

/// What stands between two marks, the first of each.
fn between<'a>(code: &'a str, from: &str, to: &str) -> &'a str {
    let (_, rest) = code.split_once(from).unwrap();
    rest.split_once(to).unwrap().0
}

/// The names of a folder's files, in order.
fn names(folder: &str) -> Vec<String> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap);
    let mut names: Vec<String> =
        entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// `tauri.conf.json`, `tauri.windows.conf.json5`, `Tauri.toml`.
fn is_settings(name: &str) -> bool {
    name.to_lowercase().starts_with("tauri.")
}

/// The keys of all objects in a value.
fn keys(value: &Value) -> Vec<&String> {
    let mut found = Vec::new();
    let within: Vec<&Value> = match value {
        Value::Array(values) => values.iter().collect(),
        Value::Object(fields) => {
            found.extend(fields.keys());
            fields.values().collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    found.extend(within.into_iter().flat_map(keys));
    found
}

/// A key is found however deep it lies.
#[test]
fn keys_are_found_in_lists_too() {
    let value = serde_json::json!({ "a": [{ "b": null }, "c"], "d": { "e": { "f": 1 } } });
    let found: BTreeSet<&str> = keys(&value).into_iter().map(String::as_str).collect();
    assert_eq!(found, BTreeSet::from(["a", "b", "d", "e", "f"]));
}
