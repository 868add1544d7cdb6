//! What the window can ask for. Each command checks what it is given and passes it on; what it
//! answers and tells is in the window's language.

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
        CallPage, CheckBook, CheckForm, CheckOrder, CheckPlan, CheckReport, CheckTold, DelayCheck,
        Kept, Left, ProbeStep, SoundCheck, Start, TraceLine, TracePart, TrunkLine, TryNow,
    },
    bench, desktop, embedded, page,
    phone::Phone,
    probe, sound, trunks, wire,
    words::Spoken,
};

type Shared<'a> = State<'a, Arc<Phone>>;
type Reply<T> = Result<Spoken<T>, String>;

/// Everything that the window shows when it is drawn. It knows which languages the system asks for.
#[tauri::command]
pub(crate) async fn start(phone: Shared<'_>, languages: Vec<String>) -> Reply<Start> {
    phone.asked_for_in(languages);
    phone.reply(phone.start().await)
}

/// A fresh name for a call that will be dialled.
#[tauri::command]
pub(crate) fn next_call(phone: Shared<'_>) -> CallId {
    phone.engine.next_call()
}

/// Passes a command of a person on to the engine.
#[tauri::command]
pub(crate) fn command(phone: Shared<'_>, command: Command) -> Reply<()> {
    phone.reply(allowed::checked(command).map(|command| phone.order(command)))
}

/// Calls an emergency service by the first of these lines, and by the next where that comes to
/// nothing.
#[tauri::command]
pub(crate) fn emergency(
    phone: Shared<'_>,
    call: CallId,
    to: String,
    lines: Vec<String>,
) -> Reply<()> {
    let allowed = allowed::help(&to, lines);
    phone.reply(allowed.map(|(to, lines)| phone.call_for_help(call, to, lines)))
}

/// All provider profiles.
#[tauri::command(async)]
pub(crate) fn profiles(phone: Shared<'_>) -> Reply<Vec<Profile>> {
    phone.reply(trunks::profiles(&phone.folders))
}

/// Keeps a trunk and brings it up.
#[tauri::command]
pub(crate) async fn save_trunk(
    phone: Shared<'_>,
    trunk: Trunk,
    password: Option<String>,
) -> Reply<TrunkLine> {
    let kept = async {
        let password = password.map(allowed::password).transpose()?;
        let of = Arc::clone(&phone);
        let name = blocking(move || trunks::save(&of, trunk, password)).await?;
        trunks::line(&phone, &name).await
    };
    phone.reply(kept.await)
}

/// Takes a trunk away.
#[tauri::command]
pub(crate) async fn remove_trunk(phone: Shared<'_>, name: String) -> Reply<()> {
    let of = Arc::clone(&phone);
    phone.reply(blocking(move || trunks::remove(&of, &name)).await)
}

/// How passwords are kept here. May wait for the keyring.
#[tauri::command]
pub(crate) async fn kept_passwords(phone: Shared<'_>) -> Reply<Kept> {
    let of = Arc::clone(&phone);
    phone.reply(blocking(move || Ok(of.kept())).await)
}

/// Opens or makes the file of passwords.
#[tauri::command]
pub(crate) async fn keep_passwords(phone: Shared<'_>, passphrase: String) -> Reply<Kept> {
    let of = Arc::clone(&phone);
    let kept = blocking(move || {
        of.keep_passwords(allowed::password(passphrase)?)?;
        Ok(of.kept())
    });
    phone.reply(kept.await)
}

/// Looks at a trunk step by step, until all steps are told or `cancel` is.
#[tauri::command]
pub(crate) async fn probe(
    phone: Shared<'_>,
    trunk: Trunk,
    password: Option<String>,
    told: Channel<Spoken<ProbeStep>>,
) -> Reply<()> {
    let probed = async {
        let password = password.map(allowed::password).transpose()?;
        let cancelled = phone.can_be_cancelled("probe");
        probe::run(&phone, trunk, password, cancelled, |step| {
            // The window is gone: nobody wants it any more.
            drop(told.send(phone.spoken(step)));
        })
        .await
    };
    phone.reply(probed.await)
}

