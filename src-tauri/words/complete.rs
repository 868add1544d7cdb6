//! Each sentence that the window can be told is in the table, and the table is fit to be read.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use milliwatt_checks::catalogue::CATALOGUE;

use super::{
    GERMAN, GERMAN_TABLE, Table,
    pattern::{Part, filled, is_ours, parts},
};

/// What makes sentences that reach the window.
const SOURCES: &[&str] = &[
    "crates/audio/src/cards/mod.rs",
    "crates/checks/src/catalogue",
    "crates/checks/src/guard",
    "crates/checks/src/observation.rs",
    "crates/checks/src/plan.rs",
    "crates/checks/src/report/mod.rs",
    "crates/checks/src/report/obstacle.rs",
    "crates/checks/src/runner",
    "crates/checks/src/suite.rs",
    "crates/engine/src/engine",
    "crates/engine/src/local.rs",
    "crates/engine/src/media_io",
    "crates/engine/src/net",
    "crates/engine/src/phone",
    "crates/engine/src/ports",
    "crates/engine/src/probe",
    "crates/media/src/dtmf/keys.rs",
    "crates/media/src/negotiate/refusal.rs",
    "crates/media/src/sdp/parse.rs",
    "crates/sip/src/agent/receive.rs",
    "crates/sip/src/agent/sending.rs",
    "crates/sip/src/locate/mod.rs",
    "crates/sip/src/message/error.rs",
    "crates/sip/src/registration",
    "crates/sip/src/stream.rs",
    "crates/sip/src/transaction/mod.rs",
    "crates/sip/src/transport.rs",
    "crates/store/src/atomic.rs",
    "crates/store/src/contacts.rs",
    "crates/store/src/folders.rs",
    "crates/store/src/history/live.rs",
    "crates/store/src/history/mod.rs",
    "crates/store/src/history/writer.rs",
    "crates/store/src/preferences.rs",
    "crates/store/src/profile",
    "crates/store/src/recording.rs",
    "crates/store/src/secret",
    "crates/store/src/settings",
    "crates/store/src/spending.rs",
    "crates/test-trunk/src/server.rs",
    "src-tauri",
];

/// What is said to nobody at the window: tests, the build, names of keys for the documentation, and
/// the report for the support, which is written in one language.
const SAID_ELSEWHERE: &[&str] = &[
    KINDS,
    "src-tauri/about.rs",
    "src-tauri/build.rs",
    "src-tauri/samples.rs",
    "src-tauri/shelf.rs",
    "src-tauri/types.rs",
    "src-tauri/words",
];

/// Of the names that stand there, only those of kinds of values are said.
const KINDS: &str = "crates/store/src/profile/key.rs";

/// Of all others: what is sent on the wire or written into a file, names, and a log.
const NOT_SAID: &[&str] = &[
    "399 milliwatt",
    "timer, 100rel",
    "Incompatible network address formats",
    "Incompatible transport protocol",
    "Media type not available",
    "Incompatible media format",
    "Malformed session description",
    "Learnt by tests",
    "boolean | number | string | string[]",
    "INSERT OR REPLACE INTO second",
    "[Desktop Entry]",
    "a surprise",
];

#[test]
fn the_window_is_told_nothing_that_german_has_no_words_for() {
    let known = table();
    let said = said();
    assert!(said.len() > 600, "{} sentences are not all there are", said.len());
    // Some are parts of what is said.
    let is_known = |sentence: &str| known.iter().any(|entry| entry.contains(sentence));
    let unknown: Vec<String> = said
        .iter()
        .filter(|(_, text)| is_sentence(text) && !is_known(text))
        .map(|(path, text)| format!("{}: {text}", path.display()))
        .collect();
    assert!(unknown.is_empty(), "not in assets/words/de.toml:\n{}", unknown.join("\n"));
}

