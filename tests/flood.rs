//! Floods of requests: what comes in their midst is heard, and what they hold is bounded.

use std::{
    fs,
    net::UdpSocket,
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use serde_json::Value;

use crate::harness::{Caller, Milliwatt, Running, finish, rtp};

const SECOND: Duration = Duration::from_secs(1);

/// Sends 5,000 OPTIONS a second until told to stop.
fn flood(phone: &str, stop: &AtomicBool) {
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    let us = stranger.local_addr().unwrap();
    let start = Instant::now();
    for n in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let text = format!(
            "OPTIONS sip:alice@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{n}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:x@{us}>;tag={n}\r\nTo: <sip:alice@{phone}>\r\n\
             Call-ID: {n}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        // Once the phone has gone, the port refuses.
        let _ = stranger.send_to(text.as_bytes(), phone);
        let due = start + Duration::from_micros(n * 200);
        std::thread::sleep(due.saturating_duration_since(Instant::now()));
    }
}

#[test]
fn a_flood_does_not_keep_a_call_up() {
    let caller = Caller::new();
    let alice = Milliwatt::new();
    let (mut answer, phone) = caller.phone(&alice, "");
    caller.call(&phone);
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| flood(&phone, &stop));
        std::thread::sleep(SECOND);
        answer.interrupt();
        let ended = caller.goodbye();
        stop.store(true, Ordering::Relaxed);
        assert!(ended, "no BYE while the flood goes on");
    });
    assert_eq!(answer.finish(20 * SECOND).code(), Some(130), "{}", answer.stderr());
}

/// One who floods a dialog.
struct Flooder<'a> {
    sip: &'a UdpSocket,
    /// The dialog as its caller would name it.
    dialog: String,
    /// What is offered in re-INVITEs.
    offer: String,
    /// The digit of its INFO requests.
    digit: char,
    sent: AtomicU64,
}

/// A datagram that no parser takes.
const GARBAGE: usize = 16 << 10;

/// After so many there is garbage only, on a machine that takes long: each answer to a trusted source
/// is kept for 32 s (RFC 3261, Timer J), and that is not what is looked for here.
const MOST: usize = 25_000;

impl<'a> Flooder<'a> {
    /// `rtp` is where its re-INVITEs ask for the sound.
    fn new(
        caller: &Caller,
        (phone, tag): (&str, &str),
        (sip, rtp): (&'a UdpSocket, &UdpSocket),
        digit: char,
    ) -> Self {
        let (us, at) = (caller.sip.local_addr().unwrap(), rtp.local_addr().unwrap());
        let dialog = format!(
            "Max-Forwards: 70\r\nFrom: <sip:caller@{us}>;tag=a\r\nTo: <sip:alice@{phone}>{tag}\r\n\
             Call-ID: one@{us}\r\nContact: <sip:caller@{}>\r\n",
            sip.local_addr().unwrap()
        );
        let (ip, port) = (at.ip(), at.port());
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0\r\n"
        );
        Self { sip, dialog, offer, digit, sent: AtomicU64::new(0) }
    }

    fn request(&self, phone: &str, number: u64, method: &str, kind: &str, body: &str) -> String {
        let us = self.sip.local_addr().unwrap();
        format!(
            "{method} sip:alice@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bKf{number}\r\n\
             {}CSeq: {number} {method}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n{body}",
            self.dialog,
            body.len()
        )
    }

    /// Sends 3,000 requests a second until told to stop, each kind in its turn.
    fn flood(&self, phone: &str, more: &[&str], stop: &AtomicBool) {
        let info = format!("Signal={}\r\n", self.digit);
        let kinds = ["OPTIONS", "INFO", "INVITE", "garbage"];
        let start = Instant::now();
        for n in 0.. {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let kind = kinds.iter().chain(more).cycle().nth(n % (kinds.len() + more.len()));
            // The call itself was number 1.
            let number = n as u64 + 2;
            let kind = kind.copied().filter(|_| n < MOST).unwrap_or("garbage");
            let bytes = match kind {
                "garbage" => vec![b'x'; GARBAGE],
                "INFO" => {
                    self.request(phone, number, "INFO", "application/dtmf-relay", &info).into()
                }
                "INVITE" => {
                    self.request(phone, number, "INVITE", "application/sdp", &self.offer).into()
                }
                method => self.request(phone, number, method, "text/plain", "").into(),
            };
            // Once the phone has gone, the port refuses.
            let _ = self.sip.send_to(&bytes, phone);
            self.sent.fetch_add(1, Ordering::Relaxed);
            let due = start + Duration::from_micros(n as u64 * 333);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
    }
}

/// Takes what comes to the caller of the dialog: acknowledges answers to its re-INVITEs, counts all,
/// and ends with the BYE, which it answers. True where that came.
fn attend(caller: &Caller, dialog: &str, phone: &str, answered: &AtomicU64) -> bool {
    let us = caller.sip.local_addr().unwrap();
    let mut buffer = vec![0; 65_536];
    while let Ok(length) = caller.sip.recv(&mut buffer) {
        let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
        let (first, rest) = text.split_once("\r\n").unwrap_or((&text, ""));
        if first.starts_with("BYE ") {
            caller.send(&format!("SIP/2.0 200 OK\r\n{rest}"), phone);
            return true;
        }
        if !first.starts_with("SIP/2.0 200") {
            continue;
        }
        answered.fetch_add(1, Ordering::Relaxed);
        let cseq = rest.lines().find_map(|line| line.strip_prefix("CSeq: "));
        if let Some(number) = cseq.and_then(|cseq| cseq.strip_suffix(" INVITE")) {
            let ack = format!(
                "ACK sip:alice@{phone} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bKa{number}\r\n\
                 {dialog}CSeq: {number} ACK\r\nContent-Length: 0\r\n\r\n"
            );
            caller.send(&ack, phone);
        }
    }
    false
}

/// Sends sound, and counts what comes, until told to stop.
fn talk(caller: &Caller, port: u16, heard: &AtomicU64, stop: &AtomicBool) {
    caller.rtp.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    let start = Instant::now();
    for n in 0_u16.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        caller.rtp.send_to(&rtp(n, 1, 0x80), ("127.0.0.1", port)).unwrap();
        let due = start + u32::from(n) * Duration::from_millis(20);
        while Instant::now() < due {
            if caller.rtp.recv(&mut [0; 256]).is_ok_and(|length| length == 172) {
                heard.fetch_add(1, Ordering::Relaxed);
            }
        }
    }
}

