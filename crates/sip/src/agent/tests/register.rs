//! Registration as the agent drives it.

use std::time::Duration;

use super::{
    super::*,
    net::{ACCOUNT, At, Net, Node},
};
use crate::message::{Message, Method, Name};

fn registering() -> (Net, At, At) {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.learn_address = true;
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    (net, a, trunk)
}

fn grant(net: &mut Net, trunk: At, register: &Message) {
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    net.reply_with(trunk, register, 200, "r", |builder| {
        builder.set(Name::Contact, contact).header(Name::Expires, "3600")
    });
}

fn states(events: &[Event]) -> Vec<&Registration> {
    let states = events.iter().filter_map(|event| match event {
        Event::Registration(_, state) => Some(state),
        _ => None,
    });
    states.collect()
}

/// When a phone sent REGISTER.
fn registers(net: &Net, phone: At) -> Vec<Duration> {
    let sent =
        net.log.iter().filter(|(_, from, line)| *from == phone.0 && line.starts_with("REGISTER "));
    sent.map(|(at, ..)| *at).collect()
}

fn at_most_one_a_second(times: &[Duration]) {
    for pair in times.windows(2) {
        assert!(pair[1] - pair[0] >= Duration::from_secs(1), "{pair:?} of {times:?}");
    }
}

/// RFC 6140 §5.2: one Contact without a user stands for all numbers, and the registrar must know
/// how to read it.
#[test]
fn all_numbers_of_a_trunk_are_registered_at_once() {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.gin = true;
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = net.got_request(trunk, &Method::Register);
    let text = |name: Name<'_>| register.header(name).map(|header| header.text().into_owned());
    assert_eq!(text(Name::Contact).as_deref(), Some("<sip:10.0.0.1:5060;bnc>"));
    assert_eq!(text(Name::Require).as_deref(), Some("gin"));
    assert_eq!(text(Name::ProxyRequire).as_deref(), Some("gin"));
    net.reply_with(trunk, &register, 200, "r", |builder| {
        builder
            .set(Name::Contact, "<sip:10.0.0.9:5060;bnc>;expires=7200")
            .header(Name::Contact, "<sip:10.0.0.1:5060;bnc>;expires=600")
    });
    let events = net.events(a);
    assert!(
        states(&events)
            .iter()
            .any(|it| matches!(it, Registration::Registered { expires: 600, .. })),
        "{events:?}"
    );
}

#[test]
fn a_registration_is_kept_and_given_back() {
    let (mut net, a, trunk) = registering();
    let register = net.got_request(trunk, &Method::Register);
    assert_eq!(register.request_uri().unwrap(), "sip:10.0.0.2");
    assert_eq!(register.to().unwrap().uri().as_str(), "sip:alice@10.0.0.2");
    assert_eq!(register.header(Name::Contact).unwrap().text(), "<sip:alice@10.0.0.1:5060>");
    grant(&mut net, trunk, &register);
    let events = net.events(a);
    let [Registration::Registering, Registration::Registered { expires: 3600, contacts, .. }] =
        states(&events)[..]
    else {
        panic!("{events:?}")
    };
    assert_eq!(contacts.len(), 1);

    let again = net.awaited(trunk, Duration::from_secs(3600));
    assert_eq!(again.call_id(), register.call_id());
    assert!(again.cseq().unwrap().number > register.cseq().unwrap().number);
    grant(&mut net, trunk, &again);
    net.command(a, Command::Unregister(ACCOUNT));
    net.settle();
    let last = net.got_request(trunk, &Method::Register);
    assert_eq!(last.expires(), Some(0));
    net.reply(trunk, &last, 200, "r");
    assert_eq!(states(&net.events(a)).last(), Some(&&Registration::Unregistered));
}

/// A challenge is a round of its own, and a refresh has one of its own too.
#[test]
fn the_round_trip_is_that_of_the_register_that_was_granted() {
    let (mut net, a, trunk) = registering();
    let first = net.got_request(trunk, &Method::Register);
    net.run(Duration::from_millis(300));
    net.reply_with(trunk, &first, 401, "r", |builder| {
        let challenge = "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256";
        builder.header(Name::WwwAuthenticate, challenge)
    });
    let second = net.got_request(trunk, &Method::Register);
    net.run(Duration::from_millis(100));
    grant(&mut net, trunk, &second);
    let refresh = net.awaited(trunk, Duration::from_secs(3600));
    grant(&mut net, trunk, &refresh);
    let events = net.events(a);
    let trips = states(&events).into_iter().filter_map(|state| match state {
        Registration::Registered { round_trip, .. } => Some(*round_trip),
        _ => None,
    });
    // 10 ms each way, besides what the registrar took.
    assert_eq!(trips.collect::<Vec<_>>(), [120, 20].map(Duration::from_millis));
}

