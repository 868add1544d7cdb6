//! Any bytes as an RTP packet: the payload is a part of them, and the header is written as it was read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::rtp;

fuzz_target!(|bytes: &[u8]| {
    let _ = (rtp::is_rtcp(bytes), rtp::is_rtp_or_rtcp(bytes));
    let Ok(packet) = rtp::read(bytes) else { return };
    assert!(packet.payload.len() + rtp::MAX_HEADER <= bytes.len());
    let mut written = [0; rtp::MAX_HEADER];
    let length = rtp::write(&packet.header, &mut written).expect("there is room");
    let again = rtp::read(&written[..length]).expect("our header can be read");
    assert_eq!(again.header, packet.header);
    assert!(again.payload.is_empty());
});
