//! A reset in mid-call, another address, and a program that is stopped (faults 3, 4 and 5), with a
//! registrar, a proxy and a phone that nobody here wrote.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::{
    baresip::{self, Baresip},
    kamailio::{Kamailio, good},
};
use crate::harness::{
    Hosts, Milliwatt, Running, finish, skipped_here,
    trace::{Message, messages, wall},
};

const SECOND: Duration = Duration::from_secs(1);

/// Seconds of sound told so far: packets that came in in each.
fn seconds(running: &Running) -> Vec<u64> {
    let out = running.stdout();
    let events = out.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let quality = events.filter(|event| event["event"] == "quality");
    quality.filter_map(|event| event["media"]["received"].as_u64()).collect()
}

/// Waits for a whole second of sound after those told so far.
fn sound_again(running: &Running) {
    let (start, before) = (Instant::now(), seconds(running).len());
    // The first one has begun before.
    while !seconds(running).iter().skip(before + 1).any(|received| *received >= 45) {
        assert!(start.elapsed() < 20 * SECOND, "no sound: {:?}", seconds(running));
        std::thread::sleep(SECOND / 100);
    }
}

fn ip(hosts: &Hosts, line: &str) {
    let mut command = Command::new("ip");
    command.args(["-n", &hosts.names[0]]).args(line.split_whitespace());
    assert!(command.status().unwrap().success(), "ip {line}");
}

/// A call of ours through Kamailio to baresip, which hangs up after twelve seconds.
struct Up {
    hosts: Hosts,
    user: Milliwatt,
    trace: PathBuf,
    call: Running,
    _kamailio: Kamailio,
    _phone: Baresip,
}

fn up(transport: &str) -> Option<Up> {
    let (_, certificate) = good();
    let hosts = Hosts::new()?;
    let kamailio = Kamailio::start_on(&hosts, &certificate)?;
    let account =
        "<sip:301@10.77.0.2>;auth_pass=pw301;regint=60;answermode=auto;audio_codecs=PCMU/8000/1";
    let mut phone = baresip::start_as(&hosts, 5070, account, &[])?;
    phone.wait_for("200 OK");
    let user = Milliwatt::with_password("pw300");
    let trace = user.folder().join("trace.pcap");
    let line = format!(
        "call sip:300@10.77.0.2;transport={transport} 301 --duration 30s --play tone --jsonl - --trace {}",
        trace.display()
    );
    let mut call = Running::start(&mut user.command_in(&hosts.names[0], line.split_whitespace()));
    call.wait_for("answered, ", 10 * SECOND);
    std::thread::sleep(3 * SECOND);
    Some(Up { hosts, user, trace, call, _kamailio: kamailio, _phone: phone })
}

/// What was said, after baresip has hung up and was heard; and the report.
fn hung_up(call: Running, trace: &Path) -> (Vec<Message>, Value) {
    let out = finish(call).expect(0);
    let report: Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    let ended = (&report["outcome"], &report["hangup_by"]);
    assert_eq!(ended, (&"answered".into(), &"remote".into()));
    (messages(trace), report)
}

/// The value of a header or of a line of SDP.
fn line<'a>(message: &'a Message, start: &str) -> &'a str {
    let found = message.text.lines().find_map(|line| line.strip_prefix(start));
    found.unwrap_or_else(|| panic!("no {start} in {}", message.text))
}