/// The next REGISTER, which leaves when that was told.
fn as_told(net: &mut Net, a: At, trunk: At) -> Message {
    let told = net.agent(a).registers_at(ACCOUNT);
    let register = net.awaited(trunk, Duration::from_secs(3600));
    assert_eq!(registers(net, a).last().copied(), told);
    register
}

#[test]
fn the_next_register_leaves_when_that_was_told() {
    let (mut net, a, trunk) = registering();
    assert_eq!(net.agent(a).registers_at(ACCOUNT), None, "one is under way");
    let register = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &register);
    let refresh = as_told(&mut net, a, trunk);
    net.reply_with(trunk, &refresh, 503, "r", |b| b.header(Name::RetryAfter, "30"));
    let again = as_told(&mut net, a, trunk);
    // Seen elsewhere: the right Contact follows at once.
    let contact = again.header(Name::Contact).unwrap().text().into_owned();
    let seen = again.top_via().unwrap().stamped("203.0.113.9:61000".parse().unwrap());
    net.reply_with(trunk, &again, 200, "r", |builder| {
        builder.set(Name::Via, seen).set(Name::Contact, contact).header(Name::Expires, "3600")
    });
    let moved = as_told(&mut net, a, trunk);
    assert_eq!(moved.header(Name::Contact).unwrap().text(), "<sip:alice@203.0.113.9:61000>");
}

#[test]
fn the_address_behind_nat_is_learnt_and_registered() {
    let (mut net, a, trunk) = registering();
    let register = net.got_request(trunk, &Method::Register);
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    let seen = register.top_via().unwrap().stamped("203.0.113.9:61000".parse().unwrap());
    net.reply_with(trunk, &register, 200, "r", |builder| {
        builder.set(Name::Via, seen).set(Name::Contact, contact).header(Name::Expires, "3600")
    });
    net.secs(1);
    let public = "203.0.113.9:61000".parse().unwrap();
    let events = net.events(a);
    assert!(
        events
            .iter()
            .any(|e| matches!(e, Event::PublicAddress(_, _, address) if *address == public)),
        "{events:?}"
    );
    let again = net.got_request(trunk, &Method::Register);
    assert_eq!(again.header(Name::Contact).unwrap().text(), "<sip:alice@203.0.113.9:61000>");
    let seen = again.top_via().unwrap().stamped(public);
    let contact = again.header(Name::Contact).unwrap().text().into_owned();
    net.reply_with(trunk, &again, 200, "r", |builder| {
        builder.set(Name::Via, seen).set(Name::Contact, contact).header(Name::Expires, "3600")
    });
    net.secs(60);
    net.got_nothing(trunk);
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(trunk, &Method::Invite);
    assert_eq!(invite.header(Name::Contact).unwrap().text(), "<sip:alice@203.0.113.9:61000>");
}

/// Fault 1: the registrar is gone at a refresh and comes back half a minute later, with and without
/// ICMP telling of it.
#[test]
fn a_registrar_that_returns_is_found_within_five_seconds() {
    for (gone, refuses) in [(Node::Nobody, true), (Node::Hole, false)] {
        let (mut net, a, trunk) = registering();
        let register = net.got_request(trunk, &Method::Register);
        grant(&mut net, trunk, &register);
        net.secs(3530);
        net.sent(a);
        net.nodes[trunk.0].1 = gone;
        net.secs(38);
        let tries = net.sent(a).len();
        assert!((3..=38).contains(&tries), "{tries} requests in 38 s");
        if refuses {
            // Each ends at once and is a try of its own; what vanishes is sent again by Timer E.
            at_most_one_a_second(&registers(&net, a));
        }
        net.nodes[trunk.0].1 = Node::Script { inbox: Default::default() };
        net.secs(5);
        let again = net.got_request(trunk, &Method::Register);
        grant(&mut net, trunk, &again);
        let events = net.events(a);
        assert!(matches!(states(&events).last(), Some(Registration::Registered { .. })));
    }
}

