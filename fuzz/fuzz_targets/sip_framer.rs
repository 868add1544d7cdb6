//! Any octets as a stream in pieces: the same comes out as of the whole.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::stream::{Framed, Framer};

fuzz_target!(|input: (u8, &[u8])| {
    let (size, stream) = input;
    let messages = |pieces: &mut dyn Iterator<Item = &[u8]>| {
        let mut framer = Framer::new();
        let mut found = Vec::new();
        for piece in pieces {
            framer.push(piece);
            found.extend(std::iter::from_fn(|| framer.next()));
        }
        found.retain(|framed| matches!(framed, Framed::Message(_)));
        found
    };
    let whole = messages(&mut std::iter::once(stream));
    assert_eq!(whole, messages(&mut stream.chunks(usize::from(size) + 1)));
});
