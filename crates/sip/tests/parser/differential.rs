//! What rsip 0.4 and sipx-sip 1.0.1 accept, ours accepts with the same start line, headers and
//! body. Where they disagree the clause that decides is listed, and ours is held to it.

use std::collections::BTreeSet;

use bytes::Bytes;
use milliwatt_sip::message::{Framing, Message, Name};

use crate::corpus::Corpus;

/// A message as all three can tell it: start line, rows with long names, body.
#[derive(Debug, PartialEq, Eq)]
struct Told {
    /// Method and Request-URI, or status code.
    start: Vec<String>,
    /// Name and value, octets that are no ASCII escaped.
    rows: Vec<(String, String)>,
    body: String,
}

fn row(name: &[u8], value: &[u8]) -> (String, String) {
    let name = String::from_utf8_lossy(name);
    (Name::from(&*name).as_str().to_ascii_lowercase(), squeezed(value))
}

/// White space is compared as one space (RFC 3261 §7.3.1: a fold is one SP).
fn squeezed(value: &[u8]) -> String {
    let parts = value.split(|octet| b" \t\r\n".contains(octet)).filter(|part| !part.is_empty());
    shown(&parts.collect::<Vec<_>>().join(&b' '))
}

fn shown(octets: &[u8]) -> String {
    octets.escape_ascii().to_string()
}

fn ours(raw: &[u8]) -> Option<Told> {
    let message = Message::parse(Bytes::copy_from_slice(raw), Framing::Datagram).ok()?;
    let start = match message.method() {
        Some(method) => vec![method.to_string(), message.request_uri()?.into_owned()],
        None => vec![message.status().map(|code| code.to_string()).unwrap_or_default()],
    };
    let rows = message.header_lines().map(|(name, value)| row(name, value.as_bytes())).collect();
    Some(Told { start, rows, body: shown(&message.body()) })
}

fn sipx(raw: &[u8]) -> Option<Told> {
    let limits = sipx_sip::Limits::datagram();
    let message = sipx_sip::parse_datagram(Bytes::copy_from_slice(raw), &limits).ok()?;
    let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
    let start = match (message.as_request(), message.as_response()) {
        (Some(request), _) => {
            let mut wire = Vec::new();
            request.write_to(&mut wire);
            let line = text(wire.split(|&octet| octet == b'\r').next()?);
            vec![text(request.method.as_bytes()), line.split(' ').nth(1)?.to_owned()]
        }
        (None, Some(response)) => vec![response.status.code().to_string()],
        (None, None) => return None,
    };
    let rows = message.headers().iter();
    let rows = rows.map(|header| row(header.name().canonical(), &header.value())).collect();
    Some(Told { start, rows, body: shown(message.body()) })
}

fn rsip(raw: &[u8]) -> Option<Told> {
    use rsip::prelude::HasHeaders;

    let message = rsip::SipMessage::try_from(raw).ok()?;
    let start = match &message {
        rsip::SipMessage::Request(request) => {
            vec![request.method.to_string(), request.uri.to_string()]
        }
        rsip::SipMessage::Response(response) => vec![response.status_code.code().to_string()],
    };
    let rows = message.headers().iter().map(|header| {
        let text = header.to_string();
        let (name, value) = text.split_once(':').unwrap_or((&text, ""));
        row(name.as_bytes(), value.as_bytes())
    });
    Some(Told { start, rows: rows.collect(), body: shown(message.body()) })
}

/// The clause of RFC 3261 that decides a disagreement against the other parser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Clause {
    /// §7: the headers end at the blank line, not at the first row that cannot be read.
    BlankLine,
    /// §7.3.1: a line that starts with a blank continues the value above it.
    Folding,
    /// §25.1: no value holds an LF; where it has lost its CR it still ends the line.
    LineFeed,
    /// §18.3: octets after those that Content-Length states are not the body's.
    ContentLength,
    /// §16.6: a Request-URI is kept as it was written, without the blanks around it.
    UriText,
    /// §25.1: SIP-Version is `SIP/` and two numbers; anything else is no SIP message.
    Version,
}