/// Stops the threads of a scope, however it ends.
struct Stops<'a>(&'a AtomicBool);

impl Drop for Stops<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Memory that a process holds, KiB.
fn resident(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it runs");
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// So much of everything is waited for: requests from each, answers to them, packets of sound.
const REQUESTS: u64 = 15_000;
const ANSWERS: u64 = 100;
const PACKETS: u64 = 250;

/// What a phone may keep of it: the trace, and transactions that wait for retransmissions. The flood
/// is more than a hundred megabytes of garbage alone.
const KEPT: u64 = 80 << 10;

/// The dialog's own peer, and a stranger who knows all of the dialog but the tag that the phone has
/// drawn, flood it with requests.
#[test]
fn a_flood_in_a_dialog_does_not_harm_the_call() {
    let caller = Caller::new();
    let alice = Milliwatt::new();
    let (answer, phone) = caller.phone(&alice, "--play milliwatt");
    let (tag, port) = caller.call(&phone);
    let bound = || UdpSocket::bind("127.0.0.2:0").unwrap();
    let (stranger, ear) = (bound(), bound());
    ear.set_nonblocking(true).unwrap();
    let own = Flooder::new(&caller, (&phone, &tag), (&caller.sip, &caller.rtp), '1');
    let other = Flooder::new(&caller, (&phone, ";tag=guessed"), (&stranger, &ear), '9');
    let [heard, answered] = [const { AtomicU64::new(0) }; 2];
    let stop = AtomicBool::new(false);
    let before = resident(answer.id());
    std::thread::scope(|scope| {
        let _stops = Stops(&stop);
        let attended = scope.spawn(|| attend(&caller, &own.dialog, &phone, &answered));
        scope.spawn(|| talk(&caller, port, &heard, &stop));
        scope.spawn(|| own.flood(&phone, &[], &stop));
        scope.spawn(|| other.flood(&phone, &["BYE"], &stop));
        let wanted = [
            (&own.sent, REQUESTS),
            (&other.sent, REQUESTS),
            (&answered, ANSWERS),
            (&heard, PACKETS),
        ];
        let begin = Instant::now();
        let done = loop {
            let all = wanted.iter().all(|(count, least)| count.load(Ordering::Relaxed) >= *least);
            let over = answer.stdout().contains("\"outcome\"");
            if all || over || begin.elapsed() > 120 * SECOND {
                break all;
            }
            std::thread::sleep(SECOND / 100);
        };
        let counts = wanted.map(|(count, _)| count.load(Ordering::Relaxed));
        let told = format!("{}\n{}", answer.stdout(), answer.stderr().replace("digit 1\n", ""));
        assert!(!told.contains("\"outcome\""), "{counts:?} {told}");
        let after = resident(answer.id());
        answer.interrupt();
        let ended = attended.join();
        assert!(done, "sent, sent, answered, heard: {counts:?}");
        assert!(ended.unwrap(), "no BYE while the flood goes on");
        assert!(after < before + KEPT, "{before} KiB before, {after} KiB after the flood");
    });
    assert!(ear.recv(&mut [0; 256]).is_err(), "sound went where a stranger wanted it");
    let call = call_of(answer);
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"local".into()));
    assert!(call["media"]["received"].as_u64().unwrap() > PACKETS / 2, "{call}");
    let digits = call["dtmf_received"].as_str().unwrap();
    assert!(!digits.is_empty() && digits.chars().all(|digit| digit == '1'), "{digits}");
}

/// The report of the call that was interrupted.
fn call_of(answer: Running) -> Value {
    let out = finish(answer).expect(130);
    serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap()
}
