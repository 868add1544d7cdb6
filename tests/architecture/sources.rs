//! What the fences look at: the sources without what is for tests alone, and what cargo knows of them.

use std::{
    collections::{BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use cargo_metadata::{Metadata, MetadataCommand};

pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

pub(super) fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .other_options(vec!["--locked".into(), "--all-features".into()])
            .exec()
            .unwrap()
    })
}

pub(super) fn rust_files(under: &str) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut queue = VecDeque::from([root().join(under)]);
    while let Some(folder) = queue.pop_front() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            if path.is_dir() {
                queue.push_back(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                found.push((path.strip_prefix(root()).unwrap().to_path_buf(), text));
            }
        }
    }
    assert!(!found.is_empty(), "{under} holds no Rust file");
    found.sort();
    found
}

/// The crates' own sources, each without what is for tests alone and without its comments.
pub(super) fn product_code() -> Vec<(PathBuf, String)> {
    let metadata = metadata();
    let crates = metadata.workspace_packages().into_iter().filter_map(|package| {
        let folder = package.manifest_path.strip_prefix(&metadata.workspace_root).ok()?.parent()?;
        folder.starts_with("crates").then(|| format!("{folder}/src"))
    });
    let folders = crates.chain(["src-tauri".to_owned()]);
    folders.flat_map(|folder| rust_files(&folder)).map(strip).collect()
}

fn strip((path, text): (PathBuf, String)) -> (PathBuf, String) {
    let (mut lines, mut kept) = (text.lines(), Vec::new());
    while let Some(line) = lines.next() {
        if line.trim_start() == "#[cfg(test)]" {
            skip_item(&mut lines, &line[..line.len() - line.trim_start().len()]);
        } else if !line.trim_start().starts_with("//") {
            kept.push(line);
        }
    }
    (path, kept.join("\n"))
}

/// Goes on behind the item that begins here: behind its only line, or behind the brace that stands
/// under its beginning. Other attributes may stand before it.
fn skip_item<'a>(mut lines: impl Iterator<Item = &'a str>, indent: &str) {
    let ends = |line: &&str| line.ends_with([';', ',', '}']);
    let head = lines.by_ref().find(|line| !line.trim_start().starts_with("#["));
    if !head.as_ref().is_some_and(ends) {
        let brace = format!("{indent}}}");
        lines.find(|line| line.starts_with(&brace));
    }
}

/// What is for tests alone is left out, and nothing that stands behind it.
#[test]
fn only_tests_are_left_out() {
    let text = r#"mod a;
#[cfg(test)]
mod tests;
// why
mod b;
impl C {
    #[cfg(test)]
    fn d() {
        e();
    }
    f
}
#[cfg(test)]
#[path = "g"]
mod g {
    use h;
}
mod i;"#;
    let (_, code) = strip((PathBuf::new(), text.into()));
    assert_eq!(code, "mod a;\nmod b;\nimpl C {\n    f\n}\nmod i;");
}

/// The words of the language and the names in a piece of code.
pub(super) fn words(code: &str) -> BTreeSet<&str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

/// No file but those allowed has one of these words.
pub(super) fn assert_absent(unwanted: &[&str], is_allowed: impl Fn(&Path) -> bool) {
    for (path, code) in product_code() {
        if !is_test_file(&path) && !is_allowed(&path) {
            let words = words(&code);
            let found: Vec<_> = unwanted.iter().filter(|word| words.contains(*word)).collect();
            assert!(found.is_empty(), "{} has {found:?}", path.display());
        }
    }
}

pub(super) fn is_core(path: &Path) -> bool {
    path.starts_with("crates/sip") || path.starts_with("crates/media")
}

pub(super) fn is_test_file(path: &Path) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    })
}
