//! Reading a message: lines, bounds, framing (RFC 3261 §7.3, §18.3).

use bytes::Bytes;

use super::{
    Deviation, Fault, Framing, Line, MAX_HEADERS, MAX_MESSAGE, MAX_VALUE, MAX_VIAS, Message,
    Method, Name, ParseError, ParseErrorKind, Rule,
    check::{self, Row, Scans},
    start_line::{StartLine, scan_start_line},
};
use crate::{
    grammar::{
        Notes, Span,
        chars::{TOKEN, run},
        find, is_blank, next_element, quoted_end,
    },
    header::{Number, scan_number},
};

pub(super) fn parse(raw: Bytes, framing: Framing) -> Result<Message, ParseError> {
    let mut notes = Notes::default();
    let size = raw.len();
    let window = raw.get(..MAX_MESSAGE).unwrap_or(&raw);
    let leading = window.iter().take_while(|&&octet| matches!(octet, b'\r' | b'\n')).count();
    let Some(first) = next_line(window, leading) else {
        return Err(ParseError::new(ParseErrorKind::Empty, None));
    };
    if leading > 0 {
        notes.note(Rule::LeadingLineBreak);
    }
    let start = scan_start_line(window, first.span, &mut notes)
        .map_err(|kind| ParseError::new(kind, None))?;
    let mut rows = Rows { raw: window, text: text_of(window), ..Rows::default() };
    rows.count(&first);
    rows.breaks += leading;
    rows.read(first.next, &mut notes);
    let mut over = rows.over;
    if size > MAX_MESSAGE {
        over = over.or(Some(ParseErrorKind::TooLarge));
    }
    if over.is_none() {
        check_controls(&rows, first.span, &mut notes);
    }
    let body = match over {
        None => rows.frame(framing, &mut notes),
        Some(_) => Span::default(),
    };
    rows.require(start, &mut notes);
    let (lines, scans) = (rows.lines, rows.scans);
    let deviations = notes.into_list();
    let fault = fault(&deviations, start, &raw);
    let message = Message { raw, start, lines, body, scans, deviations, fault };
    match over {
        None => Ok(message),
        Some(kind) => Err(ParseError::new(kind, Some(message))),
    }
}

/// One line without its line end.
struct RawLine {
    span: Span,
    next: usize,
    end: LineEnd,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Feed,
    /// The message ends in the line.
    Missing,
    ReturnFeed,
}

fn next_line(raw: &[u8], from: usize) -> Option<RawLine> {
    let rest = raw.get(from..).filter(|rest| !rest.is_empty())?;
    let Some(length) = memchr::memchr(b'\n', rest) else {
        let span = Span::new(from, raw.len());
        return Some(RawLine { span, next: raw.len(), end: LineEnd::Missing });
    };
    let feed = from + length;
    let crlf = length > 0 && raw.get(feed - 1) == Some(&b'\r');
    let end = if crlf { LineEnd::ReturnFeed } else { LineEnd::Feed };
    Some(RawLine { span: Span::new(from, feed - usize::from(crlf)), next: feed + 1, end })
}

/// The header rows while they are read.
#[derive(Default)]
struct Rows<'a> {
    raw: &'a [u8],
    /// The start of that, as far as it is known to be text.
    text: &'a str,
    scans: Scans,
    lines: Vec<Line>,
    /// Where the body starts.
    end: usize,
    /// True at the number of each known name that was seen.
    seen: Seen,
    vias: usize,
    length: Option<Length>,
    /// Some line ended with LF alone.
    bare: bool,
    /// Octets of all line ends.
    breaks: usize,
    over: Option<ParseErrorKind>,
}

/// Numbers of names. Places are cheaper than the bits of 128 would be.
struct Seen([bool; 128]);

impl Seen {
    fn has(&self, number: u8) -> bool {
        self.0.get(usize::from(number)).is_some_and(|&seen| seen)
    }

    /// Enters a number; true where it was there already.
    fn enter(&mut self, number: u8) -> bool {
        self.0.get_mut(usize::from(number)).is_some_and(|seen| std::mem::replace(seen, true))
    }
}

impl Default for Seen {
    fn default() -> Self {
        Self([false; 128])
    }
}

/// What Content-Length says.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Length {
    Octets(u32),
    Malformed,
}

