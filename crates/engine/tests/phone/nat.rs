//! Behind a NAT: what the trunk sees of us is what it is told.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use milliwatt_engine::api::Command;

use crate::{
    carrier::Carrier,
    long::{at, dial},
    support::{ALICE, SECOND, tones},
};

const OUTSIDE: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(198, 51, 100, 7)), 1024);

/// Received and rport of the answer to a REGISTER (RFC 3581 §4) go into the next INVITE.
#[test]
fn the_address_that_the_registrar_saw_is_offered() {
    for outside in [false, true] {
        let (carrier, seen) = Carrier::new(600);
        seen.borrow_mut().stamps = outside.then_some(OUTSIDE);
        let (mut world, phone) = at(carrier, true);
        world.command(phone, Command::Register { trunk: "carrier".into() });
        world.run_for(2 * SECOND);
        dial(&mut world, phone, tones(440.0, 440.0));
        world.run_for(2 * SECOND);
        let seen = seen.borrow();
        let [(_, invite)] = &seen.invites[..] else { panic!("{:?}", seen.invites) };
        let shown = if outside { OUTSIDE } else { SocketAddr::new(ALICE, 5060) };
        let contact = format!("\r\nContact: <sip:alice@{shown}>\r\n");
        assert!(invite.contains(&contact), "{invite}");
        assert!(invite.contains(&format!("\r\nc=IN IP4 {}\r\n", shown.ip())), "{invite}");
    }
}
