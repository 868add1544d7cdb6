//! Any text as a CSeq value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{CSeq, Header};

fuzz_target!(|text: &str| {
    if let Ok(value) = CSeq::parse(text) {
        assert!(CSeq::parse(&value.to_string()).is_ok());
    }
});
