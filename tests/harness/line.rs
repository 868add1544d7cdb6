//! An engine and a carrier in this process, for tests of what stands between them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_engine::{
    AudioPort, Config, Engine, Events,
    api::{CallId, CallReport, Command, Dial, Event, Registration, Source},
    settings::Trunk,
    trace::Entry,
};
use milliwatt_store::secret::{Given, Referenced, Secret};
use milliwatt_test_trunk::{Config as CarrierConfig, TestTrunk};
use tempfile::TempDir;

/// Name of the trunk.
pub(crate) const NAME: &str = "line";

/// Time for anything that has to happen.
const LIMIT: Duration = Duration::from_secs(60);

/// A carrier, and an engine that is to register with it.
pub(crate) struct Line {
    pub(crate) carrier: TestTrunk,
    engine: Engine,
    events: Events,
    folder: TempDir,
}

impl Line {
    /// A carrier that listens at `ip` with all it has, and an engine without a trunk.
    pub(crate) async fn new(ip: &str) -> Self {
        let listen = SocketAddr::new(ip.parse().unwrap(), 0);
        let config = CarrierConfig { listen, ..CarrierConfig::default() };
        let carrier = TestTrunk::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("ca.pem"), carrier.ca_pem()).unwrap();
        let secrets = Given::over(Referenced).with(NAME, Secret::new("alice-secret".into()));
        let config =
            Config { secrets: Arc::new(secrets), media_threads: Some(1), ..Config::default() };
        let engine = Engine::start(config).unwrap();
        let events = engine.subscribe();
        Self { carrier, engine, events, folder }
    }

    /// Registers as alice at `place`, and waits until that is granted.
    pub(crate) async fn register(&mut self, transport: &str, place: SocketAddr) {
        let mut trunk = Trunk::default();
        trunk.trunk.name = NAME.into();
        trunk.trunk.domain = "test-trunk.invalid".into();
        trunk.trunk.registrar = Some(place.to_string());
        trunk.trunk.transport = transport.into();
        trunk.trunk.user = "alice".into();
        trunk.tls.ca = Some(self.folder.path().join("ca.pem").display().to_string());
        self.engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        self.engine.command(Command::Register { trunk: NAME.into() });
        self.registered().await;
    }

    /// Waits until a registration is granted.
    pub(crate) async fn registered(&mut self) {
        self.until(|event| match event {
            Event::Registration { registration, .. } => match registration {
                Registration::Registered { .. } => Some(()),
                Registration::Refused { .. } => panic!("{registration:?}"),
                _ => None,
            },
            Event::TrunkFailed { why, .. } => panic!("{why}"),
            _ => None,
        })
        .await;
    }

    /// Calls, with a tone, and waits until it is answered.
    pub(crate) async fn call(&mut self, number: &str) -> CallId {
        let call = self.engine.next_call();
        let mut dial = Dial { to: number.into(), ..Dial::default() };
        dial.sound.source = Source::Tone(1004.0);
        self.engine.command(Command::Dial { call, trunk: NAME.into(), dial: Box::new(dial) });
        self.until(|event| match event {
            Event::Answered { .. } => Some(()),
            Event::Ended { report } => panic!("{report:?}"),
            _ => None,
        })
        .await;
        call
    }

    /// Calls our own number and answers, each end with a port of its own; the calls' names.
    pub(crate) async fn talk(
        &mut self,
        number: &str,
        from: Box<dyn AudioPort>,
        to: Box<dyn AudioPort>,
    ) -> (CallId, CallId) {
        let call = self.engine.next_call();
        let mut dial = Dial { to: number.into(), ..Dial::default() };
        dial.sound.source = Source::Port;
        let sound = dial.sound.clone();
        self.engine.attach_port(call, from);
        self.engine.command(Command::Dial { call, trunk: NAME.into(), dial: Box::new(dial) });
        let other = self
            .until(|event| match event {
                Event::Incoming { call, .. } => Some(call),
                Event::Ended { report } => panic!("{report:?}"),
                _ => None,
            })
            .await;
        self.engine.attach_port(other, to);
        self.engine.command(Command::Answer { call: other, sound, codecs: Vec::new() });
        self.until(|event| match event {
            Event::Answered { call: answered, .. } if answered == call => Some(()),
            Event::Ended { report } => panic!("{report:?}"),
            _ => None,
        })
        .await;
        (call, other)
    }

    /// Waits until so many packets more have come in.
    pub(crate) async fn heard(&mut self, packets: u64) {
        let mut heard = 0;
        self.until(|event| match event {
            Event::Quality { media, .. } => {
                heard += media.received;
                (heard >= packets).then_some(())
            }
            Event::Ended { report } => panic!("{report:?}"),
            _ => None,
        })
        .await;
    }

    /// Hangs up and waits for the report.
    pub(crate) async fn hang_up(&mut self, call: CallId) -> CallReport {
        self.engine.command(Command::HangUp { call });
        self.until(|event| match event {
            Event::Ended { report } => Some(*report),
            _ => None,
        })
        .await
    }

    /// What was on the wire.
    pub(crate) fn trace(&self) -> Vec<Entry> {
        self.engine.trace().of(NAME).entries().cloned().collect()
    }

    /// Ends both.
    pub(crate) async fn end(self) {
        assert!(self.engine.shutdown(LIMIT).await, "the engine does not end");
        self.carrier.stop().await;
    }

    async fn until<T>(&mut self, mut pick: impl FnMut(Event) -> Option<T>) -> T {
        let found = async {
            loop {
                if let Some(found) = pick(self.events.next().await.expect("the engine runs")) {
                    return found;
                }
            }
        };
        tokio::time::timeout(LIMIT, found).await.expect("in time")
    }
}
