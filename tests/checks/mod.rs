//! The acceptance book against the test trunk: each check with a trunk that it must pass and one
//! that it must not. All passes are read from one run of the whole suite.

mod auth_invite;
mod dns_addr;
mod dns_naptr;
mod dns_srv;
mod dtmf_neg;
mod dtmf_send;
mod in_route;
mod loop_audio;
mod loop_complete;
mod mq_jitter;
mod mq_loss;
mod mq_mos;
mod mq_oneway;
mod nat_alg;
mod nat_mapping;
mod out_answer;
mod out_busy;
mod out_bye_remote;
mod out_cancel;
mod reach_caps;
mod reach_options;
mod reach_rtt;
mod reg_basic;
mod reg_challenge;
mod reg_expires;
mod reg_unregister;
mod tls_chain;
mod tls_expiry;
mod tls_name;
mod tls_version;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use milliwatt_checks::{
    catalogue,
    check::Check,
    guard::{Purse, Spent, Wish},
    observation::{Call, Leg, Observation},
    plan::{Callee, Plan},
    report::{self, Report},
    runner::{Run, Sounds, needed},
    subject::Subject,
    suite::Suite,
    verdict::{Fault, Finding, Limits, Outcome},
};
use milliwatt_engine::{
    Config, Engine, Events,
    api::{CallReport, Event, Media, Way},
    clock::SystemClock,
    settings::{Limit, Trunk},
    spending::Ledger,
};
use milliwatt_store::secret::{Given, Referenced, Secret};
use milliwatt_test_trunk::{Config as CarrierConfig, Faults, TestTrunk};
use quick_xml::{Reader, events::Event as Xml};
use tokio::sync::watch;

use crate::{harness::free_port, schemas::report};

/// Name of the trunk in reports.
const NAME: &str = "carrier";

/// A run and what it cost.
struct Done {
    report: Report,
    /// Calls that were dialled.
    dialled: u32,
}

/// What a check finds on a trunk that does everything right.
fn good(id: &str) -> Finding {
    finding(&good_run().report, id)
}

/// What a check finds on a trunk with a fault, or with several, spaces between. The checks that look at the very same thing share one
/// run for each fault.
fn faulty(fault: &'static str, id: &str) -> Finding {
    finding(seen(&faulty_run(fault, id)), id)
}

fn finding(report: &Report, id: &str) -> Finding {
    let entry = report.entries.iter().find(|entry| entry.check.id() == id);
    entry.expect("the check is in the run").finding.clone()
}

/// Holds a finding against the outcome that is expected, all of it in the message.
#[track_caller]
fn assert_outcome(finding: &Finding, wanted: Outcome) {
    assert_eq!(finding.outcome, wanted, "{finding:?}");
}

/// The same for a failure, whose fault it is and what its advice must say.
#[track_caller]
fn assert_failure(finding: &Finding, fault: Fault, advice: &str) {
    assert_eq!((finding.outcome, finding.fault), (Outcome::Fail, Some(fault)), "{finding:?}");
    assert!(finding.advice.as_deref().is_some_and(|a| a.contains(advice)), "{finding:?}");
}

/// Figures that a computer with too much to do spoils, though nothing is wrong with the trunk: in the
/// good run they have limits that no stall reaches. Their own limits are held where they are judged, by
/// figures made up.
const WIDE: [(&str, Limit); 4] = [
    ("dns.addr", Limit { pass: 30_000.0, warn: 30_000.0 }),
    ("mq.jitter", Limit { pass: 5_000.0, warn: 5_000.0 }),
    // The least that there is.
    ("mq.mos", Limit { pass: 1.0, warn: 1.0 }),
    ("reach.rtt", Limit { pass: 30_000.0, warn: 30_000.0 }),
];

fn good_run() -> &'static Done {
    static GOOD: OnceLock<Done> = OnceLock::new();
    let widen = |trunk: &mut Trunk| {
        trunk.limits.extend(WIDE.map(|(id, limit)| (id.to_owned(), limit)));
    };
    GOOD.get_or_init(|| perform_with(Faults::default(), widen, |_| Suite::Full.checks()))
}

type Shared = Arc<OnceLock<Done>>;

