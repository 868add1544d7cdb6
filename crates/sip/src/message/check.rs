//! What each header's grammar asks of its value.

use std::borrow::Cow;

use super::{Name, Rule};
use crate::{
    grammar::{Notes, Span, is_call_id, lossy, next_element, trim_counted, unfold},
    header::{
        AddressParts, Date, Header, MinSe, Number, RAck, Reason, Replaces, RetryAfter,
        SessionExpires, ViaParts, Warning, scan_address, scan_cseq, scan_media, scan_number,
        scan_via,
    },
};

/// A row's value as received, without white space at its ends.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) octets: &'a [u8],
    /// The start of the message as text, as far as it is known to be text; nothing of it where the
    /// value stands on several lines.
    text: &'a str,
    /// Where it starts in the message.
    start: usize,
}

impl<'a> Row<'a> {
    /// The value at that place of a message, of which a start may be known to be text.
    pub(super) fn new(raw: &'a [u8], text: &'a str, value: Span) -> Self {
        Row { octets: raw, text, start: 0 }.part(value)
    }

    /// A part of the value, again without white space at its ends.
    fn part(&self, span: Span) -> Self {
        // Most lists have one element alone.
        if span == Span::new(0, self.octets.len()) {
            return *self;
        }
        let (white, octets) = trim_counted(span.bytes(self.octets));
        Row { octets, start: self.start + span.start() + white, ..*self }
    }

    /// The value as text, where it is known to be text and to stand on one line.
    fn plain(&self) -> Option<&'a str> {
        self.text.get(self.start..self.start + self.octets.len())
    }

    /// Where the value stands, where the message has it as it is read.
    fn place(&self) -> Option<Span> {
        let end = self.start + self.octets.len();
        (end <= self.text.len()).then(|| Span::new(self.start, end))
    }
}

/// The parts of a value that was scanned already.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scan<T> {
    /// Where the value stands in the message; `None` where it has to be unfolded first.
    pub(super) place: Option<Span>,
    pub(super) parts: T,
}

/// Where the parts of those first values stand that nearly everybody reads, so that nobody scans
/// them again. `None` where there is no such value, or it cannot be understood.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scans {
    pub(super) via: Option<Scan<ViaParts>>,
    pub(super) from: Option<Scan<AddressParts>>,
    pub(super) to: Option<Scan<AddressParts>>,
    pub(super) contact: Option<Scan<AddressParts>>,
    /// Where the Call-ID stands.
    pub(super) call_id: Option<Span>,
    /// The number, and where the method stands.
    pub(super) cseq: Option<(u32, Span)>,
    /// What Content-Length says.
    pub(super) length: Option<u32>,
}

/// Notes what is wrong in the value of a known header, and where the parts of those stand that are read
/// by nearly everybody.
#[allow(clippy::wildcard_enum_match_arm, reason = "most headers are checked when they are read")]
pub(super) fn value(name: Name<'static>, raw: Row<'_>, scans: &mut Scans, notes: &mut Notes) {
    match name {
        Name::Via => scans.via = first_of(raw, notes, via),
        Name::From => scans.from = scan(raw, notes, from),
        Name::To => scans.to = scan(raw, notes, address),
        Name::Contact => scans.contact = first_of(raw, notes, contact),
        Name::CallId => {
            call_id(raw, notes);
            scans.call_id = raw.place();
        }
        Name::ReplyTo | Name::ReferTo | Name::ReferredBy | Name::PCalledPartyId => {
            with_text(raw, notes, address);
        }
        Name::Diversion
        | Name::HistoryInfo
        | Name::PAssertedIdentity
        | Name::PAssociatedUri
        | Name::PPreferredIdentity
        | Name::Path
        | Name::RecordRoute
        | Name::RemotePartyId
        | Name::Route
        | Name::ServiceRoute => each(raw, notes, address),
        Name::MaxForwards => number(raw, u8::MAX.into(), Rule::MaxForwardsRange, notes),
        Name::Expires | Name::MinExpires | Name::RSeq => {
            number(raw, u32::MAX, Rule::NumberRange, notes);
        }
        Name::ContentType => with_text(raw, notes, |text, notes| {
            if let Err(error) = scan_media(text) {
                notes.note(error.rule());
            }
        }),
        Name::Date => with_text(raw, notes, typed::<Date>),
        Name::MinSe => with_text(raw, notes, typed::<MinSe>),
        Name::RAck => with_text(raw, notes, typed::<RAck>),
        Name::Reason => each(raw, notes, typed::<Reason>),
        Name::Replaces => with_text(raw, notes, typed::<Replaces>),
        Name::RetryAfter => with_text(raw, notes, typed::<RetryAfter>),
        Name::SessionExpires => with_text(raw, notes, typed::<SessionExpires>),
        Name::Warning => each(raw, notes, typed::<Warning>),
        _ => {}
    }
}

