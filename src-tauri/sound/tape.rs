//! Recording a call that is up: one file for each call, named here and never by the window.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use milliwatt_engine::{
    api::{CallId, CallStage, Command, Event},
    clock::Clock as _,
};
use milliwatt_store::recording;
use tauri::async_runtime::spawn_blocking;

use crate::{api::ShellEvent, page::wall_ms, phone::Phone, trunks, watch::Tape};

/// What of an engine's notices says that a recording is cut short.
const TORN: [&str; 3] = ["disk-full", REFUSED, "recording-failed"];
/// What the engine says of a call that it does not record.
const REFUSED: &str = "recording";
const NOT_UP: &str = "only a call that is up can be recorded";

/// Records a call that is up, or stops that. What is recorded later goes into the same file.
///
/// # Errors
/// A sentence, when the call is not up, or there is no place for the file.
pub(crate) async fn record(phone: &Arc<Phone>, call: CallId, on: bool) -> Result<(), String> {
    // What is asked for last is done last, also where a file has to be made first.
    let _turn = phone.handset.taping.lock().await;
    let is_on = phone.watch().tape(call).map(|tape| tape.on);
    match (is_on, on) {
        (Some(true), true) => return Ok(()),
        (_, true) => begin(phone, call).await?,
        (_, false) => {
            if let Some(tape) = phone.watch().tape(call) {
                tape.on = false;
            }
            phone.engine.command(Command::Record { call, into: None });
        }
    }
    phone.tell(ShellEvent::Recording { call, on });
    Ok(())
}

async fn begin(phone: &Arc<Phone>, call: CallId) -> Result<(), String> {
    let path = file(phone, call).await?;
    {
        let mut watch = phone.watch();
        if let Some(tape) = watch.tape(call) {
            *tape = Tape { on: true, path: Some(path.clone()) };
            phone.engine.command(Command::Record { call, into: Some(path) });
            return Ok(());
        }
    }
    // The call has ended while the file was made.
    spawn_blocking(move || remove_if_empty(&path)).await.map_err(|why| why.to_string())?;
    Err(NOT_UP.into())
}

/// Removes a file that nothing was recorded into.
fn remove_if_empty(path: &Path) {
    let is_empty = std::fs::metadata(path).is_ok_and(|file| file.len() == 0);
    if is_empty && let Err(why) = std::fs::remove_file(path) {
        tracing::debug!(%why, "an empty recording stays");
    }
}

/// The file of a call: the one that it has, or a new one.
async fn file(phone: &Arc<Phone>, call: CallId) -> Result<PathBuf, String> {
    if let Some(path) = phone.watch().tape(call).and_then(|tape| tape.path.clone()) {
        return Ok(path);
    }
    let snapshot = trunks::snapshot(&phone.engine).await?;
    let up = |stage| stage == CallStage::Up;
    let state = snapshot.calls.into_iter().find(|c| c.report.call == call && up(c.stage));
    let call_id = state.ok_or(NOT_UP)?.report.call_id;
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
    if let Some(tape) = tape {
        if let Some(path) = tape.path.filter(|_| kind == REFUSED) {
            spawn_blocking(move || remove_if_empty(&path));
        }
        phone.engine.command(Command::Record { call: *call, into: None });
        phone.tell(ShellEvent::Recording { call: *call, on: false });
    }
}
