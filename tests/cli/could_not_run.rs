//! Exit code 3: nobody there.

use std::{
    net::{TcpListener, UdpSocket},
    time::{Duration, Instant},
};

use crate::harness::{Milliwatt, free_port, milliwatt_binary};

fn could_not(line: &str, sentence: &str) {
    let out = Milliwatt::with_password("secret").run(line).expect(3);
    assert!(out.stderr.contains(sentence), "{}", out.stderr);
}

#[test]
fn a_host_that_does_not_exist() {
    could_not("options sip:alice@host.invalid", "host.invalid");
    could_not("register sip:alice@host.invalid", "host.invalid");
}

#[test]
fn a_port_that_refuses() {
    let port = free_port();
    for transport in ["udp", "tcp"] {
        let trunk = format!("sip:alice@127.0.0.1:{port};transport={transport}");
        could_not(&format!("register {trunk}"), "nothing listens");
        could_not(&format!("call {trunk} 9000 --no-register"), "nothing listens");
    }
}

#[test]
fn tls_that_is_closed_in_our_face() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let closer = std::thread::spawn(move || drop(server.accept()));
    could_not(&format!("register sip:alice@{address};transport=tls"), "closed the connection");
    closer.join().unwrap();
}

#[test]
fn a_server_that_says_nothing() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    milliwatt_binary();
    let start = Instant::now();
    could_not(&format!("register sip:alice@{address} --timeout 2s"), "does not answer");
    could_not(&format!("call sip:alice@{address} 9000 --timeout 2s"), "does not answer");
    could_not(&format!("call sip:alice@{address} 9000 --no-register --timeout 2s"), "not answer");
    assert!(start.elapsed() < Duration::from_secs(60));
}
