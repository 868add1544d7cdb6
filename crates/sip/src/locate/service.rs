//! Which transports to look for and under which names (RFC 3263 §4.1, RFC 7118).

use super::{Ask, Record, RecordData};
use crate::transport::Transport;

/// A name to ask for SRV, and the transport that its hosts speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Service {
    pub(super) transport: Transport,
    pub(super) name: String,
}

/// The transport that a request of this kind uses where nobody names one: UDP, or TLS for SIPS;
/// what is supported best where that one is not.
pub(super) fn default_transport(ask: &Ask) -> Option<Transport> {
    let usual = if ask.secure { Transport::Tls } else { Transport::Udp };
    let mut usable = usable(ask);
    if usable.clone().any(|transport| transport == usual) { Some(usual) } else { usable.next() }
}

/// The chosen transport, made secure for a SIPS URI; `None` where there is no such thing (UDP).
pub(super) fn chosen_transport(ask: &Ask, transport: Transport) -> Option<Transport> {
    match transport {
        Transport::Tcp if ask.secure => Some(Transport::Tls),
        Transport::Udp if ask.secure => None,
        Transport::Ws if ask.secure => Some(Transport::Wss),
        Transport::Tcp | Transport::Tls | Transport::Udp | Transport::Ws | Transport::Wss => {
            Some(transport)
        }
    }
}

/// The SRV name of a transport at a domain.
pub(super) fn srv_name(transport: Transport, domain: &str) -> String {
    let service = match transport {
        Transport::Tcp => "_sip._tcp",
        Transport::Tls => "_sips._tcp",
        Transport::Udp => "_sip._udp",
        Transport::Ws => "_sip._ws",
        Transport::Wss => "_sips._ws",
    };
    format!("{service}.{domain}")
}

/// The SRV names to ask where a domain has no NAPTR record of use.
pub(super) fn guesses(ask: &Ask) -> Vec<Service> {
    usable(ask)
        .map(|transport| Service { transport, name: srv_name(transport, &ask.host) })
        .collect()
}

/// The SRV names that NAPTR records lead to, in the order that the domain wants. Records of a
/// higher order than the first usable one do not count (RFC 3403 §4.1), so a domain that offers
/// TLS first is not left for UDP behind its back.
pub(super) fn from_naptr(ask: &Ask, records: &[Record]) -> Vec<Service> {
    let mut found: Vec<(u16, u16, Service)> = records
        .iter()
        .filter_map(|record| {
            let RecordData::Naptr { order, preference, flags, service, replacement } = &record.data
            else {
                return None;
            };
            let transport = naptr_transport(service)?;
            let usable = flags.eq_ignore_ascii_case("s") && usable(ask).any(|t| t == transport);
            let name = replacement.trim_end_matches('.');
            (usable && !name.is_empty())
                .then(|| (*order, *preference, Service { transport, name: name.into() }))
        })
        .collect();
    found.sort_by_key(|(order, preference, _)| (*order, *preference));
    let first = found.first().map(|(order, ..)| *order);
    found.retain(|(order, ..)| Some(*order) == first);
    found.into_iter().map(|(_, _, service)| service).collect()
}

fn usable(ask: &Ask) -> impl Iterator<Item = Transport> + Clone {
    ask.supported.iter().copied().filter(|transport| !ask.secure || transport.is_secure())
}

fn naptr_transport(service: &str) -> Option<Transport> {
    [
        ("SIP+D2T", Transport::Tcp),
        ("SIPS+D2T", Transport::Tls),
        ("SIP+D2U", Transport::Udp),
        ("SIP+D2W", Transport::Ws),
        ("SIPS+D2W", Transport::Wss),
    ]
    .into_iter()
    .find_map(|(name, transport)| service.eq_ignore_ascii_case(name).then_some(transport))
}
