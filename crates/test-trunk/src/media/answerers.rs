//! The trunk's own side of a talk: media sessions that play and listen.

use std::{
    collections::BTreeMap,
    io,
    sync::Arc,
    time::{Duration, SystemTime},
};

use milliwatt_engine::{
    api::CallId,
    clock::Clock,
    media_io::{MediaNews, MediaThreads, Reporter, SocketPair, Start},
};
use milliwatt_media::session::{Config, Control, DtmfMode, MediaEvent, MediaPlan};
use rand_chacha::ChaCha8Rng;
use rand_core::Rng;

use super::{desk::Talk, ivr::Ivr, program};
use crate::numbers::Answerer;

/// All sessions of answerers.
pub(super) struct Answerers {
    threads: MediaThreads,
    config: Config,
    chance: ChaCha8Rng,
    playing: BTreeMap<Talk, Playing>,
}

struct Playing {
    /// Collects digits, where the number is the one that does.
    ivr: Option<Ivr>,
    /// How digits go to this phone.
    mode: DtmfMode,
}

/// Length of a digit that is read back, and of the pause after it (Q.24 asks for 40 ms each).
const DIGIT: Duration = Duration::from_millis(100);

impl Answerers {
    /// Starts the threads.
    ///
    /// # Errors
    /// When the system gives none.
    pub(super) fn start(
        clock: &Arc<dyn Clock>,
        reporter: &Reporter,
        chance: ChaCha8Rng,
    ) -> io::Result<Self> {
        let wall = clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let config = Config {
            cname: "test-trunk".to_owned(),
            wall_clock: wall.saturating_sub(clock.now()),
            ..Config::default()
        };
        let threads = MediaThreads::start(None, clock, reporter)?;
        Ok(Self { threads, config, chance, playing: BTreeMap::new() })
    }

    pub(super) fn plays(&self, talk: Talk) -> bool {
        self.playing.contains_key(&talk)
    }

    pub(super) fn begin(
        &mut self,
        talk: Talk,
        sockets: SocketPair,
        plan: MediaPlan,
        answerer: Answerer,
    ) {
        let rate = plan.codecs.first().map_or(NARROW, |codec| codec.clock_rate);
        let ivr = (answerer == Answerer::Ivr).then(Ivr::default);
        self.playing.insert(talk, Playing { ivr, mode: mode(&plan) });
        let mut seed = [0; 32];
        self.chance.fill_bytes(&mut seed);
        self.threads.begin(Start {
            call: CallId(talk.0),
            sockets,
            port: program::of(answerer, rate),
            plan,
            config: self.config.clone(),
            seed,
        });
    }

    pub(super) fn change(&mut self, talk: Talk, plan: MediaPlan) {
        if let Some(playing) = self.playing.get_mut(&talk) {
            playing.mode = mode(&plan);
        }
        self.threads.control(CallId(talk.0), &Control::Plan(Box::new(plan)));
    }

    pub(super) fn stop(&mut self, talk: Talk) {
        if self.playing.remove(&talk).is_some() {
            self.threads.control(CallId(talk.0), &Control::Stop);
        }
    }

    pub(super) fn news(&mut self, news: &MediaNews) {
        if let MediaNews::Event(call, MediaEvent::Digit { digit, .. }) = news {
            self.press(Talk(call.0), *digit);
        }
    }

    pub(super) fn press(&mut self, talk: Talk, digit: char) {
        let Some(playing) = self.playing.get_mut(&talk) else { return };
        let Some(digits) = playing.ivr.as_mut().and_then(|ivr| ivr.press(digit)) else { return };
        let read = Control::Dtmf { digits, mode: playing.mode, on: DIGIT, off: DIGIT };
        self.threads.control(CallId(talk.0), &read);
    }
}

/// Samples per second where a plan names no codec.
const NARROW: u32 = 8000;

fn mode(plan: &MediaPlan) -> DtmfMode {
    if plan.dtmf.is_empty() { DtmfMode::Inband } else { DtmfMode::Rfc4733 }
}
