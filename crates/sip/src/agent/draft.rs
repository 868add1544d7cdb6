//! A request of ours before it is known where it goes.

use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;

use crate::{
    header::Address,
    message::{Builder, Method, Name},
    transport::{Flow, Transport},
    uri::{Part, escape},
};

/// Methods that the agent hears, for Allow.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, BYE, CANCEL, OPTIONS, PRACK, UPDATE, INFO, MESSAGE, NOTIFY";

/// A request without what depends on its flow: Via, Contact and credentials come when it leaves.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) method: Method,
    /// Request-URI.
    pub(crate) uri: String,
    /// Route values.
    pub(crate) route: Vec<String>,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) call_id: String,
    pub(crate) cseq: u32,
    /// The Contact, whose host is the flow's; `None` where the request has none.
    pub(crate) contact: Option<Contact>,
    /// Further headers in their order.
    pub(crate) headers: Vec<(String, String)>,
    /// Headers of the owner's, each in place of all that stand here under its name.
    pub(crate) instead: Vec<(String, String)>,
    /// Our address that the body names, or that an answer to a late offer will, where it must be of
    /// the flow's family.
    pub(crate) local: Option<IpAddr>,
    /// Content-Type and body.
    pub(crate) body: Option<(String, Bytes)>,
    /// Authorization and Proxy-Authorization values.
    pub(crate) credentials: Vec<(&'static str, String)>,
}

/// What a Contact of ours names besides the flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Contact {
    /// All numbers of the trunk (RFC 6140 §5.2).
    Bulk,
    /// One user.
    User(String),
}

impl Contact {
    /// The value for requests on `flow`; `public` is our address as the far end sees it.
    pub(crate) fn value(&self, flow: &Flow, public: Option<SocketAddr>) -> String {
        let address = public.unwrap_or_else(|| flow.reachable());
        let user = match self {
            Self::Bulk => String::new(),
            Self::User(user) => format!("{}@", escape(user, Part::User)),
        };
        let transport = transport_param(flow.transport);
        let bulk = if *self == Self::Bulk { ";bnc" } else { "" };
        format!("<sip:{user}{address}{transport}{bulk}>")
    }
}

impl Draft {
    /// True where the sound would come to an address that cannot be reached from `flow`'s far end.
    pub(crate) fn is_for_other_family(&self, flow: &Flow) -> bool {
        self.local.is_some_and(|local| local.is_ipv4() != flow.local.is_ipv4())
    }

    /// Takes headers of the owner's, which go before ours (see [`Dial::headers`]).
    ///
    /// [`Dial::headers`]: crate::agent::Dial::headers
    pub(crate) fn overwrite(&mut self, headers: Vec<(String, String)>) {
        for (name, value) in headers {
            let stands = Name::from(name.as_str());
            let stays = STAY.contains(&stands);
            // Answers with more than one Via are nobody's (RFC 3261 §8.1.3.3).
            if stands == Name::Via || stays && value.is_empty() {
                continue;
            }
            if stands == Name::From {
                self.from = with_tag_of(&self.from, &value);
            } else if stands == Name::To {
                self.to = value;
            } else if stays {
                self.headers.push((name, value));
            } else {
                self.instead.push((name, value));
            }
        }
    }

    /// True where a header of the owner's stands in place of ours.
    pub(crate) fn is_overwritten(&self, name: Name<'_>) -> bool {
        self.instead.iter().any(|(owners, _)| Name::from(owners.as_str()) == name)
    }

    /// What stands in place of ours under one name.
    pub(crate) fn owners(&self, name: Name<'_>) -> Vec<(String, String)> {
        let is_it = |(owners, _): &&(String, String)| Name::from(owners.as_str()) == name;
        self.instead.iter().filter(is_it).cloned().collect()
    }

    /// Leaves away what the owner meant for the trunk alone: its proof and its way.
    pub(crate) fn keep_from_strangers(&mut self) {
        const TRUNKS: [Name<'static>; 3] =
            [Name::Authorization, Name::ProxyAuthorization, Name::Route];
        self.instead.retain(|(name, _)| !TRUNKS.contains(&Name::from(name.as_str())));
    }

    /// True where the owner brings, or leaves out, the proof of who we are.
    pub(crate) fn proves_by_itself(&self) -> bool {
        self.is_overwritten(Name::Authorization) || self.is_overwritten(Name::ProxyAuthorization)
    }

    /// Replaces a header, or takes it away.
    pub(crate) fn set(&mut self, name: &str, value: Option<String>) {
        self.headers.retain(|(n, _)| !n.eq_ignore_ascii_case(name));
        self.headers.extend(value.map(|v| (name.to_owned(), v)));
    }

    /// Prints the request for `flow`. `public` is our address as the far end sees it.
    pub(crate) fn print(&self, flow: &Flow, branch: &str, public: Option<SocketAddr>) -> Bytes {
        let mut builder = Builder::request(&self.method, &self.uri)
            .header("Via", via(flow, branch))
            .header("Max-Forwards", "70");
        for value in &self.route {
            builder = builder.header("Route", value);
        }
        builder = builder
            .header("From", &self.from)
            .header("To", &self.to)
            .header("Call-ID", &self.call_id)
            .header("CSeq", format!("{} {}", self.cseq, self.method));
        if let Some(contact) = &self.contact {
            builder = builder.header("Contact", contact.value(flow, public));
        }
        for (name, value) in &self.credentials {
            builder = builder.header(*name, value);
        }
        for (name, value) in &self.headers {
            builder = builder.header(name.as_str(), value);
        }
        if let Some((content_type, body)) = &self.body {
            builder = builder.body(content_type, body.clone());
        }
        // In a stream the length tells where the next message begins, of whichever call.
        let fits =
            |name: &str| !flow.transport.is_reliable() || Name::from(name) != Name::ContentLength;
        let instead = || self.instead.iter().filter(|(name, _)| fits(name));
        for (name, _) in instead() {
            builder = builder.remove(name.as_str());
        }
        for (name, value) in instead().filter(|(_, value)| !value.is_empty()) {
            builder = builder.header(name.as_str(), value);
        }
        builder.build()
    }
}

/// Answers are found by these: none is taken away. Via is ours alone, others of the owner's stand
/// beside ours.
const STAY: [Name<'static>; 5] = [Name::CallId, Name::CSeq, Name::From, Name::To, Name::Via];

/// `value` with the tag of `ours`, which names the dialog, whoever is said to call.
fn with_tag_of(ours: &str, value: &str) -> String {
    let ours = Address::parse(ours);
    let Some(tag) = ours.as_ref().ok().and_then(Address::tag) else { return value.to_owned() };
    match Address::parse(value) {
        Ok(address) => address.with_tag(tag).to_string(),
        Err(_) => format!("{value};tag={tag}"),
    }
}

/// Our Via on `flow` (RFC 3261 §18.1.1), with `rport` (RFC 3581 §3).
pub(crate) fn via(flow: &Flow, branch: &str) -> String {
    format!("SIP/2.0/{} {};branch={branch};rport", flow.transport.via_token(), flow.reachable())
}

/// The `transport` parameter of a URI, which UDP does not need.
pub(crate) fn transport_param(transport: Transport) -> String {
    if transport == Transport::Udp {
        return String::new();
    }
    format!(";transport={}", transport.via_token().to_ascii_lowercase())
}
