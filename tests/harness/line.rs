//! An engine and a carrier in this process, for tests of what stands between them.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_engine::{
    AudioPort, Config, Engine, Events,
    api::{CallId, CallReport, Command, Dial, Event, Registration, Sound, Source},
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
        self.dial(call, number, Source::Tone(1004.0));
        self.answered(call).await;
        call
    }

    /// Calls, with a port of its own, and waits until it is answered.
    pub(crate) async fn call_through(&mut self, number: &str, port: Box<dyn AudioPort>) -> CallId {
        let call = self.engine.next_call();
        self.engine.attach_port(call, port);
        self.dial(call, number, Source::Port);
        self.answered(call).await;
        call
    }

    /// Calls, and waits for the end of the call.
    pub(crate) async fn refused(&mut self, number: &str) -> CallReport {
        let call = self.engine.next_call();
        self.dial(call, number, Source::Silence);
        self.ended(call).await
    }

    /// Calls our own number and answers, each end with a port of its own; the calls' names.
    pub(crate) async fn talk(
        &mut self,
        number: &str,
        from: Box<dyn AudioPort>,
        to: Box<dyn AudioPort>,
    ) -> (CallId, CallId) {
        let call = self.engine.next_call();
        self.engine.attach_port(call, from);
        let sound = self.dial(call, number, Source::Port);
        let other = self
            .until(|event| match event {
                Event::Incoming { call, .. } => Some(call),
                Event::Ended { report } => panic!("{report:?}"),
                _ => None,
            })
            .await;
        self.engine.attach_port(other, to);
        self.engine.command(Command::Answer { call: other, sound, codecs: Vec::new() });
        self.answered(call).await;
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
        self.ended(call).await
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

    /// Places a call; its sound.
    fn dial(&self, call: CallId, number: &str, source: Source) -> Sound {
        let sound = Sound { source, ..Sound::default() };
        let dial = Dial { to: number.into(), sound: sound.clone(), ..Dial::default() };
        self.engine.command(Command::Dial { call, trunk: NAME.into(), dial: Box::new(dial) });
        sound
    }

    async fn answered(&mut self, call: CallId) {
        self.until(|event| match event {
            Event::Answered { call: answered, .. } if answered == call => Some(()),
            Event::Ended { report } => panic!("{report:?}"),
            _ => None,
        })
        .await;
    }

    async fn ended(&mut self, call: CallId) -> CallReport {
        self.until(|event| match event {
            Event::Ended { report } if report.call == call => Some(*report),
            _ => None,
        })
        .await
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
