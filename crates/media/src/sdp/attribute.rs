//! `a=` lines (RFC 8866 §5.13): the typed values that the offer and the answer need.

use std::{net::IpAddr, time::Duration};

use super::{connection::Connection, media::Media, section::Section};
use crate::session::Direction;

/// Name and value; blanks that do not belong there are taken away.
pub(super) fn split(value: &str) -> (&str, &str) {
    match value.split_once(':') {
        Some((name, value)) => (name.trim(), value.trim()),
        None => (value.trim(), ""),
    }
}

impl Section {
    /// The first direction attribute (RFC 8866 §6.7).
    pub fn direction(&self) -> Option<Direction> {
        self.attributes().find_map(|(name, _)| match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        })
    }
}

impl Media {
    /// `a=ptime` (RFC 8866 §6.4), 1 to 1000 ms.
    pub fn ptime(&self) -> Option<Duration> {
        self.section.attribute("ptime").and_then(packet_time)
    }

    /// `a=maxptime` (RFC 8866 §6.5), 1 to 1000 ms.
    pub fn max_ptime(&self) -> Option<Duration> {
        self.section.attribute("maxptime").and_then(packet_time)
    }

    /// `a=rtcp` (RFC 3605): the port, and the address when there is one.
    pub fn rtcp(&self) -> Option<(u16, Option<IpAddr>)> {
        self.section.attribute("rtcp").and_then(rtcp)
    }
}

/// Whole or decimal milliseconds; the fraction is left out.
pub(super) fn packet_time(value: &str) -> Option<Duration> {
    let whole = value.split_once('.').map_or(value, |(whole, _)| whole);
    let ms = whole.parse::<u16>().ok().filter(|ms| (1..=1000).contains(ms))?;
    Some(Duration::from_millis(u64::from(ms)))
}

pub(super) fn rtcp(value: &str) -> Option<(u16, Option<IpAddr>)> {
    let (port, connection) = value.split_once(' ').unwrap_or((value, ""));
    let port = port.parse::<u16>().ok().filter(|port| *port != 0)?;
    let connection = connection.trim();
    if connection.is_empty() {
        return Some((port, None));
    }
    Some((port, Some(Connection::parse(connection)?.ip()?)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packet_times_are_bounded() {
        let ms = |value| packet_time(value).map(|time| time.as_millis());
        assert_eq!((ms("20"), ms("2.5"), ms("1000")), (Some(20), Some(2), Some(1000)));
        for wrong in ["", "0", "0.5", "-20", "1001", "65536", "4294967316", "20ms", "+ 1", "NaN"] {
            assert_eq!(ms(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn rtcp_has_a_port_and_perhaps_an_address() {
        assert_eq!(rtcp("53020"), Some((53020, None)));
        let address = Some("126.16.64.4".parse().unwrap());
        assert_eq!(rtcp("53020 IN IP4 126.16.64.4"), Some((53020, address)));
        for wrong in ["", "0", "65536", "x", "1 IN IP4", "1 IN IP4 host.invalid", "1 2 3 4"] {
            assert_eq!(rtcp(wrong), None, "{wrong}");
        }
    }
}
