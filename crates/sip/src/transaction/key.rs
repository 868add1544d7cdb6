//! What a message is matched by (RFC 3261 §17.1.3, §17.2.3).

use bytes::Bytes;

use super::Stray;
use crate::{
    header::Via,
    message::{Framing, Message, Method, Name},
};

/// What a response is matched by: branch and method of CSeq, and nothing else. Branches are
/// compared without regard to case, methods with it (§7.1, §7.3.1).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClientKey {
    branch: Box<str>,
    method: Box<str>,
}

impl ClientKey {
    pub(super) fn is_invite(&self) -> bool {
        *self.method == *INVITE
    }
}

/// What a request is matched by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ServerKey {
    /// The branch has the cookie of RFC 3261. The method of an ACK is INVITE.
    Branch { branch: Box<str>, sent_by: Box<str>, method: Box<str> },
    /// It has not: its sender knows RFC 2543 alone. `to_tag` is that of the request, and for an ACK
    /// the one that we answered with.
    Older {
        call_id: Box<str>,
        cseq: u32,
        from_tag: Box<str>,
        to_tag: Box<str>,
        uri: Box<str>,
        top_via: Box<str>,
        method: Box<str>,
    },
}

impl ServerKey {
    pub(super) fn is_invite(&self) -> bool {
        let (Self::Branch { method, .. } | Self::Older { method, .. }) = self;
        **method == *INVITE
    }

    /// The INVITE that a CANCEL with this key is for (§9.2).
    pub(super) fn cancelled(&self) -> Self {
        self.with_method(INVITE)
    }

    /// The transaction that an ACK with this key is for.
    pub(super) fn acknowledged(&self) -> Self {
        match self {
            Self::Branch { .. } => self.with_method(INVITE),
            Self::Older { .. } => self.clone(),
        }
    }

    /// The key of the ACK that this response will bring, where it is not that of the INVITE.
    pub(super) fn older_ack(&self, response: &Bytes) -> Option<Self> {
        let Self::Older { .. } = self else { return None };
        let response = Message::parse(response.clone(), Framing::Datagram).ok()?;
        let mut ack = self.is_invite().then(|| self.with_method(ACK))?;
        if let Self::Older { to_tag, .. } = &mut ack {
            *to_tag = tag(&response, Name::To).unwrap_or_default();
        }
        Some(ack)
    }

    fn with_method(&self, new: &str) -> Self {
        let mut key = self.clone();
        let (Self::Branch { method, .. } | Self::Older { method, .. }) = &mut key;
        *method = new.into();
        key
    }
}

/// What is kept of a request of ours.
#[derive(Debug)]
pub(super) struct SentRequest {
    pub(super) key: ClientKey,
    pub(super) from_tag: Option<Box<str>>,
    pub(super) to_tag: Option<Box<str>>,
}

/// Reads back a request that is about to go out.
pub(super) fn sent_request(request: &Bytes) -> Option<SentRequest> {
    let request = Message::parse(request.clone(), Framing::Datagram).ok()?;
    let method = request.method()?;
    let branch = request.top_via()?.branch()?.to_ascii_lowercase().into();
    Some(SentRequest {
        key: ClientKey { branch, method: method.as_str().into() },
        from_tag: tag(&request, Name::From),
        to_tag: tag(&request, Name::To),
    })
}

/// What is read of a response.
#[derive(Debug)]
pub(super) struct ReceivedResponse {
    pub(super) key: ClientKey,
    pub(super) status: u16,
    from_tag: Option<Box<str>>,
    to_tag: Option<Box<str>>,
}

impl ReceivedResponse {
    /// Whether From and To are those of the request (§8.2.6.2). A final response brings a To-tag; a
    /// provisional one need not, since a proxy may have made it.
    pub(super) fn check(&self, from_tag: Option<&str>, to_tag: Option<&str>) -> Result<(), Stray> {
        let same = |ours: Option<&str>, theirs: &Option<Box<str>>| {
            ours.unwrap_or_default().eq_ignore_ascii_case(theirs.as_deref().unwrap_or_default())
        };
        if !same(from_tag, &self.from_tag) {
            return Err(Stray::WrongTag);
        }
        match &self.to_tag {
            None if self.status >= 200 => Err(Stray::NoToTag),
            None => Ok(()),
            Some(_) if to_tag.is_some() && !same(to_tag, &self.to_tag) => Err(Stray::WrongTag),
            Some(_) => Ok(()),
        }
    }
}

/// Reads a response.
pub(super) fn received_response(response: &Message) -> Result<ReceivedResponse, Stray> {
    if response.values(Name::Via).nth(1).is_some() {
        return Err(Stray::SeveralVias);
    }
    let read = || {
        let branch = response.top_via()?.branch()?.to_ascii_lowercase().into();
        let method = response.cseq()?.method.as_str().into();
        Some(ReceivedResponse {
            key: ClientKey { branch, method },
            status: response.status()?,
            from_tag: response.from()?.tag().map(Into::into),
            to_tag: response.to()?.tag().map(Into::into),
        })
    };
    read().filter(|_| response.fault().is_none()).ok_or(Stray::Unreadable)
}

/// Reads a request that came in.
pub(super) fn received_request(request: &Message) -> Option<ServerKey> {
    let via = request.top_via()?;
    let method = request.method()?;
    if let Some(branch) = via.rfc3261_branch() {
        let method = if method == Method::Ack { INVITE } else { method.as_str() };
        return Some(ServerKey::Branch {
            branch: branch.to_ascii_lowercase().into(),
            sent_by: sent_by(&via),
            method: method.into(),
        });
    }
    Some(ServerKey::Older {
        call_id: request.call_id()?.into(),
        cseq: request.cseq()?.number,
        from_tag: tag(request, Name::From).unwrap_or_default(),
        to_tag: tag(request, Name::To).unwrap_or_default(),
        uri: request.request_uri()?.into(),
        top_via: via.as_str().into(),
        method: method.as_str().into(),
    })
}

/// What is the same in two requests that came by two ways (RFC 3261 §8.2.2.2).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct MergeKey {
    call_id: Box<str>,
    from_tag: Box<str>,
    cseq: u32,
    method: Box<str>,
}

/// The key by which a request outside dialogs is found to have come before. ACK and CANCEL are
/// another request's and have none.
pub(super) fn merge_key(request: &Message) -> Option<MergeKey> {
    let method = request.method().filter(|m| !matches!(m, Method::Ack | Method::Cancel))?;
    if tag(request, Name::To).is_some() {
        return None;
    }
    Some(MergeKey {
        call_id: request.call_id()?.into(),
        from_tag: tag(request, Name::From)?,
        cseq: request.cseq()?.number,
        method: method.as_str().into(),
    })
}

/// The status code of a response that we made ourselves.
pub(super) fn status(response: &[u8]) -> Option<u16> {
    let code = response.strip_prefix(b"SIP/2.0 ")?.get(..3)?;
    str::from_utf8(code).ok()?.parse().ok()
}

fn sent_by(via: &Via) -> Box<str> {
    let host = via.host().to_string().to_ascii_lowercase();
    match via.port() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

fn tag(message: &Message, name: Name<'static>) -> Option<Box<str>> {
    message.address(name)?.tag().map(Into::into)
}

const ACK: &str = "ACK";
const INVITE: &str = "INVITE";
