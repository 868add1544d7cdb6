//! What a phone plays by itself: it rings, and tells its user what goes on.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use milliwatt_media::tone::{Component, Generator, Region, Signal, Step};
use rtrb::Producer;

use crate::{
    device::Role,
    keeper::{End, Plug},
    port::Volumes,
    stream::Link,
};

/// A sound of the phone itself, until it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tune {
    /// The far end is busy.
    Busy,
    /// Another call comes in during a call.
    CallWaiting,
    /// A call comes in: on the ring device.
    Ring,
    /// The far end rings.
    Ringback,
}

impl Tune {
    /// Where it is heard.
    pub fn role(self) -> Role {
        match self {
            Self::Ring => Role::Ring,
            Self::Busy | Self::CallWaiting | Self::Ringback => Role::Speaker,
        }
    }

    /// Its tone plan (ITU-T E.180 supplement 2); the ring is our own.
    pub fn signal(self, region: Region) -> Signal {
        match self {
            Self::Busy => Signal::busy(region),
            Self::CallWaiting => match region {
                Region::Europe => Signal::cadence(&[425.0], -16.0, &[150, 150, 150, 8000]),
                Region::NorthAmerica => Signal::cadence(&[440.0], -16.0, &[300, 9700]),
                Region::UnitedKingdom => Signal::cadence(&[400.0], -16.0, &[100, 3000]),
            },
            Self::Ring => ring(),
            Self::Ringback => Signal::ringback(region),
        }
    }
}

/// The trill of a bell with two gongs: twenty times a second from one to the other, for a second and
/// a half, then as long a pause.
fn ring() -> Signal {
    let step = |hz: &[f32], ms| Step {
        components: hz.iter().map(|hz| Component { hz: *hz, dbm0: -16.0 }).collect(),
        length: Some(Duration::from_millis(ms)),
    };
    let trill = (0..30)
        .map(|n| if n % 2 == 0 { step(&[880.0, 1320.0], 50) } else { step(&[1109.0, 1661.0], 50) });
    Signal { steps: trill.chain([step(&[], 1500)]).collect(), repeats: true }
}

/// A tune that plays until this is dropped.
#[derive(Debug)]
pub struct Playing(Arc<AtomicBool>);

impl Drop for Playing {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// A tune for the keeper.
pub(crate) struct TunePlug {
    tune: Tune,
    region: Region,
    volumes: Arc<Volumes>,
    over: Arc<AtomicBool>,
    playing: Option<Stream>,
}

struct Stream {
    ring: Producer<f32>,
    link: Arc<Link>,
    generator: Generator,
    /// Samples that are put in ahead.
    ahead: usize,
    block: Vec<i16>,
}

impl TunePlug {
    pub(crate) fn new(tune: Tune, region: Region, volumes: Arc<Volumes>) -> (Self, Playing) {
        let over = Arc::new(AtomicBool::new(false));
        let playing = Playing(Arc::clone(&over));
        (Self { tune, region, volumes, over, playing: None }, playing)
    }
}

impl Plug for TunePlug {
    fn role(&self) -> Role {
        self.tune.role()
    }

    fn plug(&mut self, end: End, link: Arc<Link>, rate: u32) {
        let End::Playback(ring) = end else { return };
        let generator = Generator::new(self.tune.signal(self.region), rate);
        let (ahead, block) = (rate as usize * 3 / 10, vec![0; rate as usize / 100]);
        self.playing = Some(Stream { ring, link, generator, ahead, block });
        self.tend();
    }

    fn unplug(&mut self) {
        self.playing = None;
    }

    /// Keeps 300 ms ahead of the device: three ticks.
    fn tend(&mut self) {
        let gain = self.volumes.gain(self.role()) / 32_768.0;
        let Some(Stream { ring, generator, ahead, block, .. }) = &mut self.playing else { return };
        while ring.buffer().capacity() - ring.slots() < *ahead && ring.slots() >= block.len() {
            generator.fill(block);
            if let Ok(chunk) = ring.write_chunk_uninit(block.len()) {
                chunk.fill_from_iter(block.iter().map(|s| f32::from(*s) * gain));
            }
        }
    }

    fn is_over(&self) -> bool {
        let over = self.over.load(Ordering::Acquire);
        if let Some(playing) = self.playing.as_ref().filter(|_| over) {
            playing.link.end();
        }
        over
    }
}
