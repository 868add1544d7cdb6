//! SIPp behind a line that loses datagrams: both sides send again, and the call comes about.

use super::{SECOND, script::Sipp};
use crate::harness::{LossyLine, Milliwatt, finish, free_port};

/// Each of these came more than once, octet for octet the same.
fn sent_again(line: &LossyLine, messages: &[&str]) {
    let seen = line.seen();
    for message in messages {
        let sendings = &seen[*message];
        assert!(sendings.len() > 1, "{message} was sent once");
        assert!(sendings.iter().all(|sending| *sending == sendings[0]), "{message} was changed");
    }
}

/// The first sending of each message is lost, of both sides.
#[test]
fn retransmissions_under_loss() {
    let (ours, theirs) = (free_port(), free_port());
    let Some(mut sipp) = Sipp::built_in("uas", theirs, &[]) else { return };
    let lossy = LossyLine::between(ours, theirs);
    let line = format!(
        "call sip:alice@{} 5550100 --no-register --bind 127.0.0.1:{ours} --duration 1s --json -",
        lossy.near
    );
    let out = Milliwatt::new().run(&line).expect(0).json();
    sipp.expect_success();
    assert_eq!((&out["outcome"], &out["hangup_by"]), (&"answered".into(), &"local".into()));
    sent_again(&lossy, &["INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]);
}

/// The same, for a call that comes in. The phone stays: who leaves after a call repeats nothing.
#[test]
fn retransmissions_under_loss_to_a_callee() {
    let (ours, theirs) = (free_port(), free_port());
    let lossy = LossyLine::between(ours, theirs);
    let user = Milliwatt::new();
    let mut answer = user.start(&format!(
        "answer sip:alice@{} --no-register --bind 127.0.0.1:{ours} --for 15s --jsonl -",
        lossy.near
    ));
    answer.wait_for("\"ready\"", 10 * SECOND);
    // Three seconds between the ACK and the BYE, in which the ACK is sent again.
    let arguments = [&lossy.far.to_string(), "-d", "3000"];
    let Some(mut sipp) = Sipp::built_in("uac", theirs, &arguments) else { return };
    sipp.expect_success();
    let out = finish(answer).expect(0);
    let call: serde_json::Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"remote".into()));
    sent_again(&lossy, &["INVITE", "200 INVITE", "ACK", "BYE", "200 BYE"]);
}
