use super::*;
use crate::{
    catalogue,
    guard::{Budget, Refusal, Spent},
    verdict::Fault,
};

fn entry(id: &str, finding: Finding) -> Entry {
    Entry::new(catalogue::find(id).expect("a check"), finding, 0.1)
}

pub(super) fn report(entries: impl Into<Vec<Entry>>) -> Report {
    Report {
        trunk: "office".into(),
        suite: "smoke".into(),
        started: String::new(),
        seconds: 1.0,
        entries: entries.into(),
        interrupted: false,
        obstacle: None,
    }
}

fn failed() -> Finding {
    Finding::fail(Fault::Provider, "no")
}

/// A gate and a check that is none.
const GATE: &str = "reg.basic";
const POINTS: &str = "mq.jitter";

#[test]
fn only_gates_fail_a_run() {
    assert!(catalogue::find(GATE).is_some_and(Check::gate));
    assert!(!catalogue::find(POINTS).is_some_and(Check::gate));
    let bad = |id| report([entry(id, failed()), entry("dns.addr", Finding::pass())]);
    assert_eq!((bad(GATE).exit_code(false), bad(GATE).exit_code(true)), (1, 1));
    assert_eq!((bad(POINTS).exit_code(false), bad(POINTS).exit_code(true)), (0, 1));
    assert_eq!(bad(GATE).gates_failed(), [GATE]);
    assert_eq!(bad(POINTS).gates_failed(), [""; 0]);
}

#[test]
fn a_run_that_did_not_begin_has_all_its_checks() {
    let checks = [catalogue::find(GATE).unwrap(), catalogue::find(POINTS).unwrap()];
    let unreached = |obstacle| {
        let wall = SystemTime::UNIX_EPOCH;
        Report::unreached(("office", "smoke"), &checks, wall, obstacle)
    };
    let ended = unreached(None);
    assert_eq!((ended.entries.len(), ended.interrupted, ended.exit_code(true)), (2, true, 0));
    let stopped = unreached(Some(Obstacle::Here("no socket".into())));
    assert_eq!((stopped.interrupted, stopped.exit_code(false)), (false, 3));
    assert_eq!(stopped.entries[1].finding, Finding::error("no socket"));
    assert_eq!(stopped.started, "1970-01-01T00:00:00Z");
}

#[test]
fn a_warning_fails_a_strict_run_only() {
    let warned = report([entry(GATE, Finding::warn("slow"))]);
    assert_eq!((warned.exit_code(false), warned.exit_code(true)), (0, 1));
    let fine = report([entry(GATE, Finding::pass()), entry("nat.mapping", Finding::fact("none"))]);
    assert_eq!(fine.exit_code(true), 0);
}

#[test]
fn a_skip_counts_where_it_was_required() {
    let skipped = |finding| report([entry(POINTS, finding)]).exit_code(false);
    assert_eq!(skipped(Finding::nothing_to_see("no call")), 1);
    assert_eq!(skipped(Finding::not_applicable("no TLS")), 0);
}

#[test]
fn what_could_not_run_is_never_a_pass() {
    assert_eq!(report([entry(POINTS, Finding::error("no route"))]).exit_code(false), 3);
    let both = report([entry(GATE, failed()), entry(POINTS, Finding::error("no route"))]);
    assert_eq!(both.exit_code(false), 3);
}

#[test]
fn a_refused_log_in_is_four_where_no_other_gate_failed() {
    let refused = || failed().measured(REFUSED, true);
    assert_eq!(report([entry(GATE, refused())]).exit_code(false), 4);
    let skipped = entry("auth.invite", Finding::nothing_to_see("not tried"));
    assert_eq!(report([entry(GATE, refused()), skipped]).exit_code(false), 4);
    let both = report([entry(GATE, refused()), entry("dns.addr", failed())]);
    assert_eq!(both.exit_code(false), 1);
    // A run that holds no check of the log-in itself.
    let skipped = entry("out.answer", Finding::nothing_to_see("not tried"));
    let obstacle = Some(Obstacle::Refused("401 Unauthorized".into()));
    assert_eq!(Report { obstacle, ..report([skipped]) }.exit_code(false), 4);
}

#[test]
fn what_was_not_reached_says_nothing() {
    let left = Entry { reached: false, ..entry(GATE, Finding::error("ended before")) };
    let run =
        Report { interrupted: true, ..report([left.clone(), entry(POINTS, Finding::pass())]) };
    assert_eq!(run.exit_code(true), 0);
    let run = Report { interrupted: true, ..report([left, entry("dns.addr", failed())]) };
    assert_eq!(run.exit_code(false), 1);
}

#[test]
fn an_obstacle_has_a_code_of_its_own() {
    let budget = Budget::default();
    let over = Refusal::OverBudget { needed: Spent::default(), spent: Spent::default(), budget };
    for (obstacle, code) in [
        (Obstacle::Guard(over), 5),
        (Obstacle::Here("the disk is full".into()), 3),
        (Obstacle::Silent("the trunk does not answer".into()), 3),
    ] {
        let run = Report { obstacle: Some(obstacle), ..report([entry(GATE, failed())]) };
        assert_eq!(run.exit_code(false), code);
    }
}

#[test]
fn points_are_for_what_ran_and_can_fail() {
    let run = report([
        entry(GATE, Finding::pass()),
        entry(POINTS, Finding::warn("slow")),
        entry("dns.addr", failed()),
        entry("nat.mapping", Finding::fact("none")),
        entry("tls.name", Finding::not_applicable("no TLS")),
    ]);
    assert_eq!(run.score(), (1.5, 3.0));
}

/// Byte by byte: programs read it.
#[test]
fn json_is_as_the_contract_has_it() {
    let one = entry(GATE, failed().measured("rtt_ms", 12.5).limit("pass_at_most", 150.0));
    let line = concat!(
        r#"{"advice":"no","event":"check","evidence":null,"fault":"provider","gate":true,"#,
        r#""id":"reg.basic","limit":{"pass_at_most":150.0},"measured":{"rtt_ms":12.5},"#,
        r#""reference":"RFC 3261 §10.2, §22","required":true,"seconds":0.1,"verdict":"fail","#,
        r#""version":1}"#,
    );
    assert_eq!(json_line(&one).to_string(), line);
    let found = line.replace(r#""event":"check","#, "").replace(r#","version":1"#, "");
    let whole = [
        r#"{"checks":["#,
        &found,
        r#"],"interrupted":false,"obstacle":null,"#,
        r#""score":{"gates_failed":["reg.basic"],"of":1.0,"points":0.0},"#,
        r#""seconds":1.0,"started":"","suite":"smoke","trunk":"office","version":1}"#,
    ];
    assert_eq!(json_object(&report([one])).to_string(), whole.concat());
}
