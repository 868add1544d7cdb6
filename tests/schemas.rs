//! What is printed for programs fits the schemas under docs/schemas, and they miss nothing of it.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use milliwatt_checks::{
    catalogue::CATALOGUE,
    report::{Entry, Obstacle, Report, json_line, json_object},
    verdict::{Fault, Finding},
};
use milliwatt_engine::api::{
    self, CallId, CallReport, Media, OneWay, Outcome, Registration, Secure, Side, Timing, Way,
};
use milliwatt_store::history;
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::harness::{Milliwatt, finish, free_port};

/// All schemas by name.
fn schemas() -> BTreeMap<String, Value> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/schemas");
    fs::read_dir(folder)
        .unwrap()
        .map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_slice(&fs::read(&path).unwrap()).unwrap())
        })
        .collect()
}

/// Fails with every reason why `value` does not fit the schema.
#[track_caller]
pub(crate) fn fits(name: &str, value: &Value) {
    let wrong = mistakes(name, value);
    assert!(wrong.is_empty(), "{name}: {wrong:#?} in {value:#}");
}

fn mistakes(name: &str, value: &Value) -> Vec<String> {
    let schema = &schemas()[name];
    let validator = jsonschema::draft202012::new(schema).unwrap();
    validator.iter_errors(value).map(|e| format!("{}: {e}", e.instance_path())).collect()
}

/// Each key of `value` is described, at every depth: a key that only the program knows is of no
/// use to a reader.
#[track_caller]
pub(crate) fn describes(name: &str, value: &Value) {
    let unknown = undescribed(name, value);
    assert!(unknown.is_empty(), "{name} says nothing of {unknown:?}");
}

fn undescribed(name: &str, value: &Value) -> Vec<String> {
    let schema = &schemas()[name];
    let mut unknown = Vec::new();
    look(schema, schema, value, "", &mut unknown);
    unknown
}

fn look(root: &Value, schema: &Value, value: &Value, at: &str, unknown: &mut Vec<String>) {
    let here = |schema: &Value| match schema["$ref"].as_str() {
        Some(target) => root.pointer(target.trim_start_matches('#')).unwrap().clone(),
        None => schema.clone(),
    };
    let schema = here(schema["anyOf"].get(0).filter(|s| s.get("$ref").is_some()).unwrap_or(schema));
    for one in value.as_array().into_iter().flatten() {
        look(root, &schema["items"], one, at, unknown);
    }
    let Some(properties) = schema["properties"].as_object() else { return };
    for (key, value) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{key}");
        match properties.get(key) {
            Some(known) => look(root, known, value, &at, unknown),
            None => unknown.push(at),
        }
    }
}

/// What the command line puts around an object of the engine.
fn printed(event: &str, object: &impl Serialize) -> Value {
    let mut all: Map<String, Value> = serde_json::from_value(json!(object)).unwrap();
    all.insert("version".into(), 1.into());
    all.insert("event".into(), event.into());
    all.into()
}

fn media() -> Media {
    Media {
        sent: 750,
        received: 748,
        lost: 2,
        loss_percent: Some(0.27),
        jitter_ms: Some(1.2),
        rtt_ms: Some(14.0),
        r_factor: Some(92.1),
        mos_cq: Some(4.39),
        level_in_dbov: Some(-26.1),
        one_way: Some(OneWay::Out),
        ..Media::default()
    }
}

pub(crate) fn report() -> CallReport {
    CallReport {
        call: CallId(1),
        trunk: "office".into(),
        way: Way::Out,
        outcome: Outcome::Answered,
        code: Some(200),
        reason: Some("OK".into()),
        cause: Some(16),
        call_id: "a84b4c76e66710".into(),
        from: "+15550100".into(),
        to: "+15550110".into(),
        did: "+15550100".into(),
        codec: Some("PCMU".into()),
        remote: Some("192.0.2.7:4000".into()),
        secure: Secure::None,
        authentication_refused: false,
        unreachable: false,
        timing_ms: Timing { trying: Some(3.0), total: Some(15_830.0), ..Timing::default() },
        media: media(),
        dtmf_received: "1590#".into(),
        hangup_by: Some(Side::Local),
        findings: vec![api::Finding {
            kind: "no-sound".into(),
            text: "No sound has come for 5 s.".into(),
            at_ms: 8_500.0,
            count: 2,
        }],
        advice: None,
    }
}

