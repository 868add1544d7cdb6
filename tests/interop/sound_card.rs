//! Two phones with sound cards, on a private PulseAudio daemon: a file goes in at the virtual
//! microphone of one and is recorded at the virtual speaker of the other; digits are pressed at one
//! and heard there. Fault 9: devices that go in mid-call.

use std::{
    f64::consts::TAU,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        atomic::AtomicBool,
        mpsc::{Receiver, channel},
    },
    time::{Duration, Instant},
};

use milliwatt_audio::{
    Audio, BackEnd, CallSound, Cards as _, Choice, Cleaning, Event, Fault, Flow, Role, System,
};
use milliwatt_engine::api::{CallId, Outcome, Side};
use milliwatt_media::rate::Converter;

use crate::harness::{
    Carrier, Line, Milliwatt, finish,
    sound::{align, speech_like, write},
    sound_server::{
        Recording, SoundServer, kill_server, module_of, pactl, play, revive_server, wait_until,
    },
};

/// What tells of a call that is over.
const ENDED: &str = "\"event\":\"call\"";
/// A number of bob's at the carrier.
const BOB: &str = "+15550110";

/// Names the folder of recorded voices, where there are some.
const SPEECH: &str = "MILLIWATT_SPEECH";
/// Samples of half a second at 8 kHz.
const HALF: usize = 4000;
/// Below this everything is silence: -61 dB of the loudest.
const AUDIBLE: u16 = 30;
/// Calls that the delay from mouth to ear is the median of.
const CALLS: usize = 5;
/// Most that it may be on an idle computer, ms.
const MOUTH_TO_EAR_MS: f64 = 80.0;
/// The variable that names the folder in which the recordings of these calls stay.
const RECORDINGS: &str = "MILLIWATT_RECORDINGS";
/// Keys that are pressed, each another than the one before.
const DIGITS: &str = "1590*#";

/// A phone's sound.
struct Card {
    audio: Audio,
    told: Receiver<Event>,
}

impl Card {
    /// With the devices of this letter.
    fn new(letter: char) -> Self {
        let (tell, told) = channel();
        let choice = Choice {
            microphone: Some(format!("pulseaudio:mic_{letter}")),
            ring: None,
            speaker: Some(format!("pulseaudio:ear_{letter}")),
        };
        let tell = move |event| drop(tell.send(event));
        let audio = Audio::start(Box::new(System::new()), choice, tell).unwrap();
        Self { audio, told }
    }

    /// Waits until something is told.
    fn wait_for(&self, fits: impl Fn(&Event) -> bool) {
        let mut told = Vec::new();
        while !told.last().is_some_and(&fits) {
            match self.told.recv_timeout(Duration::from_secs(60)) {
                Ok(event) => told.push(event),
                Err(_) => panic!("not told; told was {told:?}"),
            }
        }
    }
}

/// A call from phone a to phone b through the carrier, with sound cards at both ends.
struct Talk {
    line: Line,
    calls: (CallId, CallId),
    cards: (Card, Card),
    sounds: (CallSound, CallSound),
}

impl Talk {
    async fn start() -> Self {
        Self::with(Cleaning::NONE).await
    }

    async fn with(cleaning: Cleaning) -> Self {
        let mut line = Line::new("127.0.0.1").await;
        let carrier = line.carrier.address();
        line.register("udp", carrier).await;
        let cards = (Card::new('a'), Card::new('b'));
        let (from, sound_from) = cards.0.audio.call(cleaning);
        let (to, sound_to) = cards.1.audio.call(cleaning);
        let calls = line.talk("+15550100", Box::new(from), Box::new(to)).await;
        Self { line, calls, cards, sounds: (sound_from, sound_to) }
    }

    /// Hangs up: that the call was there to be ended is what the tests of faults are about.
    async fn end(mut self) {
        let report = self.line.hang_up(self.calls.0).await;
        assert_eq!((report.outcome, report.hangup_by), (Outcome::Answered, Some(Side::Local)));
        self.line.end().await;
    }
}

