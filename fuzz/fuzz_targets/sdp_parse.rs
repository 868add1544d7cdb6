//! Any bytes as a session description: what was read is printed and read again without change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::sdp::{Description, MAX_DEVIATIONS};

fuzz_target!(|body: &[u8]| {
    let Ok(description) = Description::parse(body) else { return };
    assert!(description.deviations().len() <= MAX_DEVIATIONS);
    for media in &description.media {
        let _ = (media.formats(), media.ptime(), media.max_ptime(), media.rtcp());
        let _ = description.connection(media);
    }
    // Replacing bytes that are no UTF-8 may lengthen a line beyond its bound.
    if let Ok(again) = Description::parse(description.to_string().as_bytes()) {
        assert_eq!(again.session, description.session);
        assert_eq!(again.media, description.media);
    }
});