/// A call that never left this computer.
fn unplaced() -> CallReport {
    CallReport {
        outcome: Outcome::Failed,
        code: None,
        reason: None,
        cause: None,
        codec: None,
        remote: None,
        unreachable: true,
        timing_ms: Timing::default(),
        media: Media::default(),
        hangup_by: None,
        advice: Some("Check the name.".into()),
        ..report()
    }
}

#[test]
fn each_schema_is_one_and_describes_every_key() {
    for (name, schema) in schemas() {
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{name}");
        assert_eq!(schema["$id"], format!("urn:milliwatt:schema:{name}:1"));
        assert_eq!(schema["properties"]["version"]["const"], 1, "{name}");
        assert!(schema["required"].as_array().unwrap().contains(&"version".into()), "{name}");
        let inner = schema["$defs"].as_object().into_iter().flatten().map(|(_, s)| s);
        for object in inner.chain([&schema]) {
            assert_eq!(object["additionalProperties"], true, "{name}");
            for (key, property) in object["properties"].as_object().unwrap() {
                let described = property.get("$ref").is_some()
                    || property["anyOf"].get(0).is_some()
                    || property["description"].as_str().is_some_and(|d| d.ends_with('.'));
                assert!(described, "{name}: {key}");
            }
        }
    }
}

/// Each schema stands by itself, so what they share is written more than once.
#[test]
fn what_schemas_share_is_the_same_in_each() {
    let all = schemas();
    let mut shared: BTreeMap<&str, &Value> = BTreeMap::new();
    for (name, schema) in &all {
        for (part, definition) in schema["$defs"].as_object().into_iter().flatten() {
            let first = shared.entry(part).or_insert(definition);
            assert_eq!(*first, definition, "{part} in {name}");
        }
    }
    for key in ["properties", "required"] {
        assert_eq!(shared["call"][key], all["call"][key], "{key} of a call");
    }
    let entry = shared["entry"]["properties"].as_object().unwrap();
    for (key, property) in entry {
        assert_eq!(&all["check-line"]["properties"][key], property, "{key} of a check");
    }
}

#[test]
fn a_call_fits() {
    for report in [report(), unplaced()] {
        let call = printed("call", &report);
        fits("call", &call);
        describes("call", &call);
        let all = json!({ "version": 1, "event": "answered", "calls": [call] });
        fits("answered", &all);
        describes("answered", &all);
    }
    let second = json!({ "version": 1, "event": "quality", "media": media() });
    fits("quality", &second);
    describes("quality", &second);
}

#[test]
fn what_is_not_a_call_is_refused() {
    let good = printed("call", &report());
    let spoilt = |key: &str, value: Value| {
        let mut call = good.clone();
        call[key] = value;
        call
    };
    for (key, value) in [
        ("version", json!(2)),
        ("event", json!("check")),
        ("outcome", json!("lost")),
        ("code", json!("200")),
        ("media", json!({ "sent": 1 })),
        ("secure", json!("srtp")),
        ("hangup_by", json!("nobody")),
    ] {
        assert!(!mistakes("call", &spoilt(key, value)).is_empty(), "{key}");
    }
    for key in schemas()["call"]["required"].as_array().unwrap() {
        let mut call = good.clone();
        call.as_object_mut().unwrap().remove(key.as_str().unwrap());
        assert!(!mistakes("call", &call).is_empty(), "{key}");
    }
    // A newer version may say more.
    fits("call", &spoilt("colour", json!("green")));
    let mut strange = spoilt("colour", json!("green"));
    strange["media"]["colour"] = json!("green");
    assert_eq!(undescribed("call", &strange), ["/colour", "/media/colour"]);
}