/// Fault 1 on UDP: the registrar restarts long before the next refresh, while a call is up. The
/// keep-alive that finds nobody tells of it.
#[test]
fn a_keep_alive_that_finds_nobody_makes_the_registration_anew() {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.keep_alive = KeepAlive::Crlf;
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &register);
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(trunk, &Method::Invite);
    net.reply_with(trunk, &invite, 200, "t", |b| b.body("application/sdp", super::net::SDP_B));
    net.got_request(trunk, &Method::Ack);
    net.events(a);

    net.nodes[trunk.0].1 = Node::Nobody;
    net.sent(a);
    net.secs(26);
    let sent = net.sent(a);
    assert_eq!(sent[..2], ["", "REGISTER sip:10.0.0.2"], "{sent:?}");
    net.nodes[trunk.0].1 = Node::Script { inbox: Default::default() };
    net.secs(5);
    let again = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &again);
    let events = net.events(a);
    assert!(matches!(states(&events).last(), Some(Registration::Registered { .. })));
    assert_eq!(super::net::ended(&events), None);
}

/// Fault 1 on UDP: the registrar is back before anything finds nobody, and has forgotten us. It says
/// so where it is asked what it holds.
#[test]
fn a_registrar_that_has_forgotten_is_told_at_the_next_question() {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.keep_alive = KeepAlive::Register;
        account.keep_alive_every = Some(Duration::from_secs(2));
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &register);
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    let asked = |net: &mut Net| net.awaited(trunk, Duration::from_millis(2100));
    for _ in 0..3 {
        let question = asked(&mut net);
        assert_eq!(question.method(), Some(Method::Register));
        let ours = [Name::Contact, Name::Expires].map(|name| question.header(name).is_none());
        assert_eq!(ours, [true, true], "{question:?}");
        let aor = |message: &Message| message.header(Name::To).unwrap().text().into_owned();
        assert_eq!(aor(&question), aor(&register));
        net.reply_with(trunk, &question, 200, "r", |b| b.set(Name::Contact, contact.clone()));
        net.settle();
        net.got_nothing(trunk);
    }
    let question = asked(&mut net);
    // It knows no nonce of before either.
    net.reply_with(trunk, &question, 401, "r", |b| {
        b.header(Name::WwwAuthenticate, "Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256")
    });
    net.settle();
    let question = net.got_request(trunk, &Method::Register);
    assert!(question.header(Name::Contact).is_none());
    net.reply(trunk, &question, 200, "r");
    net.secs(2);
    let again = net.got_request(trunk, &Method::Register);
    assert_eq!(again.header(Name::Contact).unwrap().text(), contact);
}

/// Takes the REGISTER that came, and gives it a Service-Route.
fn granted(net: &mut Net, trunk: At, service_route: &str) -> Message {
    let register = net.got_request(trunk, &Method::Register);
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    net.reply_with(trunk, &register, 200, "r", |builder| {
        builder
            .set(Name::Contact, contact)
            .header(Name::Expires, "600")
            .header(Name::ServiceRoute, service_route)
    });
    register
}

#[test]
fn requests_follow_the_service_route() {
    let (mut net, a, trunk) = registering();
    granted(&mut net, trunk, "<sip:edge.invalid;lr>, <sip:core.invalid;lr>");
    net.dial(a, "9000");
    net.settle();
    let invite = net.got_request(trunk, &Method::Invite);
    let routes: Vec<_> = invite.routes().map(|route| route.uri().to_string()).collect();
    assert_eq!(routes, ["sip:edge.invalid;lr", "sip:core.invalid;lr"]);
    assert_eq!(invite.request_uri().unwrap(), "sip:9000@10.0.0.2");
}

/// A Service-Route leads to what serves our calls; the registrar is found by the proxy (RFC 3608
/// §5), and what is on the way may write its name into each REGISTER (Path, RFC 3327 §5.1).
#[test]
fn a_registration_never_follows_the_service_route() {
    let (mut net, a, trunk) = Net::scripted(|account| {
        account.register = true;
        account.keep_alive = KeepAlive::Register;
        account.proxy = Some(("10.0.0.2".into(), None));
    });
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = granted(&mut net, trunk, "<sip:core.invalid;lr>");
    net.secs(26);
    let question = net.got_request(trunk, &Method::Register);
    assert!(question.header(Name::Contact).is_none());
    while net.next(trunk).is_some() {}
    net.reply(trunk, &question, 200, "r");
    net.secs(2);
    let again = net.got_request(trunk, &Method::Register);
    assert!(again.header(Name::Contact).is_some());
    for register in [register, question, again] {
        let routes: Vec<_> = register.routes().map(|route| route.uri().to_string()).collect();
        assert_eq!(routes, ["sip:10.0.0.2;lr"]);
        assert_eq!(register.values("Supported").count(), 1);
    }
}

