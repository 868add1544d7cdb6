//! The floor plan, held by the build: who may name whom, and what is absent where.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, PackageId};
use milliwatt_checks::catalogue::CATALOGUE;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_path_buf()
}

fn metadata() -> &'static Metadata {
    static METADATA: OnceLock<Metadata> = OnceLock::new();
    METADATA.get_or_init(|| {
        MetadataCommand::new()
            .manifest_path(root().join("Cargo.toml"))
            .other_options(vec!["--locked".into(), "--all-features".into()])
            .exec()
            .unwrap()
    })
}

fn rust_files(under: &str) -> Vec<(PathBuf, String)> {
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
fn product_code() -> Vec<(PathBuf, String)> {
    let crates = ["sip", "media", "audio", "store", "engine", "checks", "test-trunk", "cli"];
    let folders = crates.map(|c| format!("crates/{c}/src"));
    folders
        .iter()
        .map(String::as_str)
        .chain(["src-tauri"])
        .flat_map(rust_files)
        .map(strip)
        .collect()
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
fn words(code: &str) -> BTreeSet<&str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').collect()
}

/// No file but those allowed has one of these words.
fn assert_absent(unwanted: &[&str], is_allowed: impl Fn(&Path) -> bool) {
    for (path, code) in product_code() {
        if !is_test_file(&path) && !is_allowed(&path) {
            let words = words(&code);
            let found: Vec<_> = unwanted.iter().filter(|word| words.contains(*word)).collect();
            assert!(found.is_empty(), "{} has {found:?}", path.display());
        }
    }
}

fn is_core(path: &Path) -> bool {
    path.starts_with("crates/sip") || path.starts_with("crates/media")
}

fn is_test_file(path: &Path) -> bool {
    path.iter().any(|part| {
        let part = part.to_string_lossy();
        part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs")
    })
}

/// No import that the floor plan does not draw. Dev-dependencies are free.
#[test]
fn who_may_name_whom() {
    let allowed: BTreeMap<&str, &[&str]> = BTreeMap::from([
        ("audio", ["media"].as_slice()),
        ("checks", &["engine"]),
        ("cli", &["engine", "checks", "test-trunk", "store", "audio"]),
        ("desktop", &["engine", "checks", "test-trunk", "audio", "store"]),
        ("engine", &["sip", "media", "store"]),
        ("media", &[]),
        ("sip", &[]),
        ("store", &[]),
        ("test-trunk", &["engine", "sip", "media"]),
        ("tests", &["audio", "checks", "cli", "engine", "media", "sip", "store", "test-trunk"]),
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

fn everything_below(metadata: &Metadata, package: &str) -> BTreeSet<String> {
    let nodes: BTreeMap<&PackageId, _> =
        metadata.resolve.as_ref().unwrap().nodes.iter().map(|n| (&n.id, n)).collect();
    let start = metadata.packages.iter().find(|p| p.name.as_str() == package).unwrap();
    let mut names = BTreeSet::new();
    let mut seen = BTreeSet::from([&start.id]);
    let mut queue = VecDeque::from([&start.id]);
    while let Some(id) = queue.pop_front() {
        for dependency in &nodes[id].deps {
            let normal = dependency.dep_kinds.iter().any(|k| k.kind != DependencyKind::Development);
            if normal && seen.insert(&dependency.pkg) {
                names.insert(metadata[&dependency.pkg].name.to_string());
                queue.push_back(&dependency.pkg);
            }
        }
    }
    names
}

/// Signalling and media do no I/O.
#[test]
fn the_cores_know_no_socket_and_no_runtime() {
    let metadata = metadata();
    for core in ["milliwatt-sip", "milliwatt-media"] {
        let below = everything_below(metadata, core);
        for stranger in ["tokio", "socket2", "mio", "cpal", "tauri", "rustls", "rusqlite"] {
            assert!(!below.contains(stranger), "{core} reaches {stranger}");
        }
    }
    let io = ["async", "await", "env", "File", "fs", "io", "OpenOptions", "process", "thread"];
    assert_absent(&[&io, SOCKETS].concat(), |path| !is_core(path));
}

/// Types of sockets, and what asks the system for an address.
const SOCKETS: &[&str] = &[
    "lookup_host",
    "socket2",
    "TcpListener",
    "TcpSocket",
    "TcpStream",
    "ToSocketAddrs",
    "UdpSocket",
    "UnixDatagram",
    "UnixListener",
    "UnixStream",
];

/// The phone's sockets and its probes' are opened in engine; the test trunk opens those of a far end.
#[test]
fn sockets_are_opened_in_two_rooms() {
    let rooms = ["crates/engine", "crates/test-trunk"];
    assert_absent(SOCKETS, |path| rooms.iter().any(|room| path.starts_with(room)));
}

/// Time is told: one file reads the clock, and one the stamp of a sound card's callback.
#[test]
fn one_file_reads_the_clock() {
    let readers = ["crates/engine/src/clock.rs", "crates/audio/src/stream/stamp.rs"];
    for (path, code) in product_code() {
        if readers.iter().any(|reader| path == Path::new(reader)) || is_test_file(&path) {
            continue;
        }
        for word in ["Instant::now", "SystemTime::now", ".elapsed()", "now_utc()", "now_local()"] {
            assert!(!code.contains(word), "{} has {word}", path.display());
        }
    }
}

/// Chance is told: nobody draws from the system but the engine at its start, and two probes that
/// send one random field each.
#[test]
fn chance_is_told() {
    let drawn = [
        "getrandom",
        "OsRng",
        "RandomState",
        "secure_random",
        "SysRng",
        "SystemRandom",
        "thread_rng",
        "ThreadRng",
    ];
    let places = ["engine/run.rs", "probe/old_tls.rs", "probe/stun.rs"];
    assert_absent(&drawn, |path| {
        places.iter().any(|place| path == Path::new("crates/engine/src").join(place))
    });
    for (path, code) in product_code() {
        assert!(!code.contains("rand::rng()"), "{} draws from the system", path.display());
    }
}

/// No unsafe code, and no panic on what the wire brings.
#[test]
fn every_crate_carries_its_fences() {
    for shell in ["src-tauri/lib.rs", "tests/main.rs"] {
        let text = fs::read_to_string(root().join(shell)).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{shell} does not forbid unsafe code");
    }
    for krate in ["sip", "media", "audio", "store", "engine", "checks", "test-trunk", "cli"] {
        let main = root().join("crates").join(krate).join("src");
        let file = ["lib.rs", "main.rs"].map(|f| main.join(f)).into_iter().find(|f| f.exists());
        let text = fs::read_to_string(file.unwrap()).unwrap();
        assert!(text.contains("#![forbid(unsafe_code)]"), "{krate} does not forbid unsafe code");
        if ["sip", "media", "test-trunk"].contains(&krate) {
            for lint in ["unwrap_used", "expect_used", "panic", "indexing_slicing"] {
                assert!(text.contains(&format!("clippy::{lint}")), "{krate} allows {lint}");
            }
        }
    }
}

/// What the wire brings is read by nobody who was not fuzzed: each type that is parsed is named by
/// a fuzz target.
#[test]
fn every_parser_has_a_fuzz_target() {
    let targets: String =
        rust_files("fuzz/fuzz_targets").into_iter().map(|(_, text)| text).collect();
    let words = words(&targets);
    let mut parsed = 0;
    for (path, code) in product_code().into_iter().filter(|(path, _)| is_core(path)) {
        let mut of = "";
        for line in code.lines() {
            if let Some(head) = line.strip_prefix("impl ") {
                let name = head.strip_prefix("Header for ").unwrap_or(head);
                of = name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
            }
            // A free function is named with the folder that it lies in.
            if line.starts_with("pub fn read(") || line.starts_with("pub fn parse(") {
                let folder = path.parent().and_then(Path::file_name).and_then(|name| name.to_str());
                of = folder.unwrap_or_default();
                parsed += 1;
                assert!(words.contains(of), "no fuzz target names {of} of {}", path.display());
            }
            let reads = line.starts_with("impl Header for ")
                || ["    pub fn parse(", "    pub fn parse_all("]
                    .iter()
                    .any(|f| line.starts_with(f));
            if reads {
                parsed += 1;
                assert!(words.contains(of), "no fuzz target names {of} of {}", path.display());
            }
        }
    }
    assert!(parsed > 20, "{parsed} parsers found");
}

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

/// Each outside world has one owner.
#[test]
fn each_outside_world_has_one_owner() {
    let owners: &[(&str, &[&str])] = &[
        ("cpal", &["audio"]),
        ("hickory-resolver", &["engine"]),
        ("hickory-proto", &["engine", "test-trunk"]),
        ("keyring", &["store"]),
        ("rsip", &["sip"]),
        // Between the rates of codecs, files and tones, and between the clocks of two sound cards.
        ("rubato", &["audio", "media"]),
        ("rusqlite", &["store"]),
        ("rustls", &["engine"]),
        ("sipx-sip", &[]),
        ("socket2", &["engine"]),
        ("sonora", &["audio"]),
        ("tauri", &["desktop"]),
        ("tokio-rustls", &["engine"]),
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

/// Every dependency has a licence that deny.toml allows.
#[test]
fn licences_are_permissive() {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    let deny: toml::Value = toml::from_str(&text).unwrap();
    let list = deny["licenses"]["allow"].as_array().unwrap();
    let allowed: BTreeSet<&str> = list.iter().filter_map(|v| v.as_str()).collect();
    for package in metadata().packages.iter().filter(|p| p.source.is_some()) {
        if package.name.starts_with("rsip") {
            continue; // deny.toml says why
        }
        let licence = package.license.clone().unwrap_or_default().replace('/', " OR ");
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