/// Starts the carrier in a box.
#[tauri::command]
pub(crate) async fn try_now(phone: Shared<'_>) -> Reply<TryNow> {
    phone.reply(embedded::try_now(&phone).await)
}

/// Ends a command that is under way.
#[tauri::command]
pub(crate) fn cancel(phone: Shared<'_>, command: String) {
    phone.cancel(&command);
}

/// All contacts.
#[tauri::command(async)]
pub(crate) fn contacts(phone: Shared<'_>) -> Reply<Vec<Contact>> {
    phone.reply(phone.contacts.all().map_err(|why| why.to_string()))
}

/// Keeps contacts; answers all of them.
#[tauri::command(async)]
pub(crate) fn save_contacts(phone: Shared<'_>, contacts: Vec<Contact>) -> Reply<Vec<Contact>> {
    phone.reply(phone.contacts.save(contacts).map_err(|why| why.to_string()))
}

/// Takes a contact away.
#[tauri::command(async)]
pub(crate) fn remove_contact(phone: Shared<'_>, id: String) -> Reply<()> {
    phone.reply(phone.contacts.remove(&id).map_err(|why| why.to_string()))
}

/// The calls of before that pass a filter, newest first.
#[tauri::command(async)]
pub(crate) fn history(phone: Shared<'_>, filter: Filter) -> Reply<Vec<Call>> {
    let filter = allowed::filter(filter);
    let found = phone.engine.history().map(|history| history.find(&filter)).transpose();
    phone.reply(found.map(Option::unwrap_or_default).map_err(|why| why.to_string()))
}

/// All about one call of the history.
#[tauri::command(async)]
pub(crate) fn call_page(phone: Shared<'_>, id: i64) -> Reply<CallPage> {
    phone.reply(page::page(&phone.engine, id))
}

/// The window is as this says.
#[tauri::command]
pub(crate) fn left(phone: Shared<'_>, left: Left) {
    phone.left(left);
}

/// Stops the ring until the next call.
#[tauri::command]
pub(crate) fn silence_ring(phone: Shared<'_>) {
    phone.handset.silence_ring();
}

/// Records a call that is up, or stops that.
#[tauri::command]
pub(crate) async fn set_recording(phone: Shared<'_>, call: CallId, on: bool) -> Reply<()> {
    phone.reply(sound::record(&phone, call, on).await)
}

/// Plays the recording of a call of the history, to its end or until it is stopped.
#[tauri::command]
pub(crate) async fn play_recording(phone: Shared<'_>, id: i64) -> Reply<()> {
    let played = async {
        let engine = phone.engine.clone();
        let call = blocking(move || page::page(&engine, id)).await?.call;
        sound::play(&phone, call.recording.ok_or("this call was not recorded")?).await
    };
    phone.reply(played.await)
}

/// Stops the recording that is played.
#[tauri::command]
pub(crate) fn stop_recording(phone: Shared<'_>) {
    sound::stop_playing(&phone);
}

/// The sounds to ring with that the user has added.
#[tauri::command(async)]
pub(crate) fn ringtones(phone: Shared<'_>) -> Vec<String> {
    phone.handset.ringtones.names()
}

/// Asks for a sound to ring with, and tells its name; none when the user changed their mind.
#[tauri::command]
pub(crate) async fn add_ringtone(app: AppHandle, phone: Shared<'_>) -> Reply<Option<String>> {
    let of = Arc::clone(&phone);
    let added = blocking(move || {
        let dialog = app.dialog().file().add_filter("WAV", &["wav", "WAV"]);
        let Some(chosen) = dialog.blocking_pick_file() else { return Ok(None) };
        let path = chosen.into_path().map_err(|why| why.to_string())?;
        of.handset.ringtones.add(&path).map(Some)
    });
    phone.reply(added.await)
}

/// Takes a sound to ring with away.
#[tauri::command(async)]
pub(crate) fn remove_ringtone(phone: Shared<'_>, name: String) -> Reply<()> {
    phone.reply(phone.handset.ringtones.remove(&name))
}

