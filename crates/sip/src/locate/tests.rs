use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    time::Duration,
};

use super::*;
use crate::chance::Chance;

/// A DNS server in a box: what it does not know does not exist.
#[derive(Default)]
struct Zone {
    records: BTreeMap<(String, Kind), Vec<Record>>,
    errors: BTreeMap<String, DnsError>,
    asked: BTreeSet<Question>,
}

impl Zone {
    fn add(mut self, name: &str, kind: Kind, ttl: u32, data: RecordData) -> Self {
        let key = (name.to_owned(), kind);
        self.records.entry(key).or_default().push(Record { ttl, data });
        self
    }

    fn a(self, name: &str, ip: [u8; 4]) -> Self {
        self.add(name, Kind::A, 300, RecordData::A(ip.into()))
    }

    fn aaaa(self, name: &str, ip: &str) -> Self {
        self.add(name, Kind::Aaaa, 300, RecordData::Aaaa(ip.parse().unwrap()))
    }

    fn cname(self, name: &str, to: &str) -> Self {
        self.add(name, Kind::A, 300, RecordData::Cname(to.into()))
    }

    fn srv(self, name: &str, priority: u16, port: u16, target: &str) -> Self {
        let target = target.into();
        self.add(name, Kind::Srv, 60, RecordData::Srv { priority, weight: 1, port, target })
    }

    fn naptr(self, name: &str, order: u16, preference: u16, service: &str, to: &str) -> Self {
        let data = RecordData::Naptr {
            order,
            preference,
            flags: "s".into(),
            service: service.into(),
            replacement: to.into(),
        };
        self.add(name, Kind::Naptr, 600, data)
    }

    fn locate(&mut self, ask: Ask) -> Result<Located, DnsError> {
        let mut locator = Locator::new(ask);
        let mut chance = Chance::new([1; 32]);
        while let Some(step) = locator.poll() {
            match step {
                Step::Done(outcome) => {
                    assert_eq!(locator.poll(), None);
                    return outcome;
                }
                Step::Ask(question) => {
                    self.asked.insert(question.clone());
                    assert!(self.asked.len() < 200, "asks without end");
                    let answer = self.look_up(&question);
                    locator.answer(&question, answer, &mut chance);
                }
            }
        }
        panic!("neither asks nor ends");
    }

    fn look_up(&self, question: &Question) -> Result<Vec<Record>, DnsError> {
        if let Some(error) = self.errors.get(&question.name) {
            return Err(error.clone());
        }
        let key = (question.name.clone(), question.kind);
        let missing = || DnsError::NameNotFound(question.name.clone());
        self.records.get(&key).cloned().ok_or_else(missing)
    }

    fn kinds_asked(&self) -> Vec<(&str, Kind)> {
        self.asked.iter().map(|question| (question.name.as_str(), question.kind)).collect()
    }
}

fn ask(host: &str) -> Ask {
    Ask {
        host: host.into(),
        port: None,
        transport: None,
        secure: false,
        domain: "example.net".into(),
        account: AccountId(1),
        supported: vec![Transport::Udp, Transport::Tcp, Transport::Tls],
        ipv4: true,
        ipv6: false,
    }
}

fn places(located: &Located) -> Vec<(Transport, String)> {
    let place = |target: &Target| (target.transport, target.remote.to_string());
    located.targets.iter().map(place).collect()
}

fn place(transport: Transport, remote: &str) -> (Transport, String) {
    (transport, remote.to_owned())
}

#[test]
fn an_address_needs_no_dns() {
    for (host, remote) in [("192.0.2.1", "192.0.2.1:5060"), ("[2001:db8::1]", "[2001:db8::1]:5060")]
    {
        let mut zone = Zone::default();
        let located = zone.locate(ask(host)).unwrap();
        assert_eq!(places(&located), [place(Transport::Udp, remote)]);
        assert_eq!(located.valid_for, None);
        assert!(zone.asked.is_empty());
    }
}

