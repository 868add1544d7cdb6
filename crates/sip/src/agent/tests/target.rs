//! A call whose connection is replaced tells its far end where it is (fault 3).

use std::time::Duration;

use super::{
    super::*,
    modify::modified,
    net::{ACCOUNT, At, Net, SDP_A, SDP_B, ended, is_answered},
};
use crate::{
    message::{Message, Method, Name},
    transport::{Flow, FlowId, Transport},
};

const SECOND: Duration = Duration::from_secs(1);

fn contact(message: &Message) -> String {
    message.header(Name::Contact).unwrap().text().into_owned()
}

/// A phone whose trunk is a script, reached by TCP.
fn by_tcp(register: bool) -> (Net, At, At) {
    Net::scripted(|account| {
        account.register = register;
        account.transport = Transport::Tcp;
    })
}

/// The registrar grants the REGISTER that came last.
fn registers(net: &mut Net, trunk: At) -> FlowId {
    let (flow, register) = net.got_on(trunk);
    assert_eq!(register.method(), Some(Method::Register));
    net.reply_on(trunk, flow.id, &register, 200, "r", |b| {
        b.set(Name::Contact, contact(&register)).header(Name::Expires, "600")
    });
    flow.id
}

/// Calls that are up through a trunk, and the flow and the INVITE of each.
fn up(net: &mut Net, a: At, trunk: At, allow: &'static str) -> (CallId, FlowId, Message) {
    let call = net.dial(a, "9000");
    net.settle();
    let (flow, invite) = net.got_on(trunk);
    net.reply_on(trunk, flow.id, &invite, 200, "t", |b| {
        b.header(Name::Allow, allow).body("application/sdp", SDP_B)
    });
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    assert!(is_answered(&net.events(a)));
    (call, flow.id, invite)
}

/// A registered phone with one call, whose connection was just replaced.
fn replaced(allow: &'static str) -> (Net, At, At, CallId, Message) {
    let (mut net, a, trunk) = by_tcp(true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let first = registers(&mut net, trunk);
    let (call, flow, invite) = up(&mut net, a, trunk, allow);
    assert_eq!(flow, first);
    net.cut(flow);
    net.secs(1);
    registers(&mut net, trunk);
    net.run(SECOND / 10);
    (net, a, trunk, call, invite)
}

/// The far end's BYE, by the flow that the call is at.
fn bye(net: &mut Net, trunk: At, flow: FlowId, invite: &Message) {
    let text = |name| invite.header(name).unwrap().text().into_owned();
    let bye = format!(
        "BYE sip:alice@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2;branch=z9hG4bKb\r\n\
         From: {};tag=t\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: 9 BYE\r\nMax-Forwards: 70\r\n\
         Content-Length: 0\r\n\r\n",
        text(Name::To),
        text(Name::From),
        text(Name::CallId),
    );
    net.send(trunk, flow, super::net::address(0), bye.into());
    net.settle();
}

#[test]
fn a_far_end_that_takes_update_is_told_by_update() {
    let (mut net, a, trunk, call, invite) = replaced("INVITE, UPDATE");
    let (flow, update) = net.got_on(trunk);
    assert_eq!(update.method(), Some(Method::Update));
    assert!(update.body().is_empty());
    assert_ne!(contact(&update), contact(&invite));
    assert!(contact(&update).contains(&format!("@{};", flow.remote)), "{}", contact(&update));
    net.reply_on(trunk, flow.id, &update, 200, "", |b| b);
    net.secs(60);
    net.got_nothing(trunk);
    bye(&mut net, trunk, flow.id, &invite);
    assert_eq!(net.got_on(trunk).1.status(), Some(200));
    let events = net.events(a);
    assert!(modified(&events).is_empty(), "{events:?}");
    assert_eq!(ended(&events), Some((Ending::Bye, EndedBy::Remote, 200)));
    net.hang_up(a, call);
}

/// RFC 3261 §14.1, RFC 3264 §8: the same description leaves the session as it is.
#[test]
fn a_far_end_without_update_is_told_by_a_reinvite_that_changes_nothing() {
    let (mut net, a, trunk, call, invite) = replaced("INVITE");
    let (flow, again) = net.got_on(trunk);
    assert_eq!((again.method(), &again.body()[..]), (Some(Method::Invite), SDP_A));
    assert_ne!(contact(&again), contact(&invite));
    // Glare: once more, after the time of the side that placed the call.
    net.reply_on(trunk, flow.id, &again, 491, "", |b| b);
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    net.secs(2);
    net.got_nothing(trunk);
    net.secs(3);
    let (flow, again) = net.got_on(trunk);
    assert_eq!((again.method(), &again.body()[..]), (Some(Method::Invite), SDP_A));
    net.reply_on(trunk, flow.id, &again, 200, "", |b| b.body("application/sdp", SDP_B));
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    net.secs(60);
    net.got_nothing(trunk);
    net.hang_up(a, call);
    net.settle();
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Bye));
}

