//! Any bytes as a stream of telephone events: timestamp, payload, delay.
#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use milliwatt_media::dtmf::{EventPayload, Receiver};

fuzz_target!(|bytes: &[u8]| {
    let mut receiver = Receiver::new(8000);
    let mut now = Duration::ZERO;
    let (mut packets, mut told) = (0, 0);
    for packet in bytes.chunks(9) {
        let (timestamp, payload) = packet.split_at(packet.len().min(4));
        let timestamp = timestamp.iter().fold(0_u32, |sum, b| (sum << 8) | u32::from(*b));
        now += Duration::from_millis(u64::from(packet.last().copied().unwrap_or(0)));
        if let Ok(event) = EventPayload::parse(payload) {
            packets += 1;
            told += usize::from(receiver.receive(now, timestamp, &event).is_some());
        }
        told += usize::from(receiver.poll(now).is_some());
    }
    assert!(told <= packets);
});