/// Rings for a while, or until `stop_recording` is told.
#[tauri::command]
pub(crate) async fn try_ringtone(phone: Shared<'_>, name: String) -> Reply<()> {
    phone.reply(sound::try_ringtone(&phone, name).await)
}

/// Keeps what was changed of the settings, and does what they say of keys and the start of the session.
#[tauri::command(async)]
pub(crate) fn save_settings(
    app: AppHandle,
    phone: Shared<'_>,
    changed: Map<String, Value>,
) -> Reply<()> {
    let before = phone.preferences();
    let kept = phone.prefer(changed);
    phone.reply(kept.and_then(|()| desktop::apply(&app, Some(&before), &phone.preferences())))
}

/// Plays a sound and listens for it, until that is done or `cancel` is told.
#[tauri::command]
pub(crate) async fn sound_check(phone: Shared<'_>) -> Reply<SoundCheck> {
    phone.reply(sound::check(&phone).await)
}

/// Asks where to keep a text and keeps it; false when the user changed their mind.
#[tauri::command]
pub(crate) async fn save_file(app: AppHandle, name: String, text: String) -> Result<bool, String> {
    keep(app, name, move || Ok(text.into_bytes())).await
}

/// All that helps to find a fault, as text for a report.
#[tauri::command]
pub(crate) async fn support_bundle(phone: Shared<'_>) -> Reply<String> {
    phone.reply(about::support_bundle(&phone).await)
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
    told: Channel<Spoken<Vec<TraceLine>>>,
) -> Result<(), String> {
    let cancelled = phone.can_be_cancelled("trace");
    let of = Arc::clone(&phone);
    let tell = move |lines| told.send(of.spoken(lines)).is_ok();
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
) -> Reply<bool> {
    let engine = phone.engine.clone();
    let capture = move || wire::capture(&engine, &part, wire::numbers(numbers));
    phone.reply(keep(app, "trace.pcap".into(), capture).await)
}

/// The Call-ID of a call that is under way.
#[tauri::command]
pub(crate) async fn sip_call_id(phone: Shared<'_>, call: CallId) -> Reply<Option<String>> {
    let snapshot = trunks::snapshot(&phone.engine).await;
    phone.reply(snapshot.map(|snapshot| {
        let found = snapshot.calls.into_iter().find(|state| state.report.call == call);
        found.map(|state| state.report.call_id)
    }))
}

/// All checks and suites.
#[tauri::command(async)]
pub(crate) fn suites(phone: Shared<'_>) -> Spoken<CheckBook> {
    phone.spoken(bench::book())
}

/// What a run of checks would do.
#[tauri::command(async)]
pub(crate) fn plan(phone: Shared<'_>, order: CheckOrder) -> Reply<CheckPlan> {
    phone.reply(bench::plan(&phone, &order))
}

/// Runs checks, until they are judged or `cancel` is told.
#[tauri::command]
pub(crate) async fn check(
    phone: Shared<'_>,
    order: CheckOrder,
    told: Channel<Spoken<CheckTold>>,
) -> Reply<CheckReport> {
    let cancelled = phone.can_be_cancelled("check");
    let report = bench::run(&phone, &order, cancelled, |progress| {
        // The window is gone: the run goes on, and its report is kept.
        drop(told.send(phone.spoken(progress)));
    });
    phone.reply(report.await)
}

/// Asks where to keep a report and keeps it.
#[tauri::command]
pub(crate) async fn save_check_report(
    app: AppHandle,
    phone: Shared<'_>,
    id: u64,
    form: CheckForm,
) -> Reply<bool> {
    let ending = match form {
        CheckForm::Html => "html",
        CheckForm::Json => "json",
        CheckForm::Junit => "xml",
    };
    let kept = async {
        let file = phone.reports.file(id, form)?;
        keep(app, format!("checks.{ending}"), move || Ok(file)).await
    };
    phone.reply(kept.await)
}

/// Measures how long sound takes through the chosen devices, until that is done or `cancel` is told.
#[tauri::command]
pub(crate) async fn delay_check(phone: Shared<'_>) -> Reply<DelayCheck> {
    phone.reply(sound::delay(&phone).await)
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