#[test]
fn a_change_of_the_owners_tells_it_as_well() {
    let (mut net, a, trunk) = by_tcp(true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    registers(&mut net, trunk);
    let (call, flow, _) = up(&mut net, a, trunk, "INVITE, UPDATE");
    net.cut(flow);
    // It goes out before the registration is made anew, and is answered after it.
    net.command(a, Command::Modify { call, offer: Some(SDP_B.into()), update: false });
    net.settle();
    let (on, change) = net.got_on(trunk);
    assert_eq!(change.method(), Some(Method::Invite));
    net.secs(1);
    registers(&mut net, trunk);
    net.run(SECOND / 10);
    net.reply_on(trunk, on.id, &change, 200, "", |b| b.body("application/sdp", SDP_B));
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    net.secs(60);
    net.got_nothing(trunk);
    assert_eq!(modified(&net.events(a)), [Ok(true)]);
}

/// Without a registration nothing else opens a connection.
#[test]
fn a_trunk_without_registration_is_told_at_once() {
    let (mut net, a, trunk) = by_tcp(false);
    let (_, flow, invite) = up(&mut net, a, trunk, "UPDATE");
    net.cut(flow);
    net.run(SECOND / 10);
    let (flow, update) = net.got_on(trunk);
    assert_eq!(update.method(), Some(Method::Update));
    assert_ne!(contact(&update), contact(&invite));
    net.reply_on(trunk, flow.id, &update, 200, "", |b| b);
    net.secs(60);
    net.got_nothing(trunk);
}

/// RFC 3261 §12.2.1.2 would end it: but the sound goes on, and a proxy that has just come back may
/// answer for a far end that it cannot find.
#[test]
fn a_call_does_not_end_by_a_far_end_that_cannot_be_told() {
    for code in [408, 481] {
        let (mut net, a, trunk, call, _) = replaced("UPDATE");
        let mut told = 0;
        let until = net.now + 200 * SECOND;
        while net.now < until {
            net.secs(1);
            while let Some(update) = net.next(trunk) {
                assert_eq!(update.method(), Some(Method::Update));
                told += 1;
                let flow = *net.streams().last().unwrap();
                net.reply_on(trunk, net.far_end(flow), &update, code, "", |b| b);
            }
        }
        assert_eq!(told, if code == 408 { 5 } else { 1 });
        assert_eq!(ended(&net.events(a)), None);
        net.hang_up(a, call);
        net.settle();
        assert_eq!(net.got_on(trunk).1.method(), Some(Method::Bye));
    }
}

/// After a sleep nobody knows whether a stream is alive: it is opened anew.
#[test]
fn a_sleep_opens_streams_anew() {
    let (mut net, a, trunk) = by_tcp(true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let first = registers(&mut net, trunk);
    let (_, _, invite) = up(&mut net, a, trunk, "UPDATE");
    net.now += 90 * SECOND;
    net.input(a, Input::Slept);
    net.run(SECOND / 10);
    let again = registers(&mut net, trunk);
    assert_ne!(again, first);
    net.run(SECOND / 10);
    let (on, update) = net.got_on(trunk);
    assert_eq!((on.id, update.method()), (again, Some(Method::Update)));
    assert_ne!(contact(&update), contact(&invite));
}

/// The stream that the answer to our INVITE comes on may be alive: it is asked.
#[test]
fn a_sleep_leaves_the_stream_of_an_invite_that_rings() {
    let (mut net, a, trunk) = by_tcp(false);
    net.dial(a, "9000");
    net.settle();
    let (flow, invite) = net.got_on(trunk);
    net.reply_on(trunk, flow.id, &invite, 180, "t", |b| b);
    net.now += 20 * SECOND;
    net.input(a, Input::Slept);
    net.run(SECOND / 10);
    net.reply_on(trunk, flow.id, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    assert!(is_answered(&net.events(a)));
}

/// The waits that a registrar out of reach has earned say nothing of another network.
#[test]
fn another_address_registers_at_once() {
    let (mut net, a, trunk) = by_tcp(true);
    net.no_tcp = true;
    net.command(a, Command::Register(ACCOUNT));
    net.secs(120);
    net.no_tcp = false;
    net.input(a, Input::Moved(super::net::address(0).ip()));
    net.run(SECOND + SECOND / 10);
    assert_eq!(net.got(trunk).method(), Some(Method::Register));
}

/// What a registrar has asked for (RFC 3261 §20.33) says something of every network (fault 13).
#[test]
fn neither_another_address_nor_a_sleep_is_quicker_than_retry_after() {
    for input in [|| Input::Moved(super::net::address(0).ip()), || Input::Slept] {
        let (mut net, a, trunk) = by_tcp(true);
        net.command(a, Command::Register(ACCOUNT));
        net.settle();
        let (flow, register) = net.got_on(trunk);
        net.reply_on(trunk, flow.id, &register, 503, "r", |b| b.header(Name::RetryAfter, "120"));
        net.secs(10);
        net.input(a, input());
        net.secs(105);
        net.got_nothing(trunk);
        net.secs(10);
        assert_eq!(net.got(trunk).method(), Some(Method::Register));
    }
}

/// A registration that leaves from another address stands as it is.
#[test]
fn an_address_that_is_gone_is_another_accounts() {
    let (mut net, a, trunk) = by_tcp(true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    registers(&mut net, trunk);
    net.input(a, Input::Moved([10, 0, 0, 99].into()));
    net.secs(5);
    net.got_nothing(trunk);
    net.input(a, Input::Moved(super::net::address(0).ip()));
    net.secs(5);
    assert_eq!(net.got(trunk).method(), Some(Method::Register));
}

/// RFC 3261 §18.1.1: a Contact that names a port which is listened at holds good.
#[test]
fn a_port_that_is_listened_at_needs_no_telling() {
    for register in [true, false] {
        let (mut net, a, trunk) = by_tcp(register);
        net.listens = Some(5060);
        net.command(a, Command::Register(ACCOUNT));
        net.settle();
        if register {
            registers(&mut net, trunk);
        }
        let (_, flow, _) = up(&mut net, a, trunk, "UPDATE");
        net.cut(flow);
        net.secs(1);
        if register {
            registers(&mut net, trunk);
        }
        net.secs(60);
        net.got_nothing(trunk);
    }
}

#[test]
fn a_hundred_calls_are_told_one_after_the_other() {
    let (mut net, a, trunk) = by_tcp(true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    registers(&mut net, trunk);
    let mut last = FlowId(0);
    for _ in 0..100 {
        last = up(&mut net, a, trunk, "UPDATE").1;
    }
    net.cut(last);
    net.secs(1);
    registers(&mut net, trunk);
    net.log.clear();
    for _ in 0..300 {
        net.run(SECOND / 100);
        while let Some(update) = net.next(trunk) {
            let flow = net.far_end(net.streams()[0]);
            net.reply_on(trunk, flow, &update, 200, "", |b| b);
        }
    }
    let told = net.log.iter().filter(|(.., line)| line.starts_with("UPDATE "));
    let told: Vec<_> = told.map(|(at, ..)| *at).collect();
    assert_eq!(told.len(), 100);
    let most =
        told.iter().map(|at| told.iter().filter(|t| (*at..*at + SECOND).contains(t)).count());
    assert!(most.max() <= Some(51), "too many at once");
    assert!(told[99] - told[0] <= 2 * SECOND);
}

/// The 2xx goes by another connection than its INVITE came by, but names the one that is gone.
#[test]
fn a_call_that_is_answered_after_the_loss_tells_where_it_is() {
    let (mut net, a, peer) = by_tcp(false);
    let old =
        Flow::new(FlowId(7), Transport::Tcp, ([10, 0, 0, 1], 40007).into(), super::net::address(1));
    let within = |method: &str, to: &str| {
        format!(
            "{method} sip:alice@10.0.0.1 SIP/2.0\r\nVia: SIP/2.0/TCP 10.0.0.2;branch=z9hG4bK{method}\r\n\
             From: <sip:bob@10.0.0.2>;tag=e\r\nTo: {to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\
             Max-Forwards: 70\r\nContact: <sip:bob@10.0.0.2;transport=tcp>\r\nAllow: UPDATE\r\n\
             Content-Length: 0\r\n\r\n"
        )
    };
    let invite = within("INVITE", "<sip:alice@10.0.0.1>").into();
    net.input(a, Input::Received { flow: old, bytes: &invite });
    let call = net.incoming(a);
    net.input(a, Input::FlowLost(old.id, TransportError::Closed));
    net.answer(a, call);
    net.settle();
    let (flow, answer) = net.got_on(peer);
    assert_eq!(answer.status(), Some(200));
    assert!(contact(&answer).contains(":40007"));
    let to = answer.header(Name::To).unwrap().text().into_owned();
    let ack = within("ACK", &to);
    let ack = ack.replace("Content-Length: 0", &format!("Content-Length: {}", SDP_A.len()));
    let ack = ack.replace("Allow", "Content-Type: application/sdp\r\nAllow");
    let ack = ack + &String::from_utf8_lossy(SDP_A);
    net.send(peer, flow.id, super::net::address(0), ack.into());
    net.settle();
    let (on, update) = net.got_on(peer);
    assert_eq!(update.method(), Some(Method::Update));
    assert!(contact(&update).contains(&format!("@{};", on.remote)), "{}", contact(&update));
}
