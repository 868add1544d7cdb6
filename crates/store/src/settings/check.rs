//! What values are allowed, and what is said when one is not.

use std::net::{IpAddr, SocketAddr};

use super::trunk::{SecretRef, Trunk};
use super::{Problem, number, place, trunks};

/// Codecs that a trunk can name, spelt as in SDP. Which of them a call can use, the engine knows.
pub const CODECS: [&str; 5] = ["opus", "G722", "L16", "PCMA", "PCMU"];

const DID_IN: [&str; 4] = ["request-uri", "to", "p-called-party-id", "diversion"];
const DTMF: [&str; 3] = ["rfc4733", "inband", "info"];
const IDENTITY: [&str; 4] = ["from", "pai", "ppi", "rpid"];
const KEEP_ALIVE: [&str; 4] = ["crlf", "options", "register", "off"];
const RELIABLE: [&str; 3] = ["off", "supported", "required"];
const SRTP: [&str; 3] = ["off", "optional", "required"];
const TRANSPORT: [&str; 5] = ["udp", "tcp", "tls", "ws", "wss"];

/// RFC 4028 section 4: the smallest session interval, seconds.
const LEAST_SESSION: u32 = 90;

/// Seconds; a router that forgets later than that needs none.
const LONGEST_KEEP_ALIVE: u32 = 900;

/// A year: more is a slip.
const MOST_MINUTES: f64 = 525_600.0;

/// A value that is not allowed.
pub(super) struct Fault {
    pub(super) path: Vec<String>,
    pub(super) sentence: String,
}

impl Trunk {
    /// Brings values into their canonical form (case, separators, empty texts as not said) and
    /// checks them; for a trunk that is about to be used, also that nothing it needs is missing.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn checked(mut self) -> Result<Self, Vec<Problem>> {
        let mut faults = tidy_and_check(&mut self);
        missing(&self, &mut faults);
        self.unless(faults)
    }

    /// As [`checked`](Self::checked), for a part of a trunk: nothing is missed.
    pub(crate) fn values_checked(mut self) -> Result<Self, Vec<Problem>> {
        let faults = tidy_and_check(&mut self);
        self.unless(faults)
    }

    fn unless(self, faults: Vec<Fault>) -> Result<Self, Vec<Problem>> {
        if faults.is_empty() {
            return Ok(self);
        }
        let problem = |fault: Fault| Problem {
            key: place::spell(&fault.path),
            place: None,
            sentence: fault.sentence,
        };
        Err(faults.into_iter().map(problem).collect())
    }
}

/// What is there must be allowed.
pub(super) fn tidy_and_check(trunk: &mut Trunk) -> Vec<Fault> {
    let mut faults = Vec::new();
    account(trunk, &mut faults);
    servers(trunk, &mut faults);
    numbers(trunk, &mut faults);
    media(trunk, &mut faults);
    tests(trunk, &mut faults);
    faults
}

/// What a call or a registration cannot do without.
fn missing(trunk: &Trunk, faults: &mut Vec<Fault>) {
    let account = &trunk.trunk;
    if account.domain.is_empty() {
        let sentence = "is missing: write the provider's domain, such as sip.example.net";
        fault(faults, &["trunk", "domain"], sentence);
    }
    if account.register && account.user.is_empty() {
        let sentence = "is missing: write the user that registers, or register = false for a \
                        trunk that knows us by address";
        fault(faults, &["trunk", "user"], sentence);
    }
}

