//! Two trunks of one domain on one engine: what is whose, on real sockets.

use std::{
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use milliwatt_engine::{
    Config, Engine, Events,
    api::{Command, Event, Registration},
    trace::Entry,
};

use crate::{
    loopback::{LIMIT, until},
    support::trunk,
};

/// A registrar of which the test is the brain.
struct Registrar {
    socket: UdpSocket,
}

impl Registrar {
    fn new() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        Self { socket }
    }

    fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// The next message, and where it came from.
    fn next(&self) -> (String, SocketAddr) {
        let mut buffer = [0; 4096];
        let (len, from) = self.socket.recv_from(&mut buffer).expect("a message");
        (String::from_utf8_lossy(&buffer[..len]).into_owned(), from)
    }

    /// Grants the registration that is asked for next; where it came from.
    fn grant(&self) -> SocketAddr {
        let (request, from) = self.next();
        assert!(request.starts_with("REGISTER "), "{request}");
        let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
        for name in ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:", "Expires:"] {
            let line = request.lines().find(|line| line.starts_with(name)).expect(name);
            answer.push_str(line);
            answer.push_str(if name == "To:" { ";tag=r\r\n" } else { "\r\n" });
        }
        answer.push_str("Content-Length: 0\r\n\r\n");
        self.socket.send_to(answer.as_bytes(), from).unwrap();
        from
    }

    /// Asks a phone something, and waits for its answer.
    fn options(&self, to: SocketAddr, number: u32) {
        let us = self.address();
        let request = format!(
            "OPTIONS sip:{to} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bKo{number}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:{us}>;tag=1\r\nTo: <sip:{to}>\r\n\
             Call-ID: o{number}\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), to).unwrap();
        let (answer, from) = self.next();
        assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
        assert_eq!(from, to);
    }
}

async fn registered(
    engine: &Engine,
    events: &mut Events,
    name: &str,
    user: &str,
    at: &Registrar,
) -> SocketAddr {
    let mut trunk = trunk(name, user, &at.address().to_string());
    trunk.trunk.register = true;
    engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
    engine.command(Command::Register { trunk: name.into() });
    let from = at.grant();
    until(events, |event| {
        matches!(event, Event::Registration { registration: Registration::Registered { .. }, .. })
            .then_some(())
    })
    .await;
    from
}

fn traced(engine: &Engine, trunk: &str) -> Vec<Entry> {
    engine.trace().of(trunk).entries().cloned().collect()
}

#[tokio::test]
async fn two_trunks_of_one_domain_have_each_their_own_socket_and_trace() {
    let registrar = Registrar::new();
    let engine =
        Engine::start(Config { media_threads: Some(1), ..Config::default() }).expect("an engine");
    let mut events = engine.subscribe();
    let first = registered(&engine, &mut events, "first", "alice", &registrar).await;
    let second = registered(&engine, &mut events, "second", "bob", &registrar).await;
    assert_ne!(first.port(), second.port());
    registrar.options(first, 1);
    registrar.socket.send_to(b"rubbish\r\n\r\n", second).unwrap();
    registrar.socket.send_to(b"\r\n", second).unwrap();
    registrar.options(second, 2);
    for (name, user, at) in [("first", "alice", first), ("second", "bob", second)] {
        let trace = traced(&engine, name);
        assert!(trace.iter().all(|entry| entry.local.port() == at.port()), "{trace:#?}");
        let lines: Vec<&str> = trace.iter().map(Entry::first_line).collect();
        let ends = ["SIP/2.0 200 OK"; 2];
        assert!(lines[0].starts_with("REGISTER ") && lines[1] == ends[0], "{lines:?}");
        assert!(trace[0].bytes.windows(user.len()).any(|w| w == user.as_bytes()), "{lines:?}");
        assert_eq!(lines.last(), ends.last());
    }
    let odd = traced(&engine, "second");
    let faults: Vec<&Entry> = odd.iter().filter(|entry| entry.fault.is_some()).collect();
    assert_eq!(faults.iter().map(|entry| entry.first_line()).collect::<Vec<_>>(), ["rubbish"]);
    assert!(odd.iter().any(|entry| entry.bytes == "\r\n"), "{odd:#?}");
    assert_eq!(traced(&engine, "first").len(), 4);

    // One that is removed gives back its registration, then its socket; the other stays.
    engine.command(Command::RemoveTrunk { trunk: "second".into() });
    assert_eq!(registrar.grant(), second);
    let free = async {
        while UdpSocket::bind(("0.0.0.0", second.port())).is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(LIMIT, free).await.expect("the socket is closed");
    registrar.options(first, 3);
    assert!(traced(&engine, "second").iter().any(|entry| {
        entry.first_line().starts_with("REGISTER ")
            && entry.bytes.windows(10).any(|w| w == b"Expires: 0")
    }));
    drop(engine);
}
