//! A whole phone on made-up sound cards, with folders of its own.

mod drawn;
mod help;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::UdpSocket,
    path::PathBuf,
    time::Duration,
};

use milliwatt_audio::Way;
use milliwatt_engine::api::{Dial, Event};
use milliwatt_store::{
    history::{self, Call, History},
    preferences::{DeviceProfile, Look, NumberLook},
};
use serde::Serialize;
use tempfile::TempDir;
use tokio::sync::watch;

use super::*;
use crate::{
    api::{CheckOrder, Key, ShellEvent},
    bench, embedded,
    events::{Face, pump},
    outbox::Told,
    samples::{answered, ended, incoming},
    shelf::{Shelf, until},
    watch::{Tape, TrayState},
};

/// A microphone and a speaker.
const DESK: [(Way, &str); 2] = [(Way::Capture, "mic"), (Way::Playback, "desk")];

fn folders(home: &TempDir) -> Folders {
    Folders { config: home.path().join("config"), data: home.path().join("data") }
}

fn phone(home: &TempDir, shelf: &Shelf) -> (Arc<Phone>, Heard) {
    let (phone, heard) = Phone::on(folders(home), Box::new(shelf.clone())).unwrap();
    (Arc::new(phone), heard)
}

fn dial(call: CallId, trunk: &str) -> Command {
    let dial = Dial { to: "9000".into(), sound: sound::handset(), ..Dial::default() };
    Command::Dial { call, trunk: trunk.into(), dial: Box::new(dial) }
}

fn answer(call: u64) -> Command {
    Command::Answer { call: CallId(call), sound: sound::handset(), codecs: Vec::new() }
}

/// Changes one key of what the user prefers.
fn prefer(phone: &Phone, key: &str, value: impl Serialize) {
    let value = serde_json::to_value(value).unwrap();
    phone.prefer(Map::from_iter([(key.to_owned(), value)])).unwrap();
}

/// A window that says when the first meter moves.
struct Meter(mpsc::UnboundedSender<Duration>, SystemClock);

impl Face for Meter {
    fn show(&self, told: &Told) {
        if matches!(told, Told::Shell(ShellEvent::Levels { .. })) {
            // The test has seen enough.
            let _ = self.0.send(self.1.now());
        }
    }

    fn note(&self, _: &Event) {}

    fn tray(&self, _: TrayState, _: Language) {}
}

#[test]
fn the_window_is_answered_in_its_language_which_may_change() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    let refused = || phone.reply::<()>(Err("there is no such suite".into())).unwrap_err();
    assert_eq!(refused(), "there is no such suite");
    phone.asked_for_in(vec!["de-AT".into(), "en".into()]);
    assert_eq!(refused(), "diese Auswahl gibt es nicht");
    prefer(&phone, "language", "en");
    assert_eq!(refused(), "there is no such suite");
    prefer(&phone, "language", "de");
    let spoken = serde_json::to_value(phone.spoken(bench::book())).unwrap();
    assert_eq!(spoken["checks"][0]["title"], "NAPTR nennt den Transport");
    assert_eq!(spoken["checks"][0]["id"], "dns.naptr");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_whose_devices_come_is_kept_over_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let headset = DeviceProfile {
        name: "Headset".into(),
        speaker: Some("headset".into()),
        ..DeviceProfile::default()
    };
    let (mic, desk) = (DESK[0], DESK[1]);
    let plugged = [mic, desk, (Way::Playback, "headset")];
    let shelf = Shelf::with(&DESK);
    let (first, mut heard) = phone(&home, &shelf);
    prefer(&first, "profiles", [headset]);
    shelf.set(&plugged);
    first.devices_changed(&news(&mut heard).await);
    assert_eq!(speaker(&first).as_deref(), Some("headset"));
    let told = std::iter::from_fn(|| first.outbox().next(first.clock.now()));
    let chosen = told.filter_map(|told| match told {
        Told::Shell(ShellEvent::Devices { chosen, .. }) => chosen.speaker,
        Told::Engine(_) | Told::Shell(_) => None,
    });
    assert_eq!(chosen.last().as_deref(), Some("headset"), "the window knows");
    prefer(&first, "look", Look::Dark);
    assert_eq!(speaker(&first).as_deref(), Some("headset"), "no hand has touched them");
    drop(first);
    let (second, _heard) = phone(&home, &Shelf::with(&DESK));
    assert_eq!(speaker(&second).as_deref(), Some("headset"), "though away");
    prefer(&second, "devices", Devices { speaker: Some("desk".into()), ..Devices::default() });
    drop(second);
    let (third, mut heard) = phone(&home, &shelf);
    assert_eq!(speaker(&third).as_deref(), Some("desk"), "chosen by hand");
    let screen = [mic, desk, (Way::Playback, "headset"), (Way::Playback, "screen")];
    for devices in [&screen[..], &[], &plugged] {
        shelf.set(devices);
        third.devices_changed(&news(&mut heard).await);
        assert_eq!(speaker(&third).as_deref(), Some("desk"), "{devices:?}");
    }
}

