//! Any text as a RSeq value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, RSeq};

fuzz_target!(|text: &str| {
    if let Ok(value) = RSeq::parse(text) {
        assert!(RSeq::parse(&value.to_string()).is_ok());
    }
});
