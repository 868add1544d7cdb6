//! What the agent reads from a message, in the shapes in which it tells it.

use super::{Body, HeaderLine, Party};
use crate::{
    dialog::Hop,
    header::{Address, Reason},
    identity::{self, IdentityHeader},
    message::{Message, Name},
};

/// The type of session descriptions.
pub(crate) const SDP: &str = "application/sdp";

/// The value of a header that stands once.
pub(crate) fn value(message: &Message, name: Name<'_>) -> String {
    message.header(name).map(|value| value.text().into_owned()).unwrap_or_default()
}

/// The tag in From or To.
pub(crate) fn tag(message: &Message, name: Name<'_>) -> Option<String> {
    message.address(name)?.tag().map(str::to_owned)
}

/// The URI of the first Contact.
pub(crate) fn contact_uri(message: &Message) -> Option<String> {
    message.contact().map(|contact| contact.uri().as_str().to_owned())
}

/// Record-Route in the order in which it stands.
pub(crate) fn record_route(message: &Message) -> Vec<Hop> {
    message.record_routes().map(|address| hop(&address)).collect()
}

/// One entry of a route set.
pub(crate) fn hop(address: &Address) -> Hop {
    let uri = address.uri();
    Hop {
        value: address.as_str().to_owned(),
        uri: uri.as_str().to_owned(),
        loose: uri.params().has("lr"),
    }
}

/// All headers as received.
pub(crate) fn lines(message: &Message) -> Vec<HeaderLine> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    message.header_lines().map(|(name, value)| (text(name), value.text().into_owned())).collect()
}

/// Content-Type without parameters, in lower case.
pub(crate) fn content_type(message: &Message) -> Option<String> {
    let value = message.header(Name::ContentType)?;
    let text = value.text();
    let bare = text.split(';').next().unwrap_or_default();
    Some(bare.trim().to_ascii_lowercase())
}

/// The body, if there is one.
pub(crate) fn body(message: &Message) -> Option<Body> {
    let bytes = message.body();
    if bytes.is_empty() {
        return None;
    }
    Some(Body { content_type: content_type(message).unwrap_or_default(), bytes })
}

/// The session description in the body: the body itself, or a part of it, as some trunks send it
/// beside a location or ISUP. A body without a type in an INVITE is taken for one: nothing else is
/// spoken there.
pub(crate) fn sdp(message: &Message) -> Option<Body> {
    let bytes = match content_type(message) {
        Some(_) => message.content(SDP)?,
        None => message.body(),
    };
    (!bytes.is_empty()).then(|| Body { content_type: SDP.to_owned(), bytes })
}

/// Who stands in From or To.
pub(crate) fn party(message: &Message, name: Name<'_>) -> Party {
    message.address(name).as_ref().map(party_at).unwrap_or_default()
}

/// Who calls, in the first of the trunk's own headers, unless the caller asks not to be shown.
pub(crate) fn caller(message: &Message, order: &[IdentityHeader]) -> Party {
    if identity::is_private(message) {
        return party(message, Name::From);
    }
    identity::caller(message, order).as_ref().map(party_at).unwrap_or_default()
}

fn party_at(address: &Address) -> Party {
    let uri = address.uri();
    Party {
        uri: uri.as_str().to_owned(),
        user: uri.user_unescaped().unwrap_or_default().into_owned(),
        display_name: address.display_name().map(|name| name.into_owned()),
    }
}

/// The Q.850 cause of a Reason header (RFC 3326 §2).
pub(crate) fn q850(message: &Message) -> Option<u8> {
    let cause = reasons(message).filter_map(|reason| reason.q850()).next()?;
    u8::try_from(cause).ok()
}

/// The Q.850 cause of a CANCEL. Where SIP says that the call was answered elsewhere (RFC 3326 §3.1, cause 200),
/// that of a user who was not the one selected: trunks put a plain 16, normal clearing, beside it.
pub(crate) fn q850_of_cancel(cancel: &Message) -> Option<u8> {
    let elsewhere = reasons(cancel).any(|reason| reason.sip() == Some(200));
    if elsewhere { Some(NON_SELECTED_USER) } else { q850(cancel) }
}

fn reasons(message: &Message) -> impl Iterator<Item = Reason> {
    message.typed_all::<Reason>().filter_map(Result::ok)
}

/// Q.850 cause 26, non-selected user clearing: another phone has taken the call.
const NON_SELECTED_USER: u8 = 26;
