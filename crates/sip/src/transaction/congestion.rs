//! When a request is too large for UDP (RFC 3261 §18.1.1).

/// Octets that a request may have where the path MTU is not known.
const LARGEST: usize = 1300;

/// Octets between a request and the path MTU, left for a response that is larger.
const MARGIN: usize = 200;

/// True where a request of `length` octets must go over a congestion-controlled transport, although
/// UDP was chosen: it is larger than 1300 octets, or within 200 octets of the path MTU where that is
/// known. Its Via then says `TCP`. Where nothing listens there, the request goes by UDP after all.
/// An ACK stays on the flow of its INVITE whatever its length: the far end repeats its 200 until the
/// ACK comes, and a connection that hangs would have it give up the call.
pub fn must_use_stream(length: usize, path_mtu: Option<usize>) -> bool {
    match path_mtu {
        Some(mtu) => length.saturating_add(MARGIN) > mtu,
        None => length > LARGEST,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_is_1300_or_200_below_the_mtu() {
        assert!(!must_use_stream(1300, None));
        assert!(must_use_stream(1301, None));
        assert!(!must_use_stream(1300, Some(1500)));
        assert!(must_use_stream(1301, Some(1500)));
        assert!(!must_use_stream(8800, Some(9000)));
        assert!(must_use_stream(500, Some(576)));
    }
}
