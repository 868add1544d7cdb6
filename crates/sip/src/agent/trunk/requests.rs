//! What a trunk's requests say: where a dialled number leads, who calls, and what REGISTER asks.

use std::net::IpAddr;

use super::Trunk;
use crate::{
    agent::{
        Dial,
        draft::{Contact, Draft, transport_param},
        sending::{To, Trust},
    },
    identity::{self, Caller},
    message::{Message, Method},
    uri::{Part, Uri, escape},
};

/// Where a dialled address leads.
#[derive(Debug)]
pub(crate) struct Address {
    pub(crate) uri: String,
    pub(crate) route: Vec<String>,
    pub(crate) to: To,
    pub(crate) trust: Trust,
}

impl Trunk {
    /// Where a dialled number or URI leads.
    pub(crate) fn address(&self, dialled: &str) -> Address {
        let uri = self.request_uri(dialled);
        let routed = !self.registration.service_route().is_empty() || self.account.proxy.is_some();
        let place =
            Uri::parse(&uri).ok().and_then(|uri| Some((uri.host()?.to_string(), uri.port())));
        if routed || place.is_none_or(|(host, port)| self.is_ours(&host, port)) {
            return Address { uri, route: self.route(), to: To::Trunk, trust: Trust::Trunk };
        }
        let to = To::Hop { uri: uri.clone(), flow: None };
        Address { uri, route: Vec::new(), to, trust: Trust::Nobody }
    }

    fn is_ours(&self, host: &str, port: Option<u16>) -> bool {
        let bare = |host: &str| host.trim_matches(['[', ']']).to_ascii_lowercase();
        let (host, usual) = (bare(host), self.account.transport.default_port());
        let same = |ours: &str, known: Option<u16>| {
            bare(ours) == host && port.is_none_or(|port| port == known.unwrap_or(usual))
        };
        same(&self.account.domain, self.account.port)
            || self.account.registrar.as_ref().is_some_and(|(ours, port)| same(ours, *port))
    }

    /// The Request-URI for what was dialled: a URI or service (RFC 5031) as it stands, a number at
    /// our domain.
    fn request_uri(&self, dialled: &str) -> String {
        let dialled = dialled.trim();
        let scheme = dialled.split(':').next().unwrap_or_default().to_ascii_lowercase();
        match scheme.as_str() {
            "sip" | "sips" | "urn" if dialled.contains(':') => dialled.to_owned(),
            "tel" if dialled.contains(':') => {
                let number = dialled.get(4..).unwrap_or_default();
                let number = number.split(';').next().unwrap_or_default();
                // RFC 3966 §5.1.1: visual separators are not part of the number.
                let bare: String = number.chars().filter(|c| !"-.() ".contains(*c)).collect();
                self.user_at_domain(&bare)
            }
            _ => self.user_at_domain(dialled),
        }
    }

    /// `sip:user@domain`, with the port where the account names one.
    fn user_at_domain(&self, user: &str) -> String {
        let user = escape(user, Part::User);
        let port = self.account.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{user}@{}{port}", bracketed(&self.account.domain))
    }

    /// The address of record.
    pub(crate) fn address_of_record(&self) -> String {
        let user = escape(&self.account.user, Part::User);
        format!("sip:{user}@{}", bracketed(&self.account.domain))
    }

    /// Routes of a request outside a dialog: Service-Route (RFC 3608), else the outbound proxy.
    fn route(&self) -> Vec<String> {
        let service = self.registration.service_route();
        if service.is_empty() { self.proxy_route() } else { service.to_vec() }
    }

    /// The way to the outbound proxy.
    fn proxy_route(&self) -> Vec<String> {
        let Some((host, port)) = &self.account.proxy else { return Vec::new() };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let transport = transport_param(self.account.transport);
        vec![format!("<sip:{}{port}{transport};lr>", bracketed(host))]
    }

    /// The domain as a URI.
    pub(crate) fn domain_uri(&self) -> String {
        let port = self.account.port.map(|port| format!(":{port}")).unwrap_or_default();
        format!("sip:{}{port}", bracketed(&self.account.domain))
    }

    /// A draft of a request outside a dialog; To is the Request-URI.
    pub(crate) fn draft(&self, method: Method, uri: &str, call_id: &str, tag: &str) -> Draft {
        let agent = Some(&self.account.user_agent).filter(|text| !text.is_empty());
        let headers = agent.map(|text| ("User-Agent".to_owned(), text.clone()));
        Draft {
            method,
            uri: uri.to_owned(),
            route: self.route(),
            from: format!("<{}>;tag={tag}", self.address_of_record()),
            to: format!("<{uri}>"),
            call_id: call_id.to_owned(),
            cseq: 0,
            contact: None,
            headers: headers.into_iter().collect(),
            instead: Vec::new(),
            local: None,
            body: None,
            credentials: Vec::new(),
        }
    }

    /// The number that an incoming call dialled; empty where no field names anybody.
    pub(crate) fn did(&self, invite: &Message) -> String {
        identity::dialled(invite, self.account.did_in).map(|found| found.number).unwrap_or_default()
    }

    /// Puts the caller's number into a draft, in the headers that the trunk obeys.
    pub(crate) fn identify(&self, draft: &mut Draft, dial: &Dial, tag: &str) {
        let domain = bracketed(&self.account.domain);
        let caller = Caller {
            user: &self.account.user,
            domain: &domain,
            number: dial.from.as_deref(),
            display_name: dial.display_name.as_deref().or(self.account.display_name.as_deref()),
            private: dial.private,
            diversion: dial.diversion.as_deref(),
        };
        let headers = caller.headers(&self.account.identity);
        draft.from = format!("{};tag={tag}", headers.from);
        draft.headers.extend(headers.others.into_iter().map(|(n, value)| (n.to_owned(), value)));
    }

    /// REGISTER (RFC 3261 §10.2).
    pub(crate) fn register(&self, expires: u32) -> Draft {
        let mut draft = self.bindings();
        draft.contact = Some(match self.account.gin {
            true => Contact::Bulk,
            false => Contact::User(self.account.user.clone()),
        });
        draft.headers.push(("Expires".to_owned(), expires.to_string()));
        for (name, value) in self.registration.demands() {
            draft.headers.push(((*name).to_owned(), (*value).to_owned()));
        }
        draft
    }

    /// REGISTER that changes nothing and asks what is registered (RFC 3261 §10.2.3).
    pub(crate) fn bindings(&self) -> Draft {
        let (host, port) = match &self.account.registrar {
            Some((host, port)) => (host, *port),
            None => (&self.account.domain, self.account.port),
        };
        let port = port.map(|port| format!(":{port}")).unwrap_or_default();
        let uri = format!("sip:{}{port}", bracketed(host));
        let mut draft = self.draft(Method::Register, &uri, &self.call_id, &self.tag);
        draft.to = format!("<{}>", self.address_of_record());
        // A REGISTER is routed by the proxy alone: Service-Route is what it asks for.
        draft.route = self.proxy_route();
        draft.headers.push(("Supported".to_owned(), "path".to_owned()));
        draft
    }
}

/// A host as it stands in a URI: an IPv6 address in brackets.
fn bracketed(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        Ok(IpAddr::V4(_)) | Err(_) => host.to_owned(),
    }
}
