//! Any bytes as an RTCP compound: all of it is told or nothing, and no more than was there.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::rtcp;

fuzz_target!(|bytes: &[u8]| {
    let mut items = 0;
    let read = rtcp::read(bytes, |item| {
        items += 1;
        if let rtcp::Item::Block { block, .. } = item {
            let _ = rtcp::round_trip(bytes.len() as u32, &block);
            assert!((-0x80_0000..0x80_0000).contains(&block.total_lost));
        }
    });
    assert!(items <= bytes.len() / 4);
    assert!(read.is_ok() || items == 0);
});
