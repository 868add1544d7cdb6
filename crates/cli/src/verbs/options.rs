//! `options`: is the trunk there, and what can it do?

use milliwatt_engine::api::{Command, Event};
use serde_json::{Value, json};

use crate::{
    args::Options,
    exit::{Exit, Failure},
    output,
    phone::{Phone, SILENCE},
    results::Results,
    target::Target,
    wait::Enough,
};

pub(super) async fn run(arguments: Options, results: &Results) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let target = Target::resolve(&arguments.trunk)?;
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    phone.engine.command(Command::Request {
        request: 1,
        trunk: phone.trunk.clone(),
        method: "OPTIONS".into(),
        to: None,
        server: None,
        headers: Vec::new(),
        body: None,
    });
    let limit = std::time::Duration::from_secs(35);
    let answer = phone.until(limit, |event| match event {
        Event::Response { .. } => Some(event.clone()),
        _ => None,
    });
    let (answer, early) = tokio::select! {
        answer = answer => (answer, Exit::Good),
        early = enough.wait() => (None, early),
    };
    let (object, exit) = judge(answer.as_ref());
    results.line(&object);
    results.object(&object);
    results.say(sentence(&object));
    phone.finish(results).await;
    Ok(exit.worst(early))
}

fn judge(answer: Option<&Event>) -> (Value, Exit) {
    let Some(Event::Response { code, reason, headers, took_ms, retransmits, remote, .. }) = answer
    else {
        return silent(SILENCE);
    };
    let Some(code) = code else { return silent(reason) };
    let listed = |name: &str| -> Option<Vec<&str>> {
        let values: Vec<&str> = headers
            .iter()
            .filter(|(n, _)| n.eq_ignore_ascii_case(name))
            .flat_map(|(_, value)| value.split(','))
            .map(str::trim)
            .collect();
        (!values.is_empty()).then_some(values)
    };
    let object = json!({
        "version": 1, "event": "options", "code": code, "reason": reason, "took_ms": took_ms,
        "retransmits": retransmits, "remote": remote, "allow": listed("allow"),
        "supported": listed("supported"), "server": listed("server").map(|s| s.join(" ")),
    });
    let exit = match code {
        200..=299 => Exit::Good,
        401 | 407 => Exit::Refused,
        _ => Exit::Failed,
    };
    (object, exit)
}

/// Nobody answered.
fn silent(why: &str) -> (Value, Exit) {
    output::complain(why);
    let object = json!({
        "version": 1, "event": "options", "code": null, "reason": why, "took_ms": null,
        "retransmits": null, "remote": null, "allow": null, "supported": null, "server": null,
    });
    (object, Exit::CouldNotRun)
}

fn sentence(object: &Value) -> String {
    let Some(code) = object["code"].as_u64() else {
        return format!("no answer: {}", object["reason"].as_str().unwrap_or_default());
    };
    let mut text = format!(
        "{code} {} from {} in {:.1} ms",
        object["reason"].as_str().unwrap_or_default(),
        object["remote"].as_str().unwrap_or("?"),
        object["took_ms"].as_f64().unwrap_or_default()
    );
    for name in ["server", "allow", "supported"] {
        let value = match &object[name] {
            Value::String(text) => text.clone(),
            Value::Array(all) => {
                all.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
            }
            _ => continue,
        };
        text.push_str(&format!("\n{name:<10} {}", output::shown(&value)));
    }
    text
}
