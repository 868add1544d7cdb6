//! One object on stdout whatever the exit code, and a last line that says the same.

use std::{fs, net::UdpSocket, thread, time::Duration};

use serde_json::Value;

use crate::{
    harness::{Carrier, Milliwatt, finish, free_port},
    schemas::{describes, fits},
};

/// A server that says nothing.
fn silent() -> (UdpSocket, String) {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let trunk = format!("sip:alice@{}", server.local_addr().unwrap());
    (server, trunk)
}

/// The object of a run that ended with this code, by `--json` and as the last line of `--jsonl`.
fn told(user: &Milliwatt, line: &str, code: i32) -> [Value; 2] {
    let object = user.run(&format!("{line} --json -")).expect(code).json();
    let lines = user.run(&format!("{line} --jsonl -")).expect(code);
    let last = last(&lines.stdout);
    for told in [&object, &last] {
        assert_eq!(told["version"], 1, "{line}: {told}");
    }
    [object, last]
}

/// The last of the lines that a run has told, each of which is JSON.
fn last(told: &str) -> Value {
    let lines: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.last().expect("a line").clone()
}

fn error(user: &Milliwatt, line: &str, code: i32) {
    for told in told(user, line, code) {
        fits("error", &told);
        describes("error", &told);
        assert_eq!(told["exit"], code, "{line}");
    }
}

#[test]
fn wrong_arguments_and_settings() {
    let user = Milliwatt::new();
    for line in [
        "call",
        "call sip:alice@127.0.0.1:9 9000 --nonsense",
        "call sip:alice@127.0.0.1:9 9000 --duration 3d",
        "call nowhere 9000",
        "call sip:alice@127.0.0.1:9 12x4!",
        "call sip:alice@127.0.0.1:9 9000 --record /nonexistent/folder/a.wav",
        "answer nowhere",
        "register nowhere",
        "options nowhere",
        "check nowhere",
        "check sip:alice@127.0.0.1:9 --only no.such",
    ] {
        error(&user, line, 2);
    }
    let out = user.run("call sip:alice@127.0.0.1:9 9000 --json - --jsonl /nonexistent/x").expect(2);
    fits("error", &out.json());
    // Help is no result.
    assert!(user.run("call --help --json -").expect(0).stdout.contains("--ring-timeout"));
}

/// Never the user name in place of a number.
#[test]
fn a_number_of_ours_that_is_not_known_is_null() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    for (more, did) in [("", Value::Null), ("--from +15550101", "+15550101".into())] {
        let line = format!("call {} 9000 --duration 1s {more}", carrier.alice());
        for call in told(&user, &line, 0) {
            assert_eq!(call["did"], did, "{line}: {call}");
        }
    }
    let kept = user.run("history --json -").expect(0).json();
    let kept: Vec<_> = kept["calls"].as_array().unwrap().iter().map(|call| &call["did"]).collect();
    let number = Value::from("+15550101");
    assert_eq!(kept, [&number, &number, &Value::Null, &Value::Null]);
}

/// The test trunk rings without a 100 before it.
#[test]
fn a_time_of_what_never_came_is_null() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let line = format!("call {} 9006 --ring-timeout 1s --json -", carrier.alice());
    let times = &user.run(&line).expect(1).json()["timing_ms"];
    assert!(times["ringing"].is_f64() && times["trying"].is_null(), "{times}");
}

#[test]
fn files_that_are_damaged() {
    let user = Milliwatt::new();
    for (folder, file, line, code) in [
        ("config/trunks", "office.toml", "trunk list", 2),
        ("data", "history.sqlite", "history", 3),
    ] {
        let folder = user.folder().join(folder);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(file), "[damaged ".repeat(100)).unwrap();
        let told = user.run(&format!("{line} --json -")).expect(code).json();
        fits("error", &told);
        assert_eq!(told["exit"], code, "{line}");
    }
}

#[test]
fn nothing_there() {
    let user = Milliwatt::with_password("secret");
    let closed = format!("sip:alice@127.0.0.1:{};transport=tcp", free_port());
    for call in told(&user, &format!("call {closed} 9000"), 3) {
        fits("call", &call);
        assert_eq!(call["outcome"], "failed");
        assert!(call["reason"].as_str().unwrap().contains("nothing listens"), "{call}");
    }
    for (verb, name) in [("register", "registration"), ("options", "options")] {
        for told in told(&user, &format!("{verb} {closed}"), 3) {
            fits(name, &told);
        }
    }
    let [all, line] = told(&user, &format!("answer {closed}"), 3);
    fits("answered", &all);
    fits("error", &line);
    // An address of a documentation network (RFC 5737) is nobody's own.
    let (_server, trunk) = silent();
    let nowhere = format!("{trunk} --bind 192.0.2.1:5060");
    error(&user, &format!("options {nowhere}"), 3);
    let [all, line] = told(&user, &format!("check {nowhere} --only reach.options"), 3);
    fits("check", &all);
    fits("check-line", &line);
}

