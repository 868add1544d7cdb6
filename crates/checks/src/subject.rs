//! The trunk under test, as far as checks need to know it.

use std::{net::IpAddr, time::Duration};

use milliwatt_engine::{probe::Transport, settings::Trunk};

use crate::guard::{Budget, Terms};

/// A trunk and what follows from its settings.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The settings.
    pub trunk: Trunk,
    /// What the run may do about calls that cost money.
    pub terms: Terms,
}

impl Subject {
    /// Reads a trunk's settings; no call that costs money may be placed.
    pub fn new(trunk: Trunk) -> Self {
        Self { trunk, terms: Terms::default() }
    }

    /// The same on other terms.
    #[must_use]
    pub fn with_terms(self, terms: Terms) -> Self {
        Self { terms, ..self }
    }

    /// Its name in reports.
    pub fn name(&self) -> &str {
        if self.trunk.trunk.name.is_empty() {
            &self.trunk.trunk.domain
        } else {
            &self.trunk.trunk.name
        }
    }

    /// Host that DNS and TLS are asked about: outbound proxy, else registrar, else domain.
    pub fn server(&self) -> &str {
        let account = &self.trunk.trunk;
        [&account.proxy, &account.registrar]
            .into_iter()
            .flatten()
            .find(|s| !s.is_empty())
            .unwrap_or(&account.domain)
    }

    /// The server's name without a port.
    pub fn host(&self) -> &str {
        host_of(self.server())
    }

    /// The port that the settings name.
    pub fn port(&self) -> Option<u16> {
        let rest = self.server().rsplit_once(']').map_or(self.server(), |(_, after)| after);
        let (before, port) = rest.rsplit_once(':')?;
        (!before.contains(':')).then(|| port.parse().ok()).flatten()
    }

    /// True where the server is an address: DNS has nothing to say.
    pub fn is_address(&self) -> bool {
        self.host().parse::<IpAddr>().is_ok()
    }

    /// The transport of the settings.
    pub fn transport(&self) -> Transport {
        Transport::from_token(&self.trunk.trunk.transport).unwrap_or(Transport::Udp)
    }

    /// True where the signalling is encrypted.
    pub fn is_secure(&self) -> bool {
        matches!(self.trunk.trunk.transport.as_str(), "tls" | "wss")
    }

    /// The number that a call to ourselves dials: the first DID.
    pub fn own_number(&self) -> Option<&str> {
        self.trunk.numbers.dids.first().map(String::as_str)
    }

    /// The number that outbound checks dial: the trunk's test destination, else our own.
    pub fn destination(&self) -> Option<&str> {
        self.trunk.test.destination.as_deref().or(self.own_number())
    }

    /// Calls a second that tests may place: as the settings say, else one where calls cost money.
    pub fn calls_a_second(&self) -> Option<f64> {
        self.trunk.test.cps.or(self.is_billed().then_some(1.0))
    }

    /// The most that tests may be given to spend for an hour: as the settings say, else 100 calls and
    /// an hour of call time.
    pub fn cap(&self) -> Budget {
        let minutes = self.trunk.test.max_minutes.unwrap_or(MOST_MINUTES);
        Budget {
            calls: self.trunk.test.max_calls.unwrap_or(MOST_CALLS),
            time: Duration::try_from_secs_f64(minutes * 60.0).unwrap_or_default(),
        }
    }

    /// Calls that the trunk carries at one time; two unless said.
    pub fn channels(&self) -> u32 {
        self.trunk.test.channels.unwrap_or(2)
    }

    /// True where calls cost money and need consent: said so, or not said and not wholly on
    /// loopback. A carrier behind a proxy of this host's own costs money like any other.
    pub fn is_billed(&self) -> bool {
        let account = &self.trunk.trunk;
        let (registrar, proxy) = (account.registrar.as_deref(), account.proxy.as_deref());
        let servers = || [Some(account.domain.as_str()), registrar, proxy].into_iter().flatten();
        self.trunk.test.billed.unwrap_or_else(|| !servers().all(is_loopback))
    }
}

const MOST_CALLS: u32 = 100;
const MOST_MINUTES: f64 = 60.0;

fn is_loopback(server: &str) -> bool {
    let host = host_of(server);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// The host of `host`, `host:port` and `[address]:port`.
fn host_of(server: &str) -> &str {
    if let Some(rest) = server.strip_prefix('[') {
        return rest.split(']').next().unwrap_or(rest);
    }
    match server.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') && port.parse::<u16>().is_ok() => host,
        _ => server,
    }
}

/// True for two ways to write one number: with or without `+`, country code or the zeros before it.
/// Six digits must agree; names are never the same number.
pub fn same_number(one: &str, other: &str) -> bool {
    let (one, other) = (digits(one), digits(other));
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    !short.is_empty() && (short == long || short.len() >= ALIKE && long.ends_with(&short))
}

/// The digits of a number or of the user of a URI, without the zeros of a prefix.
fn digits(number: &str) -> String {
    let user = number.split(['@', ';']).next().unwrap_or(number);
    let user = user.rsplit([':', '<']).next().unwrap_or(user);
    if user.contains(|c: char| c.is_ascii_alphabetic()) {
        return String::new();
    }
    let digits: String = user.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').to_owned()
}

/// Digits that two numbers share by no accident.
const ALIKE: usize = 6;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_number_is_written_in_many_ways() {
        for (one, other) in [
            ("+15550100", "15550100"),
            ("+4930123456", "030123456"),
            ("+4930123456", "004930123456"),
            ("sip:+15550100@example.net;user=phone", "5550100"),
            ("9000", "9000"),
            ("+1 (555) 010-0", "+15550100"),
        ] {
            assert!(same_number(one, other) && same_number(other, one), "{one} {other}");
        }
        for (one, other) in [
            ("+15550100", "+15550101"),
            ("alice", "alice"),
            ("sip:alice@10.0.0.1", "10001"),
            ("9000", "19000"),
            ("", ""),
            ("anonymous", "+15550100"),
        ] {
            assert!(!same_number(one, other), "{one} {other}");
        }
    }

    #[test]
    fn a_carrier_behind_a_proxy_of_our_own_is_billed() {
        let billed = |domain: &str, proxy: Option<&str>, said: Option<bool>| {
            let mut trunk = Trunk::default();
            trunk.trunk.domain = domain.into();
            trunk.trunk.proxy = proxy.map(str::to_owned);
            trunk.test.billed = said;
            Subject::new(trunk).is_billed()
        };
        assert!(!billed("127.0.0.1:5060", None, None));
        assert!(!billed("localhost", Some("[::1]:5060"), None));
        assert!(billed("sip.example.net", Some("127.0.0.1:5060"), None));
        assert!(billed("127.0.0.1", Some("sip.example.net"), None));
        assert!(!billed("sip.example.net", Some("127.0.0.1:5060"), Some(false)));
    }
}