#[test]
fn an_address_with_sips_means_tls_and_its_port() {
    let located = Zone::default().locate(Ask { secure: true, ..ask("192.0.2.1") }).unwrap();
    assert_eq!(places(&located), [place(Transport::Tls, "192.0.2.1:5061")]);
}

#[test]
fn an_explicit_port_skips_naptr_and_srv() {
    let mut zone = Zone::default().a("sip.example.net", [192, 0, 2, 1]);
    let located = zone.locate(Ask { port: Some(5070), ..ask("sip.example.net") }).unwrap();
    assert_eq!(places(&located), [place(Transport::Udp, "192.0.2.1:5070")]);
    assert_eq!(zone.kinds_asked(), [("sip.example.net", Kind::A)]);
}

#[test]
fn an_explicit_transport_skips_naptr_only() {
    let mut zone = Zone::default()
        .srv("_sip._tcp.example.net", 1, 5080, "a.example.net.")
        .a("a.example.net", [192, 0, 2, 1]);
    let located = zone.locate(Ask { transport: Some(Transport::Tcp), ..ask("example.net") });
    assert_eq!(places(&located.unwrap()), [place(Transport::Tcp, "192.0.2.1:5080")]);
    let expected = [("_sip._tcp.example.net", Kind::Srv), ("a.example.net", Kind::A)];
    assert_eq!(zone.kinds_asked(), expected);
}

#[test]
fn without_srv_the_domain_is_the_host() {
    let mut zone = Zone::default().a("example.net", [192, 0, 2, 9]);
    let located = zone.locate(ask("Example.NET.")).unwrap();
    assert_eq!(places(&located), [place(Transport::Udp, "192.0.2.9:5060")]);
    let tls = Ask { transport: Some(Transport::Tls), ..ask("example.net") };
    assert_eq!(places(&zone.locate(tls).unwrap()), [place(Transport::Tls, "192.0.2.9:5061")]);
}

#[test]
fn naptr_order_then_preference_decides_the_transport() {
    let mut zone = Zone::default()
        .naptr("example.net", 50, 50, "SIPS+D2T", "_sips._tcp.example.net.")
        .naptr("example.net", 50, 20, "sip+d2t", "tcp.example.net.")
        .naptr("example.net", 90, 10, "SIP+D2U", "_sip._udp.example.net.")
        .srv("_sips._tcp.example.net", 1, 5061, "a.example.net")
        .srv("tcp.example.net", 1, 5060, "a.example.net")
        .srv("_sip._udp.example.net", 1, 5060, "a.example.net")
        .a("a.example.net", [192, 0, 2, 1]);
    let located = zone.locate(ask("example.net")).unwrap();
    let expected =
        [place(Transport::Tcp, "192.0.2.1:5060"), place(Transport::Tls, "192.0.2.1:5061")];
    assert_eq!(places(&located), expected);
}

#[test]
fn a_higher_naptr_order_is_never_a_way_out() {
    let mut zone = Zone::default()
        .naptr("example.net", 10, 10, "SIPS+D2T", "_sips._tcp.example.net.")
        .naptr("example.net", 20, 10, "SIP+D2U", "_sip._udp.example.net.")
        .srv("_sip._udp.example.net", 1, 5060, "a.example.net")
        .a("a.example.net", [192, 0, 2, 1]);
    zone.locate(ask("example.net")).unwrap_err();
    assert!(zone.asked.iter().all(|question| question.name != "_sip._udp.example.net"));
}

#[test]
fn sips_takes_secure_services_alone() {
    let mut zone = Zone::default()
        .naptr("example.net", 10, 10, "SIP+D2U", "_sip._udp.example.net.")
        .naptr("example.net", 20, 10, "SIPS+D2T", "_sips._tcp.example.net.")
        .srv("_sips._tcp.example.net", 1, 5061, "a.example.net")
        .a("a.example.net", [192, 0, 2, 1]);
    let located = zone.locate(Ask { secure: true, ..ask("example.net") }).unwrap();
    assert_eq!(places(&located), [place(Transport::Tls, "192.0.2.1:5061")]);
    let udp = Ask { secure: true, transport: Some(Transport::Udp), ..ask("example.net") };
    assert_eq!(zone.locate(udp), Err(DnsError::NotOffered("example.net".into())));
}

