//! Whether this computer has a network: a way to a line, or out into the world. Nothing is sent to
//! find out.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use milliwatt_engine::probe::{has_route, is_ours};

use super::Phone;
use crate::api::ShellEvent;

/// How often it is looked at: so late it is told at most.
const EACH: Duration = Duration::from_secs(5);

/// Addresses of documents, which nobody has (RFC 5737, RFC 3849): what leads there leads anywhere.
const WORLD: [SocketAddr; 2] = [
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)), 9),
    SocketAddr::new(IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1)), 9),
];

impl Phone {
    /// Looks after the network until the program ends.
    pub(crate) async fn look_after_network(self: Arc<Self>) {
        let mut again = tokio::time::interval(EACH);
        again.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            again.tick().await;
            self.look_for_network().await;
        }
    }

    /// True while there is a network. The window is told where that has changed.
    pub(super) async fn look_for_network(&self) -> bool {
        let online = self.is_online().await;
        if self.online.swap(online, Ordering::Relaxed) != online {
            let text =
                if online { "There is a network again." } else { "This computer has no network." };
            self.tell(ShellEvent::Network { text: text.into(), online });
        }
        online
    }

    async fn is_online(&self) -> bool {
        // A network without a way into the world is one too, as long as our address there is ours.
        let contacts = self.watch().contacts();
        for own in contacts {
            if is_ours(own).await {
                return true;
            }
        }
        let places = self.watch().places();
        for place in places.into_iter().chain(WORLD) {
            if has_route(place).await {
                return true;
            }
        }
        false
    }
}
