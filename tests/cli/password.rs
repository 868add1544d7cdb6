//! The password: wrong, and never told.

use std::{fs, path::Path};

use crate::harness::{Carrier, Milliwatt};

const CANARY: &str = "canary-5f1d0c7e";

fn text(path: &Path) -> String {
    String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned()
}

#[test]
fn a_wrong_one_is_tried_twice_at_most() {
    let carrier = Carrier::start("");
    for line in ["register TRUNK", "call TRUNK 9000", "call TRUNK 9000 --no-register"] {
        let user = Milliwatt::with_password("wrong");
        let trace = user.folder().join("trace.pcap");
        let line = line.replace("TRUNK", &carrier.alice());
        let out = user.run(&format!("{line} --trace {}", trace.display())).expect(4);
        assert!(out.stderr.contains("password"), "{line}: {}", out.stderr);
        let trace = text(&trace);
        let answers = trace.matches("Authorization: Digest").count();
        assert!((1..=2).contains(&answers), "{line}: {answers} answers");
    }
}

#[test]
fn it_stands_in_no_file() {
    let carrier = Carrier::start(&format!("--user carol:{CANARY}"));
    let user = Milliwatt::with_password(CANARY);
    let file = |name: &str| user.folder().join(name).display().to_string();
    let out = user
        .run(&format!(
            "call sip:carol@{} 9000 --duration 2s -vv --log {} --trace {} --jsonl {} --json {}",
            carrier.address(),
            file("log"),
            file("trace"),
            file("jsonl"),
            file("json"),
        ))
        .expect(0);
    for said in [&out.stdout, &out.stderr] {
        assert!(!said.contains(CANARY), "{said}");
    }
    for name in ["log", "trace", "jsonl", "json"] {
        let written = text(Path::new(&file(name)));
        assert!(!written.is_empty(), "{name} is empty");
        assert!(!written.contains(CANARY), "{name}: {written}");
    }
    let kept = fs::read_dir(user.folder().join("data")).unwrap();
    for file in kept.map(|entry| entry.unwrap().path()).filter(|path| path.is_file()) {
        assert!(!text(&file).contains(CANARY), "{}", file.display());
    }
}

#[test]
fn no_argument_takes_it() {
    let out = Milliwatt::new().run("register sip:alice@127.0.0.1 --password x").expect(2);
    assert!(out.stderr.contains("--password"), "{}", out.stderr);
    for scheme in ["sip:", ""] {
        let line = format!("register {scheme}alice:{CANARY}@127.0.0.1 --json -");
        let out = Milliwatt::new().run(&line).expect(2);
        for said in [&out.stdout, &out.stderr] {
            assert!(!said.contains(CANARY), "{said}");
        }
    }
}

#[test]
fn a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let user = Milliwatt::new();
    let file = user.folder().join("password");
    fs::write(&file, "secret\n").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let line = format!("register sip:alice@127.0.0.1:9 --password-file {}", file.display());
    let out = user.run(&line).expect(2);
    assert!(out.stderr.contains("password"), "{}", out.stderr);
}
