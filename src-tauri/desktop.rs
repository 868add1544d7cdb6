//! Puts it together: the phone, the window, the tray, and what the system hands over.

use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
    thread,
    time::Duration,
};

use milliwatt_engine::{
    api::{CallId, Event},
    memory,
};
use milliwatt_store::{folders::Folders, preferences::Preferences};
use tauri::{
    AppHandle, Builder, Emitter as _, Manager as _, RunEvent, Wry,
    async_runtime::{spawn, spawn_blocking},
};
use tauri_plugin_window_state::StateFlags;
use tracing_subscriber::EnvFilter;

use crate::{
    alone, autostart,
    caller::Caller,
    commands,
    events::{self, Face, Heard},
    hot_keys, links,
    notices::{Choice, Notices},
    outbox::Told,
    phone::Phone,
    tray::{Chosen, Tray},
    trunks,
    watch::TrayState,
    window,
    words::Language,
};

/// What is logged: warnings. The library that speaks to PulseAudio calls each end of a stream an error.
const LOGGED: &str = "warn,pulseaudio=off";
/// So long after a call its sound and its row in the history are done with.
const QUIET: Duration = Duration::from_secs(2);
/// Time for goodbyes at the end.
const FAREWELL: Duration = Duration::from_secs(3);

/// Runs the phone until it is quit.
pub fn run() -> ExitCode {
    window::draw_plainly();
    let filter = EnvFilter::try_from_env("MILLIWATT_LOG").unwrap_or_else(|_| LOGGED.into());
    tracing_subscriber::fmt().with_writer(std::io::stderr).with_env_filter(filter).init();
    if let Err(why) = memory::forbid_core_dumps() {
        tracing::warn!("a crash may write memory to disk: {why}");
    }
    let folders = match Folders::locate() {
        Ok(folders) => folders,
        Err(why) => return failed(&why.to_string()),
    };
    match build(folders) {
        Ok(app) => {
            app.run(on_event);
            ExitCode::SUCCESS
        }
        Err(why) => {
            alone::begin_anew(&why);
            failed(&why.to_string())
        }
    }
}

fn failed(why: &str) -> ExitCode {
    tracing::error!("the phone cannot start: {why}");
    ExitCode::FAILURE
}

fn build(folders: Folders) -> tauri::Result<tauri::App> {
    let placed = StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED;
    let window_state = tauri_plugin_window_state::Builder::default()
        .with_state_flags(placed)
        .with_filename(folders.data.join("window.json").display().to_string());
    let builder = commands_of(Builder::default())
        // The first of all, so that a second start does nothing but wake the first.
        .plugin(tauri_plugin_single_instance::init(|app, arguments, _| {
            again(app, &arguments);
        }))
        .plugin(tauri_plugin_dialog::init())
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(window_state.build());
    #[cfg(not(target_os = "linux"))]
    let builder =
        builder.plugin(tauri_plugin_autostart::Builder::new().app_name("Milliwatt").build());
    builder
        .setup(move |app| {
            set_up(app.handle(), folders)?;
            Ok(())
        })
        .build(tauri::generate_context!())
}

fn commands_of(builder: Builder<Wry>) -> Builder<Wry> {
    builder.invoke_handler(tauri::generate_handler![
        commands::start,
        commands::next_call,
        commands::command,
        commands::profiles,
        commands::save_trunk,
        commands::remove_trunk,
        commands::kept_passwords,
        commands::keep_passwords,
        commands::probe,
        commands::try_now,
        commands::cancel,
        commands::contacts,
        commands::save_contacts,
        commands::remove_contact,
        commands::history,
        commands::call_page,
        commands::emergency,
        commands::left,
        commands::silence_ring,
        commands::set_recording,
        commands::play_recording,
        commands::stop_recording,
        commands::ringtones,
        commands::add_ringtone,
        commands::remove_ringtone,
        commands::try_ringtone,
        commands::save_settings,
        commands::sound_check,
        commands::save_file,
        commands::support_bundle,
        commands::licences,
        commands::trace,
        commands::save_trace,
        commands::sip_call_id,
        commands::suites,
        commands::plan,
        commands::check,
        commands::save_check_report,
        commands::delay_check,
    ])
}

