//! The embedded trunk as the contract of the command line has it. The lists are written out here: what
//! scripts are written against must not change with the program's own tables.

use std::{thread, time::Duration};

use milliwatt_test_trunk::Config;

use crate::harness::{Carrier, Milliwatt, free_port};

const LIMIT: Duration = Duration::from_secs(60);

/// Each fault with a value of each kind.
const FAULTS: [&str; 25] = [
    "loss=3",
    "delay=80ms",
    "jitter=20ms",
    "reorder=2",
    "duplicate=1",
    "burst=200ms",
    "seed=1",
    "one-way=in",
    "one-way=out",
    "alg",
    "md5-only",
    "stale-nonce",
    "service-unavailable=30",
    "no-rtp",
    "wrong-payload",
    "rtp-timeout=30s",
    "dtmf-lost=4",
    "caller-id=+15559999",
    "cert=expired",
    "cert=wrong-name",
    "cert=unknown-ca",
    "cert=weak",
    "dns=slow",
    "dns=nxdomain",
    "dns=first-dead",
];

/// What a number brings: the code of the answer.
const NUMBERS: [(&str, u16); 12] = [
    ("9000", 200),
    ("9001", 200),
    ("9002", 200),
    ("9003", 200),
    ("9004", 404),
    ("9005", 486),
    ("9007", 200),
    ("9008", 200),
    ("9009", 200),
    ("8404", 404),
    ("8503", 503),
    ("8603", 603),
];

/// The help wraps its lines.
fn help() -> String {
    let help = Milliwatt::new().run("test-trunk --help").expect(0).stdout;
    help.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn each_fault_has_its_name() {
    let help = help();
    for fault in FAULTS {
        let (name, value) = fault.split_once('=').map_or((fault, None), |(n, v)| (n, Some(v)));
        let explained = Milliwatt::new().run(&format!("explain fault.{name}")).expect(0).stdout;
        // Words stand in the help among others of their kind, figures and numbers as an example.
        let forms: Vec<&str> = help.split(' ').filter(|word| word.starts_with(name)).collect();
        let is_this = |form: &&str| match (value, form.split_once('=')) {
            (None, None) => *form == name,
            (Some(value), Some((of, values))) => {
                of == name && values.split('|').any(|one| one == value)
            }
            _ => false,
        };
        assert!(forms.iter().any(is_this), "{fault} is not in the help: {forms:?}");
        assert!(explained.contains(name), "{explained}");
    }
    // All at once are understood.
    let all: String = FAULTS.iter().map(|fault| format!(" --fault {fault}")).collect();
    drop(Carrier::start(&format!("--dns 127.0.0.1:0{all}")));
}

/// Without a word, UDP and TCP are at 5060 and TLS at 5061; elsewhere TLS is at the next port too.
#[test]
fn the_ports_are_those_of_sip() {
    let usual = Config::default();
    assert_eq!((usual.listen.to_string().as_str(), usual.tls), ("127.0.0.1:5060", None));
    assert!(help().contains("[default: 127.0.0.1:5060]"), "{}", help());
    let port = free_port();
    let user = Milliwatt::new();
    let mut trunk = user.start(&format!("test-trunk --listen 127.0.0.1:{port}"));
    trunk.wait_for("\"ready\"", LIMIT);
    let printed = trunk.stdout();
    let ready: serde_json::Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
    for (way, port) in [("udp", port), ("tcp", port), ("tls", port + 1)] {
        assert_eq!(ready[way], format!("127.0.0.1:{port}"), "{ready}");
    }
}

/// 9006 rings and never answers: `cli/answerers.rs` has it, and what is heard from the others.
#[test]
fn each_number_answers_as_it_should() {
    let carrier = Carrier::start("");
    thread::scope(|scope| {
        for (number, code) in NUMBERS {
            let alice = carrier.alice();
            scope.spawn(move || {
                let expected = if code == 200 { "answered".to_owned() } else { code.to_string() };
                let line = format!("call {alice} {number} --no-register --duration 1s");
                let user = Milliwatt::with_password("alice-secret");
                let out = user.run(&format!("{line} --expect {expected} --json -")).expect(0);
                assert_eq!(out.json()["code"], code, "{number}");
            });
        }
    });
}

/// A DID rings the phone of its user: here each refuses with a code of its own.
#[test]
fn each_user_has_ten_numbers() {
    let carrier = Carrier::start("--user carol:carol-secret");
    let _phones = [("alice", 600), ("bob", 603)].map(|(name, code)| {
        let user = Milliwatt::with_password(&format!("{name}-secret"));
        let trunk = format!("sip:{name}@{}", carrier.address());
        let mut phone = user.start(&format!("answer {trunk} --reject {code}"));
        phone.wait_for("waiting for calls", LIMIT);
        (phone, user)
    });
    let carol = Milliwatt::with_password("carol-secret");
    for (numbers, code) in [(100..110, 600), (110..120, 603), (120..121, 404)] {
        for number in numbers {
            let line = format!("call sip:carol@{} +15550{number}", carrier.address());
            carol.run(&format!("{line} --no-register --expect {code}")).expect(0);
        }
    }
}