/// Speech at 48 kHz as a raw file of its own for each seed.
fn speech_file(folder: &Path, seconds: f32, seed: u32) -> PathBuf {
    let slow = speech_like(seconds, seed);
    let sound = slow.windows(2).flat_map(|pair| {
        let (from, to) = (f32::from(pair[0]), f32::from(pair[1]));
        (0..6).map(move |n| (from + (to - from) * n as f32 / 6.0) as i16)
    });
    let bytes: Vec<u8> = sound.flat_map(i16::to_le_bytes).collect();
    let file = folder.join(format!("speech-{seed}.raw"));
    std::fs::write(&file, bytes).unwrap();
    file
}

/// What a person reads, for what is played: made of numbers, PCMU alone takes half of the quality.
fn spoken_file(folder: &Path, speech: &OsStr) -> PathBuf {
    let mut wav = hound::WavReader::open(Path::new(speech).join("allison-en-f-1.wav")).unwrap();
    let read: Vec<i16> = wav.samples().map(Result::unwrap).collect();
    let sound = converted(&read, wav.spec().sample_rate, 48_000);
    let file = folder.join("spoken.raw");
    std::fs::write(&file, sound.into_iter().flat_map(i16::to_le_bytes).collect::<Vec<u8>>())
        .unwrap();
    file
}

/// The same at another rate, delayed by the converter.
fn converted(sound: &[i16], from: u32, to: u32) -> Vec<i16> {
    let mut converter = Converter::new(from, to).unwrap();
    let (came, goes) = (from as usize / 50, to as usize / 50);
    let block = |block: &[i16]| {
        let mut out = vec![0; goes];
        converter.convert(block, &mut out);
        out
    };
    sound.chunks_exact(came).flat_map(block).collect()
}

/// Every sixth sample: 8 kHz.
fn narrow(sound: &[i16]) -> Vec<i16> {
    let mean = |all: &[i16]| (all.iter().map(|s| i32::from(*s)).sum::<i32>() / 6) as i16;
    sound.chunks_exact(6).map(mean).collect()
}

/// How sound comes out at the other end.
#[derive(Debug)]
struct Carried {
    /// Of what was said with what was heard, whatever its sign: six of eight half seconds reach it.
    correlation: f64,
    /// Half seconds, of the eight, in which nothing was heard.
    silent: usize,
    /// From the microphone to the speaker, ms.
    delay_ms: f64,
}

/// Speaks into one phone's microphone for nine seconds, and records it there and at the other's speaker.
/// What was looked at of both is left in the folder.
async fn carried(folder: &Path, from: char, to: char) -> Carried {
    let epoch = Instant::now();
    // What is said is looked for in what is heard from the same moment on.
    let heard = Recording::start(&format!("ear_{to}.monitor"), epoch);
    let said = Recording::start(&format!("mic_{from}"), epoch);
    // Neither pauses for longer than between two syllables in what is looked at.
    let seed = if from == 'a' { 12 } else { 31 };
    let file = std::env::var_os(SPEECH)
        .map_or_else(|| speech_file(folder, 10.0, seed), |speech| spoken_file(folder, &speech));
    let player = play(&format!("say_{from}"), &file);
    tokio::time::sleep(Duration::from_secs(9)).await;
    drop(player);
    let ((said, said_at), (heard, heard_at)) = (said.finish(), heard.finish());
    let (said, heard) = (converted(&said, 48_000, 8000), converted(&heard, 48_000, 8000));
    let long = 20_000 + 8 * HALF + 8000;
    if said.len().min(heard.len()) < long {
        eprintln!("of {long} samples {} and {} were recorded", said.len(), heard.len());
        return Carried { correlation: 0.0, silent: 8, delay_ms: f64::NAN };
    }
    let negative: Vec<i16> = said.iter().map(|s| s.saturating_neg()).collect();
    // Half seconds, each on its own: on a busy machine the programs around it lose sound now and then,
    // and what follows a gap is later. The first seconds belong to the jitter buffer.
    let places = (0..8).map(|n| 20_000 + HALF * n);
    let of = |said: &[i16], at: usize| align(&said[at..at + HALF], &heard[at..], 8000);
    let mut found: Vec<_> = places
        .clone()
        .map(|at| (of(&said, at), of(&negative, at)))
        .map(|(plain, turned)| if plain.0 >= turned.0 { plain } else { turned })
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Two that are noisy or broken by a gap say nothing of the phones; one that is silent does.
    let (correlation, late) = found[2];
    let is_audible = |s: &i16| s.unsigned_abs() >= AUDIBLE;
    let silent = places.filter(|at| !heard[at + late..].iter().take(HALF).any(is_audible)).count();
    let delay_ms = (late as f64 / 8000.0 + heard_at - said_at) * 1000.0;
    for (name, sound, from) in [("said", &said, 20_000), ("heard", &heard, 20_000 + late)] {
        let until = sound.len().min(from + 8 * HALF);
        write(&folder.join(name).with_extension("wav"), &sound[from..until]);
    }
    Carried { correlation, silent, delay_ms }
}

