//! Any text as a Contact value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Contact, Header};

fuzz_target!(|text: &str| {
    if let Ok(value) = Contact::parse(text) {
        assert!(Contact::parse(&value.to_string()).is_ok());
    }
});
