//! What the window can ask for. Each command checks what it is given and passes it on.

use std::{collections::BTreeMap, sync::Arc};

use milliwatt_engine::api::{CallId, Command};
use milliwatt_store::{
    contacts::Contact,
    history::{Call, Filter},
    profile::Profile,
    settings::Trunk,
};
use serde_json::{Map, Value};
use tauri::{AppHandle, State, async_runtime::spawn_blocking, ipc::Channel};
use tauri_plugin_dialog::DialogExt as _;

use crate::{
    about, allowed,
    api::{
        CallPage, CheckBook, CheckForm, CheckOrder, CheckPlan, CheckTold, DelayCheck, Kept,
        ProbeStep, SoundCheck, Start, TraceLine, TracePart, TrunkLine, TryNow,
    },
    bench, desktop, embedded, page,
    phone::Phone,
    probe, sound, trunks, wire,
};

type Shared<'a> = State<'a, Arc<Phone>>;

/// Everything that the window shows when it is drawn.
#[tauri::command]
pub(crate) async fn start(phone: Shared<'_>) -> Result<Start, String> {
    phone.start().await
}

/// A fresh name for a call that will be dialled.
#[tauri::command]
pub(crate) fn next_call(phone: Shared<'_>) -> CallId {
    phone.engine.next_call()
}

/// Passes a command of a person on to the engine.
#[tauri::command]
pub(crate) fn command(phone: Shared<'_>, command: Command) -> Result<(), String> {
    phone.order(allowed::checked(command)?);
    Ok(())
}

/// All provider profiles.
#[tauri::command(async)]
pub(crate) fn profiles(phone: Shared<'_>) -> Result<Vec<Profile>, String> {
    trunks::profiles(&phone.folders)
}

/// Keeps a trunk and brings it up.
#[tauri::command]
pub(crate) async fn save_trunk(
    phone: Shared<'_>,
    trunk: Trunk,
    password: Option<String>,
) -> Result<TrunkLine, String> {
    let password = password.map(allowed::password).transpose()?;
    let of = Arc::clone(&phone);
    let name = blocking(move || trunks::save(&of, trunk, password)).await?;
    trunks::line(&phone, &name).await
}

/// Takes a trunk away.
#[tauri::command]
pub(crate) async fn remove_trunk(phone: Shared<'_>, name: String) -> Result<(), String> {
    let of = Arc::clone(&phone);
    blocking(move || trunks::remove(&of, &name)).await
}

/// How passwords are kept here. May wait for the keyring.
#[tauri::command]
pub(crate) async fn kept_passwords(phone: Shared<'_>) -> Result<Kept, String> {
    let of = Arc::clone(&phone);
    blocking(move || Ok(of.kept())).await
}

/// Opens or makes the file of passwords.
#[tauri::command]
pub(crate) async fn keep_passwords(phone: Shared<'_>, passphrase: String) -> Result<Kept, String> {
    let passphrase = allowed::password(passphrase)?;
    let of = Arc::clone(&phone);
    blocking(move || {
        of.keep_passwords(passphrase)?;
        Ok(of.kept())
    })
    .await
}

/// Looks at a trunk step by step, until all steps are told or `cancel` is.
#[tauri::command]
pub(crate) async fn probe(
    phone: Shared<'_>,
    trunk: Trunk,
    password: Option<String>,
    told: Channel<ProbeStep>,
) -> Result<(), String> {
    let password = password.map(allowed::password).transpose()?;
    let cancelled = phone.can_be_cancelled("probe");
    probe::run(&phone, trunk, password, cancelled, |step| {
        // The window is gone: nobody wants it any more.
        drop(told.send(step));
    })
    .await
}

/// Starts the carrier in a box.
#[tauri::command]
pub(crate) async fn try_now(phone: Shared<'_>) -> Result<TryNow, String> {
    embedded::try_now(&phone).await
}

/// Ends a command that is under way.
#[tauri::command]
pub(crate) fn cancel(phone: Shared<'_>, command: String) {
    phone.cancel(&command);
}

/// All contacts.
#[tauri::command(async)]
pub(crate) fn contacts(phone: Shared<'_>) -> Result<Vec<Contact>, String> {
    phone.contacts.all().map_err(|why| why.to_string())
}

/// Keeps contacts; answers all of them.
#[tauri::command(async)]
pub(crate) fn save_contacts(
    phone: Shared<'_>,
    contacts: Vec<Contact>,
) -> Result<Vec<Contact>, String> {
    phone.contacts.save(contacts).map_err(|why| why.to_string())
}

/// Takes a contact away.
#[tauri::command(async)]
pub(crate) fn remove_contact(phone: Shared<'_>, id: String) -> Result<(), String> {
    phone.contacts.remove(&id).map_err(|why| why.to_string())
}

/// The calls of before that pass a filter, newest first.
#[tauri::command(async)]
pub(crate) fn history(phone: Shared<'_>, filter: Filter) -> Result<Vec<Call>, String> {
    let Some(history) = phone.engine.history() else { return Ok(Vec::new()) };
    let filter = allowed::filter(filter);
    history.find(&filter).map_err(|why| why.to_string())
}

/// All about one call of the history.
#[tauri::command(async)]
pub(crate) fn call_page(phone: Shared<'_>, id: i64) -> Result<CallPage, String> {
    page::page(&phone.engine, id)
}

/// Stops the ring until the next call.
#[tauri::command]
pub(crate) fn silence_ring(phone: Shared<'_>) {
    phone.handset.silence_ring();
}

