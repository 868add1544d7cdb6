//! Events and settings for tests.

use milliwatt_engine::api::{CallId, CallReport, Event, Media, Outcome, Secure, Timing, Way};
use milliwatt_store::settings::Trunk;

/// A trunk with a name and defaults.
pub(crate) fn trunk(name: &str) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = name.into();
    trunk
}

/// A call that comes in encrypted, from Ada.
pub(crate) fn incoming(call: u64) -> Event {
    Event::Incoming {
        call: CallId(call),
        trunk: "a".into(),
        from: "+15550101".into(),
        name: Some("Ada".into()),
        did: "+15550100".into(),
        call_id: "x".into(),
        secure: true,
        headers: Vec::new(),
        sdp: None,
    }
}

/// The answer to a call.
pub(crate) fn answered(call: u64) -> Event {
    Event::Answered {
        call: CallId(call),
        codec: None,
        remote: None,
        secure: Secure::None,
        dtmf: true,
        headers: Vec::new(),
        sdp: None,
        session_expires: None,
        refresher: None,
    }
}

/// A call that came in and was taken back.
pub(crate) fn report(call: u64) -> CallReport {
    CallReport {
        call: CallId(call),
        trunk: "a".into(),
        way: Way::In,
        outcome: Outcome::Cancelled,
        code: Some(487),
        reason: None,
        cause: None,
        call_id: "x".into(),
        from: "+15550101".into(),
        to: "+15550100".into(),
        did: "+15550100".into(),
        codec: None,
        remote: None,
        secure: Secure::None,
        authentication_refused: false,
        unreachable: false,
        timing_ms: Timing::default(),
        media: Media::default(),
        dtmf_received: String::new(),
        hangup_by: None,
        findings: Vec::new(),
        advice: None,
    }
}

/// Its end.
pub(crate) fn ended(call: u64) -> Event {
    Event::Ended { report: Box::new(report(call)) }
}
