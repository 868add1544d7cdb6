//! `history`: calls of the past.

use jiff::{Timestamp, tz::TimeZone};
use milliwatt_store::{
    folders::Folders,
    history::{Call, Filter, History, State, Way},
};
use serde_json::{Value, json};

use crate::{
    args,
    exit::{Exit, Failure},
    output,
    results::Results,
};

pub(super) fn run(arguments: &args::History, results: &Results) -> Result<Exit, Failure> {
    let path = Folders::locate().map_err(Failure::usage)?.history();
    let calls = if path.exists() { find(&path, arguments)? } else { Vec::new() };
    let rows = calls.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    results.object(&json!({ "version": 1, "event": "history", "calls": rows }));
    for call in &calls {
        results.say(row(call));
    }
    if calls.is_empty() {
        output::note("no calls");
    }
    Ok(Exit::Good)
}

fn find(path: &std::path::Path, arguments: &args::History) -> Result<Vec<Call>, Failure> {
    let history = History::open(path).map_err(Failure::could_not_run)?;
    let filter = Filter {
        missed: arguments.missed,
        failed: arguments.failed,
        trunk: arguments.trunk.clone(),
        text: arguments.search.clone(),
        limit: Some(arguments.limit),
        ..Filter::default()
    };
    history.find(&filter).map_err(Failure::could_not_run)
}

/// The row as the contract prints it: what is not known is null.
fn object(call: &Call) -> Result<Value, Failure> {
    let mut object = serde_json::to_value(call).map_err(Failure::internal)?;
    output::null_where_empty(&mut object, &["did", "call_id"]);
    Ok(object)
}

fn row(call: &Call) -> String {
    let way = match call.way {
        Way::In => "in ",
        Way::Out => "out",
    };
    let other = match call.way {
        Way::In => &call.from,
        Way::Out => &call.to,
    };
    let state = match call.state {
        State::Answered => "under way".to_owned(),
        State::Ended => end(call),
        State::Interrupted => "interrupted".to_owned(),
        State::Ringing => "ringing".to_owned(),
    };
    let mos = call.media.get("mos_cq").and_then(Value::as_f64);
    let mos = mos.map_or_else(String::new, |mos| format!("  MOS {mos:.2}"));
    let line = format!(
        "{}  {way}  {:<24} {:<12} {:<14} {state}{mos}",
        when(call),
        other,
        call.trunk,
        call.did
    );
    output::shown(&line)
}

fn end(call: &Call) -> String {
    let seconds =
        call.answered_at_ms.zip(call.ended_at_ms).map(|(from, to)| (to - from).max(0) / 1000);
    match (seconds, call.code) {
        (Some(seconds), _) => format!("{}:{:02}", seconds / 60, seconds % 60),
        (None, Some(code)) => format!("{code} {}", call.reason.as_deref().unwrap_or_default()),
        (None, None) => "failed".to_owned(),
    }
}

fn when(call: &Call) -> String {
    let started = Timestamp::from_millisecond(call.started_at_ms).unwrap_or(Timestamp::UNIX_EPOCH);
    started.to_zoned(TimeZone::system()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}
