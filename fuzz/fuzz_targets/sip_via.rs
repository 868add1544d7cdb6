//! Any text as a Via value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, Via};

fuzz_target!(|text: &str| {
    if let Ok(value) = Via::parse(text) {
        assert!(Via::parse(&value.to_string()).is_ok());
    }
});
