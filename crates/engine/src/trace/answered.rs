//! What the far end answered to our BYE.

use std::time::Duration;

use milliwatt_sip::message::{Framing, Message, Method};

use super::{Direction, Trace};

/// The final response to a BYE of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ByeAnswer {
    /// Its code.
    pub code: u16,
    /// Since the BYE was first sent.
    pub after: Duration,
}

impl Trace {
    /// The final response to our BYE in a call, the last one. `None` while none has come.
    pub fn bye_answer(&self, call_id: &str) -> Option<ByeAnswer> {
        let mut sent = None;
        let mut answer = None;
        for entry in self.entries().filter(|entry| entry.call_id() == Some(call_id)) {
            let Ok(message) = Message::parse(entry.bytes.clone(), Framing::Datagram) else {
                continue;
            };
            if message.cseq().is_none_or(|cseq| cseq.method != Method::Bye) {
                continue;
            }
            match (entry.direction, message.status()) {
                (Direction::Out, None) => {
                    sent.get_or_insert(entry.at);
                }
                (Direction::In, Some(code @ 200..)) => {
                    let after = entry.at.saturating_sub(sent.unwrap_or(entry.at));
                    answer = Some(ByeAnswer { code, after });
                }
                (Direction::In | Direction::Out, _) => {}
            }
        }
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Bounds, tests::entry};

    #[test]
    fn the_last_final_response_to_a_bye_is_found() {
        let mut trace = Trace::new(Bounds::default());
        let mut at = 0;
        let mut record = |direction, start: &str, call_id: &str, cseq: &str| {
            at += 100;
            let text = format!(
                "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nFrom: <sip:a@b>;tag=1\r\n\
                 To: <sip:c@d>;tag=2\r\nCall-ID: {call_id}\r\nCSeq: {cseq}\r\nContent-Length: 0\r\n\r\n"
            );
            trace.record(entry(direction, at, &text));
        };
        record(Direction::In, "SIP/2.0 200 OK", "x@y", "1 INVITE");
        record(Direction::Out, "BYE sip:c@d SIP/2.0", "x@y", "2 BYE");
        record(Direction::Out, "BYE sip:c@d SIP/2.0", "x@y", "2 BYE");
        record(Direction::Out, "SIP/2.0 200 OK", "z@y", "7 BYE");
        record(Direction::In, "BYE sip:a@b SIP/2.0", "z@y", "7 BYE");
        record(Direction::In, "SIP/2.0 100 Trying", "x@y", "2 BYE");
        let answer = |trace: &Trace, call_id| trace.bye_answer(call_id);
        assert_eq!((answer(&trace, "x@y"), answer(&trace, "z@y")), (None, None));
        let text = "SIP/2.0 481 Gone\r\nCall-ID: x@y\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n";
        trace.record(entry(Direction::In, 5200, text));
        let after = Duration::from_secs(5);
        assert_eq!(answer(&trace, "x@y"), Some(ByeAnswer { code: 481, after }));
    }
}
