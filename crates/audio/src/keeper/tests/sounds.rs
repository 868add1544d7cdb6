//! What is sent and heard: a call at its end, volumes, tunes, recordings.

use super::*;

#[test]
fn a_port_that_is_dropped_is_silent_at_once_and_lets_its_devices_go() {
    let mut bench = Bench::new(&["desk"], None);
    let (mut port, _sound) = bench.call();
    bench.pass(5, Some(&mut port));
    drop(port);
    let mut block = [9.0_f32; 480];
    bench.room().speaker.as_mut().unwrap().1.give(&mut block, 1, |s| s);
    assert_eq!(block, [0.0; 480]);
    bench.pass(1, None);
    assert!(bench.keeper.uses.is_empty());
}

#[test]
fn volumes_act_on_what_is_sent_and_heard() {
    let mut bench = Bench::new(&["desk"], None);
    let (mut port, sound) = bench.call();
    let level = |bench: &mut Bench, port: &mut CallPort| {
        bench.pass(5, Some(port));
        let mut block = [0.0_f32; 480];
        bench.room().speaker.as_mut().unwrap().1.give(&mut block, 1, |s| s);
        (sound.figures().out_dbov, block[479])
    };
    let (out, heard) = level(&mut bench, &mut port);
    assert!((out + 20.0).abs() < 1.0 && (heard - 1000.0 / 32_768.0).abs() < 1e-3, "{out} {heard}");
    bench.volumes.set(Role::Microphone, 50);
    bench.volumes.set(Role::Speaker, 200);
    let (out, heard) = level(&mut bench, &mut port);
    assert!((out + 26.0).abs() < 1.0 && (heard - 2000.0 / 32_768.0).abs() < 1e-3, "{out} {heard}");
}

#[test]
fn a_tune_rings_on_the_ring_device_until_it_is_dropped() {
    let mut bench = Bench::new(&["desk", "bell"], None);
    bench.keeper.choose(Choice { ring: Some("bell".into()), ..Choice::default() });
    let ring = Piece::Tune(Tune::Ring(Ringtone::Bell), milliwatt_media::tone::Region::Europe);
    let (plug, playing) = Player::new(ring, Arc::default());
    bench.keeper.add(Box::new(plug));
    assert_eq!(bench.speaker(), "bell");
    let mut loud = 0;
    for _ in 0..30 {
        let mut block = [0.0_f32; 4800];
        bench.room().speaker.as_mut().unwrap().1.give(&mut block, 1, |s| s);
        loud += usize::from(block.iter().any(|s| s.abs() > 0.05));
        bench.keeper.tick();
    }
    assert_eq!(loud, 15, "a second and a half of three");
    drop(playing);
    bench.keeper.tick();
    assert!(bench.keeper.uses.is_empty());
}

#[test]
fn a_sound_rings_over_and_over_at_its_pitch() {
    let mut bench = Bench::new(&["desk"], None);
    // A fifth of a second.
    let sound: Vec<i16> = (0..1600).map(|n| if n % 8 < 4 { 8000 } else { -8000 }).collect();
    let (plug, playing) = Player::new(Piece::Ring(sound.into(), 8000), Arc::default());
    bench.keeper.add(Box::new(plug));
    let mut heard = Vec::new();
    for _ in 0..20 {
        let mut block = [0.0_f32; 4800];
        bench.room().speaker.as_mut().unwrap().1.give(&mut block, 1, |s| s);
        heard.extend(block.map(|s| (s * 32_768.0) as i16));
        bench.keeper.tick();
    }
    assert!(!playing.has_ended());
    let tone = milliwatt_media::tone::measure(&heard[48_000..], 48_000, 1000.0).unwrap();
    assert!(tone.level_dbov > -15.0 && tone.snr_db > 5.0, "{tone:?}");
}

#[test]
fn a_recording_is_played_once_at_its_pitch_and_its_end_is_known() {
    let mut bench = Bench::new(&["desk"], None);
    // A square wave: its harmonics are the rest.
    let sound = (0..8000).map(|n| if n % 8 < 4 { 8000 } else { -8000 }).collect();
    let (plug, playing) = Player::new(Piece::Recording(sound, 8000), Arc::default());
    bench.keeper.add(Box::new(plug));
    let mut heard = Vec::new();
    for _ in 0..14 {
        assert!(!playing.has_ended() || heard.len() > 50_000);
        let mut block = [0.0_f32; 4800];
        bench.room().speaker.as_mut().unwrap().1.give(&mut block, 1, |s| s);
        heard.extend(block.map(|s| (s * 32_768.0) as i16));
        bench.keeper.tick();
    }
    assert!(playing.has_ended());
    let tone = milliwatt_media::tone::measure(&heard[4800..43_200], 48_000, 1000.0).unwrap();
    assert!(tone.level_dbov > -15.0 && tone.snr_db > 5.0, "{tone:?}");
    assert!(heard[52_800..].iter().all(|s| *s == 0), "a second");
}
