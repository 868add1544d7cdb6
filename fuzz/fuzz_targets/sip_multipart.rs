//! Any octets as a multipart body.
#![no_main]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use milliwatt_sip::message::{MAX_PARTS, parts};

fuzz_target!(|input: (&str, &[u8])| {
    let (boundary, body) = input;
    let found = parts(&Bytes::copy_from_slice(body), boundary);
    assert!(found.len() <= MAX_PARTS + 1);
    assert!(found.iter().map(|part| part.body.len()).sum::<usize>() <= body.len());
});