/// The clauses that explain all of a disagreement.
fn clauses(raw: &[u8], theirs: &Told, ours: &Told) -> Option<Vec<Clause>> {
    let mut found = Vec::new();
    if theirs.start != ours.start {
        let pairs = || theirs.start.iter().zip(&ours.start);
        let same = |(theirs, ours): (&String, &String)| theirs.trim().eq_ignore_ascii_case(ours);
        pairs().all(same).then(|| found.push(Clause::UriText))?;
    }
    let returns = memchr::memchr_iter(b'\n', raw);
    if returns.into_iter().any(|at| at == 0 || raw[at - 1] != b'\r') && theirs.rows != ours.rows {
        found.push(Clause::LineFeed);
    } else if theirs.rows != ours.rows {
        let cut =
            if is_cut_at_fold(raw, theirs, ours) { Clause::Folding } else { Clause::BlankLine };
        let prefix = cut == Clause::Folding || ours.rows.starts_with(&theirs.rows);
        prefix.then(|| found.push(cut))?;
    } else if theirs.body != ours.body {
        theirs.body.starts_with(&ours.body).then(|| found.push(Clause::ContentLength))?;
    }
    Some(found)
}

/// True where the last row that they read ends at a fold.
fn is_cut_at_fold(raw: &[u8], theirs: &Told, ours: &Told) -> bool {
    let Some(((name, value), before)) = theirs.rows.split_last() else { return false };
    let folds = raw.windows(3).any(|three| matches!(three, b"\r\n " | b"\r\n\t"));
    let same = ours.rows.get(before.len()).is_some_and(|(found, whole)| {
        found == name && whole != value && whole.starts_with(value.as_str())
    });
    folds && same && ours.rows.starts_with(before)
}

/// Compares over the whole corpus: how many messages the other parser accepts, and which clauses
/// decided.
fn compare(
    oracle: impl Fn(&[u8]) -> Option<Told>,
    draw: impl Fn(&mut Corpus) -> Vec<u8>,
) -> (usize, BTreeSet<Clause>) {
    let mut corpus = Corpus::new(4475);
    let (mut accepted, mut decided) = (0, BTreeSet::new());
    for _ in 0..MESSAGES {
        let raw = draw(&mut corpus);
        let Some(theirs) = oracle(&raw) else { continue };
        accepted += 1;
        let shown = String::from_utf8_lossy(&raw);
        match ours(&raw) {
            Some(ours) => decided.extend(
                clauses(&raw, &theirs, &ours)
                    .unwrap_or_else(|| panic!("{theirs:#?}\nours: {ours:#?}\n{shown}")),
            ),
            None => {
                let line = shown.lines().find(|line| !line.is_empty()).unwrap_or_default();
                let version = line.rsplit(' ').next().unwrap_or_default();
                assert!(!is_version(version), "they accept, we refuse:\n{shown}");
                decided.insert(Clause::Version);
            }
        }
    }
    (accepted, decided)
}

/// `SIP/` and two numbers with a point between them.
fn is_version(text: &str) -> bool {
    let numbers = text.strip_prefix("SIP/").and_then(|rest| rest.split_once('.'));
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|octet| octet.is_ascii_digit());
    numbers.is_some_and(|(major, minor)| digits(major) && digits(minor))
}

#[test]
fn what_sipx_accepts_we_read_the_same() {
    let (accepted, decided) = compare(sipx, Corpus::message);
    assert_eq!((accepted, decided), (MESSAGES, BTreeSet::new()));
    let (accepted, decided) = compare(sipx, Corpus::damaged);
    assert!(accepted > MESSAGES / 3, "{accepted}");
    assert_eq!(decided, BTreeSet::from([Clause::Version]));
}

#[test]
fn what_rsip_accepts_we_read_the_same() {
    let (accepted, decided) = compare(rsip, Corpus::message);
    assert!(accepted > MESSAGES / 10, "{accepted}");
    assert_eq!(decided, BTreeSet::from([Clause::UriText]));
    let (accepted, decided) = compare(rsip, Corpus::damaged);
    assert!(accepted > MESSAGES / 10, "{accepted}");
    assert_eq!(
        decided,
        BTreeSet::from([
            Clause::BlankLine,
            Clause::Folding,
            Clause::LineFeed,
            Clause::ContentLength,
            Clause::UriText
        ])
    );
}

#[test]
fn every_message_of_the_corpus_is_without_fault() {
    let mut corpus = Corpus::new(3261);
    for _ in 0..MESSAGES {
        let raw = Bytes::from(corpus.message());
        let message = Message::parse(raw.clone(), Framing::Datagram).unwrap();
        let shown = String::from_utf8_lossy(&raw);
        assert_eq!(message.fault(), None, "{:?}\n{shown}", message.deviations());
    }
}

/// Messages drawn for each comparison.
const MESSAGES: usize = 4000;