#[test]
fn a_run_of_checks_fits() {
    let findings = [
        Finding::pass().measured("rtt_ms", 12.5).limit("pass_at_most", 150.0),
        Finding::warn("Look at it."),
        Finding::fail(Fault::OurConfig, "Change it.").evidence("a84b4c76e66710"),
        Finding::fact("Learnt."),
        Finding::not_applicable("No TLS."),
        Finding::error("No network."),
    ];
    let entries = findings
        .into_iter()
        .zip(CATALOGUE)
        .map(|(finding, check)| Entry::new(*check, finding, 0.5));
    let report = Report {
        trunk: "office".into(),
        suite: "smoke".into(),
        started: "2025-01-01T00:00:00Z".into(),
        seconds: 3.0,
        entries: entries.collect(),
        interrupted: false,
        obstacle: Some(Obstacle::Refused("401 Unauthorized".into())),
    };
    let object = json_object(&report);
    fits("check", &object);
    describes("check", &object);
    for entry in &report.entries {
        let line = json_line(entry);
        fits("check-line", &line);
        describes("check-line", &line);
    }
    for check in CATALOGUE {
        let entry = Entry::new(*check, Finding::pass(), 0.0);
        fits("check-line", &json_line(&entry));
    }
}

#[test]
fn the_history_fits() {
    let media = serde_json::to_value(media()).unwrap();
    let ended = history::Call {
        id: Some(1),
        answered_at_ms: Some(1),
        ended_at_ms: Some(2),
        state: history::State::Ended,
        outcome: Some(history::Outcome::TimedOut),
        timing: serde_json::to_value(Timing::default()).unwrap(),
        media,
        findings: json!(report().findings),
        secure: Some("none".into()),
        hangup_by: Some(history::Side::Remote),
        ..history::Call::default()
    };
    let interrupted =
        history::Call { state: history::State::Interrupted, ..history::Call::default() };
    let object = json!({ "version": 1, "event": "history", "calls": [ended, interrupted] });
    fits("history", &object);
    describes("history", &object);
}

#[test]
fn every_state_of_a_registration_fits() {
    let states = [
        Registration::Registering,
        Registration::Registered {
            expires: 3600,
            contact: "<sip:alice@192.0.2.1>".into(),
            contacts: vec!["<sip:alice@192.0.2.1>".into()],
            associated: vec!["sip:+15550100@trunk.example".into()],
            path: vec!["<sip:edge.trunk.example;lr>".into()],
            took_ms: 31.5,
        },
        Registration::Refused { code: 403, reason: "Forbidden".into(), advice: "Ask.".into() },
        Registration::Failed { code: None, why: "silent".into(), retry_in_ms: 2000 },
        Registration::Unregistered,
    ];
    for state in states {
        let mut object = printed("registration", &state);
        object["trunk"] = "office".into();
        fits("registration", &object);
        describes("registration", &object);
    }
    let bare = json!({ "version": 1, "event": "registration", "trunk": "x", "state": "refused" });
    assert!(!mistakes("registration", &bare).is_empty());
}

#[test]
fn answers_to_options_and_ready_lines_fit() {
    let answer = json!({
        "version": 1, "event": "options", "code": 200, "reason": "OK", "took_ms": 1.5,
        "retransmits": 0, "remote": "udp:192.0.2.7:5060", "allow": ["INVITE", "ACK"],
        "supported": null, "server": "x",
    });
    let silence = json!({
        "version": 1, "event": "options", "code": null, "reason": "no answer came",
        "took_ms": null, "retransmits": null, "remote": null, "allow": null, "supported": null,
        "server": null,
    });
    let waiting = json!({
        "version": 1, "event": "ready", "listen": ["udp:127.0.0.1:5060"], "registered": true,
    });
    let carrier = json!({
        "version": 1, "event": "ready", "udp": "127.0.0.1:5060", "tcp": "127.0.0.1:5060",
        "tls": "127.0.0.1:5061", "dns": null,
    });
    for (name, value) in
        [("options", &answer), ("options", &silence), ("ready", &waiting), ("ready", &carrier)]
    {
        fits(name, value);
        describes(name, value);
    }
    assert!(!mistakes("ready", &json!({ "version": 1, "event": "ready" })).is_empty());
}

#[test]
fn the_command_line_prints_the_schemas() {
    let user = Milliwatt::new();
    let names = user.run("schema").expect(0).stdout;
    let all = schemas();
    assert!(names.lines().eq(all.keys()), "{names}");
    for (name, schema) in &all {
        assert_eq!(user.run(&format!("schema {name}")).expect(0).json(), *schema, "{name}");
    }
    user.run("schema nothing").expect(2);
    let text = user.run("explain 486").expect(0).stdout;
    assert!(text.starts_with("486 Busy Here"), "{text}");
    let text = user.run("explain q850.17").expect(0).stdout;
    assert!(text.starts_with("Q.850 cause 17: User busy"), "{text}");
    for unknown in ["q850.10", "499", "no.such", "fault.none"] {
        user.run(&format!("explain {unknown}")).expect(2);
    }
}