/// The same, up to three times: what a busy machine loses of the sound is no fault of the phones,
/// and of three times one is whole.
async fn carried_whole(folder: &Path, from: char, to: char, correlation: f64) -> Carried {
    let mut best = carried(folder, from, to).await;
    for _ in 0..2 {
        if best.correlation > correlation && best.silent == 0 {
            break;
        }
        eprintln!("once more: {best:?}");
        best = carried(folder, from, to).await;
    }
    best
}

#[test]
fn a_voice_goes_from_one_microphone_to_the_other_speaker() {
    SoundServer::run("interop::sound_card::voice_within");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn voice_within() {
    let Some(folder) = SoundServer::here() else { return };
    let talk = Talk::start().await;
    let carried = carried_whole(&folder, 'a', 'b', 0.8).await;
    eprintln!("{carried:?}\n{:?}", (talk.sounds.0.figures(), talk.sounds.1.figures()));
    assert!(carried.correlation > 0.8 && carried.silent == 0, "{carried:?}");
    assert!((0.0..400.0).contains(&carried.delay_ms), "{carried:?}");
    talk.end().await;
}

#[test]
#[ignore = "a figure of an idle computer: scripts/bench ear"]
fn from_mouth_to_ear_within_its_limit() {
    SoundServer::run("interop::sound_card::ear_within");
}

/// Calls by G.711 in packets of 20 ms: as the microphones give it, and with all that is done to a
/// person's sound, for which the limit is.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn ear_within() {
    let Some(folder) = SoundServer::here() else { return };
    let plain = median_of_calls(&folder, "plain", Cleaning::NONE).await;
    let cleaned = median_of_calls(&folder, "cleaned", Cleaning::default()).await;
    eprintln!(
        "median {plain:.1} ms as it is, {cleaned:.1} ms cleaned, of at most {MOUTH_TO_EAR_MS:.0} ms"
    );
    assert!(cleaned <= MOUTH_TO_EAR_MS, "not reached");
}

/// From mouth to ear, ms.
async fn median_of_calls(folder: &Path, kind: &str, cleaning: Cleaning) -> f64 {
    let mut delays = Vec::new();
    for call in 1..=CALLS {
        let talk = Talk::with(cleaning).await;
        let carried = carried_whole(folder, 'a', 'b', 0.7).await;
        if let Some(stay) = std::env::var_os(RECORDINGS).map(PathBuf::from) {
            for name in ["said", "heard"] {
                let file = stay.join(format!("{kind}-{call}-{name}.wav"));
                std::fs::copy(folder.join(name).with_extension("wav"), file).unwrap();
            }
        }
        let waits = |flow: Option<Flow>| flow.map_or(f32::NAN, |flow| flow.delay_ms);
        let (microphone, speaker) =
            (waits(talk.sounds.0.figures().microphone), waits(talk.sounds.1.figures().speaker));
        eprintln!(
            "call {call}: {:.1} ms from mouth to ear, correlation {:.3}; {microphone:.1} ms wait \
             behind the microphone, {speaker:.1} ms before the speaker",
            carried.delay_ms, carried.correlation
        );
        assert!(carried.correlation > 0.7 && carried.silent == 0, "{carried:?}");
        delays.push(carried.delay_ms);
        talk.end().await;
    }
    delays.sort_by(f64::total_cmp);
    delays[CALLS / 2]
}