/// Records a call that is up, or stops that.
#[tauri::command]
pub(crate) async fn set_recording(phone: Shared<'_>, call: CallId, on: bool) -> Result<(), String> {
    sound::record(&phone, call, on).await
}

/// Plays the recording of a call of the history, to its end or until it is stopped.
#[tauri::command]
pub(crate) async fn play_recording(phone: Shared<'_>, id: i64) -> Result<(), String> {
    let engine = phone.engine.clone();
    let call = blocking(move || page::page(&engine, id)).await?.call;
    sound::play(&phone, call.recording.ok_or("this call was not recorded")?).await
}

/// Stops the recording that is played.
#[tauri::command]
pub(crate) fn stop_recording(phone: Shared<'_>) {
    sound::stop_playing(&phone);
}

/// Keeps what was changed of the settings, and does what they say of keys and the start of the session.
#[tauri::command(async)]
pub(crate) fn save_settings(
    app: AppHandle,
    phone: Shared<'_>,
    changed: Map<String, Value>,
) -> Result<(), String> {
    let before = phone.preferences();
    phone.prefer(changed)?;
    desktop::apply(&app, Some(&before), &phone.preferences())
}

/// Plays a sound and listens for it, until that is done or `cancel` is told.
#[tauri::command]
pub(crate) async fn sound_check(phone: Shared<'_>) -> Result<SoundCheck, String> {
    sound::check(&phone).await
}

/// Asks where to keep a text and keeps it; false when the user changed their mind.
#[tauri::command]
pub(crate) async fn save_file(app: AppHandle, name: String, text: String) -> Result<bool, String> {
    keep(app, name, move || Ok(text.into_bytes())).await
}

/// All that helps to find a fault, as text for a report.
#[tauri::command]
pub(crate) async fn support_bundle(phone: Shared<'_>) -> Result<String, String> {
    about::support_bundle(&phone).await
}

/// Names of the crates in the program by licence.
#[tauri::command(async)]
pub(crate) fn licences() -> Result<BTreeMap<String, Vec<String>>, String> {
    about::licences()
}

/// Tells the messages on the wire, until `cancel` is told.
#[tauri::command]
pub(crate) async fn trace(
    phone: Shared<'_>,
    numbers: bool,
    told: Channel<Vec<TraceLine>>,
) -> Result<(), String> {
    let cancelled = phone.can_be_cancelled("trace");
    let tell = move |lines| told.send(lines).is_ok();
    wire::watch(&phone.engine, wire::numbers(numbers), cancelled, tell).await;
    Ok(())
}

/// Asks where to keep a part of the trace and keeps it as a capture file.
#[tauri::command]
pub(crate) async fn save_trace(
    app: AppHandle,
    phone: Shared<'_>,
    part: TracePart,
    numbers: bool,
) -> Result<bool, String> {
    let engine = phone.engine.clone();
    keep(app, "trace.pcap".into(), move || wire::capture(&engine, &part, wire::numbers(numbers)))
        .await
}

/// The Call-ID of a call that is under way.
#[tauri::command]
pub(crate) async fn sip_call_id(phone: Shared<'_>, call: CallId) -> Result<Option<String>, String> {
    let snapshot = trunks::snapshot(&phone.engine).await?;
    let found = snapshot.calls.into_iter().find(|state| state.report.call == call);
    Ok(found.map(|state| state.report.call_id))
}

/// All checks and suites.
#[tauri::command(async)]
pub(crate) fn suites() -> CheckBook {
    bench::book()
}

/// What a run of checks would do.
#[tauri::command(async)]
pub(crate) fn plan(phone: Shared<'_>, order: CheckOrder) -> Result<CheckPlan, String> {
    bench::plan(&phone, &order)
}

/// Runs checks, until they are judged or `cancel` is told.
#[tauri::command]
pub(crate) async fn check(
    phone: Shared<'_>,
    order: CheckOrder,
    told: Channel<CheckTold>,
) -> Result<Value, String> {
    let cancelled = phone.can_be_cancelled("check");
    bench::run(&phone, &order, cancelled, |progress| {
        // The window is gone: the run goes on, and its report is kept.
        drop(told.send(progress));
    })
    .await
}

/// Asks where to keep a report and keeps it.
#[tauri::command]
pub(crate) async fn save_check_report(
    app: AppHandle,
    phone: Shared<'_>,
    id: u64,
    form: CheckForm,
) -> Result<bool, String> {
    let file = phone.reports.file(id, form)?;
    let ending = match form {
        CheckForm::Html => "html",
        CheckForm::Json => "json",
        CheckForm::Junit => "xml",
    };
    keep(app, format!("checks.{ending}"), move || Ok(file)).await
}

/// Measures how long sound takes through the chosen devices, until that is done or `cancel` is told.
#[tauri::command]
pub(crate) async fn delay_check(phone: Shared<'_>) -> Result<DelayCheck, String> {
    sound::delay(&phone).await
}

/// Asks where to keep a file and keeps it; false when the user changed their mind.
async fn keep(
    app: AppHandle,
    name: String,
    content: impl FnOnce() -> Result<Vec<u8>, String> + Send + 'static,
) -> Result<bool, String> {
    let name = allowed::file_name(&name);
    blocking(move || {
        let Some(chosen) = app.dialog().file().set_file_name(name).blocking_save_file() else {
            return Ok(false);
        };
        let path = chosen.into_path().map_err(|why| why.to_string())?;
        let written = std::fs::write(&path, content()?);
        written.map(|()| true).map_err(|why| format!("{}: {why}", path.display()))
    })
    .await
}

/// Runs what may wait for a person or a disk where waiting harms nobody.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.map_err(|why| why.to_string())?
}
