//! Our messages as the far end got them, as far as it shows: what differs was changed on the way.

use std::collections::HashMap;

use milliwatt_sip::{
    header::Via,
    message::{Framing, Message},
};

use super::{Direction, Entry, Numbers, Trace, masked};

/// A part of a message of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Echo {
    /// As we wrote it.
    pub sent: String,
    /// As the far end shows it.
    pub shown: String,
}

impl Echo {
    /// Something on the way changed it.
    pub fn is_changed(&self) -> bool {
        self.sent != self.shown
    }
}

impl Trace {
    /// Host and port of the Via of a request of ours, and those that came back in a response, which
    /// has to repeat them (RFC 3261 §8.2.6.2). The first that were changed; else the last. `None`
    /// while nothing was answered.
    pub fn via_echo(&self) -> Option<Echo> {
        let mut sent: HashMap<String, String> = HashMap::new();
        let mut last = None;
        for entry in self.entries() {
            let Some((branch, sent_by)) = top_via(entry) else { continue };
            match entry.direction {
                Direction::Out => {
                    sent.insert(branch, sent_by);
                }
                Direction::In => {
                    let Some(sent) = sent.get(&branch) else { continue };
                    let echo = Echo { sent: sent.clone(), shown: sent_by };
                    if echo.is_changed() {
                        return Some(echo);
                    }
                    last = Some(echo);
                }
            }
        }
        last
    }

    /// The first session description that we sent in a call, its keys masked.
    pub fn sdp_sent(&self, call_id: &str) -> Option<String> {
        let ours =
            |entry: &&Entry| entry.direction == Direction::Out && entry.call_id() == Some(call_id);
        self.entries().filter(ours).find_map(|entry| {
            let masked = masked(&entry.bytes, Numbers::Shown);
            let body =
                Message::parse(masked, Framing::Datagram).ok()?.content("application/sdp")?;
            (!body.is_empty()).then(|| String::from_utf8_lossy(&body).into_owned())
        })
    }
}

/// The branch of the top Via of a request of ours, or of a response to one, and its `HOST:PORT`. A
/// request that goes to another server or by another transport has the same Call-ID and CSeq, and a
/// branch and often an address of its own (RFC 3261 §8.1.3.4, §8.1.1.7).
fn top_via(entry: &Entry) -> Option<(String, String)> {
    let is_response = entry.first_line().starts_with("SIP/2.0 ");
    if is_response != (entry.direction == Direction::In) {
        return None;
    }
    let message = Message::parse(entry.bytes.clone(), Framing::Datagram).ok()?;
    let via = message.top_via()?;
    Some((via.branch()?.to_owned(), sent_by(&via)))
}

fn sent_by(via: &Via) -> String {
    let port = via.port().or_else(|| Some(via.transport()?.default_port()));
    format!("{}:{}", via.host(), port.unwrap_or_default()).to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{Bounds, tests::entry};

    fn options(direction: Direction, cseq: u32, start: &str, via: &str) -> Entry {
        let text = format!(
            "{start}\r\nVia: SIP/2.0/UDP {via};branch=z9hG4bK{cseq}\r\nFrom: <sip:a@b>;tag=1\r\n\
             To: <sip:c@d>\r\nCall-ID: x@y\r\nCSeq: {cseq} OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        entry(direction, 0, &text)
    }

    fn trace(exchanges: &[(&str, &str)]) -> Trace {
        let mut trace = Trace::new(Bounds::default());
        for (cseq, (sent, shown)) in (1..).zip(exchanges) {
            trace.record(options(Direction::Out, cseq, "OPTIONS sip:c@d SIP/2.0", sent));
            trace.record(options(Direction::In, cseq, "SIP/2.0 200 OK", shown));
        }
        trace
    }

    #[test]
    fn a_via_that_comes_back_changed_is_found() {
        assert_eq!(trace(&[]).via_echo(), None);
        let kept = trace(&[("10.0.0.5", "10.0.0.5:5060;received=192.0.2.1")]).via_echo().unwrap();
        assert!(!kept.is_changed(), "{kept:?}");
        let (before, after) = ("10.0.0.5:5060", "198.51.100.7:61234");
        let echo = trace(&[(before, before), (before, after), (before, before)]).via_echo();
        assert_eq!(echo, Some(Echo { sent: before.into(), shown: after.into() }));
    }

    /// A request that goes to the next server by TCP leaves from another port; the first server may
    /// answer after all.
    #[test]
    fn each_try_has_its_own_via() {
        let mut trace = Trace::new(Bounds::default());
        let (one, next) = ("10.0.0.5:5060;branch=z9hG4bKx", "10.0.0.5:40000;branch=z9hG4bKy");
        for (direction, start, via) in [
            (Direction::Out, "OPTIONS sip:c@d SIP/2.0", one),
            (Direction::Out, "OPTIONS sip:c@d SIP/2.0", next),
            (Direction::In, "SIP/2.0 200 OK", one),
            (Direction::In, "SIP/2.0 200 OK", next),
        ] {
            trace.record(options(direction, 1, start, via));
        }
        assert!(!trace.via_echo().unwrap().is_changed());
    }

    /// Requests that come in have the Via of others.
    #[test]
    fn only_requests_of_ours_count() {
        let mut trace = trace(&[]);
        trace.record(options(Direction::In, 1, "OPTIONS sip:a@b SIP/2.0", "192.0.2.9"));
        trace.record(options(Direction::Out, 1, "SIP/2.0 200 OK", "192.0.2.9"));
        assert_eq!(trace.via_echo(), None);
    }

    #[test]
    fn our_session_description_is_found_without_its_keys() {
        let mut trace = Trace::new(Bounds::default());
        let sdp =
            "v=0\r\no=- 1 1 IN IP4 10.0.0.5\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:c2Vj\r\n";
        for (call_id, body) in [("other", "v=0\r\n"), ("x@y", ""), ("x@y", sdp)] {
            let text = format!(
                "INVITE sip:c@d SIP/2.0\r\nCall-ID: {call_id}\r\nContent-Type: application/sdp\r\n\
                 Content-Length: {}\r\n\r\n{body}",
                body.len()
            );
            trace.record(entry(Direction::Out, 0, &text));
        }
        let found = trace.sdp_sent("x@y").unwrap();
        assert!(
            found.contains("o=- 1 1 IN IP4 10.0.0.5\r\n") && !found.contains("c2Vj"),
            "{found}"
        );
        assert_eq!(trace.sdp_sent("nobody"), None);
    }
}