impl Rows<'_> {
    /// Reads all rows up to the blank line.
    fn read(&mut self, from: usize, notes: &mut Notes) {
        self.lines.reserve_exact(USUAL_ROWS);
        let mut at = from;
        loop {
            let Some(line) = next_line(self.raw, at) else {
                notes.enter(None, offset(at));
                notes.note(Rule::MissingBlankLine);
                self.end = self.raw.len();
                break;
            };
            self.count(&line);
            if line.span.is_empty() {
                self.end = line.next;
                break;
            }
            let after = line.next;
            let (span, next) = self.unfolded_end(line);
            self.row(span, next == after, notes);
            at = next;
        }
        notes.enter(None, 0);
        if self.bare {
            notes.note(Rule::BareLineFeed);
        }
    }

    fn count(&mut self, line: &RawLine) {
        self.bare |= line.end == LineEnd::Feed;
        self.breaks += match line.end {
            LineEnd::Missing => 0,
            LineEnd::Feed => 1,
            LineEnd::ReturnFeed => 2,
        };
    }

    /// The row with all its continuation lines.
    fn unfolded_end(&mut self, first: RawLine) -> (Span, usize) {
        let (mut end, mut next) = (first.span.end(), first.next);
        while self.raw.get(next).copied().is_some_and(is_blank) {
            let Some(line) = next_line(self.raw, next) else { break };
            self.count(&line);
            (end, next) = (line.span.end(), line.next);
        }
        (Span::new(first.span.start(), end), next)
    }

    /// Reads a row; `flat` where it has no continuation lines.
    fn row(&mut self, span: Span, flat: bool, notes: &mut Notes) {
        let RowName { length, known, colon } = match row_name(span.bytes(self.raw)) {
            Ok(name) => name,
            Err(rule) => {
                notes.enter(None, offset(span.start()));
                return notes.note(rule);
            }
        };
        let value = Span::new(span.start() + colon + 1, span.end());
        if value.end() - value.start() > MAX_VALUE {
            self.over = self.over.or(Some(ParseErrorKind::ValueTooLong));
            return;
        }
        if self.lines.len() >= MAX_HEADERS {
            self.over = self.over.or(Some(ParseErrorKind::TooManyHeaders));
            return;
        }
        let text = Span::new(span.start(), span.start() + length);
        if let Some(number) = known {
            notes.enter(Name::of_index(number), offset(span.start()));
            if !self.take(number, value, flat, notes) {
                return;
            }
        }
        self.lines.push(Line { known, text, value, flat });
    }

    /// Checks the value of the known header of that number; false where a bound forbids to keep it.
    fn take(&mut self, number: u8, value: Span, flat: bool, notes: &mut Notes) -> bool {
        let Some(name) = Name::of_index(number) else { return true };
        let row = Row::new(self.raw, if flat { self.text } else { "" }, value);
        if matches!(name, Name::Via) {
            self.vias += count_elements(row.octets);
            if self.vias > MAX_VIAS {
                self.over = self.over.or(Some(ParseErrorKind::TooManyVias));
                return false;
            }
        }
        let again = self.seen.enter(number);
        if matches!(name, Name::ContentLength) {
            self.take_length(row.octets, again, notes);
            return true;
        }
        if again {
            // The first row counts.
            check::value(name, row, &mut Scans::default(), notes);
            if !may_repeat(name) {
                notes.note(Rule::DuplicateHeader);
            }
        } else if matches!(name, Name::CSeq) {
            self.scans.cseq = check::cseq(row, notes);
        } else {
            check::value(name, row, &mut self.scans, notes);
        }
        true
    }

    fn take_length(&mut self, octets: &[u8], again: bool, notes: &mut Notes) {
        let text = str::from_utf8(octets).unwrap_or_default();
        let length = match scan_number(text) {
            Some(Number::Fits(octets)) => Length::Octets(octets),
            Some(Number::Overlarge) => Length::Octets(u32::MAX),
            None => {
                notes.note(Rule::ContentLengthSyntax);
                Length::Malformed
            }
        };
        if again {
            let same = self.length == Some(length);
            notes.note(if same { Rule::DuplicateHeader } else { Rule::ContentLengthTwice });
        } else {
            self.length = Some(length);
            self.scans.length = match length {
                Length::Octets(octets) => Some(octets),
                Length::Malformed => None,
            };
        }
    }

    /// Where the body stands.
    fn frame(&self, framing: Framing, notes: &mut Notes) -> Span {
        let rest = self.raw.len() - self.end;
        notes.enter(Some(Name::ContentLength), offset(self.end));
        let length = match self.length {
            Some(Length::Octets(octets)) => octets as usize,
            Some(Length::Malformed) => rest,
            None => {
                if framing == Framing::Stream {
                    notes.note(Rule::MissingContentLength);
                }
                rest
            }
        };
        if length > rest {
            notes.note(Rule::ContentLengthTooLarge);
        } else if length < rest {
            notes.note(Rule::OctetsAfterBody);
        }
        Span::new(self.end, self.end + length.min(rest))
    }

    /// Notes what is missing, and a CSeq that names another method.
    fn require(&self, start: StartLine, notes: &mut Notes) {
        let has = |name: Name<'_>| name.index().is_some_and(|number| self.seen.has(number));
        for name in [Name::Via, Name::From, Name::To, Name::CallId, Name::CSeq] {
            if !has(name) {
                notes.enter(Some(name), 0);
                notes.note(Rule::MissingHeader);
            }
        }
        if let StartLine::Request { method, .. } = start {
            if !has(Name::MaxForwards) {
                notes.enter(Some(Name::MaxForwards), 0);
                notes.note(Rule::MissingMaxForwards);
            }
            if let Some((_, of_cseq)) = self.scans.cseq
                && of_cseq.bytes(self.raw) != method.bytes(self.raw)
            {
                notes.enter(Some(Name::CSeq), offset(of_cseq.start()));
                notes.note(Rule::CSeqMethod);
            }
        }
    }
}

