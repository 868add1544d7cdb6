//! Many calls at once on one engine, for `scripts/bench calls`, which places the far end and
//! measures the processor time of this process.
//!
//! `calls answer CALLS PORT` takes that many calls at 127.0.0.1:PORT; `calls dial CALLS SECONDS
//! PORT` places them to 127.0.0.1:PORT. Both play a tone, analyse what comes, and print one JSON
//! object at the end of the last call.
#![forbid(unsafe_code)]
#![allow(clippy::expect_used, clippy::panic, reason = "a bench ends at its first surprise")]
#![allow(clippy::print_stdout, reason = "the figures")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a bench looks at what it is about")]

use std::time::Duration;

use milliwatt_engine::{
    Config, Engine, Events,
    api::{AutoAnswer, CallReport, Command, Dial, Event, Sound, Source},
};
use milliwatt_store::settings::{Trunk, TrunkAccount};

/// Time for the slowest call beyond the talk.
const LIMIT: Duration = Duration::from_secs(120);

fn main() {
    let words: Vec<String> = std::env::args().skip(1).filter(|w| !w.starts_with('-')).collect();
    let number = |text: &str| text.parse::<u64>().expect("a number");
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["answer", calls, port] => run(answer(number(calls), port)),
        ["dial", calls, seconds, port] => run(dial(number(calls), number(seconds), port)),
        // All benches were asked for: this one has a script of its own.
        _ => {}
    }
}

fn run(calls: impl Future<Output = Vec<CallReport>>) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let reports = runtime.block_on(calls);
    let sum = |of: fn(&CallReport) -> u64| reports.iter().map(of).sum::<u64>();
    let highest = |of: fn(&CallReport) -> Option<f64>| {
        reports.iter().filter_map(of).fold(f64::NEG_INFINITY, f64::max)
    };
    let figures = serde_json::json!({
        "calls": reports.len(),
        "sent": sum(|report| report.media.sent),
        "received": sum(|report| report.media.received),
        "lost": sum(|report| report.media.lost),
        "late": sum(|report| report.media.late),
        "mos_lowest": -highest(|report| report.media.mos_cq.map(|mos| -mos)),
        "jitter_ms_highest": highest(|report| report.media.jitter_ms),
    });
    println!("{figures}");
}

async fn answer(calls: u64, port: &str) -> Vec<CallReport> {
    let (engine, mut events) = engine("127.0.0.1:9", Some(format!("127.0.0.1:{port}"))).await;
    let how = AutoAnswer { sound: tone(), codecs: vec!["PCMU".into()], ..AutoAnswer::default() };
    engine.command(Command::AutoAnswer { trunk: "line".into(), how: Some(Box::new(how)) });
    reports(&mut events, calls).await
}

async fn dial(calls: u64, seconds: u64, port: &str) -> Vec<CallReport> {
    let (engine, mut events) = engine(&format!("127.0.0.1:{port}"), None).await;
    let talk = engine.clone();
    tokio::spawn(async move {
        let mut up = Vec::new();
        for _ in 0..calls {
            let call = talk.next_call();
            let (sound, codecs) = (tone(), vec!["PCMU".into()]);
            let dial = Dial { to: "echo".into(), codecs, sound, ..Dial::default() };
            talk.command(Command::Dial { call, trunk: "line".into(), dial: Box::new(dial) });
            up.push(call);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(Duration::from_secs(seconds)).await;
        for call in up {
            talk.command(Command::HangUp { call });
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    reports(&mut events, calls).await
}

fn tone() -> Sound {
    Sound { source: Source::Milliwatt, ..Sound::default() }
}

async fn engine(domain: &str, bind: Option<String>) -> (Engine, Events) {
    let config = Config { media_threads: Some(1), ..Config::default() };
    let engine = Engine::start(config).expect("an engine");
    let mut events = engine.subscribe();
    let trunk = TrunkAccount {
        name: "line".into(),
        domain: domain.into(),
        user: "bench".into(),
        register: false,
        allow: vec!["127.0.0.1".into()],
        bind,
        ..TrunkAccount::default()
    };
    let trunk = Box::new(Trunk { trunk, ..Trunk::default() });
    engine.command(Command::AddTrunk { trunk });
    loop {
        match events.next().await.expect("the engine runs") {
            Event::TrunkReady { .. } => return (engine, events),
            Event::TrunkFailed { why, .. } => panic!("{why}"),
            _ => {}
        }
    }
}

async fn reports(events: &mut Events, calls: u64) -> Vec<CallReport> {
    let mut reports = Vec::new();
    while (reports.len() as u64) < calls {
        let event = tokio::time::timeout(LIMIT, events.next()).await.expect("calls go on");
        if let Event::Ended { report, .. } = event.expect("the engine runs") {
            reports.push(*report);
        }
    }
    reports
}
