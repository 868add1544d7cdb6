//! What each header's grammar asks of its value.

use std::borrow::Cow;

use super::{Name, Rule};
use crate::{
    grammar::{Notes, Span, is_call_id, lossy, next_element, trim, unfold},
    header::{
        AddressParts, Date, Header, MinSe, Number, RAck, Reason, Replaces, RetryAfter,
        SessionExpires, ViaParts, Warning, scan_address, scan_cseq, scan_media, scan_number,
        scan_via,
    },
};

/// A row's value as received.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) octets: &'a [u8],
    /// The same as text, where it is known to be text and to stand on one line.
    pub(super) plain: Option<&'a str>,
}

/// Where the parts of those first values stand that nearly everybody reads, so that nobody scans
/// them again. `None` where there is no such value, or it cannot be understood.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Scans {
    pub(super) via: Option<ViaParts>,
    pub(super) from: Option<AddressParts>,
    pub(super) to: Option<AddressParts>,
    pub(super) contact: Option<AddressParts>,
}

/// Notes what is wrong in the first row of a header that is read by nearly everybody, and where its
/// parts stand; false for any other header.
#[allow(clippy::wildcard_enum_match_arm, reason = "all others are checked by `value`")]
pub(super) fn first(
    name: Name<'static>,
    row: Row<'_>,
    scans: &mut Scans,
    notes: &mut Notes,
) -> bool {
    match name {
        Name::Via => scans.via = first_of(row, notes, via),
        Name::From => scans.from = with_text(row, notes, from),
        Name::To => scans.to = with_text(row, notes, address),
        Name::Contact => scans.contact = first_of(row, notes, contact),
        _ => return false,
    }
    true
}

/// Notes what is wrong in the value of a known header.
#[allow(clippy::wildcard_enum_match_arm, reason = "most headers are checked when they are read")]
pub(super) fn value(name: Name<'static>, raw: Row<'_>, notes: &mut Notes) {
    match name {
        Name::Via => each(raw, notes, via),
        Name::From => {
            with_text(raw, notes, from);
        }
        Name::To | Name::ReplyTo | Name::ReferTo | Name::ReferredBy | Name::PCalledPartyId => {
            with_text(raw, notes, address);
        }
        Name::Contact => each(raw, notes, contact),
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
        Name::CallId if !is_call_id(&unfold(raw.octets)) => notes.note(Rule::CallIdSyntax),
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

/// Notes what is wrong in CSeq; where the method stands in `raw`.
pub(super) fn cseq(row: Row<'_>, notes: &mut Notes) -> Option<Span> {
    let mut found = None;
    with_text(row, notes, |text, notes| match scan_cseq(text, notes) {
        Ok((_, method)) => found = Some(method.of(text).len()),
        Err(error) => notes.note(error.rule()),
    });
    let raw = row.octets;
    let end = raw.len() - raw.iter().rev().take_while(|octet| b" \t\r\n".contains(octet)).count();
    found.map(|length| Span::new(end.saturating_sub(length), end))
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

/// Each element of a comma list; what the check found in the first one.
fn first_of<T>(
    row: Row<'_>,
    notes: &mut Notes,
    check: impl Fn(&str, &mut Notes) -> Option<T>,
) -> Option<T> {
    let mut first = None;
    each(row, notes, |text, notes| {
        let found = check(text, notes);
        first.get_or_insert(found);
    });
    first.flatten()
}

/// Each element of a comma list.
fn each<T>(row: Row<'_>, notes: &mut Notes, mut check: impl FnMut(&str, &mut Notes) -> T) {
    let mut at = 0;
    while let Some((span, next)) = next_element(row.octets, at) {
        at = next;
        let octets = span.bytes(row.octets);
        let element = Row { octets, plain: row.plain.map(|text| span.of(text)) };
        if trim(octets).is_empty() {
            notes.note(Rule::EmptyElement);
        } else {
            with_text(element, notes, &mut check);
        }
    }
}

fn with_text<T>(row: Row<'_>, notes: &mut Notes, check: impl FnOnce(&str, &mut Notes) -> T) -> T {
    if let Some(text) = row.plain {
        return check(trimmed(text), notes);
    }
    let value = unfold(row.octets);
    let text = lossy(&value);
    if matches!(text, Cow::Owned(_)) {
        notes.note(Rule::TextNotUtf8);
    }
    check(&text, notes)
}

/// The text without white space at its ends.
fn trimmed(text: &str) -> &str {
    let octets = text.as_bytes();
    let start = octets.len() - trim_start(octets).len();
    text.get(start..start + trim(octets).len()).unwrap_or_default()
}

fn trim_start(mut octets: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\r' | b'\n', rest @ ..] = octets {
        octets = rest;
    }
    octets
}