fn account(trunk: &mut Trunk, faults: &mut Vec<Fault>) {
    let account = &mut trunk.trunk;
    none_if_empty(&mut account.profile);
    none_if_empty(&mut account.auth_user);
    if !account.name.is_empty() && !trunks::is_name(&account.name) {
        let sentence = format!(
            "\"{}\" cannot name a trunk: use 1 to 64 letters, digits, dots, dashes and \
             underscores, a letter or digit first",
            account.name.escape_debug()
        );
        fault(faults, &["trunk", "name"], sentence);
    }
    for (key, text) in [("user", Some(&account.user)), ("auth_user", account.auth_user.as_ref())] {
        if text.is_some_and(|text| text.len() > 256 || text.contains(char::is_control)) {
            let sentence = "has control characters or over 256 bytes: write it as the provider \
                            gave it";
            fault(faults, &["trunk", key], sentence);
        }
    }
    word(&mut account.transport, &TRANSPORT, &["trunk", "transport"], faults);
    word(&mut account.keep_alive, &KEEP_ALIVE, &["trunk", "keep_alive"], faults);
    word(&mut account.reliable, &RELIABLE, &["trunk", "reliable"], faults);
    if account.expires == 0 {
        let sentence = "is 0, which gives a registration back: write seconds, such as 3600";
        fault(faults, &["trunk", "expires"], sentence);
    }
    if account.keep_alive_every > LONGEST_KEEP_ALIVE {
        let sentence = "is out of range: 1 to 900 seconds, or 0 for what fits the registrar";
        fault(faults, &["trunk", "keep_alive_every"], sentence);
    }
    if account.session_expires != 0 && account.session_expires < LEAST_SESSION {
        let sentence = "is too short: 0 for none, else at least 90 seconds (RFC 4028)";
        fault(faults, &["trunk", "session_expires"], sentence);
    }
    if let Some(SecretRef::Env(at) | SecretRef::File(at) | SecretRef::Keyring(at)) =
        &account.password
        && at.is_empty()
    {
        let sentence = "names nothing: write the name of a keyring entry or variable, or a path";
        fault(faults, &["trunk", "password"], sentence);
    }
}

fn servers(trunk: &mut Trunk, faults: &mut Vec<Fault>) {
    let account = &mut trunk.trunk;
    for optional in
        [&mut account.registrar, &mut account.proxy, &mut account.bind, &mut account.public_address]
    {
        none_if_empty(optional);
    }
    account.domain = account.domain.trim().to_owned();
    let domain = Some(&account.domain).filter(|domain| !domain.is_empty());
    let hosts = [
        ("domain", domain),
        ("registrar", account.registrar.as_ref()),
        ("proxy", account.proxy.as_ref()),
    ];
    for (key, host) in hosts {
        if let Some(host) = host.filter(|host| !is_host(host)) {
            let sentence = format!(
                "\"{}\" is no server: write a name or address, with a port if needed, such as \
                 sip.example.net, 10.0.0.5:5060 or [2001:db8::1]:5061",
                host.escape_debug()
            );
            fault(faults, &["trunk", key], sentence);
        }
    }
    let parses = |text: &String| text.parse::<SocketAddr>().is_ok();
    if account.bind.as_ref().is_some_and(|bind| !parses(bind)) {
        let sentence = "is no local address: write ADDRESS:PORT, such as 0.0.0.0:5060";
        fault(faults, &["trunk", "bind"], sentence);
    }
    if account.public_address.as_ref().is_some_and(|address| address.parse::<IpAddr>().is_err()) {
        let sentence = "is no address: write it without a port, such as 203.0.113.7";
        fault(faults, &["trunk", "public_address"], sentence);
    }
    for (index, range) in account.allow.iter().enumerate().filter(|(_, range)| !is_cidr(range)) {
        let sentence = format!(
            "\"{}\" is no range of addresses: write 203.0.113.7 or 203.0.113.0/24",
            range.escape_debug()
        );
        fault(faults, &["trunk", "allow", &index.to_string()], sentence);
    }
}

fn numbers(trunk: &mut Trunk, faults: &mut Vec<Fault>) {
    let numbers = &mut trunk.numbers;
    none_if_empty(&mut numbers.country);
    if let Some(country) = &mut numbers.country {
        *country = country.to_ascii_uppercase();
        if country.len() != 2 || !country.bytes().all(|byte| byte.is_ascii_uppercase()) {
            let sentence = "is no country: write its two letters (ISO 3166), such as US or DE";
            fault(faults, &["numbers", "country"], sentence);
        }
    }
    each(&mut numbers.dids, number::did, &["numbers", "dids"], faults);
    word(&mut numbers.did_in, &DID_IN, &["numbers", "did_in"], faults);
    if numbers.identity.is_empty() {
        let sentence = "is empty: name the headers that carry our number, such as [\"from\"]";
        fault(faults, &["numbers", "identity"], sentence);
    }
    let header = |text: &str| one_of(text, &IDENTITY);
    each(&mut numbers.identity, header, &["numbers", "identity"], faults);
}

