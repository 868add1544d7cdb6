//! The log: what was asked for, what happened, and what went over the wire. It is for the user's
//! own eyes, and still says no secret: what it shows of an event is named below, and messages are
//! masked as the trace masks them.

use serde::Serialize;
use serde_json::Value;
use tracing::{Level, enabled};

use crate::{
    api::{Command, Event},
    trace::{Direction, Entry, Numbers, masked},
};

/// What was asked for.
pub(super) fn command(command: &Command) {
    if enabled!(Level::DEBUG) {
        tracing::debug!("asked: {}", shown(command));
    }
}

/// What happened; each second of sound only where everything is wanted.
pub(super) fn event(event: &Event) {
    let frequent =
        matches!(event, Event::Quality { .. } | Event::Tone { .. } | Event::Digit { .. });
    match frequent {
        true if enabled!(Level::TRACE) => tracing::trace!("{}", shown(event)),
        false if enabled!(Level::INFO) => tracing::info!("{}", shown(event)),
        _ => {}
    }
}

/// A message: its first line, or all of it where everything is wanted.
pub(super) fn message(entry: &Entry) {
    if !enabled!(Level::DEBUG) {
        return;
    }
    let way = if entry.direction == Direction::In { "received" } else { "sent" };
    let (transport, remote, fault) = (entry.transport, entry.remote, entry.fault.as_deref());
    if enabled!(Level::TRACE) {
        let bytes = masked(&entry.bytes, Numbers::Shown);
        tracing::trace!(?transport, %remote, fault, message = ?String::from_utf8_lossy(&bytes), "{way}");
    } else {
        tracing::debug!(?transport, %remote, fault, line = entry.first_line(), "{way}");
    }
}

/// The words of a command or an event that are shown: neither digits nor bodies, which may be a
/// person's own, nor SDP, which may hold keys.
const SHOWN: [&str; 26] = [
    "at_ms",
    "call",
    "cause",
    "chosen",
    "code",
    "codec",
    "command",
    "did",
    "event",
    "from",
    "hangup_by",
    "kind",
    "listen",
    "local",
    "media",
    "method",
    "mode",
    "outcome",
    "reason",
    "registration",
    "remote",
    "request",
    "text",
    "to",
    "trunk",
    "why",
];

fn shown(told: &impl Serialize) -> Value {
    let mut value = serde_json::to_value(told).unwrap_or_default();
    for within in ["dial", "report"] {
        if let Some(Value::Object(inner)) = value.get_mut(within).map(Value::take)
            && let Some(all) = value.as_object_mut()
        {
            all.extend(inner);
        }
    }
    // What a person was written, which may be a code, is nobody else's; a notice is in our words.
    let written = value.get("event").is_some_and(|event| event == "message");
    if let Some(all) = value.as_object_mut() {
        all.retain(|name, value| {
            SHOWN.contains(&name.as_str()) && !value.is_null() && !(written && name == "text")
        });
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::{CallId, Dial, Dtmf, Secure};

    #[test]
    fn what_is_asked_is_shown_without_digits_and_bodies() {
        let call = CallId(1);
        let dial = Dial { to: "+15550100".into(), ..Dial::default() };
        let dial = Command::Dial { call, trunk: "line".into(), dial: Box::new(dial) };
        let digits = "1234".into();
        let pin = Command::SendDtmf { call, digits, mode: Dtmf::Info, on_ms: 100, off_ms: 100 };
        let message = Command::Request {
            request: 7,
            trunk: "line".into(),
            method: "MESSAGE".into(),
            to: Some("bob".into()),
            server: None,
            headers: vec![("X".into(), "hush".into())],
            body: Some(("text/plain".into(), "hush".into())),
        };
        let expected = [
            r#"{"call":1,"command":"dial","to":"+15550100","trunk":"line"}"#,
            r#"{"call":1,"command":"send-dtmf","mode":"info"}"#,
            r#"{"command":"request","method":"MESSAGE","request":7,"to":"bob","trunk":"line"}"#,
        ];
        assert_eq!([dial, pin, message].map(|command| shown(&command).to_string()), expected);
    }

    #[test]
    fn neither_keys_nor_digits_are_shown() {
        let answered = Event::Answered {
            call: CallId(1),
            codec: Some("PCMU".into()),
            remote: None,
            secure: Secure::None,
            dtmf: true,
            headers: vec![("X".into(), "hush".into())],
            sdp: Some("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:hush".into()),
            session_expires: None,
            refresher: None,
        };
        let digit =
            Event::Digit { call: CallId(1), digit: '7', mode: Dtmf::Info, duration_ms: 100 };
        let expected = [
            r#"{"call":1,"codec":"PCMU","event":"answered"}"#,
            r#"{"call":1,"event":"digit","mode":"info"}"#,
        ];
        assert_eq!([answered, digit].map(|event| shown(&event).to_string()), expected);
    }

    #[test]
    fn a_message_is_not_shown_and_a_notice_is() {
        let message = Event::Message {
            trunk: "line".into(),
            from: "sip:bank@example.net".into(),
            text: "Your code is 123456.".into(),
        };
        let notice = Event::Notice {
            call: None,
            kind: "dtmf-unfinished".into(),
            text: "A digit came without its end.".into(),
        };
        let expected = [
            r#"{"event":"message","from":"sip:bank@example.net","trunk":"line"}"#,
            r#"{"event":"notice","kind":"dtmf-unfinished","text":"A digit came without its end."}"#,
        ];
        assert_eq!([message, notice].map(|event| shown(&event).to_string()), expected);
    }
}