/// There is no other phone in this session: this one is opened, beside its window.
fn set_up(app: &AppHandle, folders: Folders) -> tauri::Result<()> {
    let data = folders.data.clone();
    let opening = thread::Builder::new().name("opening".into()).spawn(|| Phone::open(folders))?;
    window::open(app, data)?;
    let tray = put_into_tray(app);
    match opening.join() {
        Ok(Ok((phone, heard))) => begin(app, Arc::new(phone), heard, tray),
        Ok(Err(why)) => give_up(app, &why),
        Err(panicked) => std::panic::resume_unwind(panicked),
    }
    Ok(())
}

/// The window can ask, and is told, from here on.
fn begin(app: &AppHandle, phone: Arc<Phone>, heard: Heard, shown: Option<Tray>) {
    app.manage(Arc::clone(&phone));
    let tray = Arc::new(OnceLock::new());
    let face = Desktop { app: app.clone(), notices: Notices::default(), tray: Arc::clone(&tray) };
    spawn(events::pump(heard, Arc::clone(&phone), face));
    spawn(Arc::clone(&phone).look_after_network());
    trunks::start(&phone);
    if let Some(link) = links::among(std::env::args()) {
        phone.link(link);
    }
    if let Some(shown) = shown {
        let state = phone.watch().tray();
        tray.get_or_init(|| shown).show(state, phone.language());
        app.manage(Stays);
    }
    quit_on_signal(app.clone());
    if let Err(why) = apply(app, None, &phone.preferences()) {
        phone.warn(why);
    }
}

/// Ends the program with its window, which no phone stands behind.
fn give_up(app: &AppHandle, why: &str) {
    tracing::error!("the phone cannot start: {why}");
    app.cleanup_before_exit();
    std::process::exit(1);
}

/// Says that the phone goes on when its window is closed: there is a tray to open it again.
struct Stays;

fn put_into_tray(app: &AppHandle) -> Option<Tray> {
    let chosen = |app: &AppHandle, chosen| match chosen {
        Chosen::Open => window::show(app, data(app)),
        Chosen::Quit => quit(app),
    };
    // The library that draws it on Linux is looked for only now, and its absence is a panic.
    let tray = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Tray::new(app, chosen)));
    match tray {
        Ok(Ok(tray)) => Some(tray),
        Ok(Err(why)) => {
            tracing::warn!("there is no tray here: {why}");
            None
        }
        Err(_) => {
            tracing::warn!("there is no tray here: libayatana-appindicator3 is missing");
            None
        }
    }
}

fn data(app: &AppHandle) -> std::path::PathBuf {
    app.state::<Arc<Phone>>().folders.data.clone()
}

/// The program was started again.
fn again(app: &AppHandle, arguments: &[String]) {
    if !alone::put_off(app, arguments) {
        wake(app, links::among(arguments));
    }
}

/// The window comes to the front, with a link that was opened. By the loop, which begins when the phone
/// is there.
fn wake(app: &AppHandle, link: Option<String>) {
    let app = app.clone();
    spawn(async move {
        let of = app.clone();
        let woken = app.run_on_main_thread(move || {
            if let Some(link) = link {
                of.state::<Arc<Phone>>().link(link);
            }
            window::show(&of, data(&of));
        });
        if let Err(why) = woken {
            tracing::warn!("the window cannot be woken: {why}");
        }
    });
}

/// Calls are hung up and registrations given back before the program ends, and what was told of
/// them is kept.
fn quit(app: &AppHandle) {
    let app = app.clone();
    alone::leave(&app);
    spawn(async move {
        let phone = Arc::clone(&app.state::<Arc<Phone>>());
        phone.engine.shutdown(FAREWELL).await;
        // Who waited in vain ends all the same.
        let _ = tokio::time::timeout(FAREWELL, phone.heard_out.notified()).await;
        let kept = spawn_blocking(move || phone.engine.history().map(|all| all.flush(FAREWELL)));
        let _ = kept.await;
        app.exit(0);
    });
}