/// Notes what is wrong in CSeq; its number, and where its method stands in the message.
pub(super) fn cseq(row: Row<'_>, notes: &mut Notes) -> Option<(u32, Span)> {
    let (number, length) = with_text(row, notes, |text, notes| match scan_cseq(text, notes) {
        Ok((number, method)) => Some((number, method.of(text).len())),
        Err(error) => {
            notes.note(error.rule());
            None
        }
    })?;
    // The method is the last thing in the row, folded or not.
    let end = row.octets.len();
    let method = Span::new(end.saturating_sub(length), end);
    Some((number, method.shifted(row.start)))
}

fn call_id(row: Row<'_>, notes: &mut Notes) {
    let sound = match row.plain() {
        Some(text) => is_call_id(text.as_bytes()),
        None => is_call_id(&unfold(row.octets)),
    };
    if !sound {
        notes.note(Rule::CallIdSyntax);
    }
}

fn via(text: &str, notes: &mut Notes) -> Option<ViaParts> {
    let found = scan_via(text, notes);
    found.map_err(|error| notes.note(error.rule())).ok()
}

fn address(text: &str, notes: &mut Notes) -> Option<AddressParts> {
    let found = scan_address(text, notes);
    found.map_err(|error| notes.note(error.rule())).ok()
}

fn from(text: &str, notes: &mut Notes) -> Option<AddressParts> {
    let parts = address(text, notes)?;
    if !parts.has_tag {
        notes.note(Rule::MissingTag);
    }
    Some(parts)
}

fn contact(text: &str, notes: &mut Notes) -> Option<AddressParts> {
    if text == "*" { None } else { address(text, notes) }
}

fn typed<T: Header>(text: &str, notes: &mut Notes) {
    if let Err(error) = T::parse(text) {
        notes.note(error.rule());
    }
}

fn number(raw: Row<'_>, most: u32, range: Rule, notes: &mut Notes) {
    with_text(raw, notes, |text, notes| match scan_number(text) {
        Some(Number::Fits(number)) if number <= most => {}
        Some(_) => notes.note(range),
        None => notes.note(Rule::NumberSyntax),
    });
}

/// Checks a value; what was found in it.
fn scan<T>(
    row: Row<'_>,
    notes: &mut Notes,
    check: impl FnOnce(&str, &mut Notes) -> Option<T>,
) -> Option<Scan<T>> {
    let parts = with_text(row, notes, check)?;
    Some(Scan { place: row.place(), parts })
}

/// Checks each element of a comma list; what was found in the first one.
fn first_of<T>(
    row: Row<'_>,
    notes: &mut Notes,
    check: impl Fn(&str, &mut Notes) -> Option<T>,
) -> Option<Scan<T>> {
    let mut first = None;
    elements(row, notes, |element, notes| {
        if first.is_none() {
            first = Some(scan(element, notes, &check));
        } else {
            with_text(element, notes, &check);
        }
    });
    first.flatten()
}

/// Checks each element of a comma list.
fn each<T>(row: Row<'_>, notes: &mut Notes, check: impl Fn(&str, &mut Notes) -> T) {
    elements(row, notes, |element, notes| {
        with_text(element, notes, &check);
    });
}

/// Each element of a comma list that is not empty.
fn elements(row: Row<'_>, notes: &mut Notes, mut see: impl FnMut(Row<'_>, &mut Notes)) {
    let mut at = 0;
    while let Some((span, next)) = next_element(row.octets, at) {
        at = next;
        let element = row.part(span);
        if element.octets.is_empty() {
            notes.note(Rule::EmptyElement);
        } else {
            see(element, notes);
        }
    }
}

fn with_text<T>(row: Row<'_>, notes: &mut Notes, check: impl FnOnce(&str, &mut Notes) -> T) -> T {
    if let Some(text) = row.plain() {
        return check(text, notes);
    }
    let value = unfold(row.octets);
    let text = lossy(&value);
    if matches!(text, Cow::Owned(_)) {
        notes.note(Rule::TextNotUtf8);
    }
    check(&text, notes)
}
