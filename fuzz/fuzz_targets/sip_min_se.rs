//! Any text as a MinSe value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, MinSe};

fuzz_target!(|text: &str| {
    if let Ok(value) = MinSe::parse(text) {
        assert!(MinSe::parse(&value.to_string()).is_ok());
    }
});