#[test]
fn the_table_has_nothing_that_nobody_says() {
    let mut said: Vec<String> = said().into_iter().map(|(_, text)| text).collect();
    said.extend(rules());
    let kinds = fs::read_to_string(root().join(KINDS)).unwrap();
    said.extend(literals(&kinds).iter().map(|text| bare(text)));
    let is_said = |entry: &str| {
        said.iter().any(|text| *entry == **text || is_sentence(text) && entry.contains(&**text))
    };
    let has_words = |entry: &String| entry.contains(char::is_alphabetic);
    let idle: Vec<String> = table()
        .iter()
        .map(|entry| bare(entry))
        .filter(|entry| has_words(entry) && !is_said(entry))
        .collect();
    assert!(idle.is_empty(), "no source has:\n{}", idle.join("\n"));
}

/// No other entry takes a sentence for its own.
#[test]
fn each_sentence_of_the_table_is_found() {
    let filled_with = |parts: &[Part], ours: &'static str| {
        filled(parts, |place| if is_ours(place) { ours } else { "x1" })
    };
    let missed: Vec<String> = GERMAN
        .patterns
        .iter()
        .map(|pattern| {
            let english = filled_with(&pattern.english, "no call was placed");
            (english, filled_with(&pattern.other, "es wurde kein Anruf getätigt"))
        })
        .filter(|(english, german)| GERMAN.text(english).as_ref() != Some(german))
        .map(|(english, _)| format!("{english} -> {:?}", GERMAN.text(&english)))
        .collect();
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn german_has_the_pages_of_all_checks() {
    for page in CATALOGUE.iter().map(|check| check.page()) {
        for text in [page.title, page.what, page.why, page.pass] {
            assert!(GERMAN.whole.contains_key(text), "{text}");
        }
    }
}

/// What is wrong with a message is told by the documentation of its rule.
#[test]
fn german_has_the_rules_of_the_parser() {
    let rules = rules();
    assert!(rules.len() > 50);
    for rule in rules {
        assert!(GERMAN.whole.contains_key(&rule), "{rule}");
    }
}

#[test]
fn the_table_can_be_read_and_leaves_no_place_out() {
    let table: Table = toml::from_str(GERMAN_TABLE).unwrap();
    let mut all = BTreeSet::new();
    for (english, german) in table.groups.values().flatten() {
        assert!(all.insert(english), "{english} is there twice");
        assert!(!german.trim().is_empty(), "{english}");
        let places = |text: &str| -> BTreeSet<String> {
            let place = |part| if let Part::Place(name) = part { Some(name) } else { None };
            parts(text).into_iter().filter_map(place).collect()
        };
        assert_eq!(places(english), places(german), "{english}");
        let touch = |two: &[Part]| two.iter().all(|part| matches!(part, Part::Place(_)));
        assert!(!parts(english).windows(2).any(touch), "{english}: where does a place end?");
    }
}

#[test]
fn german_speaks_to_nobody() {
    let addressed = [
        "Sie", "Ihr", "Ihre", "Ihrem", "Ihren", "Ihrer", "Ihnen", "du", "dich", "dir", "dein",
        "deine",
    ];
    for (_, german) in toml::from_str::<Table>(GERMAN_TABLE).unwrap().groups.values().flatten() {
        let mut words = german.split(|c: char| !c.is_alphabetic());
        assert!(!words.any(|word| addressed.contains(&word)), "{german}");
    }
}

/// Sentences of the table as the sources write them.
fn table() -> Vec<String> {
    let table: Table = toml::from_str(GERMAN_TABLE).unwrap();
    table.groups.values().flatten().map(|(english, _)| without_names(english)).collect()
}

/// The texts in the sources that may reach the window, as [`bare`] has them, each with its file.
fn said() -> Vec<(PathBuf, String)> {
    let files = SOURCES.iter().flat_map(|source| files(source));
    let texts = files.flat_map(|(path, code)| {
        literals(&code).into_iter().map(move |text| (path.clone(), bare(&text)))
    });
    texts.filter(|(_, text)| !NOT_SAID.iter().any(|one| text.starts_with(one))).collect()
}

