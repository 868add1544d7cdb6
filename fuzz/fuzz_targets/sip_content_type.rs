//! Any text as a ContentType value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{ContentType, Header};

fuzz_target!(|text: &str| {
    if let Ok(value) = ContentType::parse(text) {
        assert!(ContentType::parse(&value.to_string()).is_ok());
    }
});
