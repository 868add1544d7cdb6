//! Any octets as a datagram and as a message on a stream, with all headers read.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_sip::message::{Builder, Framing, Message};

fuzz_target!(|raw: &[u8]| {
    for framing in [Framing::Datagram, Framing::Stream] {
        let Ok(message) = Message::parse(raw.to_vec(), framing) else { continue };
        assert_eq!(&**message.raw(), raw);
        assert!(message.deviations().len() <= 64);
        for (name, _) in message.rows() {
            let _ = message.values(name).count();
        }
        let _ = (message.from(), message.to(), message.cseq(), message.uri());
        let _ = (message.vias().count(), message.contacts().count(), message.routes().count());
        let _ = message.content("application/sdp");
        let written = Builder::edit(&message).build();
        assert!(written.len() > 4);
        let _ = Builder::response_to(&message, 400, "", Some("t")).build();
    }
});
