//! What the end-to-end tests share: the built binary, processes that end with the test, peers.

mod binary;
mod caller;
mod carrier;
pub(crate) mod certificates;
mod line;
mod milliwatt;
mod namespace;
mod peer;
mod process;
pub(crate) mod sound;
pub(crate) mod trace;

pub(crate) use binary::milliwatt_binary;
pub(crate) use caller::{Caller, rtp};
pub(crate) use carrier::Carrier;
pub(crate) use line::Line;
pub(crate) use milliwatt::{Milliwatt, Output, finish};
pub(crate) use namespace::{Hosts, Island};
pub(crate) use peer::{peer, peers_python, skipped};
pub(crate) use process::Running;

use std::net::{TcpListener, UdpSocket};

/// A port on loopback that was free for UDP and TCP a moment ago, and so was the one above it.
pub(crate) fn free_port() -> u16 {
    (0..100)
        .find_map(|_| {
            let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
            let port = udp.local_addr().unwrap().port();
            let pair = port.checked_add(1)?;
            let held = (
                TcpListener::bind(("127.0.0.1", port)),
                UdpSocket::bind(("127.0.0.1", pair)),
                TcpListener::bind(("127.0.0.1", pair)),
            );
            matches!(held, (Ok(_), Ok(_), Ok(_))).then_some(port)
        })
        .expect("a free pair of ports on loopback")
}
