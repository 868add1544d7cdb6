//! Any bytes as offer and as answer, and a good offer after each.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::{
    negotiate::{Local, Negotiation},
    sdp::Description,
};

const GOOD: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n\
    m=audio 6000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

fuzz_target!(|body: &[u8]| {
    let local = Local::new([192, 0, 2, 1].into(), 4000);
    let mut negotiation = Negotiation::new(local, 7);
    if let Ok((text, agreement)) = negotiation.answer(body) {
        assert!((10..=60).contains(&agreement.plan.ptime.as_millis()));
        let answer = Description::parse(text.as_bytes()).expect("our answer can be read");
        assert!(answer.deviations().is_empty(), "{text}");
    }
    let offer = negotiation.offer();
    assert!(Description::parse(offer.as_bytes()).is_ok_and(|offer| offer.deviations().is_empty()));
    let _ = negotiation.answered(body);
    assert!(negotiation.answer(GOOD).is_ok());
});
