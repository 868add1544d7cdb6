use std::{collections::HashMap, net::SocketAddr};

use hickory_proto::{
    op::{Message, ResponseCode},
    rr::{
        Name, RData, Record as Wire, RecordType,
        rdata::{A, AAAA, CNAME, NAPTR, SRV},
    },
};
use milliwatt_sip::{
    agent::QueryId,
    locate::{DnsError, Kind, Question, RecordData},
};
use tokio::net::UdpSocket;

use super::*;

/// A DNS server of one zone; what it does not hold does not exist. Of an alias it tells the name that
/// it stands for, and no more.
#[derive(Default)]
pub(crate) struct Zone(HashMap<(String, RecordType), Result<Vec<RData>, ResponseCode>>);

fn name(text: &str) -> Name {
    Name::from_utf8(text).unwrap()
}

impl Zone {
    pub(crate) fn with(mut self, owner: &str, data: RData) -> Self {
        let key = (format!("{owner}."), data.record_type());
        match self.0.entry(key).or_insert_with(|| Ok(Vec::new())) {
            Ok(records) => records.push(data),
            Err(code) => panic!("{code}"),
        }
        self
    }

    pub(crate) fn failing(mut self, owner: &str, kind: RecordType, code: ResponseCode) -> Self {
        self.0.insert((format!("{owner}."), kind), Err(code));
        self
    }

    /// NAPTR to SRV to two hosts.
    pub(crate) fn of_a_trunk(domain: &str) -> Self {
        let (service, host) = (format!("_sip._udp.{domain}."), format!("a.{domain}"));
        let text = |t: &str| t.as_bytes().into();
        let naptr = NAPTR::new(10, 20, text("s"), text("SIP+D2U"), text(""), name(&service));
        Self::default()
            .with(domain, RData::NAPTR(naptr))
            .with(
                service.trim_end_matches('.'),
                RData::SRV(SRV::new(10, 60, 5070, name(&format!("{host}.")))),
            )
            .with(&host, RData::A(A::new(192, 0, 2, 7)))
    }

    pub(crate) async fn serve(self) -> SocketAddr {
        let socket = UdpSocket::bind(LOOPBACK).await.unwrap();
        let address = socket.local_addr().unwrap();
        tokio::spawn(async move {
            let mut buffer = [0; 4096];
            loop {
                let (len, from) = socket.recv_from(&mut buffer).await.unwrap();
                let asked = Message::from_vec(&buffer[..len]).unwrap();
                socket.send_to(&self.answer(&asked).to_vec().unwrap(), from).await.unwrap();
            }
        });
        address
    }

    fn answer(&self, asked: &Message) -> Message {
        let query = asked.queries[0].clone();
        let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
        answer.metadata.recursion_available = true;
        let owner = query.name().to_ascii().to_ascii_lowercase();
        let exists = self.0.keys().any(|(name, _)| *name == owner);
        let held = |kind| self.0.get(&(owner.clone(), kind));
        match held(query.query_type()).or_else(|| held(RecordType::CNAME)) {
            Some(Ok(records)) => {
                for data in records {
                    answer.add_answer(Wire::from_rdata(name(&owner), 300, data.clone()));
                }
            }
            Some(Err(code)) => answer.metadata.response_code = *code,
            None if exists => {}
            None => answer.metadata.response_code = ResponseCode::NXDomain,
        }
        answer.add_query(query);
        answer
    }
}

async fn ask(dns: &Dns, name: &str, kind: Kind) -> Result<Vec<RecordData>, DnsError> {
    let question = Question { name: name.to_owned(), kind };
    dns.ask(&question).await.map(|records| records.into_iter().map(|r| r.data).collect())
}

#[tokio::test]
async fn all_four_kinds_are_read() {
    let zone = Zone::of_a_trunk("example.net")
        .with("example.net", RData::AAAA(AAAA::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)));
    let dns = Dns::new(&[zone.serve().await]);
    assert_eq!(
        ask(&dns, "example.net", Kind::Naptr).await.unwrap(),
        [RecordData::Naptr {
            order: 10,
            preference: 20,
            flags: "s".into(),
            service: "SIP+D2U".into(),
            replacement: "_sip._udp.example.net.".into(),
        }]
    );
    assert_eq!(
        ask(&dns, "_sip._udp.Example.net", Kind::Srv).await.unwrap(),
        [RecordData::Srv { priority: 10, weight: 60, port: 5070, target: "a.example.net.".into() }]
    );
    assert_eq!(
        ask(&dns, "a.example.net", Kind::A).await.unwrap(),
        [RecordData::A("192.0.2.7".parse().unwrap())]
    );
    assert_eq!(
        ask(&dns, "example.net", Kind::Aaaa).await.unwrap(),
        [RecordData::Aaaa("2001:db8::1".parse().unwrap())]
    );
}

#[tokio::test]
async fn aliases_are_followed() {
    let zone = Zone::of_a_trunk("example.net")
        .with("www.example.net", RData::CNAME(CNAME(name("a.example.net."))));
    let dns = Dns::new(&[zone.serve().await]);
    let records = ask(&dns, "www.example.net", Kind::A).await;
    assert_eq!(records, Ok(vec![RecordData::A("192.0.2.7".parse().unwrap())]));
}

#[tokio::test]
async fn each_refusal_is_told_apart() {
    let zone = Zone::of_a_trunk("example.net")
        .failing("broken.example.net", RecordType::A, ResponseCode::ServFail)
        .failing("shut.example.net", RecordType::A, ResponseCode::Refused);
    let dns = Dns::new(&[zone.serve().await]);
    for (name, kind, expected) in [
        ("nobody.example.net", Kind::A, DnsError::NameNotFound("nobody.example.net".into())),
        ("a.example.net", Kind::Srv, DnsError::NoRecords("a.example.net".into())),
        ("broken.example.net", Kind::A, DnsError::ServerFailure("broken.example.net".into())),
        ("shut.example.net", Kind::A, DnsError::ServerFailure("shut.example.net".into())),
        ("a..b", Kind::A, DnsError::NameNotFound("a..b".into())),
    ] {
        assert_eq!(ask(&dns, name, kind).await, Err(expected), "{name}");
    }
}

// Time is skipped while nothing happens.
#[tokio::test(start_paused = true)]
async fn a_server_where_nobody_listens_is_no_server() {
    let nobody = std::net::UdpSocket::bind(LOOPBACK).unwrap().local_addr().unwrap();
    let dns = Dns::new(&[nobody]);
    let error = ask(&dns, "example.net", Kind::A).await.unwrap_err();
    assert_eq!(error, DnsError::TimedOut("example.net".into()));
}

#[tokio::test]
async fn answers_come_as_events() {
    let nameservers = vec![Zone::of_a_trunk("example.net").serve().await];
    let mut host = Host::new(NetConfig { nameservers, ..NetConfig::default() }).await;
    let question = Question { name: "a.example.net".into(), kind: Kind::A };
    host.perform(NetRequest::Resolve(QueryId(7), question));
    let NetEvent::Resolved(QueryId(7), Ok(records)) = host.event().await else { panic!() };
    assert_eq!(records[0].ttl, 300);
}
