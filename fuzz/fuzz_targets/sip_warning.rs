//! Any text as a Warning value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, Warning};

fuzz_target!(|text: &str| {
    if let Ok(value) = Warning::parse(text) {
        assert!(Warning::parse(&value.to_string()).is_ok());
    }
});
