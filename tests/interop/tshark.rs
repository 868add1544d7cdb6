//! tshark reads a whole run and finds nothing malformed.

use std::{process::Command, time::Duration};

use crate::harness::{Hosts, Milliwatt, Running, finish, peer};

const SECOND: Duration = Duration::from_secs(1);

fn read(file: &std::path::Path, filter: &str) -> String {
    let mut command = Command::new(peer("tshark").unwrap());
    command.arg("-r").arg(file).args(["-d", "udp.port==5060,sip", "-Y", filter]);
    let out = command.output().unwrap();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8_lossy(&out.stdout).into_owned()
}

fn a_whole_run_decodes(transport: &str) {
    let Some(hosts) = Hosts::new() else { return };
    let Some(tshark) = peer("tshark") else { return };
    let user = Milliwatt::with_password("alice-secret");
    let file = user.folder().join("run.pcap");
    let mut command = hosts.command(0, tshark);
    let mut capture = Running::start(command.args(["-i", "lo", "-q", "-w"]).arg(&file));
    capture.wait_for("Capturing on", 20 * SECOND);
    std::thread::sleep(SECOND);
    let carrier = "test-trunk --listen 127.0.0.1:5060".split(' ');
    let mut carrier = Running::start(&mut user.command_in(&hosts.names[0], carrier));
    carrier.wait_for("ready", 10 * SECOND);
    // In clear, so that tshark has something to read.
    let line = format!(
        "check sip:alice@127.0.0.1:5060;transport={transport} --did +15550100 --suite trunk"
    );
    let run = Running::start(&mut user.command_in(&hosts.names[0], line.split(' ')));
    finish(run).expect(0);
    std::thread::sleep(SECOND);
    capture.interrupt();
    capture.finish(20 * SECOND);
    let messages = read(&file, &format!("sip && {transport}")).lines().count();
    assert!(messages >= 20, "only {messages} SIP messages were seen");
    let bad = read(&file, "_ws.malformed || (sip && _ws.expert.severity == error)");
    assert!(bad.is_empty(), "{bad}");
    for sound in ["rtp", "rtcp"] {
        assert!(!read(&file, sound).is_empty(), "no {sound} was seen");
    }
}

#[test]
fn a_whole_run_over_udp_decodes() {
    a_whole_run_decodes("udp");
}

#[test]
fn a_whole_run_over_tcp_decodes() {
    a_whole_run_decodes("tcp");
}

#[test]
fn our_own_trace_decodes() {
    let Some(_) = peer("tshark") else { return };
    let user = Milliwatt::new();
    let file = user.folder().join("trace.pcap");
    let line = format!("demo --trace {}", file.display());
    user.run(&line).expect(0);
    assert!(read(&file, "sip").lines().count() >= 10);
    assert_eq!(read(&file, "_ws.malformed"), "");
}
