//! A trunk of two servers: registered at the second while the first is away, and back (fault 2).

use std::time::Duration;

use super::{
    super::*,
    net::{ACCOUNT, At, Net, Node, SDP_B, a_record, account, ended},
};
use crate::message::{Message, Method, Name};

const SECOND: Duration = Duration::from_secs(1);

fn script() -> Node {
    Node::Script { inbox: Default::default() }
}

/// An account with registration whose servers are at nodes 1 and 2.
fn trunk(first: Node) -> (Net, At, At, At) {
    let mut net = Net::new();
    net.zone.push(a_record("lab.example", &[1, 2]));
    let mut account = account("alice", 1);
    account.domain = "lab.example".into();
    account.port = Some(5060);
    account.register = true;
    let a = net.phone(account);
    let (one, two) = (net.node(first), net.node(script()));
    net.command(a, Command::Register(ACCOUNT));
    (net, a, one, two)
}

fn grant(net: &mut Net, at: At, register: &Message) {
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    net.reply_with(at, register, 200, "r", |builder| {
        builder.set(Name::Contact, contact).header(Name::Expires, "3600")
    });
}

/// The next REGISTER that comes to a server.
fn registers(net: &mut Net, at: At) -> Message {
    let register = net.awaited(at, 63 * SECOND);
    assert_eq!(register.method(), Some(Method::Register));
    register
}

/// Where a call goes; it is refused there.
fn calls(net: &mut Net, a: At, at: At) {
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(at, &Method::Invite);
    net.reply(at, &invite, 486, "t");
    net.got_request(at, &Method::Ack);
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 486)));
}

#[test]
fn the_first_server_has_us_back_when_it_returns() {
    let (mut net, a, one, two) = trunk(Node::Hole);
    let register = registers(&mut net, two);
    grant(&mut net, two, &register);
    calls(&mut net, a, two);
    // Still away: each minute it is asked, and calls do not wait for that.
    net.secs(61);
    calls(&mut net, a, two);
    let register = registers(&mut net, two);
    grant(&mut net, two, &register);
    net.nodes[one.0].1 = script();
    let told = net.agent(a).registers_at(ACCOUNT);
    let register = registers(&mut net, one);
    let mut log = net.log.iter().rev();
    let left = log.find(|(_, from, line)| *from == a.0 && line.starts_with("REGISTER "));
    assert_eq!(left.map(|(at, ..)| *at), told);
    grant(&mut net, one, &register);
    calls(&mut net, a, one);
    net.got_nothing(two);
    // At home it stays.
    net.secs(1800);
    net.got_nothing(one);
    net.got_nothing(two);
}

#[test]
fn a_call_at_the_second_server_stays_there() {
    let (mut net, a, one, two) = trunk(Node::Hole);
    let register = registers(&mut net, two);
    grant(&mut net, two, &register);
    let call = net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(two, &Method::Invite);
    net.reply_with(two, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    net.got_request(two, &Method::Ack);
    net.nodes[one.0].1 = script();
    let register = registers(&mut net, one);
    grant(&mut net, one, &register);
    net.hang_up(a, call);
    net.settle();
    net.got_request(two, &Method::Bye);
}

/// A server that is there again but does not work yet costs no registration.
#[test]
fn a_first_server_that_fails_again_is_left_again() {
    for code in [408, 480, 500, 503, 504] {
        let (mut net, a, one, two) = trunk(Node::Hole);
        let register = registers(&mut net, two);
        grant(&mut net, two, &register);
        net.events(a);
        net.nodes[one.0].1 = script();
        let register = registers(&mut net, one);
        net.reply(one, &register, code, "r");
        let register = registers(&mut net, two);
        grant(&mut net, two, &register);
        let events = net.events(a);
        let last = events.iter().rev().find_map(|event| match event {
            Event::Registration(_, state) => Some(state),
            _ => None,
        });
        assert!(matches!(last, Some(Registration::Registered { .. })), "{code}: {events:?}");
    }
}

/// Servers of equal rank change places at each look-up: that is no reason to move.
#[test]
fn a_server_that_did_not_fail_is_not_moved_to() {
    let (mut net, a, one, two) = trunk(script());
    net.settle();
    let register = net.got_request(one, &Method::Register);
    grant(&mut net, one, &register);
    net.zone[0] = a_record("lab.example", &[2, 1]);
    net.secs(90);
    calls(&mut net, a, one);
    assert_eq!(net.awaited(one, 3600 * SECOND).method(), Some(Method::Register));
    net.got_nothing(two);
}