fn faulty_run(fault: &'static str, id: &str) -> Shared {
    static RUNS: Mutex<Vec<(&str, Plan, Shared)>> = Mutex::new(Vec::new());
    let check = catalogue::find(id).expect("a check of the catalogue");
    let subject = Subject::new(account("test-trunk.invalid".into(), "tls"));
    let plan = check.plan(&subject).expect("the check applies");
    let run = {
        let mut runs = RUNS.lock().unwrap();
        match runs.iter().find(|(f, p, _)| *f == fault && *p == plan) {
            Some((_, _, run)) => Arc::clone(run),
            None => {
                let run = Shared::default();
                runs.push((fault, plan.clone(), Arc::clone(&run)));
                run
            }
        }
    };
    run.get_or_init(|| {
        let mut faults = Faults::default();
        fault.split(' ').for_each(|one| faults.set(one).unwrap());
        perform(faults, |subject| {
            let same = |check: &&dyn Check| check.plan(subject).is_ok_and(|p| p == plan);
            catalogue::CATALOGUE.iter().copied().filter(same).collect()
        })
    });
    run
}

/// What came of a faulty run.
fn seen(run: &Shared) -> &Report {
    &run.get().expect("the run is over").report
}

/// What a check finds on a good trunk that is set up otherwise.
fn set_up(id: &str, change: impl FnOnce(&mut Trunk)) -> Finding {
    let check = catalogue::find(id).expect("a check of the catalogue");
    let done = perform_with(Faults::default(), change, |_| vec![check]);
    finding(&done.report, id)
}

/// What a check makes of a call in which both sides talked, after a change.
fn of_a_talk(id: &str, change: impl FnOnce(&mut Call, &mut Leg)) -> Finding {
    let mut called = Leg { answered: true, dtmf_agreed: true, ..Leg::default() };
    let mut call = Call {
        calling: called.clone(),
        came_after_ms: Some(1.0),
        pressed: "0123456789*#ABCD".into(),
        ..Call::unseen(Callee::Answers, "+15550100".into())
    };
    change(&mut call, &mut called);
    call.called = Some(called);
    judged(id, &Observation { calls: vec![call], ..Observation::default() })
}

/// The same of a call in which one side heard this, and the other lost nothing.
fn of_sound(id: &str, heard: Media) -> Finding {
    let clean = Media {
        received: 1000,
        loss_percent: Some(0.0),
        jitter_ms: Some(0.0),
        mos_cq: Some(4.4),
        ..Media::default()
    };
    of_a_talk(id, |call, called| {
        call.calling.report = Some(CallReport { media: clean, ..report() });
        called.report = Some(CallReport { media: heard, ..report() });
    })
}

/// What the check says of something seen, by its own limits.
fn judged(id: &str, seen: &Observation) -> Finding {
    let check = catalogue::find(id).expect("a check of the catalogue");
    check.judge(seen, check.limits().unwrap_or(Limits { pass: 0.0, warn: 0.0 }))
}

/// A check on an address where nobody listens.
fn nobody_there(id: &str) -> Finding {
    let check = catalogue::find(id).expect("a check of the catalogue");
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let done = runtime.block_on(async {
        let trunk = account(format!("127.0.0.1:{}", free_port()), "udp");
        run(Subject::new(trunk), vec![check], Vec::new()).await
    });
    finding(&done.report, id)
}

/// Runs checks on a test trunk of their own, over TLS, found by its DNS.
fn perform(faults: Faults, checks: impl FnOnce(&Subject) -> Vec<&'static dyn Check>) -> Done {
    perform_with(faults, |_| {}, checks)
}

fn perform_with(
    faults: Faults,
    change: impl FnOnce(&mut Trunk),
    checks: impl FnOnce(&Subject) -> Vec<&'static dyn Check>,
) -> Done {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = CarrierConfig {
            listen,
            dns: Some(listen),
            stun: Some(listen),
            faults,
            ..CarrierConfig::default()
        };
        let carrier = TestTrunk::start(config).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let ca = folder.path().join("ca.pem");
        std::fs::write(&ca, carrier.ca_pem()).unwrap();
        let mut trunk = account("test-trunk.invalid".into(), "tls");
        trunk.tls.ca = Some(ca.display().to_string());
        let stun = carrier.stun_addresses().into_iter().flatten();
        trunk.media.stun = stun.map(|server| server.to_string()).collect();
        change(&mut trunk);
        let subject = Subject::new(trunk);
        let checks = checks(&subject);
        let done = run(subject, checks, carrier.dns_address().into_iter().collect()).await;
        carrier.stop().await;
        done
    })
}

fn account(domain: String, transport: &str) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = NAME.into();
    trunk.trunk.domain = domain;
    trunk.trunk.transport = transport.into();
    trunk.trunk.user = "alice".into();
    trunk.numbers.dids = vec!["+15550100".into()];
    trunk.numbers.did_in = "to".into();
    trunk.test.billed = Some(false);
    trunk
}

