//! ACK to a refusal, which is the transaction's own (RFC 3261 §17.1.1.3).

use bytes::Bytes;

use crate::message::{Builder, Framing, Message, Method, Name};

/// The ACK that belongs to this INVITE and the refusal that it got: the INVITE's Request-URI, top
/// Via, From, Call-ID, Route and credentials (§22.1), the refusal's To. `None` where the INVITE
/// cannot be read back.
pub(super) fn to_refusal(invite: &Bytes, refusal: &Message) -> Option<Bytes> {
    let invite = Message::parse(invite.clone(), Framing::Datagram).ok()?;
    let cseq = invite.cseq()?.number;
    let ack = Builder::request(&Method::Ack, &invite.request_uri()?)
        .header(Name::Via, invite.header(Name::Via)?.as_bytes())
        .header(Name::MaxForwards, "70")
        .copy(&invite, Name::Route)
        .copy(&invite, Name::From)
        .header(Name::To, refusal.header(Name::To)?.as_bytes())
        .copy(&invite, Name::CallId)
        .header(Name::CSeq, format!("{cseq} ACK"))
        .copy(&invite, Name::Authorization)
        .copy(&invite, Name::ProxyAuthorization);
    Some(ack.build())
}
