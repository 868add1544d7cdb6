//! A call that goes on for longer than was paid for from the budget is hung up by the run.

use std::{net::SocketAddr, time::Duration};

use milliwatt_checks::{
    check::{Check, Page},
    guard::{Budget, Purse},
    observation::Observation,
    plan::{Call, Callee, Plan},
    runner::{Progress, Run, Sounds},
    subject::Subject,
    verdict::{Finding, Limits},
};
use milliwatt_engine::{
    Config, Engine, Events,
    api::{AutoAnswer, CallId, Command, Dial, Event, Side},
    clock::SystemClock,
    settings::Trunk,
};
use tokio::sync::watch;

use crate::harness::free_port;

/// Both sides are to talk so long; two seconds more are paid for.
const TALK: Duration = Duration::from_secs(14);
/// So long after its answer the carrier lets the call come in: the talk would end at 20 s.
const LATE: Duration = Duration::from_secs(6);

/// A check that wants a long talk, and tells who ended it.
struct LongTalk;

impl Check for LongTalk {
    fn id(&self) -> &'static str {
        "test.talk"
    }

    fn page(&self) -> Page {
        Page { title: "", what: "", why: "", pass: "", reference: "" }
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        Call { talk: TALK, ..Call::answered() }.plan(subject)
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let report = seen.call(Callee::Answers).and_then(|call| call.calling.report.clone());
        let ended = report.and_then(|report| report.hangup_by);
        Finding::fact("").measured("hung_up_here", ended == Some(Side::Local))
    }
}

fn trunk(name: &str, own: SocketAddr, far: SocketAddr) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = name.into();
    trunk.trunk.domain = far.to_string();
    trunk.trunk.user = name.into();
    trunk.trunk.register = false;
    trunk.trunk.bind = Some(own.to_string());
    trunk.numbers.dids = vec!["+15550100".into()];
    trunk
}

/// Answers the first call at once, and calls back late; ends both when the first ends, and tells by
/// whom it was ended.
async fn carry(engine: &Engine, mut events: Events) -> Option<Side> {
    let back = engine.next_call();
    let mut first: Option<CallId> = None;
    while let Some(event) = events.next().await {
        match event {
            Event::Incoming { call, .. } if first.is_none() => {
                first = Some(call);
                tokio::time::sleep(LATE).await;
                let dial = Box::new(Dial { to: "+15550100".into(), ..Dial::default() });
                let trunk = "carrier".into();
                engine.command(Command::Dial { call: back, trunk, dial });
            }
            Event::Ended { report } if first == Some(report.call) => {
                engine.command(Command::HangUp { call: back });
                return report.hangup_by;
            }
            _ => {}
        }
    }
    None
}

#[tokio::test]
async fn a_call_is_hung_up_when_its_share_of_the_budget_is_used() {
    let [ours, theirs] = [(); 2].map(|()| SocketAddr::from(([127, 0, 0, 1], free_port())));
    let carrier = Engine::start(Config::default()).unwrap();
    let mut events = carrier.subscribe();
    let far = Box::new(trunk("carrier", theirs, ours));
    carrier.command(Command::AddTrunk { trunk: far });
    let how = Some(Box::<AutoAnswer>::default());
    carrier.command(Command::AutoAnswer { trunk: "carrier".into(), how });
    while !matches!(events.next().await, Some(Event::TrunkReady { .. })) {}

    let engine = Engine::start(Config::default()).unwrap();
    let mut near = trunk("office", ours, theirs);
    near.test.billed = Some(true);
    near.test.allow = vec!["+1555*".into()];
    let clock = SystemClock::new();
    let (_go_on, stop) = watch::channel(false);
    let run = Run {
        engine: engine.clone(),
        subject: Subject::new(near),
        suite: "only",
        checks: vec![&LongTalk],
        dns: Vec::new(),
        clock: &clock,
        purse: Purse { budget: Budget::default(), ledger: None, clock: &clock },
        capture: None,
        sounds: Sounds::default(),
        stop,
    };
    let mut cut = Vec::new();
    let perform = run.perform(|progress| {
        if let Progress::CutShort(_, paid) = progress {
            cut.push(paid);
        }
    });
    let (report, ended) = tokio::join!(perform, carry(&carrier, events));
    assert_eq!(ended, Some(Side::Remote), "the run ends it");
    assert_eq!(cut, [TALK + Duration::from_secs(2)]);
    let measured = &report.entries[0].finding.measured;
    assert_eq!(measured["hung_up_here"], true, "{measured:?}");
    assert_eq!(measured["paid_s"], 16.0, "{measured:?}");
    // At 20 s the talk would have ended of itself.
    let after = measured["hung_up_after_s"].as_f64().unwrap();
    assert!((16.0..20.0).contains(&after), "{measured:?}");
    for engine in [engine, carrier] {
        assert!(engine.shutdown(Duration::from_secs(10)).await, "the engine does not end");
    }
}
