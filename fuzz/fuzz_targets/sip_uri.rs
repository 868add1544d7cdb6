//! Any text as a URI: it equals itself and survives being taken apart.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::uri::{Part, Uri, escape, unescape};

fuzz_target!(|text: &str| {
    let _ = unescape(text);
    for part in [Part::User, Part::Password, Part::Param, Part::Header] {
        assert_eq!(&*unescape(&escape(text, part)), text.as_bytes());
    }
    if let Ok(uri) = Uri::parse(text) {
        assert!(uri.equivalent(&uri));
        let _ = (uri.edit().build(), uri.params().count(), uri.headers().count());
    }
});
