//! The 61 messages of RFC 4475 and RFC 5118, sent to the answering phone on the wire. After each,
//! a good OPTIONS from the same port must be answered within half a second.

use std::{
    collections::BTreeMap,
    fs,
    io::{Read, Write},
    iter,
    net::{SocketAddr, TcpStream, UdpSocket},
    path::PathBuf,
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

/// Fails unless a good OPTIONS was answered with 200 and within half a second.
fn judge_good(file: &str, number: usize, received: &str, took: Duration) {
    assert_eq!(answer_to(number, received), Some("200"), "{file}: {received}");
    assert!(took < AT_ONCE, "{file}: OPTIONS after {took:?}");
}

/// Time from the sending of an OPTIONS, the longest wait of one thread for a processor left out: that
/// is the computer's, and no phone has a second try.
struct Watch<'a> {
    phone: &'a Running,
    sent: Instant,
    waits: Waits,
}

impl<'a> Watch<'a> {
    /// Just before it is sent to a phone.
    fn start(phone: &'a Running) -> Self {
        let waits = waits(phone);
        Self { phone, sent: Instant::now(), waits }
    }

    /// What it shows.
    fn time(&self) -> Duration {
        self.sent.elapsed().saturating_sub(longest(&self.waits, &waits(self.phone)))
    }
}

/// How long each thread of a phone, and this one, has waited for a processor; nothing where the system
/// does not tell.
type Waits = BTreeMap<PathBuf, Duration>;

fn waits(phone: &Running) -> Waits {
    let tasks = fs::read_dir(format!("/proc/{}/task", phone.id())).into_iter().flatten().flatten();
    let tasks = tasks.map(|task| task.path()).chain(iter::once(PathBuf::from("/proc/thread-self")));
    let waits = tasks.filter_map(|task| {
        let stat = fs::read_to_string(task.join("schedstat")).ok()?;
        let waited = stat.split_whitespace().nth(1)?.parse().ok()?;
        Some((task, Duration::from_nanos(waited)))
    });
    waits.collect()
}

/// The longest that one thread has waited since.
fn longest(before: &Waits, now: &Waits) -> Duration {
    let since = |(task, waited): (&PathBuf, &Duration)| {
        waited.saturating_sub(before.get(task).copied().unwrap_or_default())
    };
    now.iter().map(since).max().unwrap_or_default()
}

/// What the specification wants, and where the system tells nothing of waits, room for them.
const AT_ONCE: Duration = Duration::from_millis(if cfg!(target_os = "linux") { 500 } else { 3000 });

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
        // Some of the messages share a branch: one phone would take the later for a repetition.
        let port = free_port();
        let mut phone = phone(&user, "udp", port);
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.connect(("127.0.0.1", port)).unwrap();
        socket.send(&row.octets()).unwrap();
        let ours = socket.local_addr().unwrap();
        let watch = Watch::start(&phone);
        socket.send(options(n, "UDP", ours).as_bytes()).unwrap();
        let (received, took) = read_udp(&socket, n, row.request, &watch);
        judge_good(&row.file, n, &received, took);
        judge(row, &received);
        phone.end(20 * SECOND);
    }
}

/// Reads until the OPTIONS is answered, and what the message itself brings.
fn read_udp(socket: &UdpSocket, n: usize, expects: bool, watch: &Watch<'_>) -> (String, Duration) {
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
                    good.get_or_insert_with(|| watch.time());
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
    let port = free_port();
    let mut phone = phone(&user, "tcp", port);
    for (n, row) in rows.iter().enumerate() {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(150))).unwrap();
        stream.write_all(&row.octets()).unwrap();
        let ours = stream.local_addr().unwrap();
        let watch = Watch::start(&phone);
        stream.write_all(options(n, "TCP", ours).as_bytes()).unwrap();
        let (received, took) = read_stream(&mut stream, n, row.request, &watch);
        judge_good(&row.file, n, &received, took);
        judge(row, &received);
    }
    phone.end(20 * SECOND);
}

/// The same from a stream.
fn read_stream(
    stream: &mut impl Read,
    n: usize,
    expects: bool,
    watch: &Watch<'_>,
) -> (String, Duration) {
    let mut received = Vec::new();
    let mut good = None;
    let end = Instant::now() + 3 * SECOND;
    while Instant::now() < end {
        let mut buffer = [0; 16_384];
        let length = stream.read(&mut buffer).unwrap_or(0);
        received.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&received);
        if answer_to(n, &text).is_some() {
            good.get_or_insert_with(|| watch.time());
        }
        if let (0, Some(took)) = (length, good)
            && (!expects || !codes(&text).is_empty())
        {
            return (text.into_owned(), took);
        }
    }
    panic!("OPTIONS {n} was not answered: {}", String::from_utf8_lossy(&received))
}

/// The registrar that a phone meets over TLS is a script of Python's.
#[cfg(unix)]
#[test]
fn by_tls() {
    use std::path::Path;

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
    let port = free_port();
    let mut command = std::process::Command::new(python);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("interop/tls_registrar.py"));
    command.arg(port.to_string()).arg(at).arg(reader::folder().join(&rows[0].file));
    let mut registrar = Running::start(&mut command);
    registrar.wait_for("listening", 10 * SECOND);
    let mut phone = user.start(&format!(
        "answer sip:alice@127.0.0.1:{port};transport=tls --ca {}/ca.pem --reject 603 --for 60s --jsonl -",
        at.display()
    ));
    phone.wait_for("\"ready\"", 60 * SECOND);
    let before = waits(&phone);
    fs::write(at.join("go"), "").unwrap();
    registrar.finish(60 * SECOND);
    let waited = longest(&before, &waits(&phone));
    phone.interrupt();
    finish(phone);
    let (received, told) = (registrar.stdout(), registrar.stderr());
    let took = told.trim().parse().unwrap_or_else(|_| panic!("no answer: {received}\n{told}"));
    judge_good(&rows[0].file, 0, &received, Duration::from_millis(took).saturating_sub(waited));
    judge(&rows[0], &received);
}
