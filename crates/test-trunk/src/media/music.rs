//! 9002: an arpeggio over four chords.

use std::f64::consts::TAU;

/// A melody without an end. Plucked notes of a quarter of a second, each with its octave above.
pub(super) struct Music {
    rate: f64,
    note: usize,
    /// Samples of the note so far.
    played: f64,
}

/// Seconds of a note.
const NOTE: f64 = 0.25;
/// C, A minor, F, G as semitones from A4, low to high and back.
const CHORDS: [[i32; 4]; 4] =
    [[-9, -5, -2, 3], [-12, -9, -5, 0], [-16, -12, -9, -4], [-14, -10, -7, -2]];
/// The order in which the notes of a chord are plucked.
const ORDER: [usize; 8] = [0, 1, 2, 3, 2, 3, 2, 1];
/// Peak of the fundamental.
const AMPLITUDE: f64 = 9000.0;

impl Music {
    pub(super) fn new(rate: u32) -> Self {
        Self { rate: f64::from(rate.max(1)), note: 0, played: 0.0 }
    }

    pub(super) fn fill(&mut self, frame: &mut [i16]) {
        for sample in frame {
            *sample = self.next();
        }
    }

    fn next(&mut self) -> i16 {
        let time = self.played / self.rate;
        let place = ORDER.get(self.note % ORDER.len()).copied().unwrap_or(0);
        let chord = CHORDS.get(self.note / ORDER.len() % CHORDS.len());
        let semitones = chord.and_then(|chord| chord.get(place)).copied().unwrap_or(0);
        let hz = 440.0 * 2f64.powf(f64::from(semitones) / 12.0);
        // Rises in 5 ms and rings out, so that nothing clicks.
        let envelope =
            (time / 0.005).min(1.0) * (-4.0 * time).exp() * ((NOTE - time) / 0.01).min(1.0);
        let tone = (TAU * hz * time).sin() + 0.3 * (2.0 * TAU * hz * time).sin();
        self.played += 1.0;
        if self.played >= NOTE * self.rate {
            self.played = 0.0;
            self.note = self.note.wrapping_add(1);
        }
        (AMPLITUDE * envelope * tone) as i16
    }
}
