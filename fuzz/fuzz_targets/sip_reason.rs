//! Any text as a Reason value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, Reason};

fuzz_target!(|text: &str| {
    if let Ok(value) = Reason::parse(text) {
        assert!(Reason::parse(&value.to_string()).is_ok());
    }
});
