//! Conversions to and from the types of [rsip 0.4](https://docs.rs/rsip/0.4), for code that already
//! speaks them. Nothing that comes from the network passes through here.
//!
//! What rsip has no place for is an error on the way to it: unknown methods, `tel:` URIs, IPv6
//! references in URIs, octets that are no UTF-8. It loses the reason phrase of a known status code,
//! the case of a `transport` parameter and where lines were folded.
//!
//! ```
//! use bytes::Bytes;
//! use milliwatt_sip::message::{Framing, Message};
//! use rsip::{headers::ToTypedHeader, message::HeadersExt};
//!
//! let raw = Bytes::from_static(b"OPTIONS sip:a@example.com SIP/2.0\r\n\
//!     v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\n\
//!     f: \"B\"\r\n <sip:b@example.com>;tag=1\r\nt: <sip:a@example.com>\r\n\
//!     i: 7@b\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nl: 0\r\n\r\n");
//! let message = Message::parse(raw, Framing::Datagram)?;
//!
//! let theirs = rsip::SipMessage::try_from(&message)?;
//! assert_eq!(theirs.from_header()?.typed()?.uri.user(), Some("b"));
//!
//! let ours = Message::try_from(&theirs)?;
//! assert_eq!(ours.from().unwrap().tag(), Some("1"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use bytes::{BufMut, BytesMut};
use rsip::{
    SipMessage,
    headers::{ToTypedHeader, UntypedHeader},
    prelude::HasHeaders,
    typed,
};

use crate::{
    header::{Address, CSeq, Header, ValueError, Via},
    message::{Framing, Message, Method, ParseError, reason_phrase},
    transport::Transport,
    uri::{Uri, UriError},
};

impl TryFrom<&Message> for SipMessage {
    type Error = rsip::Error;

    /// Compact header names are written out and folds become spaces, as rsip reads neither.
    fn try_from(message: &Message) -> Result<Self, rsip::Error> {
        let mut head = BytesMut::with_capacity(message.raw().len() + 64);
        head.put_slice(message.start_line().as_bytes());
        for (name, value) in message.rows() {
            for part in [b"\r\n", name.as_str().as_bytes(), b": ", value.as_bytes()] {
                head.put_slice(part);
            }
        }
        head.put_slice(b"\r\n\r\n");
        let mut theirs = Self::try_from(head.freeze())?;
        if theirs.headers().iter().count() != message.rows().count() {
            return Err(rsip::Error::ParseError("a header that rsip cannot read".to_owned()));
        }
        *theirs.body_mut() = message.body().to_vec();
        Ok(theirs)
    }
}

impl TryFrom<&SipMessage> for Message {
    type Error = ParseError;

    fn try_from(theirs: &SipMessage) -> Result<Self, ParseError> {
        let start = match theirs {
            SipMessage::Request(request) => format!("{} {} SIP/2.0", request.method, request.uri),
            SipMessage::Response(response) => format!("SIP/2.0 {}", status(&response.status_code)),
        };
        let mut raw = BytesMut::from(start.as_bytes());
        for header in theirs.headers().iter() {
            raw.put_slice(format!("\r\n{header}").as_bytes());
        }
        raw.put_slice(b"\r\n\r\n");
        raw.put_slice(theirs.body());
        Self::parse(raw.freeze(), Framing::Datagram)
    }
}

/// Code and reason phrase: rsip writes the phrases that it knows without their spaces.
fn status(code: &rsip::StatusCode) -> String {
    if let rsip::StatusCode::Other(code, reason) = code {
        return format!("{code} {reason}");
    }
    format!("{} {}", code.code(), reason_phrase(code.code()))
}

impl TryFrom<&Method> for rsip::Method {
    type Error = rsip::Error;

    fn try_from(method: &Method) -> Result<Self, rsip::Error> {
        method.as_str().parse()
    }
}

impl From<rsip::Method> for Method {
    fn from(theirs: rsip::Method) -> Self {
        Self::from(theirs.to_string().as_str())
    }
}

impl TryFrom<&Uri> for rsip::Uri {
    type Error = rsip::Error;

    fn try_from(uri: &Uri) -> Result<Self, rsip::Error> {
        Self::try_from(uri.as_str())
    }
}

impl TryFrom<&rsip::Uri> for Uri {
    type Error = UriError;

    fn try_from(theirs: &rsip::Uri) -> Result<Self, UriError> {
        Self::parse(&theirs.to_string())
    }
}