/// The rules that a message can break: their documentation is their sentence.
fn rules() -> Vec<String> {
    let (_, code) = files("crates/sip/src/message/deviation.rs").remove(0);
    let (_, rules) = code.split_once("rules! {\n").unwrap();
    let (rules, _) = rules.split_once("\n}").unwrap();
    let rules = rules.lines().filter_map(|line| line.trim().strip_prefix("/// "));
    rules.map(str::to_owned).collect()
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Rust files at a path of the repository, without what is for tests alone.
fn files(source: &str) -> Vec<(PathBuf, String)> {
    let root = root();
    let (mut found, mut left) = (Vec::new(), vec![root.join(source)]);
    while let Some(path) = left.pop() {
        let shown = path.strip_prefix(root).unwrap().to_path_buf();
        let name = shown.file_stem().unwrap().to_string_lossy();
        if name.ends_with("tests") || SAID_ELSEWHERE.iter().any(|one| shown == Path::new(one)) {
            continue;
        }
        if path.is_dir() {
            left.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if shown.extension().is_some_and(|ending| ending == "rs") {
            let code = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
            let code = code.split("mod tests {").next().unwrap_or_default();
            found.push((shown, code.to_owned()));
        }
    }
    assert!(!found.is_empty(), "{source} is not there any more");
    found
}

/// The texts in a piece of code, but for those of the log and of attributes that say why.
fn literals(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = String::new();
    let mut rest = code;
    while let Some(first) = rest.chars().next() {
        if rest.starts_with("//") {
            rest = rest.split_once('\n').map_or("", |(_, below)| below);
        } else if let Some(length) = character(rest) {
            rest = &rest[length..];
        } else if first == '"' {
            let (text, behind) = literal(&rest[1..]);
            if !is_silent(&before) {
                found.push(text);
            }
            rest = behind;
        } else {
            before.push(first);
            if matches!(first, ';' | '{' | '}') || before.ends_with("=>") {
                before.clear();
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// The length of the character literal that begins here; a lifetime is none.
fn character(code: &str) -> Option<usize> {
    let inner = code.strip_prefix('\'')?;
    let mut letters = inner.char_indices();
    let (_, first) = letters.next()?;
    if first == '\\' {
        return inner[2..].find('\'').map(|end| end + 4);
    }
    let (at, second) = letters.next()?;
    (second == '\'').then_some(at + 2)
}

/// A text up to its closing quote, and what is behind that.
fn literal(code: &str) -> (String, &str) {
    let mut text = String::new();
    let mut letters = code.char_indices();
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return (text, &code[at + 1..]),
            '\\' => match letters.next() {
                Some((_, 'n')) => text.push('\n'),
                Some((at, '\n')) => {
                    let below = code[at..].trim_start();
                    let (more, behind) = literal(below);
                    return (text + &more, behind);
                }
                Some((_, other)) => text.push(other),
                None => break,
            },
            other => text.push(other),
        }
    }
    (text, "")
}

/// What stands in the statement before a text says that nobody at the window hears it.
fn is_silent(before: &str) -> bool {
    let attribute = ["reason =", "path =", "export_to ="];
    before.contains("tracing::") || attribute.iter().any(|name| before.trim_end().ends_with(name))
}

/// The same text with `{}` for each place.
fn without_names(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        out.push_str(before);
        match behind.split_once('}') {
            Some((name, after)) if !name.contains([' ', '{']) => {
                out.push_str("{}");
                rest = after;
            }
            _ => {
                out.push('{');
                rest = behind;
            }
        }
    }
    out + rest
}

/// A text without the places and blanks at its ends: others are put there.
fn bare(text: &str) -> String {
    let text = without_names(text);
    let mut inner = text.trim();
    loop {
        let less = inner.strip_prefix("{}").unwrap_or(inner);
        let less = less.strip_suffix("{}").unwrap_or(less).trim();
        if less == inner {
            return inner.to_owned();
        }
        inner = less;
    }
}

/// True for more than one word, one of them of three small letters or more.
fn is_sentence(text: &str) -> bool {
    let small = |word: &str| word.len() >= 3 && word.chars().all(|c| c.is_ascii_lowercase());
    let mut words = text.split(|c: char| !c.is_alphanumeric());
    text.contains(' ') && words.any(small)
}
