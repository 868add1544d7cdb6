//! Any text as an address, and rebuilt with another tag and name.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::header::Address;

fuzz_target!(|text: &str| {
    if let Ok(address) = Address::parse(text) {
        let rebuilt = address.with_tag("t").with_display_name("\"n\\");
        assert_eq!(rebuilt.uri(), address.uri());
        assert_eq!(
            Address::parse(rebuilt.as_str()).ok().map(|it| it.uri().clone()).as_ref(),
            Some(address.uri())
        );
        let _ = (address.display_name(), address.params().count());
    }
});
