//! Recorded speech: mono WAV files at 16 kHz, named SPEAKER-NUMBER.wav, as `scripts/lib/speech.py` fetches
//! them.

use std::{collections::BTreeMap, path::Path};

use milliwatt_audio::RATE;
use milliwatt_media::rate::Converter;

use crate::room::SECONDS;

/// What each speaker says, at 16 kHz, by the speakers' names.
pub(crate) struct People(BTreeMap<String, Vec<i16>>);

impl People {
    /// Reads all files of a folder; those of one speaker follow each other.
    ///
    /// # Errors
    /// When a file cannot be read, or there are fewer than two speakers.
    pub(crate) fn read(folder: &Path) -> Result<Self, Box<dyn std::error::Error>> {
        let mut files = std::fs::read_dir(folder)?
            .map(|file| file.map(|file| file.path()))
            .collect::<Result<Vec<_>, _>>()?;
        files.retain(|file| file.extension().is_some_and(|end| end == "wav"));
        files.sort();
        let mut people = BTreeMap::<String, Vec<i16>>::new();
        for file in files {
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let speaker = name.rsplit_once('-').map_or(name.as_str(), |(speaker, _)| speaker);
            let sound = hound::WavReader::open(&file)?.into_samples::<i16>();
            people.entry(speaker.into()).or_default().extend(sound.collect::<Result<Vec<_>, _>>()?);
        }
        if people.len() < 2 { Err("fewer than two speakers".into()) } else { Ok(Self(people)) }
    }

    /// How many speakers there are.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// What a speaker says from a second on, at 48 kHz, brought by a line of `rate` samples a second.
    pub(crate) fn speech(&self, speaker: usize, from: usize, rate: u32) -> Vec<f32> {
        let said = self.0.values().nth(speaker % self.len()).map_or(&[][..], Vec::as_slice);
        let said: Vec<i16> =
            said.iter().copied().cycle().skip(from * 16_000).take(SECONDS * 16_000).collect();
        let line = converted(&converted(&said, 16_000, rate), rate, RATE);
        line.iter().map(|sample| f32::from(*sample) / 32_768.0).collect()
    }
}

fn converted(sound: &[i16], from: u32, to: u32) -> Vec<i16> {
    if from == to {
        return sound.to_vec();
    }
    let mut converter = Converter::new(from, to).unwrap();
    let mut block = vec![0; to as usize / 50];
    sound
        .chunks_exact(from as usize / 50)
        .flat_map(|frame| {
            converter.convert(frame, &mut block);
            block.clone()
        })
        .collect()
}
