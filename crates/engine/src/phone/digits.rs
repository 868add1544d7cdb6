//! Digits out, in every mode, and digits that come by INFO.

use std::{collections::VecDeque, time::Duration};

use bytes::Bytes;
use milliwatt_media::session::{Control, DtmfMode};
use milliwatt_sip::agent::{Body, Command as Signal};

use super::{MediaCommand, Output, Phone, leg};
use crate::api::{CallId, Dtmf, Event};

/// Digits that are sent one by one in INFO.
#[derive(Debug)]
pub(super) struct InfoDigits {
    queue: VecDeque<char>,
    on: Duration,
    off: Duration,
    /// When the next one is due.
    pub(super) due: Duration,
}

impl Phone {
    /// Sends digits the way that is asked for.
    pub(super) fn send_dtmf(
        &mut self,
        now: Duration,
        id: CallId,
        digits: String,
        mode: Dtmf,
        on_ms: u32,
        off_ms: u32,
    ) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.hung_up && !call.over) else {
            return;
        };
        let on = Duration::from_millis(u64::from(on_ms));
        let off = Duration::from_millis(u64::from(off_ms));
        let events_agreed = call.line.plan().is_some_and(|plan| !plan.dtmf.is_empty());
        let mode = match mode {
            Dtmf::Info => {
                let queue = digits.chars();
                match &mut call.info {
                    Some(info) => info.queue.extend(queue),
                    None => {
                        call.info = Some(InfoDigits { queue: queue.collect(), on, off, due: now })
                    }
                }
                return self.info_due(now, id);
            }
            Dtmf::Inband => DtmfMode::Inband,
            Dtmf::Rfc4733 if events_agreed => DtmfMode::Rfc4733,
            Dtmf::Rfc4733 => {
                let text =
                    "telephone-event was not agreed: the digits are sent as tones in the sound.";
                self.finding(now, id, "dtmf-inband", text);
                DtmfMode::Inband
            }
        };
        let control = Control::Dtmf { digits, mode, on, off };
        self.out.push_back(Output::Media(id, MediaCommand::Control(control)));
    }

    /// Sends the INFO digits that are due.
    pub(super) fn info_due(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(info) = call.info.as_mut().filter(|info| info.due <= now) else { return };
        match info.queue.pop_front() {
            None => {
                call.info = None;
                self.event(Event::DtmfSent { call: id });
            }
            Some(',') => info.due = now + Duration::from_secs(1),
            Some(digit) => {
                info.due = now + info.on + info.off;
                let body = format!("Signal={digit}\r\nDuration={}\r\n", info.on.as_millis());
                let signal = Signal::Info {
                    call: leg(id),
                    content_type: "application/dtmf-relay".into(),
                    body: Bytes::from(body),
                };
                self.tell_agent(now, signal);
            }
        }
    }

    /// An INFO came in: a digit, or nothing that we know.
    pub(super) fn info_received(&mut self, id: CallId, body: &Body) {
        let Some((digit, duration_ms)) = read(body) else { return };
        self.digit(id, digit, Dtmf::Info, duration_ms);
    }

    /// A digit was heard.
    pub(super) fn digit(&mut self, id: CallId, digit: char, mode: Dtmf, duration_ms: u32) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.report.dtmf_received.len() < MOST_DIGITS {
            call.report.dtmf_received.push(digit);
        }
        self.event(Event::Digit { call: id, digit, mode, duration_ms });
    }
}

/// Digits kept in a report: the far end can send them for hours.
const MOST_DIGITS: usize = 1024;

/// `application/dtmf-relay` (`Signal=` and `Duration=` lines) or `application/dtmf` (the bare digit).
fn read(body: &Body) -> Option<(char, u32)> {
    let text = std::str::from_utf8(&body.bytes).ok()?;
    match body.content_type.as_str() {
        "application/dtmf" => Some((digit(text.trim())?, 250)),
        "application/dtmf-relay" => {
            let field = |name: &str| {
                text.lines().filter_map(|line| line.split_once('=')).find_map(|(key, value)| {
                    key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
                })
            };
            let duration = field("Duration").and_then(|value| value.parse().ok()).unwrap_or(250);
            Some((digit(field("Signal")?)?, duration))
        }
        _ => None,
    }
}

/// A digit as itself, or by its event number (RFC 4733 §3.2).
fn digit(text: &str) -> Option<char> {
    let mut chars = text.chars();
    match (chars.next(), chars.next()) {
        (Some(one), None) => {
            let one = one.to_ascii_uppercase();
            ("0123456789*#ABCD".contains(one)).then_some(one)
        }
        _ => {
            let event: usize = text.parse().ok()?;
            "0123456789*#ABCD".chars().nth(event)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(content_type: &str, text: &'static str) -> Body {
        Body { content_type: content_type.into(), bytes: Bytes::from(text) }
    }

    #[test]
    fn digits_are_read_from_both_kinds_of_info() {
        let relay = |text| read(&body("application/dtmf-relay", text));
        assert_eq!(relay("Signal=5\r\nDuration=160\r\n"), Some(('5', 160)));
        assert_eq!(relay("signal= *\nduration= x\n"), Some(('*', 250)));
        assert_eq!(relay("Signal=11\r\n"), Some(('#', 250)));
        assert_eq!(relay("Duration=160\r\n"), None);
        assert_eq!(relay("Signal=99\r\n"), None);
        assert_eq!(read(&body("application/dtmf", " d\r\n")), Some(('D', 250)));
        assert_eq!(read(&body("text/plain", "5")), None);
    }
}
