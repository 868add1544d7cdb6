//! Once a second: whether the addresses that flows leave from are still this computer's. A system
//! tells nobody that an address has gone; what is sent on a stream from there is lost in silence, and
//! a datagram leaves from another one.

use std::{
    collections::BTreeMap,
    net::{IpAddr, SocketAddr, UdpSocket},
    time::Duration,
};

use milliwatt_sip::transport::{FlowId, TransportError};

use super::Sockets;
use crate::net::{NetEvent, udp};

/// The time between two looks.
const EACH: Duration = Duration::from_secs(1);

impl Sockets {
    /// When the next look is due: never while there is neither a trunk nor a flow.
    pub(super) fn look_due(&self) -> Option<Duration> {
        self.look_at
    }

    /// A trunk is in use, or a flow was opened: its address is looked after.
    pub(super) fn look_soon(&mut self, now: Duration) {
        self.look_at.get_or_insert(now + EACH);
    }

    /// Looks, if it is time.
    pub(super) fn look(&mut self, now: Duration) {
        if self.look_at.is_none_or(|at| at > now) {
            return;
        }
        let flows: Vec<_> = self.ports.paths().chain(self.pool.paths()).collect();
        let wanted = !flows.is_empty() || !self.lines.is_empty();
        self.look_at = wanted.then_some(now + EACH);
        let mut places: BTreeMap<IpAddr, Vec<SocketAddr>> = BTreeMap::new();
        for (_, local, remote) in &flows {
            places.entry(*local).or_default().push(*remote);
        }
        for (gone, remotes) in places.into_iter().filter(|(local, _)| !is_ours(*local)) {
            // Where nothing leads to any of them, it is waited for an address that does.
            let to = remotes.into_iter().find_map(|remote| udp::towards(remote).ok());
            let Some(to) = to.filter(|to| *to != gone) else { continue };
            self.queue.push_back(NetEvent::Moved { from: gone, to });
            for (flow, ..) in flows.iter().filter(|(_, local, _)| *local == gone) {
                self.gone(*flow, gone);
            }
        }
    }

    fn gone(&mut self, flow: FlowId, local: IpAddr) {
        self.close(flow);
        let why = format!("this computer has no address {local} any more");
        self.queue.push_back(NetEvent::FlowLost(flow, TransportError::Local(why)));
    }
}

/// True while the system lets us use the address; false only where it says that there is none.
fn is_ours(local: IpAddr) -> bool {
    let bound = UdpSocket::bind((local, 0));
    !bound.is_err_and(|error| error.kind() == std::io::ErrorKind::AddrNotAvailable)
}
