//! Any bytes as comfort noise and as G.711.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::codec::{
    CODECS,
    comfort_noise::{Description, Generator},
};

fuzz_target!(|payload: &[u8]| {
    let mut sound = [0; 320];
    if let Some(noise) = Description::parse(payload) {
        let mut generator = Generator::new([1; 32]);
        generator.update(noise);
        generator.fill(&mut sound);
        let mut out = [0; 16];
        let length = noise.encode(&mut out);
        assert_eq!(Description::parse(&out[..length]).map(|again| again.level), Some(noise.level));
    }
    for spec in CODECS {
        let mut codec = spec.open(None);
        match codec.decode(payload, &mut sound) {
            Ok(samples) => assert_eq!(samples, codec.samples(payload)),
            Err(_) => assert!(codec.samples(payload) > sound.len()),
        }
    }
});
