//! Any text as an Authorization value.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::{
    digest::{Credentials, Login},
    message::Method,
};

fuzz_target!(|text: &str| {
    if let Ok(credentials) = Credentials::parse(text) {
        let _ = credentials.verify(Login { user: "u", password: "p" }, &Method::Invite, b"");
        let _ = credentials.to_string();
    }
});
