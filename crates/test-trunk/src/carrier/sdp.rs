//! What happens to SDP on its way through the trunk: the trunk's own addresses are put in.

use std::net::SocketAddr;

use bytes::Bytes;
use milliwatt_media::sdp::Description;

/// What faults do to a description besides.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Bent {
    /// Telephone events are left out.
    pub(super) no_dtmf: bool,
    /// The origin is that of a router.
    pub(super) alg: bool,
}

/// The RTP address of the first sound in a body.
pub(super) fn address(body: &[u8]) -> Option<SocketAddr> {
    let description = Description::parse(body).ok()?;
    let audio = |media: &&milliwatt_media::sdp::Media| media.line.media == "audio";
    let media = description.media.iter().find(audio).filter(|media| media.line.port != 0)?;
    let ip = description.connection(media)?.ip()?;
    Some(SocketAddr::new(ip, media.line.port))
}

/// The same body with our address in it: the first sound passes, all else is refused.
pub(super) fn relayed(body: &Bytes, ours: SocketAddr, bent: Bent) -> Bytes {
    let text = String::from_utf8_lossy(body);
    let family = if ours.is_ipv4() { "IP4" } else { "IP6" };
    let events = if bent.no_dtmf { event_types(&text) } else { Vec::new() };
    let mut out = String::with_capacity(text.len());
    let mut sounds = 0;
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("m=") {
            sounds += usize::from(rest.starts_with("audio "));
            let passes = rest.starts_with("audio ") && sounds == 1;
            out.push_str(&media_line(rest, passes.then_some(ours.port()), &events));
        } else if line.starts_with("c=") {
            // Hold in the manner of RFC 2543 stays what it is.
            let held = line.trim_end().ends_with(" 0.0.0.0");
            let ip = if held { "0.0.0.0".to_owned() } else { ours.ip().to_string() };
            out.push_str(&format!("c=IN {family} {ip}"));
        } else if line.starts_with("o=") && bent.alg {
            out.push_str(&rewritten(line));
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

/// The origin with the address of a router's outside.
fn rewritten(origin: &str) -> String {
    let end = origin.trim_end().rfind(' ').map_or(0, |end| end + 1);
    format!("{}{}", origin.get(..end).unwrap_or_default(), super::OUTSIDE_IP)
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

/// `rest` is what follows `m=`: the medium, the port, the profile, the formats. `None` refuses it.
fn media_line(rest: &str, port: Option<u16>, events: &[String]) -> String {
    let mut words = rest.split(' ');
    let medium = words.next().unwrap_or_default();
    let refused = words.next() == Some("0");
    let port = port.filter(|_| !refused).unwrap_or(0);
    let kept: Vec<&str> = words.filter(|word| !events.iter().any(|event| event == word)).collect();
    format!("m={medium} {port} {}", kept.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = b"v=0\r\no=- 1 1 IN IP4 10.0.0.9\r\ns=-\r\nc=IN IP4 10.0.0.9\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
        m=video 4002 RTP/AVP 34\r\n";

    fn through(bent: Bent) -> String {
        let ours = "192.0.2.5:7000".parse().unwrap();
        let out = relayed(&Bytes::from_static(BODY), ours, bent);
        assert_eq!(address(&out), Some(ours));
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn our_address_goes_in_and_only_sound_passes() {
        let text = through(Bent::default());
        assert!(text.contains("telephone-event") && text.contains("o=- 1 1 IN IP4 10.0.0.9\r\n"));
        assert!(text.contains("m=video 0 RTP/AVP 34\r\n"), "{text}");
    }

    #[test]
    fn events_can_be_taken_out() {
        let text = through(Bent { no_dtmf: true, ..Bent::default() });
        assert!(text.contains("m=audio 7000 RTP/AVP 0\r\n"), "{text}");
        assert!(!text.contains("101"), "{text}");
    }

    #[test]
    fn a_router_puts_its_own_origin_in() {
        let text = through(Bent { alg: true, ..Bent::default() });
        assert!(text.contains("o=- 1 1 IN IP4 198.51.100.7\r\n"), "{text}");
    }

    #[test]
    fn the_old_hold_passes() {
        let body = BODY.to_vec();
        let held =
            String::from_utf8(body).unwrap().replace("c=IN IP4 10.0.0.9", "c=IN IP4 0.0.0.0");
        let out = relayed(&held.into(), "192.0.2.5:7000".parse().unwrap(), Bent::default());
        assert!(address(&out).unwrap().ip().is_unspecified());
    }
}