#[test]
fn without_naptr_every_supported_transport_is_asked_for() {
    let mut zone = Zone::default()
        .srv("_sips._tcp.example.net", 1, 5061, "a.example.net")
        .a("a.example.net", [192, 0, 2, 1]);
    let located = zone.locate(ask("example.net")).unwrap();
    assert_eq!(places(&located), [place(Transport::Tls, "192.0.2.1:5061")]);
    let srv = zone.asked.iter().filter(|question| question.kind == Kind::Srv).count();
    assert_eq!(srv, 3);
}

#[test]
fn failover_goes_by_priority_and_ipv6_first() {
    let mut zone = Zone::default()
        .srv("_sip._udp.example.net", 20, 5060, "b.example.net")
        .srv("_sip._udp.example.net", 10, 5062, "a.example.net")
        .a("a.example.net", [192, 0, 2, 1])
        .aaaa("a.example.net", "2001:db8::1")
        .a("b.example.net", [192, 0, 2, 2]);
    let wanted = Ask { transport: Some(Transport::Udp), ipv6: true, ..ask("example.net") };
    let located = zone.locate(wanted).unwrap();
    let expected = ["[2001:db8::1]:5062", "192.0.2.1:5062", "192.0.2.2:5060"];
    assert_eq!(places(&located), expected.map(|remote| place(Transport::Udp, remote)));
    assert!(located.targets.iter().all(|target| target.domain == "example.net"));
}

#[test]
fn a_dead_srv_host_leaves_the_others() {
    let mut zone = Zone::default()
        .srv("_sip._udp.example.net", 10, 5060, "gone.example.net")
        .srv("_sip._udp.example.net", 20, 5060, "b.example.net")
        .a("b.example.net", [192, 0, 2, 2]);
    let wanted = Ask { transport: Some(Transport::Udp), ..ask("example.net") };
    let located = zone.locate(wanted).unwrap();
    assert_eq!(places(&located), [place(Transport::Udp, "192.0.2.2:5060")]);
}

#[test]
fn an_srv_target_of_a_dot_is_a_refusal() {
    let mut zone =
        Zone::default().srv("_sip._udp.example.net", 0, 0, ".").a("example.net", [192, 0, 2, 1]);
    let wanted = Ask { transport: Some(Transport::Udp), ..ask("example.net") };
    assert_eq!(zone.locate(wanted), Err(DnsError::NotOffered("example.net".into())));
}

#[test]
fn aliases_are_followed_but_not_in_circles() {
    let mut zone = Zone::default()
        .cname("www.example.net", "b.example.net.")
        .cname("b.example.net", "c.example.net.")
        .a("c.example.net", [192, 0, 2, 1]);
    let wanted = Ask { port: Some(5060), ..ask("www.example.net") };
    assert_eq!(zone.locate(wanted).unwrap().targets.len(), 1);

    let mut circle = Zone::default()
        .cname("x.example.net", "y.example.net")
        .cname("y.example.net", "x.example.net");
    let wanted = Ask { port: Some(5060), ..ask("x.example.net") };
    assert_eq!(circle.locate(wanted), Err(DnsError::TooDeep("x.example.net".into())));
}

#[test]
fn eight_steps_are_the_most() {
    // The host itself is the third step after NAPTR and SRV, so six aliases may follow it.
    for (aliases, found) in [(6, true), (7, false)] {
        let mut zone = Zone::default();
        for n in 0..aliases {
            zone = zone.cname(&format!("h{n}.example.net"), &format!("h{}.example.net", n + 1));
        }
        let mut zone = zone.a(&format!("h{aliases}.example.net"), [192, 0, 2, 1]);
        let wanted = Ask { port: Some(5060), ..ask("h0.example.net") };
        assert_eq!(zone.locate(wanted).is_ok(), found, "{aliases}");
    }
}

