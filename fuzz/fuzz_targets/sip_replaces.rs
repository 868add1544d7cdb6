//! Any text as a Replaces value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, Replaces};

fuzz_target!(|text: &str| {
    if let Ok(value) = Replaces::parse(text) {
        assert!(Replaces::parse(&value.to_string()).is_ok());
    }
});
