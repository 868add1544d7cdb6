//! Mixing of mono frames at one rate, with the sum kept wide until it is written.

/// The sum of any number of frames. Give each party the sum without its own voice.
#[derive(Clone, Debug, Default)]
pub struct Mixer {
    sum: Vec<i32>,
}

impl Mixer {
    /// A mixer for frames of `samples` samples.
    pub fn new(samples: usize) -> Self {
        Self { sum: vec![0; samples] }
    }

    /// Forgets the frames of the last round.
    pub fn clear(&mut self) {
        self.sum.fill(0);
    }

    /// Adds one frame. Samples beyond the mixer's length are left out.
    pub fn add(&mut self, frame: &[i16]) {
        for (sum, sample) in self.sum.iter_mut().zip(frame) {
            *sum = sum.saturating_add(i32::from(*sample));
        }
    }

    /// Writes the sum, limited to 16 bits.
    pub fn write(&self, out: &mut [i16]) {
        for (out, sum) in out.iter_mut().zip(&self.sum) {
            *out = limit(*sum);
        }
    }

    /// Writes the sum without `own`, which must have been added.
    pub fn write_without(&self, own: &[i16], out: &mut [i16]) {
        for ((out, sum), own) in out.iter_mut().zip(&self.sum).zip(own) {
            *out = limit(sum.saturating_sub(i32::from(*own)));
        }
    }
}

/// Adds `other` onto `frame`, limited to 16 bits.
pub fn add(frame: &mut [i16], other: &[i16]) {
    for (sample, other) in frame.iter_mut().zip(other) {
        *sample = sample.saturating_add(*other);
    }
}

fn limit(sum: i32) -> i16 {
    i16::try_from(sum).unwrap_or(if sum < 0 { i16::MIN } else { i16::MAX })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_party_hears_the_others() {
        let mut mixer = Mixer::new(2);
        let voices = [[100, -100], [20, 20], [3, -3]];
        for voice in &voices {
            mixer.add(voice);
        }
        let mut out = [0; 2];
        mixer.write(&mut out);
        assert_eq!(out, [123, -83]);
        mixer.write_without(&voices[0], &mut out);
        assert_eq!(out, [23, 17]);
    }

    #[test]
    fn a_sum_beyond_16_bits_does_not_spoil_what_is_taken_out_again() {
        let mut mixer = Mixer::new(1);
        for _ in 0..3 {
            mixer.add(&[30000]);
        }
        let mut out = [0; 1];
        mixer.write(&mut out);
        assert_eq!(out, [i16::MAX]);
        let mut two = Mixer::new(1);
        two.add(&[30000]);
        two.add(&[-100]);
        two.write_without(&[30000], &mut out);
        assert_eq!(out, [-100]);
        two.clear();
        two.write(&mut out);
        assert_eq!(out, [0]);
    }

    #[test]
    fn adding_limits_instead_of_wrapping() {
        let mut frame = [30000, -30000, 5];
        add(&mut frame, &[10000, -10000]);
        assert_eq!(frame, [i16::MAX, i16::MIN, 5]);
    }
}
