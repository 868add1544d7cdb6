//! What the window does by the kind of a notice, and that notices of these kinds are told.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The kinds that the window marks in a call's graphs, or shows at once.
const LIST: &str = "../../ui/src/lib/notices.ts";

/// A kind that is misspelt on either side would be waited for in vain.
#[test]
fn the_window_waits_for_no_notice_that_is_never_told() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let list = fs::read_to_string(root.join(LIST)).unwrap();
    let is_kind = |word: &&str| word.chars().all(|c| c.is_ascii_lowercase() || c == '-');
    let kinds: Vec<&str> = list.split('\'').skip(1).step_by(2).filter(is_kind).collect();
    assert!(kinds.contains(&"network") && kinds.contains(&"disk-full"), "{kinds:?}");
    let told = sources(&root.join("src"));
    for kind in kinds {
        assert!(told.contains(&format!("\"{kind}\"")), "nobody tells {kind}");
    }
}

/// All Rust code of a folder, without its tests.
fn sources(folder: &Path) -> String {
    let (mut code, mut left): (String, Vec<PathBuf>) = (String::new(), vec![folder.into()]);
    while let Some(path) = left.pop() {
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let file = fs::read_to_string(&path).unwrap();
            code += file.split("mod tests {").next().unwrap_or_default();
        }
    }
    code
}
