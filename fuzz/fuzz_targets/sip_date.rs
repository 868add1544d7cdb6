//! Any text as a Date value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Date, Header};

fuzz_target!(|text: &str| {
    if let Ok(value) = Date::parse(text) {
        assert!(Date::parse(&value.to_string()).is_ok());
    }
});
