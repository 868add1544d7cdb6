//! What a private PulseAudio daemon tells of its devices. The cards are looked at only when something was
//! told, so that nothing here is found by the look of each second.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, channel},
    },
    time::Duration,
};

use milliwatt_audio::{Cards as _, Snapshot, System, Way};

use crate::harness::sound_server::{SoundServer, kill_server, pactl, revive_server, wait_until};

const ADD_BELL: &str = "load-module module-null-sink sink_name=bell rate=48000 channels=1";

/// The system's cards, and what they tell.
struct Watched {
    system: System,
    told: Receiver<()>,
}

impl Watched {
    fn new() -> Self {
        let (tell, told) = channel();
        let mut system = System::new();
        system.watch(Arc::new(move || _ = tell.send(())));
        Self { system, told }
    }

    /// Looks until it is subscribed, which is told once.
    fn subscribed(&mut self) {
        self.system.look();
        self.told.recv_timeout(Duration::from_secs(60)).expect("a subscription");
    }

    /// Looks without being told.
    fn has(&mut self, sink: &str) -> bool {
        has(&self.system.look(), sink)
    }

    /// Has the server do something, and looks whenever it tells of a change, until this is so. The
    /// server's answer.
    fn told_of(&mut self, command: &str, is_so: impl Fn(&Snapshot) -> bool) -> String {
        // What is still told of the step before counts for nothing here.
        while self.told.recv_timeout(Duration::from_millis(300)).is_ok() {}
        let answer = pactl(command);
        loop {
            self.told.recv_timeout(Duration::from_secs(60)).expect("a change is told");
            if is_so(&self.system.look()) {
                return answer;
            }
        }
    }
}

fn has(snapshot: &Snapshot, sink: &str) -> bool {
    snapshot.find(Way::Playback, &format!("pulseaudio:{sink}")).is_some()
}

/// Somebody has a connection for what the server tells.
fn is_subscribed() -> bool {
    pactl("list clients").contains("application.name = \"Milliwatt\"")
}

#[test]
fn devices_that_come_and_go_and_another_default_are_told_by_the_sound_server() {
    SoundServer::run("interop::sound_events::told_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn told_within() {
    if SoundServer::here().is_none() {
        return;
    }
    let mut watched = Watched::new();
    watched.subscribed();
    assert!(watched.has("ear_a") && !watched.has("bell"));
    let bell = watched.told_of(ADD_BELL, |all| has(all, "bell"));
    watched.told_of("set-default-sink bell", |all| {
        all.default_playback.as_deref() == Some("pulseaudio:bell")
    });
    watched.told_of(&format!("unload-module {bell}"), |all| !has(all, "bell"));

    assert!(is_subscribed());
    drop(watched);
    wait_until(|| !is_subscribed());
}

#[test]
fn a_sound_server_that_comes_back_tells_again() {
    SoundServer::run("interop::sound_events::told_again_within");
}

#[test]
#[ignore = "run within a sound server by the test above"]
fn told_again_within() {
    let Some(folder) = SoundServer::here() else { return };
    let mut watched = Watched::new();
    watched.subscribed();
    assert!(watched.has("ear_a"));
    kill_server(&folder);
    wait_until(|| !watched.has("ear_a"));
    let server = revive_server(&folder);
    wait_until(|| watched.has("ear_a"));
    wait_until(|| watched.has("ear_a") && is_subscribed());
    watched.told_of(ADD_BELL, |all| has(all, "bell"));
    drop(server);
}
