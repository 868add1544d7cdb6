//! Any text as challenges: what is read is answered, and the answer verifies.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::{
    digest::{Challenge, Credentials, Login, Signed},
    message::Method,
};

fuzz_target!(|text: &str| {
    let method = Method::Invite;
    let login = Login { user: "u", password: "p" };
    for challenge in Challenge::parse_all(text).into_iter().flatten() {
        let signed = Signed { method: &method, uri: "sip:a", body: b"v=0" };
        let answer = Credentials::answer(&challenge, login, signed, "c", 1);
        assert!(answer.verify(login, &method, b"v=0"));
    }
});
