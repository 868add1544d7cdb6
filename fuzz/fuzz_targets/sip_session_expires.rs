//! Any text as a SessionExpires value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, SessionExpires};

fuzz_target!(|text: &str| {
    if let Ok(value) = SessionExpires::parse(text) {
        assert!(SessionExpires::parse(&value.to_string()).is_ok());
    }
});
