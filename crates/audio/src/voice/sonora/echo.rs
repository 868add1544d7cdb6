//! The echo canceller (AEC3) between blocks of 10 ms and its own of 4 ms.

use sonora_aec3::{
    block::Block, block_processor::BlockProcessor, common::BLOCK_SIZE, config::EchoCanceller3Config,
};

use super::{
    super::{EchoFigures, aec3::settle},
    bands::{BAND, BANDS, Bands},
};
use crate::stream::RATE;

/// Takes the speaker's sound out of the microphone's.
pub(super) struct Echo {
    processor: BlockProcessor,
    /// What waits to fill a block of the canceller: of the speaker, of the microphone.
    speaker: Waiting,
    microphone: Waiting,
    /// What was cleaned.
    done: Waiting,
    block: Block,
}

type Waiting = Vec<Vec<f32>>;

impl Echo {
    pub(super) fn new() -> Self {
        let waiting = || -> Waiting { (0..BANDS).map(|_| Vec::with_capacity(ROOM)).collect() };
        let mut done = waiting();
        done.iter_mut().for_each(|band| band.resize(LATENCY, 0.0));
        Self {
            processor: BlockProcessor::new(&settings(), RATE as usize, 1, 1),
            speaker: waiting(),
            microphone: waiting(),
            done,
            block: Block::new(BANDS, 1),
        }
    }

    /// Takes what the speaker plays.
    pub(super) fn render(&mut self, bands: &Bands) {
        add(&mut self.speaker, bands);
        while take(&mut self.speaker, &mut self.block) {
            self.processor.buffer_render(&self.block);
        }
    }

    /// Cleans what the microphone heard in place, [`LATENCY`] late. `clips`: it was too loud.
    pub(super) fn capture(&mut self, bands: &mut Bands, clips: bool) {
        add(&mut self.microphone, bands);
        while take(&mut self.microphone, &mut self.block) {
            self.processor.process_capture(false, clips, None, &mut self.block);
            for (n, done) in self.done.iter_mut().enumerate() {
                done.extend_from_slice(self.block.view(n, 0));
            }
        }
        for (band, done) in bands.iter_mut().zip(&mut self.done) {
            for (to, from) in band.iter_mut().zip(done.drain(..BAND)) {
                *to = from;
            }
        }
    }

    pub(super) fn figures(&self) -> EchoFigures {
        let figures = self.processor.get_metrics();
        EchoFigures {
            delay_ms: Some(figures.delay_ms as f32),
            erle_db: Some(figures.echo_return_loss_enhancement as f32),
        }
    }
}

fn add(waiting: &mut [Vec<f32>], bands: &Bands) {
    for (waiting, band) in waiting.iter_mut().zip(bands) {
        waiting.extend_from_slice(band);
    }
}

/// Fills a block; false where there is not enough for it.
fn take(waiting: &mut [Vec<f32>], block: &mut Block) -> bool {
    let enough = waiting.iter().all(|band| band.len() >= BLOCK_SIZE);
    if enough {
        for (n, waiting) in waiting.iter_mut().enumerate() {
            block.view_mut(n, 0).copy_from_slice(&waiting[..BLOCK_SIZE]);
            waiting.drain(..BLOCK_SIZE);
        }
    }
    enough
}

fn settings() -> EchoCanceller3Config {
    let mut settings = EchoCanceller3Config::default();
    settle!(&mut settings);
    // What is above 2 kHz is lowered by what is left of the echo there, and not by what is at 2 kHz.
    settings.suppressor.high_frequency_suppression.bands_in_limiting_gain = 0;
    settings
}

/// By how much its sound is late, samples of a band: 2 ms.
const LATENCY: usize = 32;
/// Samples of a band that wait at the most.
const ROOM: usize = 320;
