//! Recording a call that is up: one file for each call, named here and never by the window.

use std::{path::PathBuf, sync::Arc};

use milliwatt_engine::{
    api::{CallId, CallStage, Command, Event},
    clock::Clock as _,
};
use milliwatt_store::recording;
use tauri::async_runtime::spawn_blocking;

use crate::{api::ShellEvent, page::wall_ms, phone::Phone, trunks};

/// What of an engine's notices says that a recording is cut short.
const TORN: [&str; 2] = ["disk-full", "recording-failed"];

/// Records a call that is up, or stops that. What is recorded later goes into the same file.
///
/// # Errors
/// A sentence, when the call is not up, or there is no place for the file.
pub(crate) async fn record(phone: &Arc<Phone>, call: CallId, on: bool) -> Result<(), String> {
    let into = if on { Some(file(phone, call).await?) } else { None };
    if let Some(tape) = phone.watch().tape(call) {
        tape.on = on;
        tape.path = into.clone().or(tape.path.take());
    }
    phone.engine.command(Command::Record { call, into });
    phone.tell(ShellEvent::Recording { call, on });
    Ok(())
}

/// The file of a call: the one that it has, or a new one.
async fn file(phone: &Arc<Phone>, call: CallId) -> Result<PathBuf, String> {
    if let Some(path) = phone.watch().tape(call).and_then(|tape| tape.path.clone()) {
        return Ok(path);
    }
    let snapshot = trunks::snapshot(&phone.engine).await?;
    let up = |stage| stage == CallStage::Up;
    let state = snapshot.calls.into_iter().find(|c| c.report.call == call && up(c.stage));
    let call_id = state.ok_or("only a call that is up can be recorded")?.report.call_id;
    let (folder, now) = (phone.folders.recordings(), wall_ms(phone.clock.wall()));
    let creating = spawn_blocking(move || {
        let created = recording::create(&folder, now, &call_id);
        created.map(|(_, path)| path).map_err(|why| format!("{}: {why}", folder.display()))
    });
    creating.await.map_err(|why| why.to_string())?
}

/// A recording that is cut short is told to be over; the next one has a file of its own.
pub(crate) fn torn(phone: &Phone, event: &Event) {
    let Event::Notice { call: Some(call), kind, .. } = event else { return };
    let ended = TORN.contains(&kind.as_str());
    let tape = phone.watch().tape(*call).filter(|tape| ended && tape.on).map(std::mem::take);
    if tape.is_some() {
        phone.engine.command(Command::Record { call: *call, into: None });
        phone.tell(ShellEvent::Recording { call: *call, on: false });
    }
}
