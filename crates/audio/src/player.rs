//! What the phone plays by itself, each piece through a stream of its own: tunes and recordings.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use milliwatt_media::{
    rate::Converter,
    tone::{Generator, Region},
};
use rtrb::Producer;

use crate::{
    device::Role,
    keeper::{End, Plug},
    port::Volumes,
    stream::Link,
    tune::Tune,
};

/// A piece that plays until this is dropped.
#[derive(Debug)]
pub struct Playing(Arc<State>);

impl Playing {
    /// It was heard to its end. A tune has none.
    pub fn has_ended(&self) -> bool {
        self.0.ended.load(Ordering::Acquire)
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.dropped.store(true, Ordering::Release);
    }
}

#[derive(Debug, Default)]
struct State {
    dropped: AtomicBool,
    ended: AtomicBool,
}

/// What is played.
pub(crate) enum Piece {
    /// Mono sound at so many samples per second, once: on the speaker.
    Recording(Vec<i16>, u32),
    /// Mono sound at so many samples per second, over and over: on the ring device.
    Ring(Arc<[i16]>, u32),
    /// A tune, over and over.
    Tune(Tune, Region),
}

impl Piece {
    fn role(&self) -> Role {
        match self {
            Self::Recording(..) => Role::Speaker,
            Self::Ring(..) => Role::Ring,
            Self::Tune(tune, _) => tune.role(),
        }
    }
}

/// A piece for the keeper.
pub(crate) struct Player {
    piece: Piece,
    /// Samples of a sound that were taken already, also when it moves to another device.
    at: usize,
    volumes: Arc<Volumes>,
    state: Arc<State>,
    stream: Option<Stream>,
}

struct Stream {
    ring: Producer<f32>,
    link: Arc<Link>,
    voice: Voice,
    /// Samples that are put in ahead.
    ahead: usize,
    /// 20 ms.
    block: Vec<i16>,
    /// There is more to come.
    more: bool,
}

/// What makes a piece's samples at the rate of a device.
enum Voice {
    Converter(Box<Converter>),
    Generator(Generator),
}

impl Player {
    pub(crate) fn new(piece: Piece, volumes: Arc<Volumes>) -> (Self, Playing) {
        let state = Arc::<State>::default();
        let playing = Playing(Arc::clone(&state));
        (Self { piece, at: 0, volumes, state, stream: None }, playing)
    }

    fn voice(&self, rate: u32) -> Option<Voice> {
        match &self.piece {
            Piece::Recording(_, own) | Piece::Ring(_, own) => match Converter::new(*own, rate) {
                Ok(converter) => Some(Voice::Converter(Box::new(converter))),
                Err(why) => {
                    tracing::warn!(%why, "a sound cannot be played");
                    None
                }
            },
            Piece::Tune(tune, region) => {
                Some(Voice::Generator(Generator::new(tune.signal(*region), rate)))
            }
        }
    }

    /// The next block; false at the end of a recording.
    fn fill(piece: &Piece, at: &mut usize, voice: &mut Voice, block: &mut [i16]) -> bool {
        match (piece, voice) {
            (Piece::Recording(sound, rate), Voice::Converter(converter)) => {
                let mut frame = vec![0; *rate as usize / 50];
                let rest = sound.get(*at..).unwrap_or_default();
                let count = rest.len().min(frame.len());
                frame.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
                *at += count;
                converter.convert(&frame, block);
                count > 0
            }
            (Piece::Ring(sound, rate), Voice::Converter(converter)) => {
                let mut frame = vec![0; *rate as usize / 50];
                for to in &mut frame {
                    *to = sound.get(*at).copied().unwrap_or_default();
                    *at = (*at + 1) % sound.len().max(1);
                }
                converter.convert(&frame, block);
                !sound.is_empty()
            }
            (_, Voice::Generator(generator)) => generator.fill(block),
            (Piece::Tune(..), Voice::Converter(_)) => false,
        }
    }
}

impl Plug for Player {
    fn role(&self) -> Role {
        self.piece.role()
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Playback(ring) = end else { return };
        let Some(voice) = self.voice(rate) else {
            return self.state.ended.store(true, Ordering::Release);
        };
        let (ahead, block) = (rate as usize * 3 / 10, vec![0; rate as usize / 50]);
        self.stream = Some(Stream { ring, link, voice, ahead, block, more: true });
        self.tend();
    }

    fn unplug(&mut self) {
        self.stream = None;
    }

    /// Keeps 300 ms ahead of the device: three ticks.
    fn tend(&mut self) {
        let gain = self.volumes.gain(self.role()) / 32_768.0;
        let Some(Stream { ring, voice, ahead, block, more, .. }) = &mut self.stream else { return };
        let capacity = ring.buffer().capacity();
        while *more && capacity - ring.slots() < *ahead && ring.slots() >= block.len() {
            *more = Self::fill(&self.piece, &mut self.at, voice, block);
            if let Ok(chunk) = ring.write_chunk_uninit(block.len()) {
                chunk.fill_from_iter(block.iter().map(|s| (f32::from(*s) * gain).clamp(-1.0, 1.0)));
            }
        }
        if !*more && ring.slots() == capacity {
            self.state.ended.store(true, Ordering::Release);
        }
    }

    fn is_over(&self) -> bool {
        let dropped = self.state.dropped.load(Ordering::Acquire);
        if let Some(stream) = self.stream.as_ref().filter(|_| dropped) {
            stream.link.end();
        }
        dropped || self.state.ended.load(Ordering::Acquire)
    }
}
