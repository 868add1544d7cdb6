//! What is said of `test-trunk.invalid`.

use std::{net::IpAddr, time::Duration};

use hickory_proto::{
    op::{Message, Query, ResponseCode},
    rr::{
        Name, RData, Record,
        rdata::{A, AAAA, NAPTR, SOA, SRV},
    },
};

use crate::{faults::DnsFault, numbers::DOMAIN};

/// The trunk as DNS tells of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Zone {
    /// Where all its hosts are.
    pub(crate) address: IpAddr,
    /// The port of UDP and TCP.
    pub(crate) plain: u16,
    /// The port of TLS.
    pub(crate) tls: u16,
    /// The port of a server that the fault has taken down.
    pub(crate) down: u16,
    /// What is wrong with it.
    pub(crate) fault: DnsFault,
}

/// Seconds that answers are good for: short, since faults come and go.
const TTL: u32 = 5;
/// The discard service, which nobody offers: connections to it are refused.
pub(crate) const DEAD: u16 = 9;
/// The targets of SRV with their priorities.
const TARGETS: [(&str, u16); 2] = [("one", 10), ("two", 20)];

impl Zone {
    /// How long the server thinks.
    pub(super) fn delay(&self) -> Duration {
        Duration::from_millis(if self.fault == DnsFault::Slow { 700 } else { 0 })
    }

    /// Puts records, or the reason why there are none, into an answer.
    pub(super) fn answer(&self, query: &Query, answer: &mut Message) {
        let Some(origin) = host("") else { return };
        if !origin.zone_of(&query.name) {
            answer.metadata.response_code = ResponseCode::Refused;
            return;
        }
        answer.metadata.authoritative = true;
        let found = if self.fault == DnsFault::NxDomain { None } else { self.find(&query.name) };
        match found {
            None => answer.metadata.response_code = ResponseCode::NXDomain,
            Some(all) => {
                let asked = |data: &RData| data.record_type() == query.query_type;
                for data in all.into_iter().filter(asked) {
                    answer.add_answer(Record::from_rdata(query.name.clone(), TTL, data));
                }
            }
        }
        if answer.answers.is_empty() {
            // Says for how long the absence may be remembered (RFC 2308 §3).
            let soa = SOA::new(origin.clone(), origin.clone(), 1, 3600, 600, 86_400, 1);
            answer.add_authority(Record::from_rdata(origin, TTL, RData::SOA(soa)));
        }
    }

    /// All that is known of a name; `None` where there is no such name.
    fn find(&self, name: &Name) -> Option<Vec<RData>> {
        let is = |label: &str| host(label).is_some_and(|known| known == *name);
        if is("") {
            return Some(self.naptr().into_iter().chain([self.host()]).collect());
        }
        if TARGETS.iter().any(|(target, _)| is(target)) {
            let missing = self.fault == DnsFault::NoAddress;
            return Some(if missing { Vec::new() } else { vec![self.host()] });
        }
        let service = SERVICES.iter().find(|service| is(service.srv));
        match service {
            Some(service) => Some(self.srv(service)),
            // A name that others stand below is there, without records (RFC 8020).
            None if is("_tcp") || is("_udp") => Some(Vec::new()),
            None => None,
        }
    }

    fn host(&self) -> RData {
        match self.address {
            IpAddr::V4(ip) => RData::A(A(ip)),
            IpAddr::V6(ip) => RData::AAAA(AAAA(ip)),
        }
    }

    /// The transports in the order that the trunk prefers (RFC 3263 §4.1).
    fn naptr(&self) -> Vec<RData> {
        let udp_only = self.fault == DnsFault::NaptrUdpOnly;
        let offered = SERVICES.iter().filter(|service| !udp_only || service.srv == UDP);
        offered
            .filter_map(|service| {
                let naptr = NAPTR::new(
                    service.order,
                    50,
                    Box::from(&b"s"[..]),
                    service.naptr.as_bytes().into(),
                    Box::default(),
                    host(service.srv)?,
                );
                Some(RData::NAPTR(naptr))
            })
            .collect()
    }

