//! Exit code 5: what may cost money or lives.

use std::{fs, io::Write, net::UdpSocket, process::Stdio, time::Duration};

use crate::harness::{Carrier, Milliwatt, finish};

fn silent_server() -> UdpSocket {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    server
}

/// What comes next; then nothing is waited for again.
fn next_message(server: &UdpSocket) -> String {
    let mut buffer = [0; 2048];
    server.set_nonblocking(false).unwrap();
    server.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let length = server.recv(&mut buffer).expect("a message");
    server.set_nonblocking(true).unwrap();
    String::from_utf8_lossy(&buffer[..length]).into_owned()
}

#[test]
fn no_emergency_call_without_a_person() {
    let server = silent_server();
    let address = server.local_addr().unwrap();
    for number in [
        "112",
        "911",
        "999",
        "tel:112",
        "9911",
        "0112",
        "5911",
        "+49112",
        "sip:%39%31%31@example.net",
        "sip:911:5@example.net",
        "urn:service:sos",
    ] {
        let line = format!("call sip:alice@{address} {number} --no-register");
        let out = Milliwatt::new().run(&line).expect(5);
        assert!(out.stderr.contains("emergency"), "{}", out.stderr);
    }
    assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
}

/// A short number is an emergency number only where it is one.
#[test]
fn a_short_number_of_another_country_is_dialled() {
    let server = silent_server();
    let user = Milliwatt::new();
    let trunk = |country: &str| {
        let file = user.folder().join(format!("{country}.toml"));
        let address = server.local_addr().unwrap();
        let text = format!(
            "[trunk]\nname = \"office\"\ndomain = \"{address}\"\nregister = false\n\
             [numbers]\ncountry = \"{country}\"\n"
        );
        fs::write(&file, text).unwrap();
        file.display().to_string()
    };
    user.run(&format!("call {} 101", trunk("AR"))).expect(5);
    assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
    for trunk in [trunk("DE"), format!("sip:alice@{} --no-register", server.local_addr().unwrap())]
    {
        let call = user.start(&format!("call {trunk} 101"));
        let sent = next_message(&server);
        assert!(sent.starts_with("INVITE sip:101@"), "{sent}");
        call.interrupt();
        finish(call).expect(130);
        while server.recv(&mut [0; 2048]).is_ok() {}
    }
    let out = user.run("call sip:alice@trunk.invalid 101 --no-register").expect(5);
    assert!(out.stderr.contains("numbers.country"), "{}", out.stderr);
}

/// At a terminal, a person may call for help, and by the name of RFC 5031 too.
#[test]
fn a_person_calls_for_help_after_typing_it_again() {
    let server = silent_server();
    let user = Milliwatt::new();
    // A trunk that registers: help is called without waiting for that.
    let trunk = format!("sip:alice@{}", server.local_addr().unwrap());
    for (typed, sent) in [("urn:service:sos", true), ("yes", false)] {
        let line = format!("call {trunk} urn:service:sos --timeout 60s");
        let mut command = user.at_terminal(&line);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
        let keyboard = child.stdin.as_mut().unwrap();
        writeln!(keyboard, "{typed}").unwrap();
        if sent {
            let sent = next_message(&server);
            assert!(sent.starts_with("INVITE urn:service:sos SIP/2.0"), "{sent}");
            keyboard.write_all(CTRL_C).unwrap();
            assert_eq!(child.wait().unwrap().code(), Some(130), "only a person ends it");
            while server.recv(&mut [0; 2048]).is_ok() {}
        } else {
            assert_eq!(child.wait().unwrap().code(), Some(5));
            assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
        }
    }
}

/// As it comes from a keyboard.
const CTRL_C: &[u8] = b"\x03";

