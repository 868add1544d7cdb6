//! Who gets a proof of the password, and who does not (bug class 8).

use super::{
    super::*,
    digest::{LOGIN, challenge, credentials, invite},
    net::{ACCOUNT, At, Net, Node, SDP_B, ended},
};
use crate::{
    digest::Credentials,
    message::{Message, Method, Name},
};

/// A challenge of a registrar or a callee, who speak 401.
fn ask(net: &mut Net, at: At, request: &Message, realm: &str, nonce: &str) {
    let text = format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\"");
    net.reply_with(at, request, 401, "c", |b| b.header(Name::WwwAuthenticate, text));
}

/// A challenge of a proxy.
fn ask_by_proxy(net: &mut Net, at: At, request: &Message, realm: &str, nonce: &str) {
    let text = format!("Digest realm=\"{realm}\", nonce=\"{nonce}\", qop=\"auth\"");
    net.reply_with(at, request, 407, "c", |b| b.header(Name::ProxyAuthenticate, text));
}

fn is_signed(message: &Message) -> bool {
    message.header(Name::Authorization).is_some()
        || message.header(Name::ProxyAuthorization).is_some()
}

/// The realm `lab` is the trunk's: it has challenged a call and let it through.
fn pinned(change: impl FnOnce(&mut Account)) -> (Net, At, At) {
    let (mut net, a, trunk) = Net::scripted(change);
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    net.reply(trunk, &second, 486, "p");
    net.got_request(trunk, &Method::Ack);
    net.events(a);
    (net, a, trunk)
}

fn registered() -> (Net, At, At) {
    let (mut net, a, trunk) = Net::scripted(|account| account.register = true);
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = net.got_request(trunk, &Method::Register);
    ask(&mut net, trunk, &register, "lab", "r1");
    let register = net.got_request(trunk, &Method::Register);
    let value = register.row(Name::Authorization).unwrap();
    assert!(Credentials::parse(&value).unwrap().verify(LOGIN, &Method::Register, b""));
    let contact = register.header(Name::Contact).unwrap().text().into_owned();
    net.reply_with(trunk, &register, 200, "r", |builder| {
        builder.set(Name::Contact, contact).header(Name::Expires, "3600")
    });
    net.events(a);
    (net, a, trunk)
}

/// A trunk that is a proxy hands Authorization on to the callee.
#[test]
fn what_the_registrar_asked_for_does_not_go_with_a_call() {
    let (mut net, a, trunk) = registered();
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    assert!(!is_signed(&first));
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    assert_eq!(credentials(&second).nonce, "n1");
    assert!(second.header(Name::Authorization).is_none());
    net.reply(trunk, &second, 486, "p");
    net.dial(a, "9001");
    net.settle();
    let third = invite(&mut net, trunk);
    assert_eq!(credentials(&third).qop.unwrap().2, 2);
    assert!(third.header(Name::Authorization).is_none());
    // The registrar's own nonce is still good for the registrar.
    net.command(a, Command::Register(ACCOUNT));
    net.settle();
    let register = net.got(trunk);
    let register = if register.method() == Some(Method::Ack) { net.got(trunk) } else { register };
    let again = Credentials::parse(&register.row(Name::Authorization).unwrap()).unwrap();
    assert_eq!((again.nonce.as_str(), again.qop.unwrap().2), ("r1", 2));
    assert!(register.header(Name::ProxyAuthorization).is_none());
}

/// Eve has answered; we hang up, and she challenges the BYE with the trunk's realm.
fn bye_is_challenged(net: &mut Net, a: At, call: CallId, eve: At) {
    net.hang_up(a, call);
    net.settle();
    let bye = net.got_request(eve, &Method::Bye);
    assert!(!is_signed(&bye));
    net.reply_with(eve, &bye, 407, "", challenge("evil", ""));
    net.got_nothing(eve);
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
}

/// Not even where the host is one that may call us.
#[test]
fn a_call_that_leads_elsewhere_proves_nothing() {
    for redirected in [false, true] {
        let (mut net, a, trunk) =
            pinned(|account| account.allow = vec![("10.0.0.3".parse().unwrap(), 32)]);
        let eve = net.node(Node::Script { inbox: Default::default() });
        let call = net.dial(a, if redirected { "9001" } else { "sip:eve@10.0.0.3" });
        net.settle();
        if redirected {
            let first = invite(&mut net, trunk);
            net.reply_with(trunk, &first, 302, "t", |b| b.set(Name::Contact, "<sip:eve@10.0.0.3>"));
            net.command(a, Command::Follow { call, agreed: true });
            net.settle();
        }
        let invite = net.got_request(eve, &Method::Invite);
        assert!(!is_signed(&invite));
        net.reply_with(eve, &invite, 200, "e", |b| b.body("application/sdp", SDP_B));
        assert!(!is_signed(&net.got_request(eve, &Method::Ack)));
        bye_is_challenged(&mut net, a, call, eve);
    }
}

