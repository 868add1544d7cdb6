//! RTP and RTCP port pairs: RTP even, RTCP the next one (RFC 3550 §11).

use std::{
    collections::{BTreeMap, btree_map::Entry},
    io,
    net::{IpAddr, SocketAddr},
};

use rand_chacha::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use socket2::{Domain, Protocol, Socket, Type};

/// The ports that calls may use.
#[derive(Clone, Debug)]
pub struct PortRange {
    first: u16,
    pairs: u16,
    chance: ChaCha8Rng,
}

/// Why no pair of ports could be had.
#[derive(Debug, thiserror::Error)]
pub enum PortError {
    /// Another program, or other calls, hold them all.
    #[error("no RTP port is free between {first} and {last}")]
    AllTaken {
        /// First port of the range.
        first: u16,
        /// Last port of the range.
        last: u16,
    },
    /// The range has no even port with the odd one after it.
    #[error("the RTP port range {0}-{1} holds no pair of an even port and the next one")]
    Empty(u16, u16),
    /// The system refuses: no such address, out of descriptors.
    #[error("no RTP socket at {0}: {1}")]
    Local(IpAddr, io::Error),
}

impl PortRange {
    /// The range used where none is set.
    pub const DEFAULT: (u16, u16) = (16_384, 32_767);

    /// Ports `first` to `last`, both included, tried from a place that `seed` decides, so that a
    /// stranger cannot tell the next one.
    ///
    /// # Errors
    /// [`PortError::Empty`].
    pub fn new(first: u16, last: u16, seed: [u8; 32]) -> Result<Self, PortError> {
        let even = first.max(2).saturating_add(first & 1);
        let pairs = (u32::from(last) + 1).saturating_sub(u32::from(even)) / 2;
        let pairs = u16::try_from(pairs).unwrap_or(u16::MAX);
        if pairs == 0 || last < first {
            return Err(PortError::Empty(first, last));
        }
        Ok(Self { first: even, pairs, chance: ChaCha8Rng::from_seed(seed) })
    }

    /// A pair of sockets at `ip`.
    ///
    /// # Errors
    /// [`PortError::AllTaken`] after every pair was tried, [`PortError::Local`] at once.
    pub fn open(&mut self, ip: IpAddr) -> Result<SocketPair, PortError> {
        let start = self.chance.next_u32() % u32::from(self.pairs);
        for n in 0..u32::from(self.pairs) {
            let pair = (start + n) % u32::from(self.pairs);
            let port = self.first + u16::try_from(pair * 2).unwrap_or(0);
            match SocketPair::bind(ip, port) {
                Ok(pair) => return Ok(pair),
                Err(e) if e.kind() == io::ErrorKind::AddrInUse => {}
                Err(e) => return Err(PortError::Local(ip, e)),
            }
        }
        Err(PortError::AllTaken { first: self.first, last: self.first + (self.pairs * 2 - 1) })
    }
}

/// The RTP ports of all calls, from any number of ranges. One pair is always kept open for the next
/// call: binding it costs more than all the rest of an answer.
#[derive(Debug)]
pub struct Ports {
    seed: [u8; 32],
    ranges: BTreeMap<(u16, u16), PortRange>,
    last: Option<(IpAddr, (u16, u16))>,
    spare: Option<SocketPair>,
}

impl Ports {
    /// `seed` decides where each range is entered.
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, ranges: BTreeMap::new(), last: None, spare: None }
    }

    /// A pair of sockets at `ip` from a range, [`PortRange::DEFAULT`] when `None`.
    ///
    /// # Errors
    /// Those of [`PortRange::new`] and [`PortRange::open`].
    pub fn open(&mut self, ip: IpAddr, range: Option<(u16, u16)>) -> Result<SocketPair, PortError> {
        let wanted = (ip, range.unwrap_or(PortRange::DEFAULT));
        let spare = self.spare.take().filter(|_| self.last == Some(wanted));
        self.last = Some(wanted);
        match spare {
            Some(pair) => {
                pair.empty();
                Ok(pair)
            }
            None => self.bind(wanted),
        }
    }

    /// Opens the pair for the next call like the last one. To be called when nobody waits.
    pub fn prepare(&mut self) {
        if let (Some(last), None) = (self.last, &self.spare) {
            // Where none is free the next call is told so.
            self.spare = self.bind(last).ok();
            if self.spare.is_none() {
                self.last = None;
            }
        }
    }

    fn bind(&mut self, (ip, (first, last)): (IpAddr, (u16, u16))) -> Result<SocketPair, PortError> {
        let range = match self.ranges.entry((first, last)) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(PortRange::new(first, last, self.seed)?),
        };
        range.open(ip)
    }
}

/// Two bound sockets. What comes in before a session is started waits in them.
#[derive(Debug)]
pub struct SocketPair {
    pub(super) rtp: std::net::UdpSocket,
    pub(super) rtcp: std::net::UdpSocket,
    address: SocketAddr,
}

