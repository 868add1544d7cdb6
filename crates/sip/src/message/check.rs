//! What each header's grammar asks of its value.

use std::borrow::Cow;

use super::{Name, Rule};
use crate::{
    grammar::{Notes, Span, is_call_id, lossy, next_element, unfold},
    header::{
        Date, Header, MinSe, Number, RAck, Reason, Replaces, RetryAfter, SessionExpires, Warning,
        scan_address, scan_cseq, scan_media, scan_number, scan_via,
    },
};

/// Notes what is wrong in the value of a known header; `raw` is the row's value as received.
#[allow(clippy::wildcard_enum_match_arm, reason = "most headers are checked when they are read")]
pub(super) fn value(name: Name<'static>, raw: &[u8], notes: &mut Notes) {
    match name {
        Name::Via => each(raw, notes, |text, notes| {
            if let Err(error) = scan_via(text, notes) {
                notes.note(error.rule());
            }
        }),
        Name::From => with_text(raw, notes, |text, notes| match scan_address(text, notes) {
            Ok(parts) if !parts.has_tag => notes.note(Rule::MissingTag),
            Ok(_) => {}
            Err(error) => notes.note(error.rule()),
        }),
        Name::To | Name::ReplyTo | Name::ReferTo | Name::ReferredBy | Name::PCalledPartyId => {
            with_text(raw, notes, address);
        }
        Name::Contact => each(raw, notes, |text, notes| {
            if text != "*" {
                address(text, notes);
            }
        }),
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
        Name::CallId if !is_call_id(&unfold(raw)) => notes.note(Rule::CallIdSyntax),
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
pub(super) fn cseq(raw: &[u8], notes: &mut Notes) -> Option<Span> {
    let mut found = None;
    with_text(raw, notes, |text, notes| match scan_cseq(text, notes) {
        Ok((_, method)) => found = Some(method.of(text).len()),
        Err(error) => notes.note(error.rule()),
    });
    let end = raw.len() - raw.iter().rev().take_while(|octet| b" \t\r\n".contains(octet)).count();
    found.map(|length| Span::new(end.saturating_sub(length), end))
}

fn address(text: &str, notes: &mut Notes) {
    if let Err(error) = scan_address(text, notes) {
        notes.note(error.rule());
    }
}

fn typed<T: Header>(text: &str, notes: &mut Notes) {
    if let Err(error) = T::parse(text) {
        notes.note(error.rule());
    }
}

fn number(raw: &[u8], most: u32, range: Rule, notes: &mut Notes) {
    with_text(raw, notes, |text, notes| match scan_number(text) {
        Some(Number::Fits(number)) if number <= most => {}
        Some(_) => notes.note(range),
        None => notes.note(Rule::NumberSyntax),
    });
}

/// Each element of a comma list.
fn each(raw: &[u8], notes: &mut Notes, mut check: impl FnMut(&str, &mut Notes)) {
    let mut at = 0;
    while let Some((span, next)) = next_element(raw, at) {
        at = next;
        let element = unfold(span.bytes(raw));
        if element.is_empty() {
            notes.note(Rule::EmptyElement);
        } else {
            check(&text(&element, notes), notes);
        }
    }
}

fn with_text(raw: &[u8], notes: &mut Notes, check: impl FnOnce(&str, &mut Notes)) {
    let value = unfold(raw);
    let value = text(&value, notes);
    check(&value, notes);
}

fn text<'a>(octets: &'a [u8], notes: &mut Notes) -> Cow<'a, str> {
    let text = lossy(octets);
    if matches!(text, Cow::Owned(_)) {
        notes.note(Rule::TextNotUtf8);
    }
    text
}