/// The ledger outlives the run, and a call that cannot be written into it is not placed.
#[test]
fn a_budget_is_kept_across_runs() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let file = user.folder().join("billed.toml");
    let text = format!(
        "[trunk]\nname = \"billed\"\ndomain = \"{}\"\nuser = \"alice\"\n[numbers]\n\
         dids = [\"+15550100\"]\n[test]\nbilled = true\nallow = [\"+1555*\"]\n",
        carrier.address()
    );
    fs::write(&file, text).unwrap();
    let check = |calls: u32, code: i32| {
        let line = format!(
            "check {} --only auth.invite --yes-billed --budget calls={calls}",
            file.display()
        );
        user.run(&line).expect(code)
    };
    check(1, 0);
    let out = check(1, 5);
    assert!(out.stderr.contains("in the last hour"), "{}", out.stderr);
    check(2, 0);
    let ledger = user.folder().join("data/spending.jsonl");
    assert_eq!(fs::read_to_string(&ledger).unwrap().lines().count(), 2);
    fs::remove_file(&ledger).unwrap();
    fs::create_dir(&ledger).unwrap();
    let out = check(9, 3);
    assert!(out.stderr.contains("spending.jsonl"), "{}", out.stderr);
}

/// A budget is raised by the trunk's settings, not by a flag alone.
#[test]
fn a_budget_is_raised_up_to_the_cap_of_the_trunk() {
    let server = silent_server();
    let user = Milliwatt::new();
    let file = billed(&user, &server, "allow = [\"+1555*\"]\nmax_calls = 30\n");
    let check = |more: &str| {
        let line = format!("check {file} --only auth.invite --yes-billed {more} --timeout 3s");
        user.run(&line)
    };
    let out = check("--budget calls=31").expect(5);
    assert!(out.stderr.contains("cap of 30 calls, 60.0 minutes"), "{}", out.stderr);
    check("--budget minutes=61").expect(5);
    assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
    check("--budget calls=30,minutes=60").expect(3);
    assert!(server.recv(&mut [0; 16]).is_ok(), "nothing was sent");
}

#[test]
fn no_billed_call_without_consent() {
    let server = silent_server();
    let user = Milliwatt::new();
    let file = billed(&user, &server, "allow = [\"+1555*\"]\n");
    for choice in ["--suite trunk", "--only auth.invite"] {
        let out = user.run(&format!("check {file} {choice}")).expect(5);
        assert!(out.stderr.contains("--yes-billed"), "{}", out.stderr);
        assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
    }
}

/// The free suite runs without a word about money: it leaves out the one call in it.
#[test]
fn the_free_suite_needs_no_consent() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    for (number, more, why) in [
        ("+15550100", "", "--yes-billed"),
        ("+16660100", "--yes-billed", "test.allow"),
        ("+15550100", "--yes-billed --budget calls=1", ""),
        ("+15550100", "--yes-billed --budget calls=1", "in the last hour"),
    ] {
        let file = user.folder().join("billed.toml");
        let text = format!(
            "[trunk]\nname = \"billed\"\ndomain = \"{}\"\nuser = \"alice\"\n\
             [test]\nbilled = true\nallow = [\"+1555*\"]\ndestination = \"{number}\"\n",
            carrier.address()
        );
        fs::write(&file, text).unwrap();
        let line = format!("check {} {more} --json -", file.display());
        let report = user.run(&line).expect(0).json();
        let checks = report["checks"].as_array().unwrap();
        let of = |id: &str| checks.iter().find(|check| check["id"] == id).unwrap();
        assert_eq!(of("reg.basic")["verdict"], "pass", "{report}");
        let invite = of("auth.invite");
        let wanted = if why.is_empty() { "pass" } else { "skip" };
        assert_eq!(invite["verdict"], wanted, "{invite}");
        assert!(why.is_empty() || invite["required"] == false, "{invite}");
        let told = invite["advice"].as_str().unwrap_or_default();
        assert!(told.contains(why), "{invite}");
    }
}

/// The settings of a billed trunk at that server, which knows us by address.
fn billed(user: &Milliwatt, server: &UdpSocket, test: &str) -> String {
    let file = user.folder().join("billed.toml");
    let text = format!(
        "[trunk]\nname = \"billed\"\ndomain = \"{}\"\nuser = \"alice\"\nregister = false\n\
         [numbers]\ndids = [\"+15550100\"]\n[test]\nbilled = true\n{test}",
        server.local_addr().unwrap()
    );
    fs::write(&file, text).unwrap();
    file.display().to_string()
}
