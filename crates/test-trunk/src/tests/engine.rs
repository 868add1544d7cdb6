//! The whole phone against the whole trunk, over loopback.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_engine::{
    Config as Phone, Engine, Events,
    api::{CallId, CallReport, Command, Dial, Dtmf, Event, Registration, Sound, Source},
};
use milliwatt_store::{
    secret::{Secret, SecretError, SecretStore},
    settings::{Trunk, TrunkAccount},
};

use crate::{Config, TestTrunk};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

struct Known;

impl SecretStore for Known {
    fn password(&self, account: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
        Ok(Some(Secret::new(format!("{}-secret", account.user))))
    }
}

struct Line {
    engine: Engine,
    events: Events,
    /// Goes last.
    _trunk: TestTrunk,
    _ca: tempfile::NamedTempFile,
}

fn at_any_port() -> SocketAddr {
    "127.0.0.1:0".parse().unwrap()
}

/// A phone of alice's that is registered through DNS.
async fn registered(transport: &str) -> Line {
    let listen = at_any_port();
    let config = Config { listen, dns: Some(listen), ..Config::default() };
    let trunk = TestTrunk::start(config).await.unwrap();
    let ca = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(ca.path(), trunk.ca_pem()).unwrap();
    let dns = vec![trunk.dns_address().unwrap()];
    let secrets = Arc::new(Known);
    let engine = Engine::start(Phone { secrets, dns, ..Phone::default() }).unwrap();
    let events = engine.subscribe();
    let mut settings = Trunk::default();
    settings.trunk.name = "trunk".into();
    settings.trunk.domain = "test-trunk.invalid".into();
    settings.trunk.transport = transport.into();
    settings.trunk.user = "alice".into();
    settings.trunk.bind = Some("127.0.0.1:0".into());
    settings.tls.ca = Some(ca.path().to_str().unwrap().into());
    settings.numbers.dids = vec!["+15550102".into()];
    engine.command(Command::AddTrunk { trunk: Box::new(settings) });
    engine.command(Command::Register { trunk: "trunk".into() });
    let mut line = Line { engine, events, _trunk: trunk, _ca: ca };
    let ours = line.wait(|event| {
        let Event::Registration { registration, .. } = event else { return None };
        if let Registration::Registered { associated, .. } = registration {
            Some(associated.clone())
        } else {
            None
        }
    });
    let ours = ours.await;
    assert_eq!(ours.len(), 10);
    assert_eq!(ours.first().map(String::as_str), Some("<sip:+15550100@test-trunk.invalid>"));
    line
}

impl Line {
    async fn wait<T>(&mut self, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let mut seen = Vec::new();
        let found = tokio::time::timeout(PATIENCE, async {
            loop {
                let event = self.events.next().await.unwrap();
                if let Some(found) = wanted(&event) {
                    return found;
                }
                if !matches!(event, Event::Quality { .. }) {
                    seen.push(event);
                }
            }
        });
        let found = found.await.ok();
        found.unwrap_or_else(|| panic!("{seen:#?}"))
    }

    fn dial(&self, to: &str, sound: Sound) -> CallId {
        let call = self.engine.next_call();
        let dial = Box::new(Dial { to: to.into(), sound, ..Dial::default() });
        self.engine.command(Command::Dial { call, trunk: "trunk".into(), dial });
        call
    }

    async fn report(&mut self, of: CallId) -> Box<CallReport> {
        self.wait(|event| {
            let Event::Ended { report } = event else { return None };
            (report.call == of).then(|| report.clone())
        })
        .await
    }
}

fn sound(source: Source) -> Sound {
    Sound { source, ..Sound::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_hears_itself_through_the_trunk() {
    for transport in ["udp", "tcp", "tls"] {
        let mut line = registered(transport).await;
        let out = line.dial("+15550105", sound(Source::Milliwatt));
        let (into, from, did) = line
            .wait(|event| {
                let Event::Incoming { call, from, did, .. } = event else { return None };
                Some((*call, from.clone(), did.clone()))
            })
            .await;
        assert_eq!((did.as_str(), from.as_str()), ("+15550105", "+15550102"), "{transport}");
        let codecs = Vec::new();
        line.engine.command(Command::Answer { call: into, sound: sound(Source::Echo), codecs });
        line.wait(|event| {
            matches!(event, Event::Quality { call, media } if *call == out && media.received > 20)
                .then_some(())
        })
        .await;
        line.engine.command(Command::HangUp { call: out });
        let report = line.report(into).await;
        assert!(report.media.received > 20, "{report:?}");
        assert_eq!(report.code, Some(200));
    }
}

/// A server that works is refused as long as a check wants that.
#[tokio::test(flavor = "multi_thread")]
async fn a_blocked_server_is_as_good_as_dead() {
    for transport in ["udp", "tcp"] {
        let mut line = registered(transport).await;
        let other = TestTrunk::start(Config { listen: at_any_port(), ..Config::default() });
        let other = other.await.unwrap();
        let at = other.address();
        for (targets, code) in [(vec![at], None), (vec![], Some(200))] {
            let request = u64::from(code.is_some());
            line.engine.command(Command::Block { targets });
            line.engine.command(Command::Request {
                request,
                trunk: "trunk".into(),
                method: "OPTIONS".into(),
                to: None,
                server: Some(at),
                headers: Vec::new(),
                body: None,
            });
            let answer = line.wait(|event| {
                let Event::Response { code, .. } = event else { return None };
                Some(*code)
            });
            assert_eq!(answer.await, code, "{transport}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn digits_come_back_from_the_ivr() {
    let mut line = registered("udp").await;
    let call = line.dial("9003", sound(Source::Silence));
    line.wait(|event| matches!(event, Event::Answered { dtmf: true, .. }).then_some(())).await;
    let digits = "159#".to_owned();
    let mode = Dtmf::Rfc4733;
    line.engine.command(Command::SendDtmf { call, digits, mode, on_ms: 80, off_ms: 80 });
    line.wait(|event| matches!(event, Event::Digit { digit: '#', .. }).then_some(())).await;
    line.engine.command(Command::HangUp { call });
    assert_eq!(line.report(call).await.dtmf_received, "159#");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_numbers_do_what_they_are_for() {
    for (number, code) in [("9005", 486), ("9004", 404), ("9008", 200), ("9009", 200)] {
        let mut line = registered("udp").await;
        let call = line.dial(number, sound(Source::Silence));
        if code == 200 {
            line.wait(|event| {
                matches!(event, Event::Quality { media, .. } if media.received > 20).then_some(())
            })
            .await;
            line.engine.command(Command::HangUp { call });
        }
        assert_eq!(line.report(call).await.code, Some(code), "{number}");
    }
}
