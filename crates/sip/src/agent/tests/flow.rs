//! Streams that break (fault 3), and what a shutdown leaves.

use std::time::Duration;

use super::{
    super::*,
    modify::{answer_offer, modify},
    net::{ACCOUNT, At, Net, SDP_B, ended, is_answered},
};
use crate::{
    message::{Message, Method, Name},
    transport::{FlowId, Transport},
};

fn registered_by_tcp() -> (Net, At, At, FlowId) {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.transport = Transport::Tcp;
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let (flow, register) = net.got_on(trunk);
    grant(&mut net, trunk, flow.id, &register);
    net.events(a);
    (net, a, trunk, flow.id)
}

fn grant(net: &mut Net, trunk: At, flow: FlowId, register: &Message) {
    assert_eq!(register.method(), Some(Method::Register));
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    assert!(contact.contains(";transport=tcp"));
    net.reply_on(trunk, flow, register, 200, "r", |builder| {
        builder.set(Name::Contact, contact).header(Name::Expires, "600")
    });
}

#[test]
fn a_broken_stream_is_opened_again_and_the_call_goes_on() {
    let (mut net, a, trunk, flow) = registered_by_tcp();
    let call = net.dial(a, "9000");
    net.settle();
    let (on, invite) = net.got_on(trunk);
    assert_eq!(on.id, flow);
    net.reply_on(trunk, flow, &invite, 200, "t", |b| {
        b.set(Name::Contact, "<sip:9000@10.0.0.2;transport=tcp>").body("application/sdp", SDP_B)
    });
    assert_eq!(net.got_on(trunk).1.method(), Some(Method::Ack));
    assert!(is_answered(&net.events(a)));

    let cut = net.now;
    net.cut(flow);
    net.secs(2);
    let (again, register) = net.got_on(trunk);
    assert_ne!(again.id, flow);
    assert!(net.now - cut <= Duration::from_secs(2));
    grant(&mut net, trunk, again.id, &register);
    assert_eq!(ended(&net.events(a)), None);

    net.hang_up(a, call);
    net.settle();
    let (on, bye) = net.got_on(trunk);
    assert_eq!((on.id, bye.method()), (again.id, Some(Method::Bye)));
    net.reply_on(trunk, again.id, &bye, 200, "", |b| b);
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
}

#[test]
fn a_call_lives_through_the_loss_of_its_stream() {
    let stream = |account: &mut Account| account.transport = Transport::Tcp;
    let (mut net, a, b) = Net::pair_with(stream, stream);
    let (ours, theirs) = net.up(a, b);
    for flow in net.streams() {
        net.cut(flow);
    }
    net.command(
        a,
        Command::Info {
            call: ours,
            content_type: "application/dtmf-relay".into(),
            body: "Signal=5\r\nDuration=160\r\n".into(),
        },
    );
    net.settle();
    let told = net.events(b);
    let heard = told.iter().any(|event| {
        matches!(event, Event::Info { call, body }
            if *call == theirs && body.content_type == "application/dtmf-relay")
    });
    assert!(heard, "{told:?}");
    // The callee answers on the stream that its caller has opened anew.
    net.hang_up(b, theirs);
    net.settle();
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)));
}

#[test]
fn a_pong_that_does_not_come_closes_the_stream() {
    let (mut net, a, trunk, flow) = registered_by_tcp();
    let ours = net.far_end(flow);
    net.secs(26);
    assert!(net.sent(a).iter().any(String::is_empty), "no double CRLF");
    net.input(a, Input::Pong(ours));
    net.secs(50);
    let (again, register) = net.got_on(trunk);
    assert_eq!(register.method(), Some(Method::Register));
    assert_ne!(again.id, flow);
}

#[test]
fn shutdown_ends_calls_and_registrations_and_says_so() {
    let (mut net, a, trunk, flow) = registered_by_tcp();
    net.dial(a, "9000");
    net.settle();
    let (_, invite) = net.got_on(trunk);
    net.reply_on(trunk, flow, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    net.command(a, Command::Shutdown);
    net.settle();
    let mut last = Vec::new();
    while let Some(message) = net.next(trunk) {
        if message.method() == Some(Method::Ack) {
            continue;
        }
        net.reply_on(trunk, flow, &message, 200, "r", |b| b);
        last.push(message.method().unwrap());
    }
    last.sort_by_key(|method| method.to_string());
    assert_eq!(last, [Method::Bye, Method::Register]);
    let events = net.events(a);
    assert!(ended(&events).is_some());
    assert!(matches!(events.last(), Some(Event::Idle)), "{events:?}");
}

/// An INVITE that was answered lives on for its late answers (Timer M, RFC 6026 §7.2): nobody waits for them.
#[test]
fn a_call_that_was_held_holds_up_no_shutdown() {
    let (mut net, a, b) = Net::pair();
    let (ours, theirs) = net.up(a, b);
    modify(&mut net, a, ours, false);
    net.settle();
    answer_offer(&mut net, b, theirs);
    net.settle();
    net.command(a, Command::Shutdown);
    net.settle();
    assert!(net.events(a).iter().any(|event| matches!(event, Event::Idle)));
}

#[test]
fn shutdown_does_not_wait_for_ever() {
    let (mut net, a, trunk, _) = registered_by_tcp();
    net.command(a, Command::Shutdown);
    net.secs(4);
    assert!(!net.events(a).iter().any(|event| matches!(event, Event::Idle)));
    net.secs(2);
    assert!(net.events(a).iter().any(|event| matches!(event, Event::Idle)));
    net.next(trunk);
}

#[test]
fn shutdown_waits_a_second_for_a_trunk_that_never_said_a_word() {
    let (mut net, a, _) = Net::scripted(|account| account.register = true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    net.command(a, Command::Shutdown);
    let idle = |net: &mut Net| net.events(a).iter().any(|event| matches!(event, Event::Idle));
    net.run(Duration::from_millis(900));
    assert!(!idle(&mut net));
    net.run(Duration::from_millis(200));
    assert!(idle(&mut net));
}

/// RFC 3261 §18.1.1, §18.2.2: the port that a stream leaves from is nobody's once it is broken.
#[test]
fn a_stream_names_the_port_that_is_listened_at() {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.learn_address = true;
        account.transport = Transport::Tcp;
    });
    net.listens = Some(5060);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let (on, register) = net.got_on(trunk);
    assert_ne!(on.remote.port(), 5060);
    assert_eq!(register.top_via().unwrap().port(), Some(5060));
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    assert_eq!(contact, "<sip:alice@10.0.0.1:5060;transport=tcp>");
    // What the far end sees of the stream changes nothing.
    let seen = register.top_via().unwrap().stamped(on.remote);
    net.reply_on(trunk, on.id, &register, 200, "r", |builder| {
        builder
            .set(Name::Via, seen)
            .set(Name::Contact, contact.clone())
            .header(Name::Expires, "600")
    });
    net.secs(1);
    net.got_nothing(trunk);
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_on(trunk).1;
    assert_eq!(invite.header(Name::Contact).unwrap().text(), contact);
}
