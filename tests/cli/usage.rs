//! Exit code 2: nothing is sent before all arguments and settings are understood.

use std::{fs, net::UdpSocket};

use crate::harness::Milliwatt;

/// Runs against a server that must not hear of it.
fn wrong(line: &str, sentence: &str) {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    let trunk = format!("sip:alice@{}", server.local_addr().unwrap());
    let out = Milliwatt::with_password("secret").run(&line.replace("TRUNK", &trunk)).expect(2);
    assert!(out.stderr.contains(sentence), "{line}: {}", out.stderr);
    assert!(server.recv(&mut [0; 16]).is_err(), "{line}: something was sent");
}

#[test]
fn a_trunk_that_is_not_there() {
    wrong("call nowhere 9000", "nowhere");
}

#[test]
fn a_number_that_is_none() {
    wrong("call TRUNK 12x4!", "12x4!");
    wrong("call TRUNK urn:service:other", "urn:service:other");
    wrong("call TRUNK 9000 --from <script>", "<script>");
}

#[test]
fn a_recording_that_cannot_be_written() {
    for verb in ["call TRUNK 9000", "answer TRUNK", "answer TRUNK --echo"] {
        let line = format!("{verb} --record /nonexistent/folder/a.wav");
        wrong(&line, "/nonexistent/folder/a.wav cannot be written");
    }
}

/// Reading a device or a pipe might never end.
#[cfg(unix)]
#[test]
fn a_sound_that_is_no_file() {
    wrong("call TRUNK 9000 --play /dev/zero", "save the sound first");
}

#[test]
fn results_that_cannot_be_written() {
    for option in ["json", "jsonl", "trace", "log"] {
        let line = format!("call TRUNK 9000 --{option} /nonexistent/folder/{option}");
        wrong(&line, &format!("/nonexistent/folder/{option}"));
    }
    for option in ["junit", "trace"] {
        let line = format!("check TRUNK --{option} /nonexistent/folder/{option}");
        wrong(&line, &format!("/nonexistent/folder/{option}"));
    }
    wrong("demo --junit /nonexistent/folder/junit", "/nonexistent/folder/junit");
    wrong("test-trunk --listen 127.0.0.1:0 --ca-out /nonexistent/folder/ca", "/nonexistent/folder");
    wrong("call TRUNK 9000 --json - --jsonl -", "cannot share stdout");
}

/// A CI viewer takes a missing file for nothing to report.
#[test]
fn a_run_that_cannot_begin_is_an_error_in_junit() {
    let user = Milliwatt::new();
    let junit = user.folder().join("junit.xml");
    for (line, code, sentence) in [
        ("check nowhere", 2, "nowhere"),
        ("check TRUNK --only no.such", 2, "no.such"),
        ("check sip:alice@192.0.2.1 --did +15550100 --only out.answer", 5, "test.allow"),
    ] {
        let line = line.replace("TRUNK", "sip:alice@127.0.0.1:9");
        user.run(&format!("{line} --junit {}", junit.display())).expect(code);
        let xml = fs::read_to_string(&junit).unwrap();
        assert!(xml.contains("errors=\"1\"") && xml.contains("<error"), "{xml}");
        assert!(xml.contains(sentence), "{line}: {xml}");
    }
}

#[test]
fn certificates_that_cannot_be_read() {
    wrong("call TRUNK 9000 --ca /nonexistent/ca.pem", "/nonexistent/ca.pem");
    let user = Milliwatt::new();
    let empty = user.folder().join("empty.pem");
    fs::write(&empty, "no certificate\n").unwrap();
    wrong(&format!("check TRUNK --ca {}", empty.display()), "holds no certificate");
}

/// Settings of a trunk on loopback, completed by further lines.
fn settings(user: &Milliwatt, account: &str, further: &str) -> String {
    let file = user.folder().join("trunk.toml");
    let text = format!(
        "[trunk]\nname = \"office\"\ndomain = \"127.0.0.1:9\"\nuser = \"alice\"\n{account}\n{further}\n"
    );
    fs::write(&file, text).unwrap();
    file.display().to_string()
}

#[test]
fn what_this_build_does_not_offer() {
    let user = Milliwatt::new();
    for verb in
        ["call TRUNK 9000", "answer TRUNK", "register TRUNK", "options TRUNK", "check TRUNK"]
    {
        for (account, further, sentence) in [
            ("", "[media]\nsrtp = \"required\"", "does not encrypt sound"),
            ("transport = \"ws\"", "", "does not speak the transport ws"),
            ("transport = \"wss\"", "", "does not speak the transport wss"),
            ("", "[media]\ncodecs = [\"opus\"]", "speaks none of the codecs opus"),
        ] {
            let file = settings(&user, account, further);
            let out = user.run(&verb.replace("TRUNK", &file)).expect(2);
            assert!(out.stderr.contains(sentence), "{verb}: {}", out.stderr);
        }
    }
    wrong("call TRUNK 9000 --srtp required", "does not encrypt sound");
    wrong("call TRUNK;transport=wss 9000", "does not speak the transport wss");
}

#[test]
fn the_sound_card_is_offered_where_it_is_taken() {
    let user = Milliwatt::new();
    for (verb, offered) in [("call", true), ("answer", true), ("check", false)] {
        let help = user.run(&format!("{verb} --help")).expect(0).stdout;
        let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(help.contains("`device`"), offered, "{help}");
        assert!(help.contains("`required` ends with exit code 2"), "{help}");
    }
}

#[test]
fn a_sound_that_cannot_be_read() {
    wrong("call TRUNK 9000 --play /nonexistent/a.wav", "/nonexistent/a.wav");
}

#[test]
fn a_codec_that_nobody_speaks() {
    wrong("call TRUNK 9000 --codec PCMU,SPEEX", "SPEEX");
}

#[test]
fn words_that_mean_nothing() {
    wrong("call TRUNK 9000 --expect maybe", "maybe");
    wrong("call TRUNK 9000 --duration 3d", "no unit");
    wrong("call TRUNK 9000 --dtmf 12x", "no key");
    wrong("explain nonsense", "milliwatt explain");
    wrong("explain fault.nonsense", "fault.nonsense");
    wrong("schema nonsense", "choose from");
    wrong("test-trunk --listen 127.0.0.1:0 --fault nonsense=1", "nonsense");
    wrong("test-trunk --listen 127.0.0.1:0 --fault dns=slow", "--dns ADDR:PORT");
    wrong("test-trunk --listen somewhere", "no address such as");
}

#[test]
fn settings_that_cannot_be_read_are_left_alone() {
    let user = Milliwatt::new();
    let file = user.folder().join("broken.toml");
    let text = "[trunk]\nname = \"office\"\ndomain = = 3\n";
    fs::write(&file, text).unwrap();
    let out = user.run(&format!("call {} 9000", file.display())).expect(2);
    assert!(out.stderr.contains("broken.toml"), "{}", out.stderr);
    assert!(out.stderr.contains("line 3, column 10"), "{}", out.stderr);
    assert_eq!(fs::read_to_string(&file).unwrap(), text);
}
