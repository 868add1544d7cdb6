//! A history that cannot be opened: people call all the same, programs do not, and it is left alone.

use std::{fs, net::UdpSocket};

use milliwatt_engine::{
    Config, Engine,
    api::{Command, Dial, Event, Outcome},
};

use crate::{
    loopback::{LIMIT, until},
    support::trunk,
};

/// The first line of the next message.
fn next(carrier: &UdpSocket) -> String {
    let mut buffer = [0; 4096];
    let (length, _) = carrier.recv_from(&mut buffer).expect("the phone calls");
    String::from_utf8_lossy(&buffer[..length]).lines().next().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_damaged_history_keeps_no_person_from_calling() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.sqlite");
    let damaged = "[damaged ".repeat(100);
    fs::write(&path, &damaged).unwrap();
    let history = Some(path.clone());
    let config = Config { history, media_threads: Some(1), ..Config::default() };
    let engine = Engine::start(config).unwrap();
    let mut events = engine.subscribe();
    let why = engine.unkept().expect("a reason").to_owned();
    for part in ["calls are not kept", "history.sqlite", "damaged", "move it away"] {
        assert!(why.contains(part), "{part}: {why}");
    }
    assert!(engine.history().is_none());

    let carrier = UdpSocket::bind("127.0.0.1:0").unwrap();
    carrier.set_read_timeout(Some(LIMIT)).unwrap();
    let mut settings = trunk("line", "alice", &carrier.local_addr().unwrap().to_string());
    settings.trunk.bind = Some("127.0.0.1:0".into());
    engine.command(Command::AddTrunk { trunk: Box::new(settings) });
    let dial = |to: &str, unattended| {
        let call = engine.next_call();
        let dial = Box::new(Dial { to: to.into(), unattended, ..Dial::default() });
        engine.command(Command::Dial { call, trunk: "line".into(), dial });
        call
    };
    // Nothing of it is sent: what the carrier hears first is the next call.
    let refused = dial("9000", true);
    let report = until(&mut events, |event| match event {
        Event::Ended { report } => Some(report),
        _ => None,
    });
    let report = report.await;
    assert_eq!((report.call, report.outcome), (refused, Outcome::Failed));
    assert!(report.advice.is_some_and(|advice| advice.contains("history")));
    dial("911", false);
    assert!(next(&carrier).starts_with("INVITE sip:911@"));
    dial("9001", false);
    while !next(&carrier).starts_with("INVITE sip:9001@") {}

    drop(engine);
    let mut told = 0;
    while let Some(event) = events.next().await {
        told += usize::from(matches!(event, Event::Notice { kind, .. } if kind == "history"));
    }
    assert!(told == 0, "told once, before the first call");
    assert_eq!(fs::read_to_string(&path).unwrap(), damaged);
}
