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
    wrong("call TRUNK urn:service:sos", "urn:service:sos");
    wrong("call TRUNK 9000 --from <script>", "<script>");
}

#[test]
fn a_recording_that_cannot_be_written() {
    wrong("call TRUNK 9000 --record /nonexistent/folder/a.wav", "/nonexistent/folder/a.wav");
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