#[test]
fn udp_is_kept_open_as_the_trunk_wants_it() {
    for (kind, line) in [
        (KeepAlive::Crlf, ""),
        (KeepAlive::Options, "OPTIONS sip:10.0.0.2"),
        (KeepAlive::Register, "REGISTER sip:10.0.0.2"),
    ] {
        let (mut net, a, trunk) = Net::scripted(|account| {
            account.register = true;
            account.keep_alive = kind;
        });
        net.command(a, Command::Register(ACCOUNT));
        net.settle();
        let register = net.got_request(trunk, &Method::Register);
        grant(&mut net, trunk, &register);
        net.sent(a);
        net.secs(26);
        assert_eq!(net.sent(a).first().map(String::as_str), Some(line));
        if kind == KeepAlive::Crlf {
            continue;
        }
        // A request without an answer: the registrar may have forgotten us.
        while net.next(trunk).is_some() {}
        net.secs(40);
        let mut came = std::iter::from_fn(|| net.next(trunk));
        assert!(came.any(|m| {
            m.method() == Some(Method::Register) && m.header(Name::Contact).is_some()
        }));
    }
}

/// Fault 13: a registrar that only ever fails is asked once a second at most.
#[test]
fn a_failing_registrar_is_not_stormed() {
    for code in [500, 503, 408] {
        let (mut net, a, trunk) = registering();
        let start = net.now;
        while net.now < start + Duration::from_secs(120) {
            if let Some(register) = net.next(trunk) {
                net.reply_with(trunk, &register, code, "r", |b| b.header(Name::RetryAfter, "0"));
            }
            net.run(Duration::from_millis(100));
        }
        let requests = registers(&net, a);
        assert!((10..=120).contains(&requests.len()), "{code}: {requests:?}");
        at_most_one_a_second(&requests);
        let events = net.events(a);
        assert!(matches!(states(&events).last(), Some(Registration::Failed { .. })));
    }
}

#[test]
fn a_refused_registration_stops() {
    let (mut net, a, trunk) = registering();
    let register = net.got_request(trunk, &Method::Register);
    net.reply(trunk, &register, 403, "r");
    net.secs(600);
    net.got_nothing(trunk);
    let events = net.events(a);
    assert!(matches!(states(&events).last(), Some(Registration::Refused { code: 403, .. })));
}

/// Calls of the trunk come in on the registered flow, though its address is not known by name.
#[test]
fn the_registered_flow_is_heard_and_a_removed_account_is_forgotten() {
    let (mut net, a, trunk) = registering();
    let register = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &register);
    let options = "OPTIONS sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKo\n\
         From: <sip:t@10.0.0.2>;tag=e\nTo: <sip:alice@10.0.0.1>\nCall-ID: o\nCSeq: 1 OPTIONS\n\
         Max-Forwards: 70\nContent-Length: 0\n\n";
    net.request(trunk, options);
    assert_eq!(net.got(trunk).status(), Some(200));
    net.command(a, Command::RemoveAccount(ACCOUNT));
    net.settle();
    let last = net.got_request(trunk, &Method::Register);
    assert_eq!(last.expires(), Some(0));
    net.reply(trunk, &last, 200, "r");
    assert!(net.agent(a).core.accounts.is_empty());
    net.request(trunk, &options.replace("bKo", "bKp"));
    net.got_nothing(trunk);
}

#[test]
fn a_removed_account_is_gone_when_its_registration_is_given_back() {
    let (mut net, a, trunk) = registering();
    let register = net.got_request(trunk, &Method::Register);
    grant(&mut net, trunk, &register);
    net.command(a, Command::RemoveAccount(ACCOUNT));
    net.settle();
    let last = net.got_request(trunk, &Method::Register);
    assert_eq!(last.expires(), Some(0));
    assert_eq!(net.gone, []);
    net.heard.clear();
    net.reply(trunk, &last, 200, "r");
    assert_eq!(net.heard, [(Some(ACCOUNT), None)]);
    assert_eq!(net.gone, [ACCOUNT]);
    // One that never registered has nothing to give back.
    let (mut net, a, _) = Net::scripted(|_| {});
    net.command(a, Command::RemoveAccount(ACCOUNT));
    assert_eq!(net.gone, [ACCOUNT]);
}
