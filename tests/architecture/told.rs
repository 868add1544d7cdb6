//! What is told and not asked for: input and output, time, chance.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    path::Path,
};

use cargo_metadata::{DependencyKind, Metadata, PackageId};

use super::sources::{assert_absent, is_core, is_test_file, metadata, product_code};

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
