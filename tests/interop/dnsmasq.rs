//! dnsmasq: the first server of a trunk is dead, the second takes the call (RFC 3263 §4.3).

use std::{
    process::Command,
    time::{Duration, Instant},
};

use crate::harness::{Hosts, Milliwatt, Running, finish, peer};

const SECOND: Duration = Duration::from_secs(1);

fn name_server(hosts: &Hosts, records: &[&str]) -> Option<Running> {
    let mut command: Command = hosts.command(0, peer("dnsmasq")?);
    command
        .args(["--no-daemon", "--no-resolv", "--no-hosts", "--conf-file=/dev/null", "--pid-file="])
        .args(["--listen-address=127.0.0.1", "--bind-interfaces", "--user=root", "--local=/test/"])
        .args(records);
    let mut running = Running::start(&mut command);
    running.wait_for("started", 5 * SECOND);
    Some(running)
}

fn callee(hosts: &Hosts, port: &str, socket: &str) -> Option<Running> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = hosts.command(0, peer("sipp")?);
    command.current_dir(folder.path()).args(["-sn", "uas", "-i", "127.0.0.1", "-p", port]);
    command.args(["-t", socket, "-m", "1", "-nostdin", "-timeout", "40"]);
    Some(Running::start(&mut command))
}

fn fails_over(records: &[&str], transport: &str) {
    let Some(hosts) = Hosts::new() else { return };
    let Some(_names) = name_server(&hosts, records) else { return };
    let socket = if transport.ends_with("tcp") { "t1" } else { "u1" };
    let Some(mut second) = callee(&hosts, "5090", socket) else { return };
    second.wait_until_bound(5090);
    let user = Milliwatt::new();
    let line = format!(
        "call sip:alice@trunk.test{transport} 5550100 --no-register --duration 1s --json -"
    );
    let running = Running::start(&mut user.command_in(&hosts.names[0], line.split_whitespace()));
    let out = finish(running).expect(0).json();
    assert!(out["timing_ms"]["answered"].as_f64().unwrap() < 4000.0, "{out}");
    assert!(second.finish(10 * SECOND).success());
}

#[test]
fn by_srv_when_the_first_port_is_closed() {
    fails_over(
        &[
            "--srv-host=_sip._udp.trunk.test,one.test,5091,10,0",
            "--srv-host=_sip._udp.trunk.test,two.test,5090,20,0",
            "--address=/one.test/127.0.0.1",
            "--address=/two.test/127.0.0.1",
        ],
        "",
    );
}

#[test]
fn by_naptr_and_srv_when_the_first_host_is_silent() {
    // Nobody has 10.77.0.77: packets to it are lost without a word.
    fails_over(
        &[
            // A name that nobody would guess.
            "--naptr-record=trunk.test,10,50,s,SIP+D2U,,_voice._udp.trunk.test",
            "--srv-host=_voice._udp.trunk.test,one.test,5090,10,0",
            "--srv-host=_voice._udp.trunk.test,two.test,5090,20,0",
            "--address=/one.test/10.77.0.77",
            "--address=/two.test/127.0.0.1",
        ],
        "",
    );
}

#[test]
fn by_srv_when_the_first_stream_does_not_open() {
    fails_over(
        &[
            "--srv-host=_sip._tcp.trunk.test,one.test,5090,10,0",
            "--srv-host=_sip._tcp.trunk.test,two.test,5090,20,0",
            "--address=/one.test/10.77.0.77",
            "--address=/two.test/127.0.0.1",
        ],
        ";transport=tcp",
    );
}

#[test]
fn an_unknown_name_is_told_at_once() {
    let Some(hosts) = Hosts::new() else { return };
    let Some(_names) = name_server(&hosts, &[]) else { return };
    let user = Milliwatt::new();
    let line = "call sip:alice@nowhere.test 5550100 --no-register --json -";
    let start = Instant::now();
    let running = Running::start(&mut user.command_in(&hosts.names[0], line.split_whitespace()));
    let out = finish(running).expect(3);
    // Nothing is waited for but the answers of a server on this computer.
    assert!(start.elapsed() < 10 * SECOND, "{:?}", start.elapsed());
    assert!(out.stderr.contains("nowhere.test"), "{}", out.stderr);
}