/// What stands before the value of a row.
struct RowName {
    /// The number of the known name.
    known: Option<u8>,
    /// Octets of the name.
    length: usize,
    /// Where the colon stands; blanks may stand before it.
    colon: usize,
}

fn row_name(row: &[u8]) -> Result<RowName, Rule> {
    if row.first().copied().is_some_and(is_blank) {
        return Err(Rule::StrayContinuation);
    }
    let colon = find(b':', row).ok_or(Rule::MissingColon)?;
    let before = row.get(..colon).unwrap_or_default();
    // Names that are known are tokens, and ordinarily the colon follows at once.
    if let known @ Some(_) = Name::number(before) {
        return Ok(RowName { known, length: colon, colon });
    }
    let length = run(before, TOKEN);
    let (name, gap) = before.split_at_checked(length).unwrap_or_default();
    if name.is_empty() || !gap.iter().all(|&octet| is_blank(octet)) {
        return Err(Rule::HeaderName);
    }
    Ok(RowName { known: Name::number(name), length, colon })
}

/// The start of a message as text: as much of it as is valid UTF-8, and as the header of an ordinary
/// message is long. Looking at it once is cheaper than at each value by itself.
fn text_of(window: &[u8]) -> &str {
    let head = window.get(..USUAL_HEAD).unwrap_or(window);
    let valid = match str::from_utf8(head) {
        Ok(text) => return text,
        Err(error) => head.get(..error.valid_up_to()),
    };
    valid.and_then(|valid| str::from_utf8(valid).ok()).unwrap_or_default()
}

fn count_elements(octets: &[u8]) -> usize {
    let mut count = 0;
    let mut at = 0;
    while let Some((_, next)) = next_element(octets, at) {
        count += 1;
        at = next;
        if count > MAX_VIAS {
            break;
        }
    }
    count
}

/// Headers that may stand in several rows: lists, and those that RFC 3261 §7.3.1 and RFC 8224
/// except.
fn may_repeat(name: Name<'_>) -> bool {
    name.is_list()
        || matches!(
            name,
            Name::Authorization
                | Name::Identity
                | Name::PAccessNetworkInfo
                | Name::Privacy
                | Name::ProxyAuthenticate
                | Name::ProxyAuthorization
                | Name::WwwAuthenticate
        )
}

/// Notes control characters that stand in no quoted string, and CR without LF.
fn check_controls(rows: &Rows<'_>, first: Span, notes: &mut Notes) {
    let head = rows.raw.get(..rows.end).unwrap_or_default();
    if count_controls(head) == rows.breaks {
        return;
    }
    notes.enter(None, 0);
    if has_free_control(first.bytes(rows.raw)) {
        notes.note(Rule::ControlCharacter);
    }
    for line in &rows.lines {
        notes.enter(line.known(), offset(line.text.start()));
        if has_free_control(line.value.bytes(rows.raw)) {
            notes.note(Rule::ControlCharacter);
        }
    }
}

/// Control characters, line ends and tabs with them. Counted by chunks of fifteen times sixteen octets, whose
/// number fits in an octet: so the compiler looks at sixteen octets at once.
fn count_controls(octets: &[u8]) -> usize {
    let is_control = |octet: u8| octet < b' ' || octet == 0x7f;
    let count = |chunk: &[u8]| chunk.iter().fold(0_u8, |n, &o| n + u8::from(is_control(o)));
    octets.chunks(15 * 16).map(|chunk| usize::from(count(chunk))).sum()
}

/// True where a control character stands outside quoted strings, or a CR without its LF.
fn has_free_control(octets: &[u8]) -> bool {
    let mut at = 0;
    while let Some(&octet) = octets.get(at) {
        at += match octet {
            b'"' => octets.get(at..).and_then(quoted_end).unwrap_or(1),
            b'\r' if octets.get(at + 1) == Some(&b'\n') => 2,
            b'\n' | b'\t' => 1,
            0..b' ' | 0x7f => return true,
            _ => 1,
        };
    }
    false
}

fn fault(deviations: &[Deviation], start: StartLine, raw: &[u8]) -> Option<Fault> {
    let is_request = matches!(start, StartLine::Request { .. });
    let refused = |deviation: &&Deviation| deviation.refusal(is_request).is_some();
    let version = deviations.iter().find(|deviation| deviation.rule == Rule::Version);
    let deviation = *version.or_else(|| deviations.iter().find(refused))?;
    let unknown = match start {
        StartLine::Request { method, .. } => {
            str::from_utf8(method.bytes(raw)).is_ok_and(|method| !Method::from(method).is_known())
        }
        StartLine::Response { .. } => false,
    };
    let code = if deviation.rule == Rule::CSeqMethod && unknown {
        501
    } else {
        deviation.refusal(is_request)?
    };
    Some(Fault { code, deviation })
}

fn offset(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// Rows that an ordinary INVITE does not exceed: one allocation holds them.
const USUAL_ROWS: usize = 24;

/// Octets that the header of an ordinary message does not exceed.
const USUAL_HEAD: usize = 4096;
