//! SIPp 3.6: its own caller and callee, and flows that real trunks have and phones get wrong.

mod calls;
mod dialog;
mod loss;
pub(crate) mod script;

use std::time::Duration;

use self::script::Script;
use crate::harness::{Milliwatt, Output, finish, free_port};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

/// Plays a flow and calls it; the program must end with this exit code, and SIPp must agree.
pub(crate) fn call(script: &Script, arguments: &str, code: i32) -> Option<Output> {
    let mut sipp = script.play(free_port(), &[])?;
    let line =
        format!("call sip:alice@{} 5550100 --no-register --json - {arguments}", sipp.address());
    let out = Milliwatt::with_password("alice-secret").run(&line).expect(code);
    sipp.expect_success();
    Some(out)
}

/// A call that SIPp answers and Milliwatt hangs up after a second.
pub(crate) fn answered(script: Script) -> Script {
    script.receive("ACK").receive("BYE").reply("200 OK", &[], "")
}

/// One call to `answer` with these arguments; SIPp places it and both must agree.
pub(crate) fn takes(arguments: &str, flow: &Script) -> Option<serde_json::Value> {
    let (ours, theirs) = (free_port(), free_port());
    let user = Milliwatt::new();
    let mut answer = user.start(&format!(
        "answer sip:alice@127.0.0.1:{theirs} --no-register --bind 127.0.0.1:{ours} --count 1 --for 80s --jsonl - {arguments}"
    ));
    answer.wait_for("\"ready\"", 10 * SECOND);
    let target = format!("127.0.0.1:{ours}");
    let mut sipp = flow.play(theirs, &[&target])?;
    sipp.expect_success();
    let out = finish(answer).expect(0);
    Some(serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap())
}