    fn srv(&self, service: &Service) -> Vec<RData> {
        let port = if service.srv == TLS { self.tls } else { self.plain };
        let count = if self.fault == DnsFault::Single { 1 } else { TARGETS.len() };
        let targets = TARGETS.iter().take(count).enumerate();
        targets
            .filter_map(|(n, (target, priority))| {
                let down = match self.fault {
                    DnsFault::FirstDead => n == 0,
                    DnsFault::SecondDead | DnsFault::SecondSilent => n == 1,
                    DnsFault::NaptrUdpOnly
                    | DnsFault::NoAddress
                    | DnsFault::None
                    | DnsFault::NxDomain
                    | DnsFault::Single
                    | DnsFault::Slow => false,
                };
                let port = if down { self.down } else { port };
                Some(RData::SRV(SRV::new(*priority, 100, port, host(target)?)))
            })
            .collect()
    }
}

/// One transport of the trunk.
struct Service {
    order: u16,
    naptr: &'static str,
    srv: &'static str,
}

const TLS: &str = "_sips._tcp";
const UDP: &str = "_sip._udp";
const SERVICES: [Service; 3] = [
    Service { order: 10, naptr: "SIPS+D2T", srv: TLS },
    Service { order: 20, naptr: "SIP+D2T", srv: "_sip._tcp" },
    Service { order: 30, naptr: "SIP+D2U", srv: UDP },
];

/// A name of the zone; the zone itself for an empty label.
fn host(label: &str) -> Option<Name> {
    let dot = if label.is_empty() { "" } else { "." };
    Name::from_ascii(format!("{label}{dot}{DOMAIN}.")).ok()
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::RecordType;

    use super::*;

    fn ask(fault: DnsFault, name: &str, kind: RecordType) -> Message {
        let address = "127.0.0.1".parse().unwrap();
        let zone = Zone { address, plain: 5060, tls: 5061, down: DEAD, fault };
        let mut answer = Message::query().into_response();
        let query = Query::query(Name::from_ascii(name).unwrap(), kind);
        zone.answer(&query, &mut answer);
        answer
    }

    fn ports(fault: DnsFault) -> Vec<(u16, u16)> {
        let answer = ask(fault, "_sip._udp.test-trunk.invalid.", RecordType::SRV);
        let port = |record: &Record| {
            let RData::SRV(srv) = &record.data else { panic!("{record:?}") };
            (srv.priority, srv.port)
        };
        answer.answers.iter().map(port).collect()
    }

    #[test]
    fn a_healthy_zone_has_three_transports_of_two_servers_each() {
        let none = DnsFault::None;
        assert_eq!(ask(none, "Test-Trunk.invalid.", RecordType::NAPTR).answers.len(), 3);
        assert_eq!(ports(none), [(10, 5060), (20, 5060)]);
        let tls = ask(none, "_sips._tcp.test-trunk.invalid.", RecordType::SRV);
        assert!(tls.answers.iter().all(|r| r.to_string().contains(" 5061 ")), "{tls:?}");
        assert_eq!(ask(none, "two.test-trunk.invalid.", RecordType::A).answers.len(), 1);
    }

    #[test]
    fn names_that_are_not_there_are_told_apart() {
        let none = DnsFault::None;
        let empty = ask(none, "one.test-trunk.invalid.", RecordType::AAAA);
        assert_eq!(empty.metadata.response_code, ResponseCode::NoError);
        assert_eq!((empty.answers.len(), empty.authorities.len()), (0, 1));
        let unknown = ask(none, "three.test-trunk.invalid.", RecordType::A);
        assert_eq!(unknown.metadata.response_code, ResponseCode::NXDomain);
        let foreign = ask(none, "example.com.", RecordType::A);
        assert_eq!(foreign.metadata.response_code, ResponseCode::Refused);
    }

    #[test]
    fn each_fault_is_one_thing_wrong() {
        assert_eq!(ports(DnsFault::FirstDead), [(10, DEAD), (20, 5060)]);
        for down in [DnsFault::SecondDead, DnsFault::SecondSilent] {
            assert_eq!(ports(down), [(10, 5060), (20, DEAD)]);
        }
        assert_eq!(ports(DnsFault::Single), [(10, 5060)]);
        let host = "one.test-trunk.invalid.";
        assert!(ask(DnsFault::NoAddress, host, RecordType::A).answers.is_empty());
        let naptr = ask(DnsFault::NaptrUdpOnly, "test-trunk.invalid.", RecordType::NAPTR);
        assert_eq!(naptr.answers.len(), 1);
        assert!(naptr.answers[0].to_string().contains("SIP+D2U"), "{naptr:?}");
        let gone = ask(DnsFault::NxDomain, "test-trunk.invalid.", RecordType::A);
        assert_eq!(gone.metadata.response_code, ResponseCode::NXDomain);
    }
}
