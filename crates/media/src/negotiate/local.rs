//! What we can do.

use std::{net::IpAddr, time::Duration};

use crate::codec::{CODECS, Spec};

/// Our side of an offer or an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Local {
    /// Where the far end can reach us.
    pub address: IpAddr,
    /// Port for RTP.
    pub rtp_port: u16,
    /// Port for RTCP when the far end does not multiplex; told by `a=rtcp` (RFC 3605) unless it is
    /// the one after RTP's.
    pub rtcp_port: u16,
    /// Codecs, the preferred one first.
    pub codecs: Vec<&'static Spec>,
    /// Telephone events (RFC 4733), at the clock rate of each codec.
    pub dtmf: bool,
    /// Comfort noise, payload type 13 (RFC 3389).
    pub comfort_noise: bool,
    /// RTP and RTCP on one port (RFC 5761).
    pub rtcp_mux: bool,
    /// Sound in a packet that we would like, 10 to 60 ms.
    pub ptime: Duration,
    /// The longest packet that we take.
    pub max_ptime: Option<Duration>,
    /// Hold also with `c=0.0.0.0`, for far ends of RFC 2543's time.
    pub legacy_hold: bool,
}

impl Local {
    /// Every codec, telephone events, comfort noise, rtcp-mux and packets of 20 ms, at this address;
    /// RTCP on the port after `rtp_port`.
    pub fn new(address: IpAddr, rtp_port: u16) -> Self {
        Self {
            address,
            rtp_port,
            rtcp_port: rtp_port.saturating_add(1),
            codecs: CODECS.to_vec(),
            dtmf: true,
            comfort_noise: true,
            rtcp_mux: true,
            ptime: Duration::from_millis(20),
            max_ptime: None,
            legacy_hold: false,
        }
    }

    /// The codec of an encoding, when we do it.
    pub(super) fn codec(&self, name: &str, clock_rate: u32, channels: u8) -> Option<&'static Spec> {
        self.codecs.iter().copied().find(|spec| spec.is(name, clock_rate, channels))
    }
}
