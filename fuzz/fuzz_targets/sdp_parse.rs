//! Any bytes as a session description: what was read is printed and read again without change.
#![no_main]

use libfuzzer_sys::fuzz_target;
use milliwatt_media::sdp::{Connection, Description, MAX_DEVIATIONS, Origin};

fuzz_target!(|body: &[u8]| {
    let value = String::from_utf8_lossy(body);
    if let Some(origin) = Origin::parse(&value) {
        assert_eq!(Origin::parse(&origin.to_string()), Some(origin));
    }
    if let Some(connection) = Connection::parse(&value) {
        assert_eq!(Connection::parse(&connection.to_string()), Some(connection));
    }
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
