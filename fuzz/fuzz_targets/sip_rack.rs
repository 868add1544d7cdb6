//! Any text as a RAck value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, RAck};

fuzz_target!(|text: &str| {
    if let Ok(value) = RAck::parse(text) {
        assert!(RAck::parse(&value.to_string()).is_ok());
    }
});
