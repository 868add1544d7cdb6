//! What the sound of a whole call costs, from the device's callback to the frame that is sent and back, at
//! the pace of a call: rates, echo canceller, noise suppression and automatic gain.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use milliwatt_audio::{
    Audio, BLOCK, BackEnd, CallPort, CardError, Cards, Choice, Cleaning, Device, Drain, Feed,
    Opened, RATE, Snapshot, Way,
};
use milliwatt_media::frame::AudioPort as _;

use crate::time::processor_time;

/// Share of a core, per cent, while both ends are heard, and on hold.
pub(crate) fn shares(back_end: BackEnd, far: &[f32]) -> (f64, f64) {
    let card = Card::default();
    let cards: Box<dyn Cards> = Box::new(card.clone());
    let audio = Audio::start(cards, Choice::default(), |_| {}).unwrap();
    let (port, _sound) = audio.call_with(back_end, Cleaning::default());
    let mut call = Call { port, card, spent: Duration::ZERO };
    let frames: Vec<Vec<i16>> = far.chunks_exact(FRAME).map(narrowed).collect();
    // The devices are opened, and the canceller finds the echo.
    call.run(&frames, true);
    let talking = call.run(&frames, true);
    let silence = vec![vec![0; FRAME]; SECONDS * 50];
    call.run(&silence, false);
    (talking, call.run(&silence, false))
}

struct Call {
    port: CallPort,
    card: Card,
    spent: Duration,
}

impl Call {
    /// Some seconds of a call; the share of a core that its port took, per cent.
    fn run(&mut self, frames: &[Vec<i16>], sends: bool) -> f64 {
        self.spent = Duration::ZERO;
        for frame in frames.iter().take(SECONDS * 50) {
            for _ in 0..FRAME / BLOCK as usize {
                self.card.beat();
                std::thread::sleep(Duration::from_millis(10));
            }
            let start = processor_time();
            self.port.sends(sends);
            self.port.capture(Duration::ZERO, &mut [0; FRAME]);
            self.port.playout(Duration::ZERO, frame);
            self.spent += processor_time() - start;
        }
        self.spent.as_secs_f64() / SECONDS as f64 * 100.0
    }
}

fn narrowed(frame: &[f32]) -> Vec<i16> {
    frame.iter().map(|sample| (sample * 32_768.0) as i16).collect()
}

/// A microphone that hears the speaker 60 ms later.
#[derive(Clone, Default)]
struct Card(Arc<Mutex<Room>>);

#[derive(Default)]
struct Room {
    microphone: Option<Feed>,
    speaker: Option<Drain>,
    air: VecDeque<f32>,
}

impl Card {
    /// A block of both devices has passed.
    fn beat(&self) {
        let mut room = self.0.lock().unwrap();
        let room = &mut *room;
        let mut block = [0.0_f32; BLOCK as usize];
        if let Some(drain) = &mut room.speaker {
            drain.give(&mut block, 1, |sample| sample);
        }
        room.air.extend(block);
        let late = room.air.len().saturating_sub(RATE as usize * 60 / 1000);
        let heard: Vec<f32> = room.air.drain(..late).map(|sample| sample * 0.3).collect();
        block.fill(0.0);
        block[..heard.len()].copy_from_slice(&heard);
        if let Some(feed) = &mut room.microphone {
            feed.take(&block, 1, |sample| sample);
        }
    }
}

impl Cards for Card {
    fn look(&mut self) -> Snapshot {
        let device = |way| Device { id: format!("{way:?}"), name: format!("{way:?}"), way };
        let devices = [Way::Capture, Way::Playback].map(device).to_vec();
        Snapshot { devices, ..Snapshot::default() }
    }

    fn capture(&mut self, _: &str, feed: &mut dyn FnMut() -> Feed) -> Result<Opened, CardError> {
        self.0.lock().unwrap().microphone = Some(feed());
        Ok(Opened { rate: RATE, stream: Box::new(()) })
    }

    fn playback(&mut self, _: &str, drain: &mut dyn FnMut() -> Drain) -> Result<Opened, CardError> {
        self.0.lock().unwrap().speaker = Some(drain());
        Ok(Opened { rate: RATE, stream: Box::new(()) })
    }
}

/// Samples of a frame.
const FRAME: usize = RATE as usize / 50;
/// Length of a measurement.
const SECONDS: usize = 5;
