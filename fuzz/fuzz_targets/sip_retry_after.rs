//! Any text as a RetryAfter value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, RetryAfter};

fuzz_target!(|text: &str| {
    if let Ok(value) = RetryAfter::parse(text) {
        assert!(RetryAfter::parse(&value.to_string()).is_ok());
    }
});