/// The call goes by the trunk, its Contact is the callee's own host: ACK and BYE go there.
#[test]
fn a_callee_gets_neither_the_proof_of_the_invite_nor_one_of_its_own() {
    let (mut net, a, trunk) = pinned(|_| {});
    let eve = net.node(Node::Script { inbox: Default::default() });
    let call = net.dial(a, "9001");
    net.settle();
    let invite = invite(&mut net, trunk);
    assert!(is_signed(&invite));
    net.reply_with(trunk, &invite, 200, "e", |b| {
        b.set(Name::Contact, "<sip:eve@10.0.0.3>").body("application/sdp", SDP_B)
    });
    assert!(!is_signed(&net.got_request(eve, &Method::Ack)));
    bye_is_challenged(&mut net, a, call, eve);
}

#[test]
fn the_ack_to_the_trunk_repeats_the_proof() {
    let (mut net, a, trunk) = pinned(|_| {});
    net.dial(a, "9001");
    net.settle();
    let invite = invite(&mut net, trunk);
    net.reply_with(trunk, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    let ack = net.got_request(trunk, &Method::Ack);
    assert_eq!(credentials(&ack), credentials(&invite));
}

/// RFC 3261 §22.2: a callee asks by 401. Behind a proxy that asked before it gets nothing.
#[test]
fn the_side_that_asked_for_an_invite_first_is_answered_alone() {
    for new in [true, false] {
        let (mut net, a, trunk) = if new { Net::scripted(|_| {}) } else { pinned(|_| {}) };
        net.dial(a, "9001");
        net.settle();
        let mut request = invite(&mut net, trunk);
        if new {
            ask_by_proxy(&mut net, trunk, &request, "lab", "n1");
            request = invite(&mut net, trunk);
        }
        assert!(is_signed(&request));
        ask(&mut net, trunk, &request, "lab", "evil");
        assert!(matches!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, _, 401))));
        net.got_request(trunk, &Method::Ack);
        net.got_nothing(trunk);
    }
}

#[test]
fn no_challenge_is_answered_once_it_rings() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9001");
    net.settle();
    let request = invite(&mut net, trunk);
    net.reply(trunk, &request, 100, "");
    net.reply(trunk, &request, 180, "c");
    ask_by_proxy(&mut net, trunk, &request, "lab", "evil");
    net.got_request(trunk, &Method::Ack);
    net.got_nothing(trunk);
    assert!(matches!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, _, 407))));
}

/// A 500 says nothing of the password, and so nothing of who asked for it.
#[test]
fn a_realm_is_pinned_once_it_has_let_a_call_through() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for (realm, end, answered) in
        [("one", 500, true), ("two", 603, true), ("one", 0, false), ("two", 486, true)]
    {
        net.dial(a, "9000");
        net.settle();
        let first = invite(&mut net, trunk);
        ask_by_proxy(&mut net, trunk, &first, realm, &format!("{realm}{end}"));
        net.got_request(trunk, &Method::Ack);
        if answered {
            let second = invite(&mut net, trunk);
            assert_eq!(credentials(&second).realm, realm);
            net.reply(trunk, &second, end, "p");
            net.got_request(trunk, &Method::Ack);
        }
        net.got_nothing(trunk);
        let refused = matches!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, ..)));
        assert_eq!(refused, !answered, "{realm}");
    }
}

#[test]
fn a_nonce_that_nobody_has_vouched_for_is_not_used_again() {
    let (mut net, a, trunk) = pinned(|_| {});
    net.dial(a, "9001");
    net.settle();
    let request = invite(&mut net, trunk);
    net.reply_with(trunk, &request, 407, "c", challenge("evil", ", stale=true"));
    let request = invite(&mut net, trunk);
    assert_eq!(credentials(&request).nonce, "evil");
    net.reply(trunk, &request, 500, "c");
    net.dial(a, "9002");
    net.settle();
    let proof = credentials(&invite(&mut net, trunk));
    assert_eq!((proof.nonce.as_str(), proof.qop.unwrap().2), ("n1", 3));
}

/// A call that came in from the trunk: its BYE is challenged by the realm that we registered at.
#[test]
fn a_trunk_that_challenges_the_end_of_its_own_call_is_answered() {
    let (mut net, a, trunk) = registered();
    net.request(
        trunk,
        "INVITE sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx\n\
         From: <sip:bob@10.0.0.2>;tag=b\nTo: <sip:alice@10.0.0.1>\nCall-ID: in\nCSeq: 1 INVITE\n\
         Max-Forwards: 70\nContact: <sip:bob@10.0.0.2:5060>\nContent-Length: 0\n\n",
    );
    let call = net.incoming(a);
    net.answer(a, call);
    net.settle();
    let ok = net.got(trunk);
    let to = ok.header(Name::To).unwrap().text().into_owned();
    net.request(
        trunk,
        &format!(
            "ACK sip:alice@10.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKy\n\
             From: <sip:bob@10.0.0.2>;tag=b\nTo: {to}\nCall-ID: in\nCSeq: 1 ACK\n\
             Max-Forwards: 70\nContent-Length: 0\n\n"
        ),
    );
    net.hang_up(a, call);
    net.settle();
    let bye = net.got_request(trunk, &Method::Bye);
    assert!(!is_signed(&bye));
    ask_by_proxy(&mut net, trunk, &bye, "lab", "b1");
    let bye = net.got_request(trunk, &Method::Bye);
    assert!(credentials(&bye).verify(LOGIN, &Method::Bye, b""));
    net.reply(trunk, &bye, 200, "");
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
}
