//! Exit code 3: nobody there.

use std::{
    io::Read as _,
    net::{TcpListener, UdpSocket},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Milliwatt, free_port, milliwatt_binary};

/// The run ends by itself with exit code 3 and this sentence; how long that took.
fn could_not(line: &str, sentence: &str) -> Duration {
    let user = Milliwatt::with_password("secret");
    let start = Instant::now();
    let out = user.run(line).expect(3);
    let took = start.elapsed();
    assert!(out.stderr.contains(sentence), "{}", out.stderr);
    took
}

/// The same where it is known at once that nobody is there: nothing is waited for.
fn could_not_at_once(line: &str, sentence: &str) {
    let took = could_not(line, sentence);
    assert!(took < AT_ONCE, "{line}: {took:?}");
}

#[test]
fn a_host_that_does_not_exist() {
    could_not_at_once("options sip:alice@host.invalid", "host.invalid");
    could_not_at_once("register sip:alice@host.invalid", "host.invalid");
}

#[test]
fn a_port_that_refuses() {
    let port = free_port();
    for transport in ["udp", "tcp"] {
        let trunk = format!("sip:alice@127.0.0.1:{port};transport={transport}");
        could_not_at_once(&format!("register {trunk}"), "nothing listens");
        could_not_at_once(&format!("call {trunk} 9000 --no-register"), "nothing listens");
    }
}

#[test]
fn tls_that_is_closed_in_our_face() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    let closer = thread::spawn(move || (0..2).for_each(|_| drop(server.accept())));
    let trunk = format!("sip:alice@{address};transport=tls");
    could_not_at_once(&format!("register {trunk}"), "closed the connection");
    could_not_at_once(&format!("call {trunk} 9000 --no-register"), "the trunk's port for TLS");
    closer.join().unwrap();
}

#[test]
fn a_server_that_says_nothing() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    milliwatt_binary();
    for (verb, more) in [
        ("register", ""),
        ("options", ""),
        ("answer", ""),
        ("call", "9000"),
        ("call", "9000 --no-register"),
    ] {
        let line = format!("{verb} sip:alice@{address} {more} --timeout 2s");
        let took = could_not(&line, "does not answer");
        // A second more for an answer to CANCEL, one for the goodbyes, and the start of the program.
        assert!(took < 4 * SECOND + START, "{line}: {took:?}");
    }
}

#[test]
fn rtp_ports_that_others_have() {
    let (rtp, rtcp) = loop {
        let rtp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = rtp.local_addr().unwrap().port();
        if port.is_multiple_of(2)
            && let Ok(rtcp) = UdpSocket::bind(("127.0.0.1", port + 1))
        {
            break (rtp, rtcp);
        }
    };
    let ports = [&rtp, &rtcp].map(|socket| socket.local_addr().unwrap().port());
    could_not(
        &format!(
            "call sip:alice@127.0.0.1:9 9000 --no-register --rtp-ports {}-{}",
            ports[0], ports[1]
        ),
        "rtp_ports",
    );
}

/// Takes every connection, reads what comes and says nothing. Ends with the test.
fn silent_stream() -> std::net::SocketAddr {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = stream.unwrap();
            thread::spawn(move || while stream.read(&mut [0; 4096]).is_ok_and(|read| read > 0) {});
        }
    });
    address
}

/// Without `--timeout`, each verb gives a trunk that says nothing up by itself, in the time that the
/// manual names.
#[test]
fn a_server_that_says_nothing_is_given_up() {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let (datagrams, stream) = (server.local_addr().unwrap(), silent_stream());
    milliwatt_binary();
    let trunks = [
        format!("{datagrams};transport=udp"),
        format!("{stream};transport=tcp"),
        format!("{stream};transport=tls"),
    ];
    let verbs = [
        "register TRUNK",
        "options TRUNK",
        "answer TRUNK",
        "call TRUNK 9000",
        "call TRUNK 9000 --no-register",
    ];
    thread::scope(|scope| {
        for line in trunks.iter().flat_map(|trunk| {
            verbs.map(|verb| verb.replace("TRUNK", &format!("sip:alice@{trunk}")))
        }) {
            scope.spawn(move || {
                let user = Milliwatt::with_password("secret");
                let start = Instant::now();
                let out = user.run(&line).expect(3);
                let took = start.elapsed();
                let says = &out.stderr;
                let of = if line.contains("tls") { "handshake" } else { "check" };
                assert!(says.contains("answer") && says.contains(of), "{line}: {says}");
                assert!(took < GIVEN_UP + START, "{line}: {took:?}");
            });
        }
    });
}

const SECOND: Duration = Duration::from_secs(1);
/// What the manual says.
const GIVEN_UP: Duration = Duration::from_secs(35);
/// For the start of the program where all of them start together.
const START: Duration = Duration::from_secs(10);
/// Far less than Timer F (RFC 3261), and room for a computer that is busy.
const AT_ONCE: Duration = Duration::from_secs(10);