impl From<Transport> for rsip::Transport {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Tcp => Self::Tcp,
            Transport::Tls => Self::Tls,
            Transport::Udp => Self::Udp,
            Transport::Ws => Self::Ws,
            Transport::Wss => Self::Wss,
        }
    }
}

impl TryFrom<rsip::Transport> for Transport {
    type Error = rsip::Error;

    fn try_from(theirs: rsip::Transport) -> Result<Self, rsip::Error> {
        Self::from_token(&theirs.to_string())
            .ok_or_else(|| rsip::Error::Unexpected(format!("transport {theirs}")))
    }
}

/// Conversions of one typed header, by way of its text.
macro_rules! typed_header {
    ($ours:ident, $theirs:ident) => {
        impl TryFrom<&$ours> for typed::$theirs {
            type Error = rsip::Error;

            fn try_from(ours: &$ours) -> Result<Self, rsip::Error> {
                rsip::headers::$theirs::new(ours.to_string()).typed()
            }
        }

        impl TryFrom<&typed::$theirs> for $ours {
            type Error = ValueError;

            fn try_from(theirs: &typed::$theirs) -> Result<Self, ValueError> {
                Self::parse(&theirs.to_string())
            }
        }
    };
}

typed_header!(Address, Contact);
typed_header!(Address, From);
typed_header!(Address, To);
typed_header!(CSeq, CSeq);
typed_header!(Via, Via);

#[cfg(test)]
mod tests {
    use super::*;

    fn message(start: &str) -> Message {
        let raw = format!(
            "{start}\r\nVia: SIP/2.0/UDP h.example.com:5070;branch=z9hG4bK1;rport\r\n\
            From: \"A\" <sip:a@b.com>;tag=1\r\nTo: <sip:c@d.com>\r\nCall-ID: x\r\nX-Own: y, z\r\n\
            CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContent-Length: 2\r\n\r\n"
        );
        let raw = [raw.as_bytes(), b"\xff\0"].concat();
        Message::parse(raw, Framing::Datagram).unwrap()
    }

    #[test]
    fn messages_go_there_and_back() {
        for start in ["INVITE sip:c@d.com;lr SIP/2.0", "SIP/2.0 486 Busy Here", "SIP/2.0 499 Own"] {
            let ours = message(start);
            let back = Message::try_from(&SipMessage::try_from(&ours).unwrap()).unwrap();
            assert_eq!(back.raw(), ours.raw());
        }
    }

    #[test]
    fn what_rsip_cannot_hold_is_an_error() {
        for start in ["NEW sip:c@d.com SIP/2.0", "INVITE sip:c@[2001:db8::1] SIP/2.0"] {
            assert!(SipMessage::try_from(&message(start)).is_err(), "{start}");
        }
        assert!(rsip::Method::try_from(&Method::from("NEW")).is_err());
        assert!(Transport::try_from(rsip::Transport::Sctp).is_err());
    }

    #[test]
    fn values_go_there_and_back() {
        let ours = message("INVITE sip:c@d.com SIP/2.0");
        let from = ours.from().unwrap();
        let theirs = typed::From::try_from(&from).unwrap();
        assert_eq!(theirs.tag().unwrap().value(), "1");
        assert_eq!(Address::try_from(&theirs).unwrap().uri(), from.uri());
        let via = ours.top_via().unwrap();
        let theirs = typed::Via::try_from(&via).unwrap();
        assert_eq!(Via::try_from(&theirs).unwrap().branch(), Some("z9hG4bK1"));
        let cseq = ours.cseq().unwrap();
        assert_eq!(CSeq::try_from(&typed::CSeq::try_from(&cseq).unwrap()), Ok(cseq));
        let uri = Uri::parse("sips:a:b@c.com:5061;lr").unwrap();
        assert_eq!(Uri::try_from(&rsip::Uri::try_from(&uri).unwrap()), Ok(uri));
        for transport in
            [Transport::Tcp, Transport::Tls, Transport::Udp, Transport::Ws, Transport::Wss]
        {
            assert_eq!(Transport::try_from(rsip::Transport::from(transport)).unwrap(), transport);
        }
        assert_eq!(Method::from(rsip::Method::PRack), Method::Prack);
        assert_eq!(rsip::Method::try_from(&Method::Prack).unwrap(), rsip::Method::PRack);
    }
}
