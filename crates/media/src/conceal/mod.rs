//! Packet-loss concealment in the manner of ITU-T G.711 appendix I, at any sample rate, and the
//! bending of time for the jitter buffer.
//!
//! Lost sound is replaced by the last pitch periods: one for the first 10 ms, two for the next,
//! then three, so that it does not buzz. After 10 ms it fades by a fifth every 10 ms and is silent
//! after 60 ms. The first good sound is merged with what was made up over a quarter of a period and
//! 4 ms for every 10 ms lost, 10 ms at most.
//!
//! Appendix I delays all sound by 3.75 ms so that it can fade into the first period. We add no
//! delay: the step between the last sample and the repeated period is ramped away instead.

mod pitch;
mod stretch;

pub use stretch::{grow, shrink};

/// The concealment of one stream of mono sound.
#[derive(Clone, Debug)]
pub struct Concealer {
    /// Samples for one sample at 8 kHz.
    scale: usize,
    /// The last sound played, real or made up.
    history: Vec<i16>,
    /// The last real sound before the loss.
    source: Vec<i16>,
    pitch: usize,
    periods: usize,
    position: usize,
    /// Samples made up in this loss.
    lost: usize,
    step: f32,
}

impl Concealer {
    /// For sound at `sample_rate` Hz, 8000 to 48000.
    pub fn new(sample_rate: u32) -> Self {
        let scale = (sample_rate as usize / 8000).max(1);
        Self {
            scale,
            history: vec![0; HISTORY * scale],
            source: vec![0; HISTORY * scale],
            pitch: LONGEST * scale,
            periods: 1,
            position: 0,
            lost: 0,
            step: 0.0,
        }
    }

    /// Takes sound that arrived, to be played next. After a loss its start is changed to merge
    /// with what was made up.
    pub fn good(&mut self, sound: &mut [i16]) {
        if self.lost > 0 {
            self.merge(sound);
            self.lost = 0;
        }
        self.remember(sound);
    }

    /// Makes up sound that did not arrive.
    pub fn lost(&mut self, sound: &mut [i16]) {
        if self.lost == 0 {
            self.begin();
        }
        for sample in sound.iter_mut() {
            *sample = self.made_up();
        }
        self.remember(sound);
    }

    fn begin(&mut self) {
        self.source.copy_from_slice(&self.history);
        self.pitch = pitch::period(&self.source, self.scale);
        self.periods = 1;
        self.position = 0;
        let back = |n: usize| self.source.iter().rev().nth(n).copied().unwrap_or(0);
        self.step = f32::from(back(0)) - f32::from(back(self.pitch));
    }

    /// The next sample of the loss.
    fn made_up(&mut self) -> i16 {
        let ten_ms = TEN_MS * self.scale;
        if self.lost >= 6 * ten_ms {
            self.lost = self.lost.saturating_add(1);
            return 0;
        }
        if self.lost == ten_ms || self.lost == 2 * ten_ms {
            self.periods += 1;
            self.position %= self.pitch;
        }
        let quarter = self.pitch / 4;
        let mut value = self.cycle(self.periods, self.position);
        let since_switch = self.lost % ten_ms;
        if self.lost < quarter {
            value += self.step * (1.0 - (self.lost + 1) as f32 / quarter as f32);
        } else if self.periods > 1 && self.lost < 3 * ten_ms && since_switch < quarter {
            // The shorter cycle goes on under the longer one until that has taken over.
            let weight = (since_switch + 1) as f32 / (quarter + 1) as f32;
            let before = self.cycle(self.periods - 1, self.position);
            value = before * (1.0 - weight) + value * weight;
        }
        let faded = self.lost.saturating_sub(ten_ms) as f32 / (5 * ten_ms) as f32;
        self.position = (self.position + 1) % (self.pitch * self.periods);
        self.lost += 1;
        (value * (1.0 - faded)) as i16
    }

    /// A sample of the repeated periods; their end leads over to their beginning.
    fn cycle(&self, periods: usize, position: usize) -> f32 {
        let length = self.pitch * periods;
        let position = position % length.max(1);
        let quarter = self.pitch / 4;
        let start = self.source.len().saturating_sub(length);
        let at = |n: usize| f32::from(self.source.get(n).copied().unwrap_or(0));
        let into_tail = (position + quarter).saturating_sub(length);
        if into_tail == 0 {
            return at(start + position);
        }
        let weight = into_tail as f32 / (quarter + 1) as f32;
        at(start + position) * (1.0 - weight)
            + at((start + position).saturating_sub(length)) * weight
    }

    fn merge(&mut self, sound: &mut [i16]) {
        let tens = self.lost / (TEN_MS * self.scale);
        let overlap = (self.pitch / 4 + tens.saturating_sub(1) * FOUR_MS * self.scale)
            .min(TEN_MS * self.scale)
            .min(sound.len());
        for (n, sample) in sound.iter_mut().take(overlap).enumerate() {
            let weight = (n + 1) as f32 / (overlap + 1) as f32;
            let made_up = f32::from(self.made_up());
            *sample = (f32::from(*sample) * weight + made_up * (1.0 - weight)) as i16;
        }
    }

    fn remember(&mut self, sound: &[i16]) {
        let length = self.history.len();
        let new = sound.len().min(length);
        self.history.copy_within(new.., 0);
        let recent = sound.iter().skip(sound.len() - new);
        for (place, sample) in self.history.iter_mut().skip(length - new).zip(recent) {
            *place = *sample;
        }
    }
}

/// Samples at 8 kHz: three and a quarter of the longest period.
const HISTORY: usize = 390;
/// The longest period, 15 ms.
const LONGEST: usize = 120;
const TEN_MS: usize = 80;
const FOUR_MS: usize = 32;

#[cfg(test)]
mod tests;
