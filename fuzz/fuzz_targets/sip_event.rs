//! Any text as a Event value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Event, Header};

fuzz_target!(|text: &str| {
    if let Ok(value) = Event::parse(text) {
        assert!(Event::parse(&value.to_string()).is_ok());
    }
});
