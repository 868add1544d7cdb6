//! RTP formats of a medium: payload types with `a=rtpmap` and `a=fmtp` (RFC 8866 §6.6, §6.15), and
//! the static ones of RFC 3551 that need no map.

use super::media::Media;

/// One payload type of a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format<'a> {
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// What it is; `None` when neither a map nor RFC 3551 tells.
    pub map: Option<RtpMap<'a>>,
    /// Its `a=fmtp` parameters.
    pub fmtp: Option<&'a str>,
}

/// `name/clock/channels`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RtpMap<'a> {
    /// Encoding name, compared without case.
    pub name: &'a str,
    /// Clock rate, Hz.
    pub clock_rate: u32,
    /// Channels.
    pub channels: u8,
}

impl<'a> RtpMap<'a> {
    pub(super) fn parse(value: &'a str) -> Option<Self> {
        let mut parts = value.trim().split('/');
        let name = parts.next().map(str::trim).filter(|name| !name.is_empty())?;
        let clock_rate = parts.next()?.trim().parse().ok().filter(|rate| *rate != 0)?;
        let channels = match parts.next() {
            Some(channels) => channels.trim().parse().ok().filter(|channels| *channels != 0)?,
            None => 1,
        };
        Some(Self { name, clock_rate, channels })
    }
}

impl Media {
    /// The payload types of the `m=` line in order, each once. The first map of a number counts,
    /// and that of RFC 3551 where there is none that can be read.
    pub fn formats(&self) -> Vec<Format<'_>> {
        let mut maps = [None; PAYLOAD_TYPES];
        let mut parameters = [None; PAYLOAD_TYPES];
        for (name, value) in self.section.attributes() {
            let table = match name {
                "rtpmap" => &mut maps,
                "fmtp" => &mut parameters,
                _ => continue,
            };
            let slot =
                numbered(value).and_then(|(n, rest)| Some((table.get_mut(usize::from(n))?, rest)));
            if let Some((slot @ None, rest)) = slot {
                *slot = Some(rest);
            }
        }
        let mut seen = [false; PAYLOAD_TYPES];
        let mut formats = Vec::new();
        for word in &self.line.formats {
            let Ok(number) = word.parse::<u8>() else { continue };
            let Some(seen @ false) = seen.get_mut(usize::from(number)) else { continue };
            *seen = true;
            let mapped = maps.get(usize::from(number)).copied().flatten();
            let map = mapped.and_then(RtpMap::parse).or_else(|| static_map(number));
            let fmtp = parameters.get(usize::from(number)).copied().flatten();
            formats.push(Format { payload_type: number, map, fmtp });
        }
        formats
    }
}

/// The payload type at the front of an attribute's value, and what follows it.
pub(super) fn numbered(value: &str) -> Option<(u8, &str)> {
    let (number, rest) = value.split_once([' ', '\t'])?;
    let number = number.parse().ok().filter(|number| usize::from(*number) < PAYLOAD_TYPES)?;
    Some((number, rest.trim()))
}

/// RFC 3551 table 4, the audio that is in use, and RFC 3389.
fn static_map(payload_type: u8) -> Option<RtpMap<'static>> {
    let (name, clock_rate) = match payload_type {
        0 => ("PCMU", 8000),
        3 => ("GSM", 8000),
        4 => ("G723", 8000),
        8 => ("PCMA", 8000),
        9 => ("G722", 8000),
        13 => ("CN", 8000),
        15 => ("G728", 8000),
        18 => ("G729", 8000),
        _ => return None,
    };
    Some(RtpMap { name, clock_rate, channels: 1 })
}

const PAYLOAD_TYPES: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sdp::Description;

    fn formats(lines: &str) -> Vec<String> {
        let description = Description::parse(lines.as_bytes()).unwrap();
        let describe = |format: &Format<'_>| {
            let Some(RtpMap { name, clock_rate, channels }) = format.map else {
                return format!("{} ?", format.payload_type);
            };
            format!("{} {name}/{clock_rate}/{channels} {:?}", format.payload_type, format.fmtp)
        };
        description.media[0].formats().iter().map(describe).collect()
    }

    #[test]
    fn static_and_dynamic_types_are_read_in_order() {
        let lines = "m=audio 1 RTP/AVP 8 101 0 96\r\na=rtpmap:101 telephone-event/8000\r\n\
            a=fmtp:101 0-15\r\na=rtpmap:96 opus/48000/2\r\n";
        let expected = [
            "8 PCMA/8000/1 None",
            "101 telephone-event/8000/1 Some(\"0-15\")",
            "0 PCMU/8000/1 None",
            "96 opus/48000/2 None",
        ];
        assert_eq!(formats(lines), expected);
    }

    #[test]
    fn a_map_may_redefine_a_static_type_and_the_first_one_counts() {
        let lines = "m=audio 1 RTP/AVP 0 0 96\r\na=rtpmap:0 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n";
        assert_eq!(formats(lines), ["0 PCMA/8000/1 None", "96 ?"]);
    }

    #[test]
    fn broken_maps_tell_nothing_and_broken_numbers_are_left_out() {
        let lines = "m=audio 1 RTP/AVP 96 97 98 99 128 256 x 8\r\na=rtpmap:96\r\na=rtpmap:97 a\r\n\
            a=rtpmap:98 a/0\r\na=rtpmap:99 a/99999999999\r\na=rtpmap:128 PCMU/8000\r\n\
            a=rtpmap:8 PCMA/8000/0\r\na=fmtp\r\na=fmtp:\r\na=fmtp:8\r\n";
        assert_eq!(formats(lines), ["96 ?", "97 ?", "98 ?", "99 ?", "8 PCMA/8000/1 None"]);
    }
}