fn on_event(app: &AppHandle, event: RunEvent) {
    match event {
        RunEvent::ExitRequested { code: None, api, .. } => {
            api.prevent_exit();
            app.state::<Arc<Phone>>().window_closed();
            window::closed(app);
            if app.try_state::<Stays>().is_none() {
                quit(app);
            }
        }
        RunEvent::Exit => alone::start_next(app),
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            wake(app, links::among(urls.iter().map(|url| url.as_str())));
        }
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => window::show(app, data(app)),
        _ => {}
    }
}

/// What a person chose in a notification, or is given where there is none.
fn chosen(app: &AppHandle, call: CallId, choice: Choice) {
    let phone = app.state::<Arc<Phone>>();
    match choice {
        Choice::Answer => phone.answer(call),
        Choice::Decline => return phone.decline(call),
        Choice::Open => {}
    }
    window::show(app, data(app));
}

/// Does what the preferences say of keys in other programs and of the start of the session; what has
/// not changed since `before` is left alone.
///
/// # Errors
/// A sentence, when the system does not let it be done.
pub(crate) fn apply(
    app: &AppHandle,
    before: Option<&Preferences>,
    preferences: &Preferences,
) -> Result<(), String> {
    let keys = |of: &Preferences| (of.global_hot_keys, of.shortcuts.clone());
    if before.is_none_or(|before| keys(before) != keys(preferences)) {
        hot_keys::apply(app, preferences, |app, key| app.state::<Arc<Phone>>().pressed(key))?;
    }
    if before.is_some_and(|before| before.autostart != preferences.autostart) {
        autostart::set(app, preferences.autostart)?;
    }
    Ok(())
}

/// The window, the tray and notifications.
struct Desktop {
    app: AppHandle,
    notices: Notices,
    tray: Arc<OnceLock<Tray>>,
}

impl Face for Desktop {
    fn show(&self, told: &Told) {
        let phone = self.app.state::<Arc<Phone>>();
        let shown = match told {
            // Its text is a person's.
            Told::Engine(event @ Event::Message { .. }) => self.app.emit("engine", event),
            Told::Engine(event) => self.app.emit("engine", phone.spoken(event)),
            Told::Shell(event) => self.app.emit("shell", phone.spoken(event)),
        };
        if let Err(why) = shown {
            tracing::warn!("the window cannot be told: {why}");
        }
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "only calls that ring are told of")]
    fn note(&self, event: &Event) {
        match event {
            Event::Incoming { call, trunk, from, name, did, secure, .. } => {
                let (app, call) = (self.app.clone(), *call);
                let phone = self.app.state::<Arc<Phone>>();
                let caller = Caller {
                    number: from.clone(),
                    name: name.clone(),
                    did: phone.own_number(did),
                    trunk: trunk.clone(),
                    secure: *secure,
                };
                let (contacts, language) = (phone.contacts.clone(), phone.language());
                self.notices.ring(call, caller, contacts, language, move |choice| {
                    chosen(&app, call, choice);
                });
            }
            Event::Answered { call, .. } => self.notices.over(*call, None),
            Event::Ended { report } => {
                let language = self.app.state::<Arc<Phone>>().language();
                self.notices.over(report.call, report.missed().then_some(language));
                give_back(&self.app);
            }
            _ => {}
        }
    }

    fn tray(&self, state: TrayState, language: Language) {
        if let Some(tray) = self.tray.get() {
            tray.show(state, language);
        }
    }
}

/// What the last call took of the heap goes back, once all of it has ended and no other has begun.
fn give_back(app: &AppHandle) {
    let app = app.clone();
    spawn(async move {
        tokio::time::sleep(QUIET).await;
        if app.state::<Arc<Phone>>().watch().is_quiet() {
            milliwatt_trim::trim_heap();
        }
    });
}

#[cfg(unix)]
fn quit_on_signal(app: AppHandle) {
    use tokio::signal::unix::{SignalKind, signal};
    spawn(async move {
        let (Ok(mut asked), Ok(mut interrupted)) =
            (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = asked.recv() => {}
            _ = interrupted.recv() => {}
        }
        quit(&app);
    });
}

#[cfg(not(unix))]
fn quit_on_signal(_app: AppHandle) {
    // The end of the session comes to the window as a message.
}
