//! Whole calls over IPv6.

use std::net::UdpSocket;

use milliwatt_engine::api::{Outcome, Side};

use crate::harness::{Line, skipped};

fn a_call_has_sound_both_ways(transport: &str) {
    if UdpSocket::bind("[::1]:0").is_err() {
        return skipped("this computer has no IPv6").unwrap_or_default();
    }
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut line = Line::new("::1").await;
        let place = match transport {
            "tls" => line.carrier.tls_address(),
            _ => line.carrier.address(),
        };
        assert!(place.is_ipv6());
        line.register(transport, place).await;
        // 9000 sends back what it hears: what comes in has been there and back.
        let call = line.call("9000").await;
        line.heard(100).await;
        let report = line.hang_up(call).await;
        assert_eq!((report.outcome, report.hangup_by), (Outcome::Answered, Some(Side::Local)));
        let trace = line.trace();
        let invite = trace.iter().find(|entry| entry.first_line().starts_with("INVITE ")).unwrap();
        assert!(invite.local.is_ipv6() && invite.remote.is_ipv6(), "{invite:?}");
        let text = String::from_utf8_lossy(&invite.bytes).into_owned();
        assert!(text.contains("\r\nc=IN IP6 ::1\r\n"), "{text}");
        assert!(text.contains(&format!("\r\nContact: <sip:alice@{}", invite.local)), "{text}");
        line.end().await;
    });
}

#[test]
fn a_call_over_udp() {
    a_call_has_sound_both_ways("udp");
}

#[test]
fn a_call_over_tcp() {
    a_call_has_sound_both_ways("tcp");
}

#[test]
fn a_call_over_tls() {
    a_call_has_sound_both_ways("tls");
}