#[test]
fn what_is_printed_without_a_trunk_fits() {
    let user = Milliwatt::new();
    fits("trunks", &user.run("trunk list --json -").expect(0).json());
    fits("history", &user.run("history --json -").expect(0).json());
    user.run("trunk add office sip:alice@sip.example.net;transport=tls --did +15550100").expect(0);
    let trunks = user.run("trunk list --json -").expect(0).json();
    fits("trunks", &trunks);
    describes("trunks", &trunks);
    assert_eq!(trunks["trunks"][0]["dids"], json!(["+15550100"]));
    // A port that refuses at once.
    let closed = format!("sip:alice@127.0.0.1:{};transport=tcp", free_port());
    let refused = user.run(&format!("options {closed} --json -")).expect(3).json();
    fits("options", &refused);
    assert_eq!(refused["code"], Value::Null);
    let refused = user.run(&format!("register {closed} --json -")).expect(3).json();
    fits("registration", &refused);
    let refused = user.run(&format!("call {closed} 9000 --json -")).expect(3).json();
    fits("call", &refused);
    describes("call", &refused);
    assert_eq!(refused["outcome"], "failed");
}

#[test]
fn what_is_printed_of_the_embedded_trunk_fits() {
    let port = free_port();
    let mut carrier = Milliwatt::new().start(&format!("test-trunk --listen 127.0.0.1:{port}"));
    carrier.wait_for("\"ready\"", Duration::from_secs(20));
    let ready: Value = serde_json::from_str(carrier.stdout().lines().next().unwrap()).unwrap();
    fits("ready", &ready);
    describes("ready", &ready);

    let alice = Milliwatt::with_password("alice-secret");
    let trunk = format!("sip:alice@127.0.0.1:{port}");
    for (verb, name) in [("options", "options"), ("register", "registration")] {
        let object = alice.run(&format!("{verb} {trunk} --json -")).expect(0).json();
        fits(name, &object);
        describes(name, &object);
    }
    let call = alice.run(&format!("call {trunk} 9001 --duration 2s --jsonl -")).expect(0).stdout;
    let lines: Vec<Value> = call.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let name = line["event"].as_str().unwrap();
        fits(name, line);
        describes(name, line);
    }
    assert_eq!(lines.last().unwrap()["event"], "call");
    assert!(lines.iter().any(|line| line["event"] == "quality"), "{call}");
    let history = alice.run("history --json -").expect(0).json();
    fits("history", &history);
    describes("history", &history);
    assert_eq!(history["calls"][0]["to"], "9001");

    let one = alice.run(&format!("check {trunk} --only reach.options --json -")).expect(0).json();
    fits("check", &one);
    describes("check", &one);
    assert_eq!(one["checks"][0]["verdict"], "pass");
}

#[test]
fn what_answer_prints_fits() {
    let port = free_port();
    let mut carrier = Milliwatt::new().start(&format!("test-trunk --listen 127.0.0.1:{port}"));
    carrier.wait_for("\"ready\"", Duration::from_secs(20));
    let bob = Milliwatt::with_password("bob-secret");
    let file = bob.folder().join("calls.jsonl");
    let mut answer = bob.start(&format!(
        "answer sip:bob@127.0.0.1:{port} --echo --count 1 --json - --jsonl {}",
        file.display()
    ));
    answer.wait_for("waiting for calls", Duration::from_secs(20));
    let alice = Milliwatt::with_password("alice-secret");
    let trunk = format!("sip:alice@127.0.0.1:{port}");
    alice.run(&format!("call {trunk} +15550110 --duration 1s --play tone")).expect(0);
    let all = finish(answer).expect(0).json();
    fits("answered", &all);
    describes("answered", &all);
    let lines = fs::read_to_string(file).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    fits("ready", &lines[0]);
    describes("ready", &lines[0]);
    fits("call", &lines[1]);
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[1], all["calls"][0]);
}
