//! Exit code 5: what may cost money or lives.

use std::{fs, net::UdpSocket};

use crate::harness::Milliwatt;

fn silent_server() -> UdpSocket {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    server.set_nonblocking(true).unwrap();
    server
}

#[test]
fn no_emergency_call_without_a_person() {
    let server = silent_server();
    let address = server.local_addr().unwrap();
    for number in ["112", "911", "999", "tel:112", "9911", "0112"] {
        let line = format!("call sip:alice@{address} {number} --no-register");
        let out = Milliwatt::new().run(&line).expect(5);
        assert!(out.stderr.contains("emergency"), "{}", out.stderr);
    }
    assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
}

#[test]
fn no_billed_call_without_consent() {
    let server = silent_server();
    let user = Milliwatt::new();
    let file = user.folder().join("billed.toml");
    let text = format!(
        "[trunk]\nname = \"billed\"\ndomain = \"{}\"\nuser = \"alice\"\nregister = false\n\
         [test]\nbilled = true\nallow = [\"+1555*\"]\ndestination = \"+15550100\"\n",
        server.local_addr().unwrap()
    );
    fs::write(&file, text).unwrap();
    let out = user.run(&format!("check {} --suite smoke", file.display())).expect(5);
    assert!(out.stderr.contains("--yes-billed"), "{}", out.stderr);
    assert!(server.recv(&mut [0; 16]).is_err(), "something was sent");
}