/// Whether anything is loud at a speaker within two seconds.
fn is_heard(sink: &str) -> bool {
    let heard = Recording::start(&format!("{sink}.monitor"), Instant::now());
    std::thread::sleep(Duration::from_secs(2));
    heard.finish().0.iter().any(|s| s.unsigned_abs() > 500)
}

#[test]
fn a_speaker_that_is_removed_in_mid_call_is_replaced_and_taken_again() {
    SoundServer::run("interop::sound_card::removed_within");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn removed_within() {
    let Some(folder) = SoundServer::here() else { return };
    let talk = Talk::start().await;
    let card = &talk.cards.1;
    let player = play("say_a", &speech_file(&folder, 60.0, 3));
    wait_until(|| is_heard("ear_b"));
    pactl(&format!("unload-module {}", module_of("ear_b")));
    card.wait_for(
        |e| matches!(e, Event::Moved { role: Role::Speaker, to } if to.id.ends_with(":ear_a")),
    );
    wait_until(|| is_heard("ear_a"));
    pactl("load-module module-null-sink sink_name=ear_b rate=48000 channels=1");
    card.wait_for(
        |e| matches!(e, Event::Moved { role: Role::Speaker, to } if to.id.ends_with(":ear_b")),
    );
    wait_until(|| is_heard("ear_b"));
    drop(player);
    talk.end().await;
}

#[test]
fn a_sound_server_that_is_killed_in_mid_call_takes_the_sound_and_not_the_call() {
    SoundServer::run("interop::sound_card::killed_within");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn killed_within() {
    let Some(folder) = SoundServer::here() else { return };
    let talk = Talk::start().await;
    let sounds = &talk.sounds;
    wait_until(|| sounds.1.figures().speaker.is_some());
    kill_server(&folder);
    for role in [Role::Microphone, Role::Speaker] {
        let (a, b) = &talk.cards;
        let missing = |e: &Event| *e == Event::Missing(role);
        if role == Role::Microphone { a.wait_for(missing) } else { b.wait_for(missing) }
    }
    wait_until(|| sounds.0.figures().microphone.is_none());
    let server = revive_server(&folder);
    wait_until(|| sounds.0.figures().microphone.is_some());
    wait_until(|| sounds.1.figures().speaker.is_some());
    talk.end().await;
    drop(server);
}

#[test]
fn a_sound_server_that_stands_still_in_mid_call_takes_the_sound_and_not_the_call() {
    SoundServer::run("interop::sound_card::stopped_within");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn stopped_within() {
    let Some(folder) = SoundServer::here() else { return };
    let talk = Talk::start().await;
    let player = play("say_a", &speech_file(&folder, 60.0, 3));
    wait_until(|| is_heard("ear_b"));
    let stopped = Instant::now();
    signal_server(&folder, "STOP");
    // Told while whoever asks the server for its devices still waits.
    talk.cards.0.wait_for(|e| *e == Event::Missing(Role::Microphone));
    talk.cards.1.wait_for(|e| *e == Event::Missing(Role::Speaker));
    tokio::time::sleep(Duration::from_secs(3).saturating_sub(stopped.elapsed())).await;
    signal_server(&folder, "CONT");
    // What the server still had of before is played first.
    tokio::time::sleep(Duration::from_secs(2)).await;
    wait_until(|| is_heard("ear_b"));
    drop(player);
    talk.end().await;
}

/// Sends the sound server of this process a signal by name.
fn signal_server(folder: &Path, name: &str) {
    let pid = std::fs::read_to_string(folder.join("pid")).unwrap();
    let sent = Command::new("kill").arg(format!("-{name}")).arg(pid).status().unwrap();
    assert!(sent.success());
}

#[test]
fn digits_in_the_sound_are_heard_at_the_other_speaker() {
    SoundServer::run("interop::sound_card::digits_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn digits_within() {
    if SoundServer::here().is_none() {
        return;
    }
    pactl("set-default-source mic_a");
    pactl("set-default-sink ear_b");
    let carrier = Carrier::start("");
    // What a busy machine loses of the sound is no fault of the phones: of three calls one is whole.
    let heard = (0..3).any(|_| {
        let digits = digits_of_a_call(&carrier);
        eprintln!("{digits}");
        digits == DIGITS
    });
    assert!(heard, "not {DIGITS}");
}

/// Alice presses the keys in a call to bob: what is heard at his speaker. Nobody speaks, and the
/// microphones are silent.
fn digits_of_a_call(carrier: &Carrier) -> String {
    let [alice, bob] = ["alice-secret", "bob-secret"].map(Milliwatt::with_password);
    let answer = format!("answer sip:bob@{} --play device --ring 200ms", carrier.address());
    let mut answering = bob.start(&format!("{answer} --count 1 --jsonl -"));
    answering.wait_for("waiting for calls", Duration::from_secs(60));
    let heard = Recording::start("ear_b.monitor", Instant::now());
    let call = format!("call {} {BOB} --play device --duration 7s", carrier.alice());
    alice.run(&format!("{call} --dtmf ,,,{DIGITS} --dtmf-mode inband")).expect(0);
    let (sound, _) = heard.finish();
    finish(answering).expect(0);
    digits_in(&narrow(&sound))
}

/// The digits in sound at 8 kHz: a key is two blocks of 20 ms in a row, and the same one again is the
/// same one, whose sound had a gap.
fn digits_in(sound: &[i16]) -> String {
    let keys: Vec<Option<char>> = sound.chunks_exact(160).map(key_in).collect();
    let mut digits = String::new();
    for pair in keys.windows(2) {
        if let [Some(key), Some(next)] = pair
            && key == next
            && !digits.ends_with(*key)
        {
            digits.push(*key);
        }
    }
    digits
}

/// The key whose two tones (Q.23) have nearly all the power of a block that is not silent.
fn key_in(block: &[i16]) -> Option<char> {
    let power = block.iter().map(|s| f64::from(*s).powi(2)).sum::<f64>() / block.len() as f64;
    let strongest = |group: [f64; 4]| {
        let shares = group.map(|hz| goertzel(block, hz) / power);
        shares.into_iter().enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).unwrap()
    };
    if power < 200.0 * 200.0 {
        return None;
    }
    let (row, low) = strongest([697.0, 770.0, 852.0, 941.0]);
    let (column, high) = strongest([1209.0, 1336.0, 1477.0, 1633.0]);
    let is_key = low + high > 0.7 && low.min(high) > 0.1;
    is_key.then(|| char::from(["123A", "456B", "789C", "*0#D"][row].as_bytes()[column]))
}

/// The power of a block's part at one frequency, by Goertzel's algorithm: a tone of that frequency
/// alone has the power of the block.
fn goertzel(block: &[i16], hz: f64) -> f64 {
    let turn = 2.0 * (TAU * hz / 8000.0).cos();
    let (mut last, mut before) = (0.0, 0.0);
    for sample in block {
        (last, before) = (f64::from(*sample) + turn * last - before, last);
    }
    let length = block.len() as f64;
    2.0 * (last * last + before * before - turn * last * before) / (length * length)
}

#[test]
fn a_sound_check_hears_the_speaker_in_the_room() {
    SoundServer::run("interop::sound_card::check_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn check_within() {
    if SoundServer::here().is_none() {
        return;
    }
    pactl("load-module module-loopback source=ear_a.monitor sink=say_a latency_msec=30");
    let card = Card::new('a');
    // The loopback keeps changing its pace, so that the echo is not lowered as in a room.
    let is_whole = (0..3).any(|_| {
        let check = card.audio.check(BackEnd::default(), &AtomicBool::new(false), |_| {});
        eprintln!("{check:?}");
        let lowered = check.erle_db.is_some_and(|erle| erle > 0.0);
        lowered && check.heard && check.echo_delay_ms.is_some_and(|ms| (10.0..500.0).contains(&ms))
    });
    assert!(is_whole, "of three checks one is whole on a busy machine too");
}

#[test]
fn a_device_that_cannot_be_opened_leaves_no_connection_behind() {
    SoundServer::run("interop::sound_card::refused_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn refused_within() {
    if SoundServer::here().is_none() {
        return;
    }
    let mut system = System::new();
    assert!(!system.look().devices.is_empty());
    // A server takes 64 clients.
    for _ in 0..70 {
        let refused = system.playback("pulseaudio:nobody", &mut || unreachable!("none is opened"));
        assert_eq!(refused.unwrap_err().fault, Fault::Gone);
    }
    wait_until(|| pactl("list short clients").lines().count() < 10);
}

#[test]
fn the_command_line_calls_through_the_sound_card() {
    SoundServer::run("interop::sound_card::command_line_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn command_line_within() {
    let Some(folder) = SoundServer::here() else { return };
    pactl("set-default-source mic_a");
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    let trunk = format!("sip:alice@{} --no-register", carrier.address());
    let player = play("say_a", &speech_file(&folder, 60.0, 3));
    let call = format!("call {trunk} 9000 --play device --duration 3s --json -");
    let out = user.run(&call).expect(0).json();
    drop(player);
    for side in ["level_out_dbov", "level_in_dbov"] {
        let level = out["media"][side].as_f64().unwrap();
        assert!(level > -60.0, "{side}: {out}");
    }
    let refused = user.run(&format!("check {trunk} --play device")).expect(2);
    assert!(refused.stderr.contains("only `call` and `answer`"), "{}", refused.stderr);
}

#[test]
fn the_command_line_answers_through_the_sound_card_one_call_at_a_time() {
    SoundServer::run("interop::sound_card::answer_within");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "run within a sound server by the test above"]
async fn answer_within() {
    let Some(folder) = SoundServer::here() else { return };
    pactl("set-default-source mic_b");
    pactl("set-default-sink ear_b");
    let mut line = Line::new("127.0.0.1").await;
    let carrier = line.carrier.address();
    line.register("udp", carrier).await;
    let bob = Milliwatt::with_password("bob-secret");
    let record = bob.folder().join("call.wav");
    let answer = format!(
        "answer sip:bob@{carrier} --play device --ring 200ms --count 2 --record {} --jsonl -",
        record.display()
    );
    let mut answering = bob.start(&answer);
    answering.wait_for("waiting for calls", Duration::from_secs(60));
    let card = Card::new('a');
    let (port, _sound) = card.audio.call(Cleaning::NONE);
    let call = line.call_through(BOB, Box::new(port)).await;
    // One after the other: two voices that are alike would be each other's echo.
    let one = carried_whole(&folder, 'a', 'b', 0.5).await;
    let both = [one, carried_whole(&folder, 'b', 'a', 0.5).await];
    eprintln!("{both:?}");
    for way in &both {
        // Noise and level are worked on at one end.
        assert!(way.correlation > 0.5 && way.silent == 0, "{both:?}");
        assert!((0.0..400.0).contains(&way.delay_ms), "{both:?}");
    }
    let second = line.refused(BOB).await;
    assert_eq!((second.outcome, second.code), (Outcome::Rejected, Some(486)), "{second:?}");
    line.hang_up(call).await;
    // The card is free again once that call is over there too, the second that is.
    answering.wait_for_times(2, ENDED, Duration::from_secs(60));
    let third = line.call(BOB).await;
    line.heard(10).await;
    line.hang_up(third).await;
    let told = finish(answering).expect(0);
    assert!(told.stderr.contains("refused with 486: the sound card has a call"), "{}", told.stderr);
    let calls = told.stdout.lines().filter(|line| line.contains(ENDED));
    let calls = calls.map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let outcomes: Vec<_> = calls.map(|call| call["outcome"].as_str().unwrap().to_owned()).collect();
    assert_eq!(outcomes, ["rejected", "answered", "answered"]);
    assert!(record.exists() && record.with_file_name("call-2.wav").exists());
    line.end().await;
}
