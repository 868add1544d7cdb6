//! A generated corpus: messages put together from parts of the grammar, and the same ones damaged.

use rand_chacha::{
    ChaCha8Rng,
    rand_core::{Rng, SeedableRng},
};

/// Draws messages, the same ones in every run.
pub(crate) struct Corpus {
    chance: ChaCha8Rng,
}

impl Corpus {
    pub(crate) fn new(seed: u64) -> Self {
        Self { chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        (self.chance.next_u64() % limit.max(1) as u64) as usize
    }

    fn one_of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    /// True once in `times`.
    fn once_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// A message without a fault.
    pub(crate) fn message(&mut self) -> Vec<u8> {
        let method = self.one_of(METHODS);
        let start = if self.once_in(3) {
            self.one_of(STATUS).to_owned()
        } else {
            format!("{method} {} SIP/2.0", self.request_uri())
        };
        let mut rows = vec![
            self.row("Via", "v", |it| it.via()),
            self.row("From", "f", |it| format!("{};tag=a{}", it.name_addr(), it.below(999))),
            self.row("To", "t", |it| it.name_addr()),
            self.row("Call-ID", "i", |it| it.one_of(CALL_IDS).to_owned()),
            self.row("CSeq", "CSeq", |it| format!("{} {method}", it.below(1 << 31))),
            self.row("Max-Forwards", "max-forwards", |it| it.below(256).to_string()),
        ];
        for _ in 0..self.below(8) {
            let (long, compact, values) = OTHERS[self.below(OTHERS.len())];
            let repeats = rows.iter().any(|row: &String| row.starts_with(long));
            if !repeats || long.starts_with("X-") {
                rows.push(self.row(long, compact, |it| it.one_of(values).to_owned()));
            }
        }
        for _ in 0..self.below(3) {
            rows.push(self.row("Contact", "m", |it| it.name_addr()));
            rows.push(self.row("Via", "v", |it| it.via()));
        }
        let body = self.one_of(BODIES);
        if !body.is_empty() || self.once_in(2) {
            rows.push(self.row("Content-Length", "l", |_| body.len().to_string()));
        }
        let shift = self.below(rows.len());
        rows.rotate_left(shift);
        format!("{start}\r\n{}\r\n{body}", rows.concat()).into_bytes()
    }

    /// A message with up to four octets or lines damaged.
    pub(crate) fn damaged(&mut self) -> Vec<u8> {
        let mut raw = self.message();
        for _ in 0..=self.below(4) {
            let at = self.below(raw.len());
            match self.below(6) {
                0 => raw[at] = self.below(256) as u8,
                1 => drop(raw.remove(at)),
                2 => raw.insert(at, SEPARATORS[self.below(SEPARATORS.len())]),
                3 => raw.truncate(at.max(1)),
                4 => {
                    let line = self.line(&raw, at);
                    let copy = raw[line.clone()].to_vec();
                    raw.splice(line.start..line.start, copy);
                }
                _ => drop(raw.drain(self.line(&raw, at))),
            }
            if raw.is_empty() {
                raw.push(b'x');
            }
        }
        raw
    }

    fn line(&self, raw: &[u8], at: usize) -> std::ops::Range<usize> {
        let start = raw[..at].iter().rposition(|&octet| octet == b'\n').map_or(0, |feed| feed + 1);
        let end = raw[at..].iter().position(|&octet| octet == b'\n');
        start..end.map_or(raw.len(), |feed| at + feed + 1)
    }

    fn row(
        &mut self,
        long: &str,
        compact: &str,
        value: impl FnOnce(&mut Self) -> String,
    ) -> String {
        let name = if self.once_in(6) { compact.to_owned() } else { long.to_owned() };
        let name = if self.once_in(10) { name.to_uppercase() } else { name };
        let value = value(self);
        let colon = if self.once_in(12) { " : " } else { ": " };
        match value.rfind(' ') {
            Some(at) if self.once_in(12) && !value[at..].contains('"') => {
                format!("{name}{colon}{}\r\n {}\r\n", &value[..at], &value[at + 1..])
            }
            _ => format!("{name}{colon}{value}\r\n"),
        }
    }

    fn request_uri(&mut self) -> String {
        if self.once_in(12) {
            "tel:+1-201-555-0123;phone-context=a.b".to_owned()
        } else {
            self.uri()
        }
    }

    fn uri(&mut self) -> String {
        let scheme = self.one_of(&["sip", "sip", "sip", "sips"]);
        let user = self.one_of(USERS);
        let host = self.one_of(HOSTS);
        let port = self.one_of(&["", "", ":5060", ":5080"]);
        let params = self.one_of(&[
            "",
            "",
            ";transport=tcp",
            ";lr",
            ";user=phone;x=y",
            ";lr;maddr=192.0.2.9",
        ]);
        format!("{scheme}:{user}{host}{port}{params}")
    }

    fn name_addr(&mut self) -> String {
        let name = self.one_of(NAMES);
        format!("{name}<{}>", self.uri())
    }

    fn via(&mut self) -> String {
        let transport = self.one_of(&["UDP", "UDP", "TCP", "TLS", "WS"]);
        let host = self.one_of(HOSTS);
        let port = self.one_of(&["", ":5060", ":5099"]);
        let params = self.one_of(&["", ";rport", ";rport=5061;received=192.0.2.4", ";x"]);
        format!("SIP/2.0/{transport} {host}{port};branch=z9hG4bK{}{params}", self.below(1 << 30))
    }
}

const SEPARATORS: &[u8] = b" \r\n\t,;<>\"@:%\0=\\/?[]";
const METHODS: &[&str] = &[
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "OPTIONS",
    "REGISTER",
    "INFO",
    "PRACK",
    "UPDATE",
    "MESSAGE",
    "NOTIFY",
    "SUBSCRIBE",
    "REFER",
    "PUBLISH",
    "NEWMETHOD",
    "in-vite",
];
const STATUS: &[&str] = &[
    "SIP/2.0 100 Trying",
    "SIP/2.0 180 Ringing",
    "SIP/2.0 200 OK",
    "SIP/2.0 200 All is well",
    "SIP/2.0 302 Moved Temporarily",
    "SIP/2.0 401 Unauthorized",
    "SIP/2.0 486 Besetzt \u{fc}",
    "SIP/2.0 503 Service Unavailable",
    "SIP/2.0 603 Decline",
    "SIP/2.0 699 Own",
    "SIP/2.0 183 ",
];
const USERS: &[&str] = &[
    "",
    "alice@",
    "+15550100@",
    "alice:secret@",
    "a%20b@",
    "*97@",
    "user;par=1@",
    "&isn't+it$/crazy?,/;;*@",
];
const HOSTS: &[&str] =
    &["example.com", "192.0.2.1", "[2001:db8::9:1]", "a-b.c1.example.net", "localhost"];
const NAMES: &[&str] = &[
    "",
    "Alice ",
    "A. G. Bell ",
    "\"Quoted, name\" ",
    "\"\\\"escaped\\\" <x>\" ",
    "\"\u{43f}\u{440}\" ",
    "\"\" ",
    "token1~` token2'+_",
];
const CALL_IDS: &[&str] = &[
    "1@example.com",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
];
const BODIES: &[&str] =
    &["", "", "v=0\r\ns=-\r\n", "two\r\n\r\nparts", "\0\u{fc}", "BYE sip:a SIP/2.0\r\n\r\n"];
const OTHERS: &[(&str, &str, &[&str])] = &[
    ("Allow", "allow", &["INVITE, ACK,BYE", "INVITE"]),
    ("Content-Type", "c", &["application/sdp", "multipart/mixed;boundary=\"a b\""]),
    ("Date", "date", &["Sat, 13 Nov 2010 23:29:00 GMT"]),
    ("Expires", "expires", &["0", "3600", "4294967295"]),
    (
        "P-Asserted-Identity",
        "p-asserted-identity",
        &["<sip:+1@a.b>, <tel:+1>", "\"N\" <sip:+1@a.b>"],
    ),
    ("Reason", "reason", &["Q.850;cause=16;text=\"Normal; call, clearing\", SIP;cause=200"]),
    ("Record-Route", "record-route", &["<sip:p1.example.com;lr>, <sip:p2.example.com;lr>"]),
    ("Retry-After", "retry-after", &["18000;duration=3600", "120 (I'm in a meeting)"]),
    (
        "Route",
        "route",
        &["<sip:p1.example.com;lr>", "\"P\" <sip:[::1];lr> , <sip:p2.example.com>;x=y"],
    ),
    ("Session-Expires", "x", &["1800", "90;refresher=uas"]),
    ("Subject", "s", &["", "I know you're there, pick up: \"now\"", "\u{fc}ml\u{e4}ut"]),
    ("Supported", "k", &["100rel, timer,replaces", ""]),
    ("User-Agent", "user-agent", &["A/1.0 (b; c, d)"]),
    ("Warning", "warning", &["399 a.b \"one, two\", 307 c \"three\""]),
    (
        "WWW-Authenticate",
        "www-authenticate",
        &["Digest realm=\"a, b\", nonce=\"c\", algorithm=SHA-256"],
    ),
    ("X-Odd", "x-odd", &[";;,,;;,;", "\"open", "a:b:c", "\u{feff}\u{5927}"]),
    ("X-Much", "x-much", &["one   two", "=?<>@,;"]),
];
