//! Damaged messages of our own making, thousands of them to one phone: it stays up, answers what is
//! good in between, and keeps nothing of them.

use std::{
    fs,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use crate::{
    harness::{Milliwatt, Running, free_port},
    torture,
};

const SECOND: Duration = Duration::from_secs(1);

/// Chance that is the same in each run (Knuth's MMIX).
struct Chance(u64);

impl Chance {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }

    /// Two places in a text, in order.
    fn span(&mut self, length: usize) -> std::ops::Range<usize> {
        let (one, two) = (self.below(length + 1), self.below(length + 1));
        one.min(two)..one.max(two)
    }
}

/// Good messages of every kind, to be damaged: each has a dialog and a transaction of its own.
fn good(number: usize, from: SocketAddr) -> String {
    let method = ["INVITE", "OPTIONS", "REGISTER", "MESSAGE", "SUBSCRIBE", "CANCEL", "BYE", "ACK"]
        [number % 8];
    let body = "v=0\r\no=b 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
                m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";
    format!(
        "{method} sip:alice@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKbad{number};rport\r\n\
         From: \"B\" <sip:b@b;lr>;tag={number}\r\nTo: <sip:alice@127.0.0.1>\r\nCall-ID: bad-{number}@b\r\n\
         CSeq: 1 {method}\r\nMax-Forwards: 70\r\nContact: <sip:b@{from}>\r\n\
         Authorization: Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"sip:b\", response=\"d\"\r\n\
         Accept: application/sdp, multipart/mixed\r\nSupported: 100rel, timer\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// Does one kind of damage.
fn damage(message: &mut Vec<u8>, chance: &mut Chance) {
    const EVIL: [&[u8]; 12] = [
        b"\0",
        b"\r\n",
        b"\r\n\r\n",
        b"\xff\xfe\x80",
        b"%00%zz",
        b"<<<<>>>>",
        b"\"\\\"",
        b"18446744073709551616",
        b"-1",
        b";;;===",
        b"[::1",
        b"\r\nContent-Length: 999999999\r\n",
    ];
    let span = chance.span(message.len());
    match chance.below(7) {
        0 => message.truncate(span.start),
        1 => drop(message.drain(span)),
        2 => (0..=chance.below(16)).for_each(|_| {
            let at = chance.below(message.len());
            if let Some(octet) = message.get_mut(at) {
                *octet ^= 1 << chance.below(8);
            }
        }),
        3 => {
            let again = message[span.clone()].repeat(1 + chance.below(8));
            drop(message.splice(span.end..span.end, again));
        }
        4 => {
            let evil = EVIL[chance.below(EVIL.len())].repeat(1 + chance.below(64));
            drop(message.splice(span.start..span.start, evil));
        }
        5 => {
            let header = format!("\r\nX-{}: {}", chance.below(9), "a, ".repeat(chance.below(3000)));
            drop(message.splice(span.start..span.start, header.into_bytes()));
        }
        _ => message[span].reverse(),
    }
    message.truncate(60_000);
}

/// Waits for the answer to a good OPTIONS, which is sent again like any request over UDP.
fn still_answers(socket: &UdpSocket, number: usize) {
    let request = torture::options(number, "UDP", socket.local_addr().unwrap());
    let mine = format!("Call-ID: good-{number}\r\n");
    let end = Instant::now() + 20 * SECOND;
    let mut buffer = [0; 65_536];
    while Instant::now() < end {
        socket.send(request.as_bytes()).unwrap();
        while let Ok(length) = socket.recv(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]);
            if text.contains(&mine) {
                assert!(text.starts_with("SIP/2.0 200"), "{text}");
                return;
            }
        }
    }
    panic!("OPTIONS {number} was not answered");
}

/// Memory that a process holds and has written to, KiB: pages of its program come and go as they are
/// needed.
fn resident(phone: &Running) -> usize {
    let status = fs::read_to_string(format!("/proc/{}/status", phone.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn thousands_of_damaged_messages_leave_nothing_behind() {
    let user = Milliwatt::new();
    let port = free_port();
    // Of glibc's heaps, one for each thread that happens to find the others busy, it has one.
    let mut phone = torture::phone_with(&user, "udp", port, &[("MALLOC_ARENA_MAX", "1")]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(("127.0.0.1", port)).unwrap();
    socket.set_read_timeout(Some(SECOND / 2)).unwrap();
    let from = socket.local_addr().unwrap();
    let mut chance = Chance(2026);
    let mut send = |numbers: std::ops::Range<usize>| {
        let (mut unread, end) = (0, numbers.end);
        for number in numbers {
            let mut message = good(number, from).into_bytes();
            (0..=chance.below(3)).for_each(|_| damage(&mut message, &mut chance));
            // What finds the queue full is lost, and the phone has less to keep.
            if unread + message.len() + ROOM > QUEUE {
                still_answers(&socket, number);
                unread = 0;
            }
            unread += message.len() + ROOM;
            socket.send(&message).unwrap();
        }
        still_answers(&socket, end);
        std::thread::sleep(FORGOTTEN);
        resident(&phone)
    };
    // The trace fills up to its bounds; the second time there is nothing to add.
    let first = send(0..MESSAGES);
    let second = send(MESSAGES..2 * MESSAGES);
    assert!(second < first + MOST_KIB, "{first} KiB, then {second} KiB");
    assert_eq!(phone.end(20 * SECOND).code(), Some(130), "{}", phone.stderr());
    assert!(!phone.stderr().contains("panic"), "{}", phone.stderr());
}

/// Messages of one time.
const MESSAGES: usize = 10_000;
/// What a socket's queue surely holds, octets: the least of a system's defaults, and half of it for how
/// Linux counts.
const QUEUE: usize = 100 * 1024;
/// What Linux counts for a message besides its own octets, at most.
const ROOM: usize = 1024;
/// Longer than any transaction outlives its answer (RFC 3261, Timers H and J: 32 s).
const FORGOTTEN: Duration = Duration::from_secs(35);
/// What memory may differ by that holds the same.
const MOST_KIB: usize = 4 * 1024;
