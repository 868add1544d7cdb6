//! Ports for tests that must know a port before somebody listens there. The phone's own tests include
//! this file too.

use std::{
    net::{TcpListener, UdpSocket},
    sync::atomic::{AtomicU32, Ordering},
};

/// Below all that systems and programs choose from by themselves: SIPp's streams of sound (8192 and
/// up), the test trunk's RTP (10000), the engine's RTP (16384), and what systems give to those who do
/// not care (32768).
const FIRST: u16 = 2000;
const LAST: u16 = 8000;
/// The port, and the three above it: Kamailio takes two of them, SIPp the first and the third for RTP.
const ROOM: u16 = 4;
const PLACES: u32 = ((LAST - FIRST) / ROOM) as u32;

/// A port on loopback that was free for UDP and TCP a moment ago, as were the three above it. No other
/// test of this process is given any of them, and those of other processes begin elsewhere.
pub(crate) fn free_port() -> u16 {
    static HANDED_OUT: AtomicU32 = AtomicU32::new(0);
    // Neighbours among process ids are far from one another among the ports (Knuth's multiplier).
    let start = std::process::id().wrapping_mul(2_654_435_769) >> 8;
    let free = |port: u16| {
        let held: Vec<_> = (port..port + ROOM)
            .map(|port| {
                let udp = UdpSocket::bind(("127.0.0.1", port));
                udp.and_then(|udp| Ok((udp, TcpListener::bind(("127.0.0.1", port))?)))
            })
            .collect();
        held.iter().all(Result::is_ok)
    };
    (0..PLACES)
        .map(|_| (start + HANDED_OUT.fetch_add(1, Ordering::Relaxed)) % PLACES)
        .map(|place| FIRST + ROOM * u16::try_from(place).unwrap())
        .find(|port| free(*port))
        .expect("a free port on loopback")
}
