//! What happens to SDP on its way through the trunk: the trunk's own addresses are put in.

use std::net::SocketAddr;

use bytes::Bytes;
use milliwatt_media::sdp::Description;

/// The RTP address of the first sound in a body.
pub(super) fn address(body: &[u8]) -> Option<SocketAddr> {
    let description = Description::parse(body).ok()?;
    let media = description
        .media
        .iter()
        .find(|media| media.line.is_plain_audio() && media.line.port != 0)?;
    let ip = description.connection(media)?.ip()?;
    Some(SocketAddr::new(ip, media.line.port))
}

/// The same body with our address in it, telephone events left out if so wished.
pub(super) fn relayed(body: &Bytes, ours: SocketAddr, no_dtmf: bool) -> Bytes {
    let text = String::from_utf8_lossy(body);
    let family = if ours.is_ipv4() { "IP4" } else { "IP6" };
    let events = if no_dtmf { event_types(&text) } else { Vec::new() };
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("m=audio ") {
            out.push_str(&media_line(rest, ours.port(), &events));
        } else if line.starts_with("c=") {
            out.push_str(&format!("c=IN {family} {}", ours.ip()));
        } else if line.starts_with("a=rtcp:") {
            out.push_str(&format!("a=rtcp:{}", ours.port().saturating_add(1)));
        } else if line.starts_with("a=candidate") || line == "a=rtcp-mux" || is_about(line, &events)
        {
            continue;
        } else {
            out.push_str(line);
        }
        out.push_str("\r\n");
    }
    out.into()
}

/// Payload types of telephone-event.
fn event_types(text: &str) -> Vec<String> {
    let maps = text.lines().filter_map(|line| line.strip_prefix("a=rtpmap:"));
    let events = maps.filter(|map| map.to_ascii_lowercase().contains("telephone-event/"));
    events.filter_map(|map| map.split(' ').next()).map(str::to_owned).collect()
}

fn is_about(line: &str, events: &[String]) -> bool {
    let value = ["a=rtpmap:", "a=fmtp:"].iter().find_map(|name| line.strip_prefix(name));
    value.and_then(|value| value.split(' ').next()).is_some_and(|pt| events.iter().any(|e| e == pt))
}

/// `rest` is what follows `m=audio `: the port, the profile, the formats.
fn media_line(rest: &str, port: u16, events: &[String]) -> String {
    let mut words = rest.split(' ');
    let refused = words.next() == Some("0");
    let port = if refused { 0 } else { port };
    let kept: Vec<&str> = words.filter(|word| !events.iter().any(|event| event == word)).collect();
    format!("m=audio {port} {}", kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n";

    #[test]
    fn our_address_goes_in() {
        let ours = "192.0.2.5:7000".parse().unwrap();
        let out = relayed(&Bytes::from_static(BODY), ours, false);
        assert_eq!(address(&out), Some(ours));
        assert!(String::from_utf8_lossy(&out).contains("telephone-event"));
    }

    #[test]
    fn events_can_be_taken_out() {
        let out = relayed(&Bytes::from_static(BODY), "192.0.2.5:7000".parse().unwrap(), true);
        let text = String::from_utf8_lossy(&out).into_owned();
        assert!(text.contains("m=audio 7000 RTP/AVP 0\r\n"), "{text}");
        assert!(!text.contains("101"), "{text}");
    }
}