/// What happens to devices next.
async fn news(heard: &mut Heard) -> SoundEvent {
    let next = tokio::time::timeout(Duration::from_secs(60), heard.sound.recv());
    next.await.unwrap().unwrap()
}

/// The speaker that is chosen.
fn speaker(phone: &Phone) -> Option<String> {
    phone.preferences().devices.speaker
}

#[tokio::test(flavor = "multi_thread")]
async fn a_phone_without_a_choice_that_is_there_starts_with_a_profile_that_fits() {
    let home = tempfile::tempdir().unwrap();
    let desk = DeviceProfile {
        name: "Desk".into(),
        speaker: Some("desk".into()),
        ..DeviceProfile::default()
    };
    let mut preferences = Preferences { profiles: vec![desk], ..Preferences::default() };
    preferences.devices.speaker = Some("away".into());
    preferences.write(&folders(&home).preferences()).unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    assert_eq!(phone.preferences().devices.speaker.as_deref(), Some("desk"));
    let kept = Preferences::read(&folders(&home).preferences()).unwrap();
    assert_eq!(kept.devices.speaker.as_deref(), Some("desk"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_takes_the_handset_from_whatever_else_uses_it() {
    let home = tempfile::tempdir().unwrap();
    let shelf = Shelf::with(&DESK);
    let (phone, _heard) = phone(&home, &shelf);
    let mut checks = ["sound_check", "delay_check"].map(|name| phone.can_be_cancelled(name));
    let file = home.path().join("long.wav");
    std::fs::write(&file, wav(60 * 8000)).unwrap();
    let playing = {
        let phone = Arc::clone(&phone);
        tokio::spawn(async move { sound::play(&phone, file).await })
    };
    until(|| shelf.opened() == ["desk"]);
    phone.order(dial(phone.engine.next_call(), "nobody"));
    for check in &mut checks {
        assert_eq!(check.try_recv(), Ok(()), "cancelled");
    }
    let played = tokio::time::timeout(Duration::from_secs(60), playing).await;
    assert_eq!(played.unwrap().unwrap(), Ok(()), "stopped");
}

/// Silence as a file: so many samples, mono, 16 bits, 8 kHz.
fn wav(samples: u32) -> Vec<u8> {
    let bytes = samples * 2;
    let mut file = b"RIFF".to_vec();
    file.extend((36 + bytes).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    file.extend(8000_u32.to_le_bytes());
    file.extend(16_000_u32.to_le_bytes());
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.resize(file.len() + bytes as usize, 0);
    file
}

#[tokio::test(flavor = "multi_thread")]
async fn no_handset_for_an_answer_to_nobody_or_a_name_that_is_taken() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    phone.order(answer(7));
    phone.watch().take(&incoming(8));
    phone.watch().take(&ended(8));
    phone.order(answer(8));
    phone.watch().take(&incoming(9));
    phone.order(dial(CallId(9), "nobody"));
    assert_eq!(phone.handset.calls(), BTreeSet::new());
    phone.order(answer(9));
    assert_eq!(phone.handset.calls(), BTreeSet::from([CallId(9)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn after_missed_events_the_handset_keeps_what_the_engine_knows_and_drops_the_rest() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    // It never answers.
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut trunk = crate::samples::trunk("deaf");
    trunk.trunk.user = "alice".into();
    trunk.trunk.domain = deaf.local_addr().unwrap().to_string();
    trunk.trunk.register = false;
    trunks::bring_up(&phone, trunk, false);
    let call = phone.engine.next_call();
    // At once: it waits for the trunk's password still, or is on its way already.
    phone.order(dial(call, "deaf"));
    let over = phone.handset.port(CallId(1000)).unwrap();
    phone.watch().take(&answered(1000));
    assert_eq!(phone.watch().tray(), TrayState::InCall);
    phone.catch_up().await;
    assert_eq!(phone.handset.calls(), BTreeSet::from([call]));
    assert_eq!(phone.watch().tray(), TrayState::Registered, "so does the tray");
    drop(over);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_carrier_in_a_box_is_not_made_a_line_that_is_kept() {
    let home = tempfile::tempdir().unwrap();
    let phone = connected(&home).await;
    let mut trunk = phone.watch().settings(embedded::NAME).unwrap().clone();
    trunk.trunk.domain = "sip.example.net".into();
    let why = trunks::save(&phone, trunk, None).unwrap_err();
    assert!(why.contains("built-in trunk"), "{why}");
    assert!(phone.watch().is_embedded(embedded::NAME));
}

/// On a slow disk too, events go on to the window.
#[test]
fn nobody_waits_for_preferences_that_are_being_written() {
    let home = TempDir::new().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::default());
    prefer(&phone, "country", "DE");
    let writes = lock(&phone.preferences);
    let (done, both) = std::sync::mpsc::channel();
    let tells = Arc::clone(&phone);
    std::thread::spawn(move || {
        done.send((tells.region(), tells.own_number("+1"))).unwrap();
    });
    let told = both.recv_timeout(Duration::from_secs(60)).expect("it does not wait");
    assert_eq!(told, (Region::of_country("DE"), "+1".to_owned()));
    drop(writes);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_with_broken_settings_is_read_anew_and_says_what_is_wrong() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::default());
    let file = folders(&home).trunks().join("office.toml");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "[trunk]\nname = 5\n").unwrap();
    trunks::start(&phone);
    let why = phone.watch().line("office").unwrap().trouble;
    assert!(why.as_deref().is_some_and(|why| why.contains("office.toml")), "{why:?}");
    let register = || phone.order(Command::Register { trunk: "office".into() });
    register();
    assert_eq!(phone.watch().line("office").unwrap().trouble, why);
    assert_eq!(phone.engine.snapshot().await.unwrap().trunks, [], "nothing to take into use");
    let settings = "[trunk]\nname = \"office\"\ndomain = \"127.0.0.1:9\"\nregister = false\n";
    std::fs::write(&file, settings).unwrap();
    register();
    let trunks = phone.engine.snapshot().await.unwrap().trunks;
    let names: Vec<_> = trunks.iter().map(|trunk| trunk.trunk.as_str()).collect();
    assert_eq!(names, ["office"]);
    let told = std::iter::from_fn(|| phone.outbox().next(phone.clock.now()));
    let domains = told.filter_map(|told| match told {
        Told::Shell(ShellEvent::Line { line }) => Some(line.settings.trunk.domain),
        Told::Engine(_) | Told::Shell(_) => None,
    });
    assert_eq!(domains.collect::<Vec<_>>(), ["", "", "127.0.0.1:9"], "the window knows");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_with_a_label_is_called_by_it() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::default());
    let look = |label: &str| NumberLook { label: label.into(), ..NumberLook::default() };
    prefer(&phone, "numbers", BTreeMap::from([("+1", look("Sales")), ("+2", look(""))]));
    let shown = ["+1", "+2", "+3"].map(|number| phone.own_number(number));
    assert_eq!(shown, ["Sales (+1)", "+2", "+3"]);
}

fn recordings(home: &TempDir) -> Vec<PathBuf> {
    let Ok(found) = std::fs::read_dir(folders(home).recordings()) else { return Vec::new() };
    found.map(|file| file.unwrap().path()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_recorded_into_one_file_and_what_is_asked_for_last_holds() {
    let home = tempfile::tempdir().unwrap();
    let (phone, heard) = phone(&home, &Shelf::with(&DESK));
    let (meter, _moved) = mpsc::unbounded_channel();
    tokio::spawn(pump(heard, Arc::clone(&phone), Meter(meter, SystemClock::new())));
    embedded::try_now(&phone).await.unwrap();
    let call = phone.engine.next_call();
    assert!(sound::record(&phone, call, true).await.is_err(), "nobody calls");
    phone.order(dial(call, embedded::NAME));
    let ask = |on| sound::record(&phone, call, on);
    // Until it is up.
    while ask(true).await.is_err() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ask(false).await.unwrap();
    let (on, off) = tokio::join!(ask(true), ask(false));
    assert_eq!((on, off), (Ok(()), Ok(())));
    assert!(!phone.watch().tape(call).unwrap().on);
    let both = tokio::join!(ask(true), ask(true));
    assert_eq!(both, (Ok(()), Ok(())));
    assert!(phone.watch().tape(call).unwrap().on);
    assert_eq!(recordings(&home).len(), 1);
    phone.engine.command(Command::HangUp { call });
    until(|| phone.watch().tape(call).is_none());
    assert!(ask(true).await.is_err(), "it is over");
    assert_eq!(recordings(&home).len(), 1);
    assert!(phone.engine.shutdown(Duration::from_secs(60)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recording_that_the_engine_refuses_leaves_no_empty_file() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    for (call, kind, stays) in [(1, "recording", false), (2, "disk-full", true)] {
        let file = home.path().join(format!("{call}.wav"));
        std::fs::write(&file, "").unwrap();
        phone.watch().take(&incoming(call));
        *phone.watch().tape(CallId(call)).unwrap() = Tape { on: true, path: Some(file.clone()) };
        let call = CallId(call);
        let notice = Event::Notice { call: Some(call), kind: kind.into(), text: String::new() };
        sound::torn(&phone, &notice);
        assert!(!phone.watch().tape(call).unwrap().on, "{kind}");
        until(|| file.exists() == stays);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_tenth_of_a_call_is_a_whole_one() {
    let home = tempfile::tempdir().unwrap();
    let (phone, heard) = phone(&home, &Shelf::with(&DESK));
    let (meter, mut moved) = mpsc::unbounded_channel();
    let clock = SystemClock::new();
    let pumped = tokio::spawn(pump(heard, Arc::clone(&phone), Meter(meter, clock)));
    // Ticks of the idle time are long past.
    tokio::time::sleep(sound::TENTH * 3).await;
    let begun = clock.now();
    let _port = phone.handset.port(CallId(1)).unwrap();
    phone.news.notify_one();
    let first = tokio::time::timeout(Duration::from_secs(60), moved.recv()).await;
    let after = first.unwrap().unwrap().saturating_sub(begun);
    assert!(after >= sound::TENTH, "{after:?}");
    pumped.abort();
}

/// A slip of the pen in the file costs its owner nothing: it can be mended.
#[test]
fn settings_that_cannot_be_read_are_put_aside_before_others_are_written() {
    let home = TempDir::new().unwrap();
    let path = folders(&home).preferences();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, "look = dark").unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "look = dark");
    for look in [Look::Contrast, Look::Dark] {
        prefer(&phone, "look", look);
        assert_eq!(Preferences::read(&path).unwrap().look, look);
    }
    let aside = path.with_added_extension("broken");
    assert_eq!(std::fs::read_to_string(aside).unwrap(), "look = dark");
}

/// Who is told something never waits for who is writing, nor the other way round.
#[test]
fn preferences_change_while_the_tray_is_told() {
    let home = TempDir::new().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    let (done, both) = std::sync::mpsc::channel();
    let (writes, tells) = (Arc::clone(&phone), Arc::clone(&phone));
    let written = done.clone();
    std::thread::spawn(move || {
        for seen in 1..40_i64 {
            prefer(&writes, "missed_seen_ms", seen);
        }
        written.send(()).unwrap();
    });
    std::thread::spawn(move || {
        for _ in 0..4000 {
            let watch = tells.watch();
            assert_eq!(tells.language(), Language::English);
            drop(watch);
        }
        done.send(()).unwrap();
    });
    for _ in 0..2 {
        both.recv_timeout(Duration::from_secs(60)).expect("neither waits for the other");
    }
    assert_eq!(phone.preferences().missed_seen_ms, 39);
}

/// A phone whose events are heard and that is registered at the carrier in a box.
async fn connected(home: &TempDir) -> Arc<Phone> {
    let (phone, heard) = phone(home, &Shelf::with(&DESK));
    let (meter, _moved) = mpsc::unbounded_channel();
    tokio::spawn(pump(heard, Arc::clone(&phone), Meter(meter, SystemClock::new())));
    embedded::try_now(&phone).await.unwrap();
    phone
}

/// The same with a call to the echo that is up.
async fn talking(home: &TempDir) -> (Arc<Phone>, CallId) {
    let phone = connected(home).await;
    let call = phone.engine.next_call();
    phone.order(dial(call, embedded::NAME));
    until(|| phone.watch().up() == [call]);
    (phone, call)
}

/// Nobody who calls, least of all for help, waits for a check to say its goodbyes.
#[tokio::test(flavor = "multi_thread")]
async fn a_call_takes_its_line_back_from_a_run_of_checks() {
    let home = tempfile::tempdir().unwrap();
    let phone = connected(&home).await;
    let (tell, mut told) = mpsc::unbounded_channel();
    let checked = {
        let phone = Arc::clone(&phone);
        tokio::spawn(async move {
            let (trunk, suite) = (embedded::NAME.to_owned(), "trunk".to_owned());
            let only = vec!["out.answer".to_owned()];
            let order = CheckOrder { trunk, suite, only, yes_billed: false };
            let cancelled = phone.can_be_cancelled("check");
            bench::run(&phone, &order, cancelled, |progress| drop(tell.send(progress))).await
        })
    };
    let begun = tokio::time::timeout(Duration::from_secs(60), told.recv()).await;
    assert!(begun.unwrap().is_some());
    assert_eq!(phone.engine.snapshot().await.unwrap().trunks, [], "it is the run's");
    let call = phone.engine.next_call();
    phone.order(dial(call, embedded::NAME));
    until(|| phone.watch().up() == [call]);
    let report = tokio::time::timeout(Duration::from_secs(60), checked).await;
    assert!(report.unwrap().unwrap().unwrap().report.interrupted);
    assert_eq!(phone.watch().up(), [call], "the end of the run is not the call's");
    assert!(phone.engine.shutdown(Duration::from_secs(60)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_is_lent_to_the_last_run_that_asks_and_to_none_while_it_is_called_on() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    // It never answers.
    let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
    let mut line = crate::samples::trunk("a");
    line.trunk.domain = deaf.local_addr().unwrap().to_string();
    line.trunk.register = false;
    trunks::bring_up(&phone, line, false);
    let [first, second] = [(); 2].map(|()| watch::channel(false).0);
    phone.lend("a", &first).await.unwrap();
    assert!(!has_a_line(&phone).await);
    phone.lend("a", &second).await.unwrap();
    phone.give_back("a", &first);
    assert!(!has_a_line(&phone).await, "another run has it");
    phone.give_back("a", &second);
    assert!(has_a_line(&phone).await);
    phone.lend("a", &second).await.unwrap();
    phone.order(dial(phone.engine.next_call(), "a"));
    assert!(has_a_line(&phone).await);
    assert_eq!([*first.borrow(), *second.borrow()], [false, true], "the run that has it ends");
    phone.give_back("a", &second);
    assert!(phone.lend("a", &first).await.unwrap_err().starts_with("there is a call"));
    assert!(has_a_line(&phone).await);
}

async fn has_a_line(phone: &Phone) -> bool {
    !phone.engine.snapshot().await.unwrap().trunks.is_empty()
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_mute_and_hold_the_call_that_is_up_where_there_is_no_window() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _call) = talking(&home).await;
    for on in [true, false] {
        phone.pressed(Key::Mute);
        phone.pressed(Key::Hold);
        until(|| phone.watch().talking().is_some_and(|talk| talk.held == on));
        let calls = phone.engine.snapshot().await.unwrap().calls;
        let seen: Vec<_> = calls.iter().map(|one| (one.muted, one.held_local)).collect();
        assert_eq!(seen, [(on, on)]);
    }
    phone.pressed(Key::HangUp);
    until(|| phone.watch().is_quiet());
    assert!(phone.engine.shutdown(Duration::from_secs(60)).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn missed_calls_are_counted_over_a_restart_until_the_history_is_looked_at() {
    let home = tempfile::tempdir().unwrap();
    let kept = History::open(&folders(&home).history()).unwrap();
    for started_at_ms in [1000, 2000, 3000] {
        let call = Call { started_at_ms, way: history::Way::In, ..Call::default() };
        let (key, _) = kept.begin(call);
        kept.end(key, |call| call.outcome = Some(history::Outcome::Cancelled));
    }
    drop(kept);
    let seen = Preferences { missed_seen_ms: 1000, ..Preferences::default() };
    seen.write(&folders(&home).preferences()).unwrap();
    let (phone, _heard) = phone(&home, &Shelf::default());
    assert_eq!(phone.watch().tray(), TrayState::Missed(2));
    phone.start().await.unwrap();
    assert_eq!(phone.watch().tray(), TrayState::Missed(2), "a window is not the history");
    prefer(&phone, "look", Look::Dark);
    assert_eq!(phone.watch().tray(), TrayState::Missed(2));
    prefer(&phone, "missed_seen_ms", 3000);
    assert_eq!(phone.watch().tray(), TrayState::Offline);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_the_network_is_there_again_is_told_once() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::default());
    let mut line = crate::samples::trunk("a");
    line.trunk.domain = "127.0.0.1:9".into();
    phone.watch().line_added(line, false);
    phone.online.store(false, Ordering::Relaxed);
    for _ in 0..2 {
        assert!(phone.start().await.unwrap().online);
    }
    let told = std::iter::from_fn(|| phone.outbox().next(phone.clock.now()));
    let online = told.filter_map(|told| match told {
        Told::Shell(ShellEvent::Network { online, .. }) => Some(online),
        Told::Engine(_) | Told::Shell(_) => None,
    });
    assert_eq!(online.collect::<Vec<_>>(), [true]);
}
