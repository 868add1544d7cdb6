//! The 61 messages of RFC 4475 and RFC 5118, sent to the answering phone on the wire. After each,
//! a good OPTIONS from the same port must be answered.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream, UdpSocket},
    time::{Duration, Instant},
};

use self::reader::Row;
use crate::harness::{Milliwatt, Running, free_port};

const SECOND: Duration = Duration::from_secs(1);

#[path = "data/sip-torture/reader.rs"]
mod reader;

/// The messages that go by a transport.
fn rows(transport: &str) -> Vec<Row> {
    let rows = reader::rows().into_iter();
    rows.filter(|row| row.is_on_the_wire() && row.transport == transport).collect()
}

/// A request that is good in every way; it is known by its number.
pub(crate) fn options(number: usize, transport: &str, from: SocketAddr) -> String {
    format!(
        "OPTIONS sip:alice@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/{transport} {from};branch=z9hG4bKgood{number}\r\n\
         From: <sip:b@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: good-{number}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

/// The status code with which a good OPTIONS was answered, once it is.
fn answer_to(number: usize, received: &str) -> Option<&str> {
    let mine = format!("Call-ID: good-{number}\r\n");
    let answers = received.split("SIP/2.0 ").skip(1);
    answers.filter(|answer| answer.contains(&mine)).find_map(|answer| answer.get(..3))
}

/// Fails unless a good OPTIONS was answered with 200; true if that was at once.
fn judge_good(file: &str, number: usize, received: &str, took: Duration) -> bool {
    assert_eq!(answer_to(number, received), Some("200"), "{file}: {received}");
    took < SECOND / 2
}

/// Plays a case on a fresh phone until the OPTIONS is answered at once, three times at most. That the
/// answer leaves in the same instant is held on virtual time, by the agent's own tests: what is late
/// here is a phone that waits for a processor, or one that each time is kept busy by the message.
fn at_once(file: &str, case: impl FnMut(usize) -> bool) {
    assert!((0..3).any(case), "{file}: OPTIONS is late each time");
}

/// Final codes of the answers in a text, those to our own OPTIONS left out, each once.
fn codes(received: &str) -> Vec<u16> {
    let mut codes: Vec<u16> = received
        .split("SIP/2.0 ")
        .skip(1)
        .filter(|answer| !answer.contains("Call-ID: good-"))
        .filter_map(|answer| answer.get(..3)?.parse().ok())
        .filter(|code| *code >= 200)
        .collect();
    codes.dedup();
    codes
}

fn judge(row: &Row, received: &str) {
    let codes = codes(received);
    if !row.request {
        assert!(codes.is_empty(), "{}: {received}", row.file);
        return;
    }
    let [code] = codes[..] else { panic!("{}: {codes:?}\n{received}", row.file) };
    row.assert_allows(code);
}

/// A phone at a port that hears everyone on loopback and refuses every call.
fn phone(user: &Milliwatt, transport: &str, port: u16) -> Running {
    phone_with(user, transport, port, &[])
}

/// The same with variables of its environment.
pub(crate) fn phone_with(
    user: &Milliwatt,
    transport: &str,
    port: u16,
    variables: &[(&str, &str)],
) -> Running {
    let line = format!(
        "answer sip:alice@127.0.0.1:9 --no-register --transport {transport} --bind 127.0.0.1:{port} --allow 127.0.0.1/32 --reject 603 --for 600s --jsonl -"
    );
    let mut command = user.command(line.split_whitespace());
    let mut phone = Running::start(command.envs(variables.iter().copied()));
    phone.wait_for("\"ready\"", 60 * SECOND);
    phone
}

#[test]
fn by_udp() {
    let user = Milliwatt::new();
    let rows = rows("UDP");
    assert_eq!(rows.len(), 51);
    for (n, row) in rows.iter().enumerate() {
        at_once(&row.file, |_| {
            // Some of the messages share a branch: one phone would take the later for a repetition.
            let port = free_port();
            let mut phone = phone(&user, "udp", port);
            let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
            socket.connect(("127.0.0.1", port)).unwrap();
            socket.send(&row.octets()).unwrap();
            let ours = socket.local_addr().unwrap();
            let sent = Instant::now();
            socket.send(options(n, "UDP", ours).as_bytes()).unwrap();
            let (received, answered) = read_udp(&socket, n, row.request);
            judge(row, &received);
            phone.end(20 * SECOND);
            judge_good(&row.file, n, &received, answered - sent)
        });
    }
}

/// Reads until the OPTIONS is answered, and what the message itself brings.
fn read_udp(socket: &UdpSocket, n: usize, expects: bool) -> (String, Instant) {
    let mut received = String::new();
    let mut good = None;
    let end = Instant::now() + 3 * SECOND;
    socket.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
    while Instant::now() < end {
        let mut buffer = [0; 65_536];
        match socket.recv(&mut buffer) {
            Ok(length) => {
                received.push_str(&String::from_utf8_lossy(&buffer[..length]));
                if answer_to(n, &received).is_some() {
                    good.get_or_insert_with(Instant::now);
                }
            }
            Err(_) if good.is_some() && (!expects || !codes(&received).is_empty()) => break,
            Err(_) => {}
        }
    }
    (received.clone(), good.unwrap_or_else(|| panic!("OPTIONS {n} was not answered: {received}")))
}

#[test]
fn by_tcp() {
    let user = Milliwatt::new();
    let rows = rows("TCP");
    assert_eq!(rows.len(), 9);
    let mut port = free_port();
    let mut phone = phone(&user, "tcp", port);
    for (n, row) in rows.iter().enumerate() {
        at_once(&row.file, |before| {
            if before > 0 {
                phone.end(20 * SECOND);
                port = free_port();
                phone = self::phone(&user, "tcp", port);
            }
            let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
            stream.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
            stream.write_all(&row.octets()).unwrap();
            let ours = stream.local_addr().unwrap();
            let sent = Instant::now();
            stream.write_all(options(n, "TCP", ours).as_bytes()).unwrap();
            let (received, answered) = read_stream(&mut stream, n, row.request);
            judge(row, &received);
            judge_good(&row.file, n, &received, answered - sent)
        });
    }
    phone.end(20 * SECOND);
}

/// The same from a stream.
fn read_stream(stream: &mut impl Read, n: usize, expects: bool) -> (String, Instant) {
    let mut received = Vec::new();
    let mut good = None;
    let end = Instant::now() + 3 * SECOND;
    while Instant::now() < end {
        let mut buffer = [0; 16_384];
        let length = stream.read(&mut buffer).unwrap_or(0);
        received.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&received);
        if answer_to(n, &text).is_some() {
            good.get_or_insert_with(Instant::now);
        }
        if let (0, Some(answered)) = (length, good)
            && (!expects || !codes(&text).is_empty())
        {
            return (text.into_owned(), answered);
        }
    }
    panic!("OPTIONS {n} was not answered: {}", String::from_utf8_lossy(&received))
}

/// The registrar that a phone meets over TLS is a script of Python's.
#[cfg(unix)]
#[test]
fn by_tls() {
    use std::{fs, path::Path};

    use crate::harness::{certificates::Authority, finish, peer};
    let Some(python) = peer("python3") else { return };
    let rows = rows("TLS");
    assert_eq!(rows.len(), 1);
    let user = Milliwatt::with_password("any");
    let at = user.folder();
    let authority = Authority::new();
    let certificate = authority.issue("127.0.0.1");
    fs::write(at.join("ca.pem"), authority.pem()).unwrap();
    fs::write(at.join("cert.pem"), &certificate.chain).unwrap();
    fs::write(at.join("key.pem"), &certificate.key).unwrap();
    at_once(&rows[0].file, |_| {
        let port = free_port();
        let mut command = std::process::Command::new(&python);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/tls_registrar.py"));
        command.arg(port.to_string()).arg(at).arg(reader::folder().join(&rows[0].file));
        let mut registrar = Running::start(&mut command);
        registrar.wait_for("listening", 10 * SECOND);
        let phone = user.start(&format!(
            "answer sip:alice@127.0.0.1:{port};transport=tls --ca {}/ca.pem --reject 603 --for 60s --jsonl -",
            at.display()
        ));
        registrar.finish(60 * SECOND);
        phone.interrupt();
        finish(phone);
        let (received, told) = (registrar.stdout(), registrar.stderr());
        let took = told.trim().parse().unwrap_or_else(|_| panic!("no answer: {received}\n{told}"));
        judge(&rows[0], &received);
        judge_good(&rows[0].file, 0, &received, Duration::from_millis(took))
    });
}