impl SocketPair {
    /// Binds `port` and the next one.
    fn bind(ip: IpAddr, port: u16) -> io::Result<Self> {
        let rtp = bind(SocketAddr::new(ip, port))?;
        let rtcp = bind(SocketAddr::new(ip, port + 1))?;
        Ok(Self { rtp, rtcp, address: SocketAddr::new(ip, port) })
    }

    /// The address of the RTP socket; RTCP has the next port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Throws away what came in: it was meant for nobody, or for an earlier call.
    fn empty(&self) {
        for socket in [&self.rtp, &self.rtcp] {
            // A flood does not hold the call up: the session refuses what is left of it.
            for _ in 0..MOST_STALE {
                if socket.recv(&mut [0; 2048]).is_err() {
                    break;
                }
            }
        }
    }

    /// The RTP and the RTCP socket, both non-blocking, for one who moves packets without a session.
    pub fn into_sockets(self) -> [std::net::UdpSocket; 2] {
        [self.rtp, self.rtcp]
    }
}

/// Datagrams thrown away before a pair is handed out.
const MOST_STALE: usize = 1024;

/// Expedited forwarding (RFC 3246), in the upper six bits.
const EF: u32 = 46 << 2;

fn bind(address: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    // Marks and room are a wish; sound flows without them.
    if address.is_ipv4() {
        drop(socket.set_tos_v4(EF));
    } else {
        #[cfg(unix)]
        drop(socket.set_tclass_v6(EF));
        socket.set_only_v6(true)?;
    }
    drop(socket.set_recv_buffer_size(256 << 10));
    socket.bind(&address.into())?;
    Ok(socket.into())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HOST: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[test]
    fn pairs_are_even_and_odd_and_run_out() {
        let mut range = PortRange::new(47_001, 47_007, [1; 32]).unwrap();
        let pairs: Vec<_> = (0..3).map(|_| range.open(HOST).unwrap()).collect();
        let mut ports: Vec<_> = pairs.iter().map(|p| p.address().port()).collect();
        ports.sort_unstable();
        assert_eq!(ports, [47_002, 47_004, 47_006]);
        for pair in &pairs {
            let rtp = pair.rtp.local_addr().unwrap().port();
            assert_eq!(pair.rtcp.local_addr().unwrap().port(), rtp + 1);
        }
        let refused = range.open(HOST).unwrap_err();
        assert_eq!(refused.to_string(), "no RTP port is free between 47002 and 47007");
        drop(pairs);
        range.open(HOST).unwrap();
    }

    #[test]
    fn a_pair_is_kept_ready_and_comes_empty() {
        let mut ports = Ports::new([3; 32]);
        let range = Some((47_100, 47_199));
        drop(ports.open(HOST, range).unwrap());
        ports.prepare();
        let ready = ports.spare.as_ref().unwrap().address();
        let stranger = std::net::UdpSocket::bind((HOST, 0)).unwrap();
        stranger.send_to(b"early", ready).unwrap();
        let pair = ports.open(HOST, range).unwrap();
        assert_eq!(pair.address(), ready);
        assert!(pair.rtp.recv(&mut [0; 8]).is_err());
        assert!(ports.spare.is_none());
    }

    #[test]
    fn a_pair_of_another_range_is_not_handed_out() {
        let mut ports = Ports::new([3; 32]);
        drop(ports.open(HOST, Some((47_200, 47_299))).unwrap());
        ports.prepare();
        let pair = ports.open(HOST, Some((47_300, 47_399))).unwrap();
        assert!((47_300..47_399).contains(&pair.address().port()));
        assert!(ports.open(HOST, Some((47_301, 47_301))).is_err());
    }

    #[test]
    fn the_only_pair_can_be_used_again_and_again() {
        let mut ports = Ports::new([3; 32]);
        for _ in 0..3 {
            let pair = ports.open(HOST, Some((47_400, 47_401))).unwrap();
            ports.prepare();
            drop(pair);
            ports.prepare();
        }
    }

    #[test]
    fn ranges_without_a_pair_are_refused() {
        for (first, last) in [(5000, 5000), (5001, 5002), (5002, 5001), (65_535, 65_535)] {
            assert!(PortRange::new(first, last, [0; 32]).is_err(), "{first}-{last}");
        }
        assert!(PortRange::new(65_534, 65_535, [0; 32]).is_ok());
        assert!(PortRange::new(0, 65_535, [0; 32]).is_ok());
    }

    #[test]
    fn an_address_of_another_host_is_a_local_error() {
        let mut range = PortRange::new(40_000, 40_010, [0; 32]).unwrap();
        let error = range.open("192.0.2.1".parse().unwrap()).unwrap_err();
        assert!(matches!(error, PortError::Local(..)), "{error}");
    }
}