#[test]
fn the_shortest_ttl_counts_but_never_less_than_5_s() {
    for (ttl, kept) in [(0, 5), (5, 5), (30, 30), (u32::MAX, 60)] {
        let mut zone = Zone::default().srv("_sip._udp.example.net", 1, 5060, "a.example.net").add(
            "a.example.net",
            Kind::A,
            ttl,
            RecordData::A([192, 0, 2, 1].into()),
        );
        let wanted = Ask { transport: Some(Transport::Udp), ..ask("example.net") };
        let located = zone.locate(wanted).unwrap();
        assert_eq!(located.valid_for, Some(Duration::from_secs(kept)));
    }
}

#[test]
fn an_enormous_answer_stays_bounded() {
    let mut zone = Zone::default();
    for n in 0..5000_u16 {
        let host = format!("h{n}.example.net");
        zone = zone.srv("_sip._udp.example.net", n, 5060, &host);
        for last in 0..10 {
            zone = zone.a(&host, [10, (n >> 8) as u8, n as u8, last]);
        }
    }
    let wanted = Ask { transport: Some(Transport::Udp), ..ask("example.net") };
    assert_eq!(zone.locate(wanted).unwrap().targets.len(), 64);
    assert!(zone.asked.len() <= 33);
}

#[test]
fn the_error_is_the_one_that_helps() {
    let mut zone = Zone::default();
    let unknown = zone.locate(ask("nowhere.example"));
    assert_eq!(unknown, Err(DnsError::NameNotFound("nowhere.example".into())));

    zone.errors.insert("nowhere.example".into(), DnsError::TimedOut("nowhere.example".into()));
    let silent = zone.locate(ask("nowhere.example"));
    assert_eq!(silent, Err(DnsError::TimedOut("nowhere.example".into())));
}

#[test]
fn a_broken_naptr_server_does_not_stop_the_search() {
    // Many forwarders answer SERVFAIL to record types that they do not know.
    let mut locator = Locator::new(ask("example.net"));
    let mut chance = Chance::new([1; 32]);
    let Some(Step::Ask(naptr)) = locator.poll() else { panic!("asks NAPTR first") };
    let failure = DnsError::ServerFailure("example.net".into());
    locator.answer(&naptr, Err(failure), &mut chance);
    assert!(matches!(locator.poll(), Some(Step::Ask(question)) if question.kind == Kind::Srv));
}

#[test]
fn answers_that_nobody_asked_for_are_ignored() {
    let mut locator = Locator::new(Ask { port: Some(5060), ..ask("example.net") });
    let mut chance = Chance::new([1; 32]);
    let Some(Step::Ask(question)) = locator.poll() else { panic!("asks") };
    let other = Question { name: "evil.example".into(), kind: Kind::A };
    let record = |last| Record { ttl: 60, data: RecordData::A([192, 0, 2, last].into()) };
    locator.answer(&other, Ok(vec![record(66)]), &mut chance);
    assert_eq!(locator.poll(), None);
    locator.answer(&question, Ok(vec![record(1)]), &mut chance);
    locator.answer(&question, Ok(vec![record(2)]), &mut chance);
    let Some(Step::Done(Ok(located))) = locator.poll() else { panic!("is done") };
    assert_eq!(places(&located), [place(Transport::Udp, "192.0.2.1:5060")]);
    assert_eq!(locator.poll(), None);
}

#[test]
fn a_private_address_of_a_public_domain_is_told() {
    for (host, told) in [("sip.example.net", true), ("pbx.lan", false), ("a.local", false)] {
        let mut zone = Zone::default().a(host, [127, 0, 0, 1]);
        let located = zone.locate(Ask { port: Some(5060), ..ask(host) }).unwrap();
        let expected: Vec<IpAddr> = if told { vec![[127, 0, 0, 1].into()] } else { vec![] };
        assert_eq!(located.inward, expected, "{host}");
    }
}
