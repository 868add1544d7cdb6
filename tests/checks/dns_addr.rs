//! `dns.addr`: the addresses behind the trunk's name.

use milliwatt_checks::{
    observation::{Dns, Observation, Server},
    verdict::{Fault, Finding, Outcome},
};

use super::{assert_failure, assert_outcome, faulty, good, judged};

/// What is found where DNS tells of servers with these addresses.
fn told(servers: &[&str]) -> Finding {
    let srv = servers.iter().map(|addresses| {
        let addresses = addresses.split_whitespace().map(|ip| ip.parse().unwrap()).collect();
        Server { addresses, ..Server::default() }
    });
    of_dns(Dns { srv: srv.collect(), ..Dns::default() })
}

fn of_dns(dns: Dns) -> Finding {
    let dns = Dns { addresses: vec!["192.0.2.1".parse().unwrap()], ..dns };
    judged("dns.addr", &Observation { dns: Some(dns), ..Observation::default() })
}

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dns.addr");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["addresses"][0], "127.0.0.1");
    assert!(finding.measured["slowest_ms"].is_number(), "{finding:?}");
}

#[test]
fn warns_when_dns_is_slow() {
    let finding = faulty("dns=slow", "dns.addr");
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.is_some_and(|a| a.contains("answers slowly")));
}

#[test]
fn warns_above_half_a_second() {
    let judged = |slowest_ms| of_dns(Dns { slowest_ms, ..Dns::default() });
    assert_outcome(&judged(500.0), Outcome::Pass);
    assert_outcome(&judged(500.1), Outcome::Warn);
    assert_outcome(&judged(60_000.0), Outcome::Warn);
}

#[test]
fn fails_when_there_is_no_such_name() {
    let finding = faulty("dns=nxdomain", "dns.addr");
    assert_failure(&finding, Fault::OurConfig, "has no address");
}

#[test]
fn fails_when_no_server_has_an_address() {
    let finding = faulty("dns=no-address", "dns.addr");
    assert_failure(&finding, Fault::OurConfig, "has no address");
}

#[test]
fn warns_of_private_addresses_and_of_servers_without_any() {
    assert_outcome(&told(&["198.51.100.1", "198.51.100.2 2001:db8::1"]), Outcome::Pass);
    assert_outcome(&told(&["198.51.100.1", ""]), Outcome::Warn);
    for private in ["10.0.0.5", "192.168.1.1", "100.64.0.1", "169.254.1.1", "fd00::1"] {
        let finding = told(&["198.51.100.1", private]);
        assert_outcome(&finding, Outcome::Warn);
        assert!(finding.advice.is_some_and(|a| a.contains("private")), "{private}");
    }
}
