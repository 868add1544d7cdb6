//! Any text as parameters and as a quoted string.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::grammar::{Params, unquote};

fuzz_target!(|text: &str| {
    let _ = unquote(text);
    for (name, _) in Params::new(text).take(64) {
        assert!(Params::new(text).has(name));
    }
});