fn media(trunk: &mut Trunk, faults: &mut Vec<Fault>) {
    let media = &mut trunk.media;
    if media.codecs.is_empty() {
        let sentence = "is empty: name at least one codec, such as [\"PCMU\", \"PCMA\"]";
        fault(faults, &["media", "codecs"], sentence);
    }
    let codec = |text: &str| one_of(text, &CODECS);
    each(&mut media.codecs, codec, &["media", "codecs"], faults);
    word(&mut media.srtp, &SRTP, &["media", "srtp"], faults);
    word(&mut media.dtmf, &DTMF, &["media", "dtmf"], faults);
    if media.rtp_ports.is_some_and(|(first, last)| first < 1024 || last <= first) {
        let sentence = "is no range of ports: write the first, from 1024 on, and a higher last, \
                        such as [16384, 32767]";
        fault(faults, &["media", "rtp_ports"], sentence);
    }
    let server = |text: &str| {
        let server = text.trim();
        let why = "is no server: write a name or address, with a port if it is not 3478";
        if is_host(server) { Ok(server.to_owned()) } else { Err(why.to_owned()) }
    };
    each(&mut media.stun, server, &["media", "stun"], faults);
    none_if_empty(&mut trunk.tls.ca);
}

fn tests(trunk: &mut Trunk, faults: &mut Vec<Fault>) {
    let test = &mut trunk.test;
    none_if_empty(&mut test.destination);
    each(&mut test.allow, number::pattern, &["test", "allow"], faults);
    if let Some(text) = &mut test.destination {
        match number::destination(text) {
            Ok(number) => *text = number,
            Err(sentence) => fault(faults, &["test", "destination"], sentence),
        }
    }
    if test.channels == Some(0) {
        fault(faults, &["test", "channels"], "is 0: write how many calls may be up, at least 1");
    }
    if test.cps.is_some_and(|cps| !(cps.is_finite() && cps > 0.0)) {
        fault(faults, &["test", "cps"], "is no rate: write calls a second, such as 1.0 or 0.5");
    }
    let no_time = |minutes: f64| !(minutes.is_finite() && (0.0..=MOST_MINUTES).contains(&minutes));
    if test.max_minutes.is_some_and(no_time) {
        let sentence = "is no time: write minutes, such as 60, at most 525600";
        fault(faults, &["test", "max_minutes"], sentence);
    }
    for (id, limit) in &trunk.limits {
        for (key, value) in [("pass", limit.pass), ("warn", limit.warn)] {
            if !value.is_finite() {
                fault(faults, &["limits", id, key], "is no limit: write a plain number");
            }
        }
    }
}

fn fault(faults: &mut Vec<Fault>, path: &[&str], sentence: impl Into<String>) {
    let path = path.iter().map(|step| (*step).to_owned()).collect();
    faults.push(Fault { path, sentence: sentence.into() });
}

fn none_if_empty(text: &mut Option<String>) {
    *text = text.take().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
}

fn word(text: &mut String, allowed: &[&str], path: &[&str], faults: &mut Vec<Fault>) {
    match one_of(text, allowed) {
        Ok(word) => *text = word,
        Err(sentence) => fault(faults, path, sentence),
    }
}

fn one_of(text: &str, allowed: &[&str]) -> Result<String, String> {
    let found = allowed.iter().find(|word| word.eq_ignore_ascii_case(text.trim()));
    found.map(|word| (*word).to_owned()).ok_or_else(|| {
        format!("\"{}\" is not known: allowed are {}", text.escape_debug(), allowed.join(", "))
    })
}

fn each(
    list: &mut [String],
    allowed: impl Fn(&str) -> Result<String, String>,
    path: &[&str],
    faults: &mut Vec<Fault>,
) {
    for (index, text) in list.iter_mut().enumerate() {
        match allowed(text) {
            Ok(tidied) => *text = tidied,
            Err(sentence) => {
                let index = index.to_string();
                fault(faults, &[path, &[&index]].concat(), sentence);
            }
        }
    }
}

fn is_host(text: &str) -> bool {
    if text.parse::<IpAddr>().is_ok() || text.parse::<SocketAddr>().is_ok_and(|at| at.port() > 0) {
        return true;
    }
    if let Some(address) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) {
        return address.parse::<std::net::Ipv6Addr>().is_ok();
    }
    let (name, port) = match text.split_once(':') {
        Some((name, port)) => (name, Some(port)),
        None => (text, None),
    };
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    name.len() <= 253
        && name.split('.').all(label)
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0))
}

fn is_cidr(text: &str) -> bool {
    let (address, length) = match text.split_once('/') {
        Some((address, length)) => (address, length.parse::<u8>().ok()),
        None => (text, Some(0)),
    };
    match (address.parse(), length) {
        (Ok(IpAddr::V4(_)), Some(length)) => length <= 32,
        (Ok(IpAddr::V6(_)), Some(length)) => length <= 128,
        _ => false,
    }
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod check_tests;
