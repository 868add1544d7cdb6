//! The start of an answer (RFC 3261 §8.2.6, §18.2.1, RFC 3581 §4).

use std::net::SocketAddr;

use bytes::Bytes;

use crate::{
    header::{Header, Via},
    message::{Builder, Message, Name},
};

/// The start of an answer to a request that came from `source`: Vias, From, To, Call-ID and CSeq
/// are the request's, and the top Via tells where the request came from: `received` where that is
/// not the host in it or `rport` asks for it, and `rport`. `to_tag` is added where To has none.
///
/// The answer is sent back to `source`, on the flow that the request came in on, also where a
/// request by UDP brings no `rport`. RFC 3261 §18.2.2 would have it go to the port in Via and, with
/// `maddr`, to an address that a stranger may choose; the first is not reachable behind NAT and the
/// second makes us a reflector.
pub fn reply(
    request: &Message,
    source: SocketAddr,
    code: u16,
    reason: &str,
    to_tag: Option<&str>,
) -> Builder {
    let mut vias: Vec<Vec<u8>> =
        request.values(Name::Via).map(|via| via.as_bytes().to_vec()).collect();
    if let Some(top) = vias.first_mut()
        && let Ok(via) = Via::parse(&String::from_utf8_lossy(top))
    {
        // A socket for both families shows an IPv4 source as an IPv6 address.
        let source = SocketAddr::new(source.ip().to_canonical(), source.port());
        *top = via.stamped(source).into_bytes();
    }
    let response = Builder::response_to(request, code, reason, to_tag).remove(Name::Via);
    vias.iter().rev().fold(response, |response, via| response.header_first(Name::Via, via))
}

/// The 100 that the transaction sends by itself. It has no To-tag of ours: it makes no dialog.
pub(super) fn trying(request: &Message, source: SocketAddr) -> Bytes {
    reply(request, source, 100, "", None).build()
}
