//! Fault 3: a firewall resets the connection to the trunk in mid-call.

use std::time::SystemTime;

use milliwatt_engine::{
    api::{Outcome, Side},
    trace::{Direction, Entry},
};

use crate::harness::{Line, Relay};

fn ports_of<'a>(trace: &'a [Entry], method: &'a str) -> impl Iterator<Item = u16> + 'a {
    let sent = |entry: &&Entry| entry.direction == Direction::Out;
    let sent = trace.iter().filter(sent);
    sent.filter(move |entry| entry.first_line().starts_with(method)).map(|entry| entry.local.port())
}

fn a_call_outlives_its_connection(transport: &str) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut line = Line::new("127.0.0.1").await;
        let target = match transport {
            "tls" => line.carrier.tls_address(),
            _ => line.carrier.address(),
        };
        let relay = Relay::to(target).await;
        line.register(transport, relay.at).await;
        let call = line.call("9001").await;
        line.heard(50).await;
        assert_eq!(relay.taken(), 1);
        let reset = SystemTime::now();
        relay.reset();
        line.registered().await;
        line.heard(100).await;
        let report = line.hang_up(call).await;
        assert_eq!((report.outcome, report.hangup_by), (Outcome::Answered, Some(Side::Local)));
        let media = &report.media;
        assert_eq!((media.lost, media.longest_gap_ms), (0, Some(0.0)), "{media:?}");

        let trace = line.trace();
        assert_eq!(relay.taken(), 2);
        let first = ports_of(&trace, "INVITE ").next().unwrap();
        let again = ports_of(&trace, "REGISTER ").last().unwrap();
        assert_ne!(first, again, "{trace:#?}");
        // How soon it logs in anew is held on virtual time, in the agent's own tests.
        let asks = |method: &str| {
            let is = |entry: &Entry| entry.first_line().starts_with(method);
            let at = trace.iter().position(|entry| is(entry) && entry.wall >= reset);
            at.unwrap_or_else(|| panic!("no {method}after the reset: {trace:#?}"))
        };
        assert!(asks("REGISTER ") < asks("BYE "), "{trace:#?}");
        assert_eq!(ports_of(&trace, "ACK ").last(), Some(first), "{trace:#?}");
        assert!(ports_of(&trace, "BYE ").all(|port| port != first), "{trace:#?}");
        let bye = trace.iter().position(|entry| entry.first_line().starts_with("BYE ")).unwrap();
        let answered = |entry: &Entry| {
            entry.direction == Direction::In && entry.first_line() == "SIP/2.0 200 OK"
        };
        assert!(trace[bye..].iter().any(answered), "{trace:#?}");
        line.end().await;
    });
}

#[test]
fn a_call_outlives_a_reset_of_tcp() {
    a_call_outlives_its_connection("tcp");
}

#[test]
fn a_call_outlives_a_reset_of_tls() {
    a_call_outlives_its_connection("tls");
}