#[test]
fn a_refused_password() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("wrong");
    for call in told(&user, &format!("call {} 9000", carrier.alice()), 4) {
        fits("call", &call);
        // A script reads these whatever became of the call.
        assert!(call["timing_ms"].is_object() && call["timing_ms"]["total"].is_null(), "{call}");
        assert_eq!(call["media"]["sent"], 0, "{call}");
        assert!(call["media"]["mos_cq"].is_null(), "{call}");
    }
    for registration in told(&user, &format!("register {}", carrier.alice()), 4) {
        fits("registration", &registration);
        assert_eq!(registration["state"], "refused");
    }
    let [all, line] = told(&user, &format!("answer {}", carrier.alice()), 4);
    fits("answered", &all);
    fits("error", &line);
}

#[test]
fn a_guard_that_says_no() {
    let user = Milliwatt::new();
    error(&user, "call sip:alice@127.0.0.1:9 112", 5);
    let file = user.folder().join("billed.toml");
    let text = "[trunk]\nname = \"billed\"\ndomain = \"127.0.0.1:9\"\nuser = \"alice\"\n\
                [numbers]\ndids = [\"+15550100\", \"+15550101\"]\n[test]\nbilled = true\nallow = [\"+1555*\"]\n\
                destination = \"+15550199\"\n";
    fs::write(&file, text).unwrap();
    error(&user, &format!("check {} --suite trunk", file.display()), 5);
    for plan in told(&user, &format!("check {} --suite trunk --dry-run", file.display()), 0) {
        fits("plan", &plan);
        describes("plan", &plan);
        assert_eq!(plan["billed"], true);
        let texts = |key: &str| -> Vec<String> {
            let texts = plan[key].as_array().unwrap().iter();
            texts.map(|text| text.as_str().unwrap().to_owned()).collect()
        };
        let mut numbers = texts("numbers");
        numbers.sort_unstable();
        assert_eq!(numbers, ["+15550100", "+15550101", "+15550199"]);
        let dialled =
            texts("steps").iter().map(|step| step.matches("+1555").count()).sum::<usize>();
        assert_eq!(plan["calls"], dialled);
    }
    let dry = user.run(&format!("check {} --suite trunk --dry-run", file.display())).expect(0);
    for number in ["+15550100", "+15550101", "+15550199"] {
        assert!(dry.stdout.lines().last().unwrap().contains(number), "{}", dry.stdout);
    }
}

/// A verb that is to be ended by its time, in the state that a text tells of. What it says by `--json`
/// and as the last line of `--jsonl`.
fn out_of_time(user: &Milliwatt, line: &str, state: &str) -> [Value; 2] {
    let verb = line.split(' ').next().unwrap();
    let [object, lines] =
        ["json", "jsonl"].map(|kind| user.folder().join(verb).with_extension(kind));
    let files = format!("--json {} --jsonl {}", object.display(), lines.display());
    let mut running = user.start(&format!("{line} --timeout 20s {files}"));
    running.wait_for(state, Duration::from_secs(60));
    finish(running).expect(6);
    let read = |file| fs::read_to_string(file).unwrap();
    [serde_json::from_str(&read(object)).unwrap(), last(&read(lines))]
}

/// Far more time than any machine needs to get that far: all wait for it together.
#[test]
fn the_time_is_up() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let alice = carrier.alice();
    thread::scope(|scope| {
        scope.spawn(|| {
            for call in out_of_time(&user, &format!("call {alice} 9006"), "180") {
                fits("call", &call);
                assert_eq!(call["outcome"], "cancelled");
            }
        });
        scope.spawn(|| {
            let [all, line] = out_of_time(&user, &format!("answer {alice}"), "waiting for calls");
            fits("answered", &all);
            fits("ready", &line);
        });
        scope.spawn(|| {
            let line = format!("register {alice} --for 600s");
            for told in out_of_time(&user, &line, "registered for") {
                fits("registration", &told);
                assert_eq!(told["state"], "registered");
            }
        });
    });
    // A trunk that says nothing is the better reason.
    let (_server, trunk) = silent();
    for told in told(&user, &format!("options {trunk} --timeout 1s"), 3) {
        fits("options", &told);
    }
}

#[test]
fn the_user_has_had_enough() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let alice = carrier.alice();
    let mut running = user.start(&format!("answer {alice} --json -"));
    running.wait_for("waiting for calls", Duration::from_secs(30));
    running.interrupt();
    fits("answered", &finish(running).expect(130).json());
    let file = user.folder().join("registration.json");
    let mut running = user.start(&format!("register {alice} --for 60s --json {}", file.display()));
    running.wait_for("registered for", Duration::from_secs(30));
    running.interrupt();
    finish(running).expect(130);
    fits("registration", &serde_json::from_slice(&fs::read(file).unwrap()).unwrap());
    let (server, trunk) = silent();
    server.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    for (line, name) in [
        (format!("options {trunk}"), "options"),
        (format!("register {trunk}"), "registration"),
        (format!("call {trunk} 9000"), "call"),
        (format!("answer {trunk}"), "answered"),
        (format!("check {trunk} --only reach.options"), "check"),
    ] {
        let running = user.start(&format!("{line} --json -"));
        server.recv(&mut [0; 1500]).unwrap();
        running.interrupt();
        fits(name, &finish(running).expect(130).json());
        // What was sent again must not be taken for the next run's.
        server.set_nonblocking(true).unwrap();
        while server.recv(&mut [0; 1500]).is_ok() {}
        server.set_nonblocking(false).unwrap();
    }
}
