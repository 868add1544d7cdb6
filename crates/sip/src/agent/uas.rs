//! What a request must be before it is acted on (RFC 3261 §8.2), and the answers that need no call.

use crate::{
    agent::{
        Account, Extension,
        draft::ALLOW,
        read::{self, SDP},
    },
    message::{Message, Method, Name},
    uri::Scheme,
};

/// Text that may be shown to people.
pub(crate) const TEXT: &str = "text/plain";

/// A refusal, or an acceptance, with the headers that explain it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) code: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
}

impl Verdict {
    pub(crate) fn new(code: u16) -> Self {
        Self { code, headers: Vec::new() }
    }

    pub(crate) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }
}

/// Why a request of the trunk must be refused whatever the state, in the order of RFC 3261 §8.2.
pub(crate) fn inspect(request: &Message, account: &Account) -> Option<Verdict> {
    let method = request.method()?;
    refuse_method(&method)
        .or_else(|| refuse_scheme(request))
        .or_else(|| refuse_extension(request, account))
        .or_else(|| refuse_body(request, &method))
        .or_else(|| refuse_accept(request, &method))
}

fn refuse_method(method: &Method) -> Option<Verdict> {
    match method {
        Method::Other(_) => Some(Verdict::new(501).with("Allow", ALLOW)),
        Method::Publish | Method::Refer | Method::Register | Method::Subscribe => {
            Some(Verdict::new(405).with("Allow", ALLOW))
        }
        Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Info
        | Method::Invite
        | Method::Message
        | Method::Notify
        | Method::Options
        | Method::Prack
        | Method::Update => None,
    }
}

fn refuse_scheme(request: &Message) -> Option<Verdict> {
    let uri = request.uri()?.ok()?;
    match uri.scheme() {
        Scheme::Sip | Scheme::Sips | Scheme::Tel => None,
        Scheme::Other(_) => Some(Verdict::new(416)),
    }
}

/// Proxy-Require is not for us (RFC 3261 §20.29).
fn refuse_extension(request: &Message, account: &Account) -> Option<Verdict> {
    let known = |tag: &str| match tag.to_ascii_lowercase().as_str() {
        "100rel" => account.reliable != Extension::Off,
        other => other == "timer",
    };
    let required = request.values(Name::Require).map(|value| value.text().into_owned());
    let unknown: Vec<String> = required.filter(|tag| !known(tag)).collect();
    (!unknown.is_empty()).then(|| Verdict::new(420).with("Unsupported", unknown.join(", ")))
}

/// RFC 3261 §8.2.3. A body that may be ignored is.
fn refuse_body(request: &Message, method: &Method) -> Option<Verdict> {
    if request.body().is_empty() || optional(request) {
        return None;
    }
    let encoded = |value: &[u8]| !value.eq_ignore_ascii_case(b"identity");
    if request.values(Name::ContentEncoding).any(|value| encoded(value.as_bytes())) {
        return Some(Verdict::new(415).with("Accept-Encoding", "identity"));
    }
    let wanted = match method {
        Method::Invite | Method::Prack | Method::Update => SDP,
        Method::Message => TEXT,
        Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Info
        | Method::Notify
        | Method::Options
        | Method::Publish
        | Method::Refer
        | Method::Register
        | Method::Subscribe
        | Method::Other(_) => return None,
    };
    let fits = read::content_type(request).is_none() || request.content(wanted).is_some();
    (!fits).then(|| Verdict::new(415).with("Accept", wanted))
}

/// `handling=optional` in Content-Disposition (RFC 3261 §20.11).
fn optional(request: &Message) -> bool {
    let Some(value) = request.header(Name::ContentDisposition) else { return false };
    let handling = value.split_params().and_then(|(_, params)| params.value("handling"));
    handling.is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
}

/// A caller that takes no session description cannot be answered (RFC 3261 §21.4.7).
fn refuse_accept(request: &Message, method: &Method) -> Option<Verdict> {
    if *method != Method::Invite {
        return None;
    }
    let mut ranges = request.values(Name::Accept).peekable();
    ranges.peek()?;
    let takes = ranges.any(|range| {
        let text = range.text().to_ascii_lowercase();
        let kind = text.split(';').next().unwrap_or_default().trim().to_owned();
        matches!(kind.as_str(), SDP | "application/*" | "*/*")
    });
    let why = "399 milliwatt \"The caller takes no application/sdp\"";
    (!takes).then(|| Verdict::new(406).with("Warning", why))
}
