//! Any text as a SubscriptionState value: what is read prints as something that reads again.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::{Header, SubscriptionState};

fuzz_target!(|text: &str| {
    if let Ok(value) = SubscriptionState::parse(text) {
        assert!(SubscriptionState::parse(&value.to_string()).is_ok());
    }
});