async fn run(subject: Subject, checks: Vec<&'static dyn Check>, dns: Vec<SocketAddr>) -> Done {
    let secrets = Given::over(Referenced).with(NAME, Secret::new("alice-secret".into()));
    let config = Config { dns: dns.clone(), secrets: Arc::new(secrets), ..Config::default() };
    let engine = Engine::start(config).unwrap();
    let dialled = tokio::spawn(count_dialled(engine.subscribe()));
    let (_go_on, stop) = watch::channel(false);
    let clock = SystemClock::new();
    let folder = tempfile::tempdir().unwrap();
    let ledger = Some(Ledger::at(folder.path().join("spending.jsonl")));
    // The trunk's cap, where a test sets one.
    let budget = Wish::default().granted(&subject).unwrap();
    let purse = Purse { budget, ledger, clock: &clock };
    let run = Run {
        engine: engine.clone(),
        subject,
        suite: "full",
        checks,
        dns,
        clock: &clock,
        purse,
        capture: None,
        sounds: Sounds::default(),
        stop,
    };
    let report = run.perform(|_| {}).await;
    // A BYE that nobody answers is waited for until Timer F (RFC 3261 §17.1.2.2).
    assert!(engine.shutdown(Duration::from_secs(40)).await, "the engine does not end");
    drop(engine);
    Done { report, dialled: dialled.await.unwrap() }
}

/// Calls that went out, counted until the engine ends.
async fn count_dialled(mut events: Events) -> u32 {
    let mut dialled = 0;
    while let Some(event) = events.next().await {
        if let Event::Ended { report } = event {
            dialled += u32::from(report.way == Way::Out);
        }
    }
    dialled
}

/// The whole suite on a good trunk: no failure, no error, nothing skipped that must be seen.
#[test]
fn the_full_suite_passes_on_a_good_trunk() {
    let report = &good_run().report;
    let bad: Vec<_> = report.entries.iter().filter(|entry| entry.finding.is_bad()).collect();
    assert!(bad.is_empty(), "{bad:#?}");
    assert_eq!(report.exit_code(false), 0);
    assert_eq!(report.entries.len(), catalogue::CATALOGUE.len());
    assert_eq!(report.gates_failed(), Vec::<&str>::new());
}

/// What a run says that it will dial is what it dials.
#[test]
fn the_full_suite_keeps_within_its_calls() {
    let subject = Subject::new(account("test-trunk.invalid".into(), "tls"));
    let announced = Spent::of(&needed(&Suite::Full.checks(), &subject));
    assert_eq!(good_run().dialled, announced.calls);
}

/// A refused log-in has an exit code of its own.
#[test]
fn a_refused_log_in_exits_with_four() {
    let run = faulty_run("wrong-password", "reg.basic");
    assert_eq!(seen(&run).exit_code(false), 4);
}

/// CI reads the report as JUnit XML: it parses, and each failure stands in its own case.
#[test]
fn junit_names_the_failures() {
    let run = faulty_run("cert=expired", "tls.expiry");
    let report = seen(&run);
    let failed = |e: &&report::Entry| e.finding.outcome == Outcome::Fail;
    let wanted: Vec<&str> = report.entries.iter().filter(failed).map(|e| e.check.id()).collect();
    assert!(wanted.contains(&"tls.expiry"), "{report:#?}");
    let xml = String::from_utf8(report::junit(report).unwrap()).unwrap();
    let (announced, named) = failures(&xml);
    assert_eq!(named, wanted, "{xml}");
    assert_eq!(announced, Some(wanted.len().to_string()));
}

/// The count of failures at the root, and the cases that hold one.
fn failures(xml: &str) -> (Option<String>, Vec<String>) {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = true;
    let (mut announced, mut case, mut named) = (None, None, Vec::new());
    loop {
        match reader.read_event().unwrap() {
            Xml::Start(element) => {
                let attribute = |name: &str| {
                    let found = element.try_get_attribute(name).unwrap()?;
                    Some(found.value.into_owned())
                };
                match element.name().as_ref() {
                    "testsuites" => announced = attribute("failures"),
                    "testcase" => case = attribute("name"),
                    "failure" => {
                        assert!(attribute("message").is_some_and(|m| !m.is_empty()));
                        named.extend(case.take());
                    }
                    _ => {}
                }
            }
            Xml::Eof => return (announced, named),
            _ => {}
        }
    }
}