/// baresip knows no UPDATE: it is told by a re-INVITE that changes nothing.
#[test]
fn a_hang_up_comes_after_a_reset() {
    let Some(Up { hosts, user: _user, trace, call, _kamailio, _phone }) = up("tcp") else { return };
    let reset = wall();
    let mut command = hosts.command(0, "ss");
    command.args(["-K", "-tn", "dst", "10.77.0.2", "dport", "=", ":5060"]);
    let cut = command.output().unwrap();
    if !String::from_utf8_lossy(&cut.stdout).contains("ESTAB") {
        return skipped_here("this kernel cuts no connection for ss (INET_DIAG_DESTROY)");
    }
    let (sent, report) = hung_up(call, &trace);
    assert_eq!(report["media"]["lost"], 0, "{report}");
    let invites: Vec<_> = sent.iter().filter(|m| m.asks("INVITE")).collect();
    let first = invites.iter().find(|m| m.text.contains("\r\no=")).unwrap();
    let [again] = invites.iter().filter(|m| m.at > reset).collect::<Vec<_>>()[..] else {
        panic!("not one re-INVITE")
    };
    // A second for the pace of REGISTER, and more where the first one is lost.
    assert!(again.at < reset + 6 * SECOND, "{:?} after the reset", again.at - reset);
    assert_ne!(line(first, "Contact:"), line(again, "Contact:"));
    assert_eq!(line(first, "o="), line(again, "o="));
}

fn follows_to_another_address(transport: &str) {
    let Some(Up { hosts, user, trace, call, _kamailio, _phone }) = up(transport) else { return };
    let changed = wall();
    ip(&hosts, "addr del 10.77.0.1/24 dev veth0");
    ip(&hosts, "addr add 10.77.0.3/24 dev veth0");
    sound_again(&call);
    let (sent, _) = hung_up(call, &trace);
    let after = |method: &str, named: &str| {
        let named = format!("{named}10.77.0.3");
        let found = sent.iter().find(|m| m.asks(method) && m.text.contains(&named));
        found.unwrap_or_else(|| panic!("no {method} with {named}")).at - changed
    };
    let contact = "\r\nContact: <sip:300@";
    for (method, named) in [("REGISTER", contact), ("INVITE", contact), ("INVITE", "\r\nc=IN IP4 ")]
    {
        assert!(after(method, named) < 3 * SECOND, "{method} after {:?}", after(method, named));
    }
    let resumed = sent.iter().find(|m| m.answers(200, "INVITE") && m.at > changed);
    let resumed = resumed.expect("a 200 to the offer").at - changed;
    assert!(resumed < 5 * SECOND, "sound could come after {resumed:?}");
    let history = user.run("history --json -").expect(0).json();
    assert_eq!(history["calls"].as_array().map(Vec::len), Some(1), "{history}");
}

#[test]
fn a_call_over_udp_follows_to_another_address() {
    follows_to_another_address("udp");
}

#[test]
fn a_call_over_tcp_follows_to_another_address() {
    follows_to_another_address("tcp");
}

/// A program that is stopped hears nothing and says nothing, as in a sleep.
#[test]
fn a_call_is_taken_back_after_a_stop() {
    let (_, certificate) = good();
    let Some(kamailio) = Kamailio::start("MD5", &certificate) else { return };
    let answering = Milliwatt::with_password("pw301");
    let mut answer = answering.start(&format!(
        "answer {} --count 1 --for 60s --play milliwatt --json -",
        kamailio.trunk(301, "udp")
    ));
    answer.wait_for("waiting for calls", 10 * SECOND);
    let calling = Milliwatt::with_password("pw300");
    let trace = calling.folder().join("trace.pcap");
    let mut call = calling.start(&format!(
        "call {} 301 --duration 30s --play tone --jsonl - --trace {}",
        kamailio.trunk(300, "tcp"),
        trace.display()
    ));
    call.wait_for("answered, ", 10 * SECOND);
    std::thread::sleep(2 * SECOND);
    call.signal("STOP");
    std::thread::sleep(15 * SECOND);
    let woke = wall();
    call.signal("CONT");
    let out = finish(call).expect(0);
    let call: Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"local".into()));
    let taken = finish(answer).expect(0).json();
    assert_eq!(taken["calls"][0]["hangup_by"], "remote", "{taken}");
    let resumed = |m: &&Message| m.answers(200, "INVITE") && m.at > woke;
    assert_eq!(messages(&trace).iter().filter(resumed).count(), 1, "taken back once");
    let granted = messages(&trace).into_iter().filter(|m| m.answers(200, "REGISTER"));
    let again = granted.map(|m| m.at).find(|at| *at > woke).expect("a second registration");
    assert!(again < woke + 5 * SECOND, "{:?} after it woke", again - woke);
}
