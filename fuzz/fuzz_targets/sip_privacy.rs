//! Any text as a Privacy value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, Privacy};

fuzz_target!(|text: &str| {
    if let Ok(value) = Privacy::parse(text) {
        assert!(Privacy::parse(&value.to_string()).is_ok());
    }
});
