//! What each answerer plays.

use std::time::Duration;

use milliwatt_media::{
    frame::AudioPort,
    tone::{Generator, Signal},
};

use super::{announcement::Announcement, music::Music};
use crate::numbers::Answerer;

/// The sound of a number, at the sample rate of its call.
pub(super) fn of(answerer: Answerer, rate: u32) -> Box<dyn AudioPort> {
    let sound = match answerer {
        Answerer::Announcement => Sound::Announcement(Announcement::new(rate)),
        Answerer::Echo => Sound::Echo { heard: Vec::with_capacity((rate / 50) as usize) },
        Answerer::Ivr => Sound::Once(Generator::new(prompt(), rate)),
        Answerer::HangsUp | Answerer::LateOffer | Answerer::Milliwatt | Answerer::Reliable => {
            Sound::Once(Generator::new(Signal::milliwatt(), rate))
        }
        Answerer::Music | Answerer::Rings => Sound::Music(Music::new(rate)),
    };
    Box::new(Program { rate, sound })
}

/// Two rising tones that ask for digits; no frequency of a digit is among them.
fn prompt() -> Signal {
    Signal::sequence(&[520.0, 620.0], -16.0, Duration::from_millis(150))
}

struct Program {
    rate: u32,
    sound: Sound,
}

enum Sound {
    Announcement(Announcement),
    /// The last frame that was heard and not yet sent back.
    Echo {
        heard: Vec<i16>,
    },
    Music(Music),
    /// A signal, and silence after it.
    Once(Generator),
}

impl AudioPort for Program {
    fn sample_rate(&self) -> u32 {
        self.rate
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        match &mut self.sound {
            Sound::Announcement(announcement) => announcement.fill(frame),
            Sound::Echo { heard } => {
                frame.fill(0);
                for (sample, heard) in frame.iter_mut().zip(heard.drain(..)) {
                    *sample = heard;
                }
            }
            Sound::Music(music) => music.fill(frame),
            Sound::Once(generator) => {
                generator.fill(frame);
            }
        }
        // A source at its end would be told to a user, and there is none.
        true
    }

    fn playout(&mut self, _now: Duration, frame: &[i16]) {
        if let Sound::Echo { heard } = &mut self.sound {
            heard.clear();
            heard.extend_from_slice(frame);
        }
    }
}

#[cfg(test)]
mod tests {
    use milliwatt_media::tone::measure;

    use super::*;

    fn play(answerer: Answerer, seconds: usize) -> Vec<i16> {
        let mut port = of(answerer, 8000);
        let mut sound = Vec::new();
        let mut frame = [0; 160];
        for _ in 0..seconds * 50 {
            assert!(port.capture(Duration::ZERO, &mut frame));
            sound.extend_from_slice(&frame);
        }
        sound
    }

    fn rms(sound: &[i16]) -> f64 {
        let power: f64 = sound.iter().map(|s| f64::from(*s) * f64::from(*s)).sum();
        (power / sound.len() as f64).sqrt()
    }

    #[test]
    fn the_echo_gives_back_each_frame_once() {
        let mut port = of(Answerer::Echo, 8000);
        let mut frame = [1; 160];
        port.playout(Duration::ZERO, &[7; 160]);
        port.capture(Duration::ZERO, &mut frame);
        assert_eq!(frame, [7; 160]);
        port.capture(Duration::ZERO, &mut frame);
        assert_eq!(frame, [0; 160]);
    }

    #[test]
    fn the_milliwatt_is_at_its_frequency_and_level() {
        let sound = play(Answerer::Milliwatt, 1);
        let tone = measure(&sound, 8000, 1004.0).unwrap();
        assert!((tone.level_dbov + 6.2).abs() < 0.3, "{tone:?}");
    }

    #[test]
    fn music_and_announcement_go_on_and_never_clip() {
        for (answerer, every) in [(Answerer::Music, 4000), (Answerer::Announcement, 8000)] {
            let sound = play(answerer, 8);
            assert!(sound.iter().all(|s| s.abs() < 20_000), "{answerer:?}");
            for part in sound.chunks(every) {
                assert!((400.0..8000.0).contains(&rms(part)), "{answerer:?} {}", rms(part));
            }
        }
    }

    #[test]
    fn an_announcement_begins_with_the_special_information_tone() {
        let sound = play(Answerer::Announcement, 1);
        for (part, hz) in sound.chunks(2640).zip([950.0, 1400.0, 1800.0]) {
            let tone = measure(&part[..2400], 8000, hz).unwrap();
            assert!(tone.level_dbov > -25.0, "{hz} {tone:?}");
        }
    }
}
