//! Headers of the owner's in place of ours: whoever tests a trunk sends what no phone would, and the
//! call goes on all the same.

use super::{
    super::*,
    digest::{LOGIN, challenge, credentials},
    net::{At, Net, Node, SDP_A, SDP_B, ended},
};
use crate::{
    message::{Message, Method, Name},
    transport::Transport,
};

fn dial(net: &mut Net, a: At, headers: &[(&str, &str)]) -> CallId {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let headers = headers.collect();
    let dial = Dial { to: "9000".into(), offer: Some(SDP_A.into()), headers, ..Dial::default() };
    let call = net.dial_with(a, dial);
    net.settle();
    call
}

/// All values under a name.
fn all(message: &Message, name: &'static str) -> Vec<String> {
    message.values(name).map(|value| value.text().into_owned()).collect()
}

#[test]
fn headers_of_the_owner_stand_in_place_of_ours() {
    let (mut net, a, trunk) = Net::scripted(|account| account.session_expires = Some(1800));
    let headers = [
        ("From", "\"Odd\" <sip:odd@elsewhere.invalid>"),
        ("t", "<sip:other@elsewhere.invalid>"),
        ("m", "<sip:odd@192.0.2.7>"),
        ("Max-Forwards", "3"),
        ("Supported", ""),
        ("Session-Expires", "45"),
        ("X-Twice", "a"),
        ("X-Twice", "b"),
        ("Content-Type", "text/plain"),
    ];
    dial(&mut net, a, &headers);
    let first = net.got_request(trunk, &Method::Invite);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    net.got_request(trunk, &Method::Ack);
    let invite = net.got_request(trunk, &Method::Invite);
    for invite in [&first, &invite] {
        let from = all(invite, "From");
        assert!(from[0].starts_with("\"Odd\" <sip:odd@elsewhere.invalid>;tag="), "{from:?}");
        assert_eq!(all(invite, "To"), ["<sip:other@elsewhere.invalid>"]);
        assert_eq!(all(invite, "Contact"), ["<sip:odd@192.0.2.7>"]);
        assert_eq!(all(invite, "Max-Forwards"), ["3"]);
        assert_eq!(all(invite, "Session-Expires"), ["45"]);
        assert!(all(invite, "Supported").is_empty());
        assert_eq!(all(invite, "X-Twice"), ["a", "b"]);
        assert_eq!(all(invite, "Content-Type"), ["text/plain"]);
    }
    assert!(credentials(&invite).verify(LOGIN, &Method::Invite, SDP_A));
}

/// Our tag stays, whatever From the owner wants: the far end hangs up by it.
#[test]
fn a_call_with_another_from_is_hung_up_by_the_far_end() {
    for from in ["<sip:odd@elsewhere.invalid>;tag=theirs", "sip:odd@elsewhere.invalid", ""] {
        let (mut net, a, trunk) = Net::scripted(|_| {});
        dial(&mut net, a, &[("From", from), ("To", ""), ("Via", ""), ("CSeq", "")]);
        let invite = net.got_request(trunk, &Method::Invite);
        let once = ["From", "To", "Via", "CSeq"].map(|name| all(&invite, name).len());
        assert_eq!(once, [1; 4], "{from}");
        net.reply_with(trunk, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
        let ack = net.got_request(trunk, &Method::Ack);
        assert_eq!(all(&ack, "From"), all(&invite, "From"));
        let (ours, call_id) = (&all(&invite, "From")[0], &all(&invite, "Call-ID")[0]);
        assert!(!ours.contains("theirs"), "{ours}");
        let text = format!(
            "BYE sip:alice@10.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKb\n\
             From: <sip:9000@10.0.0.2>;tag=t\nTo: {ours}\nCall-ID: {call_id}\nCSeq: 1 BYE\n\
             Max-Forwards: 70\nContent-Length: 0\n\n"
        );
        net.request(trunk, &text);
        assert_eq!(net.got(trunk).status(), Some(200), "{from}");
        assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Remote, 200)), "{from}");
    }
}

#[test]
fn answers_are_found_whatever_stands_beside_ours() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    dial(&mut net, a, &[("v", "SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx"), ("CSeq", "7 BYE")]);
    let invite = net.got_request(trunk, &Method::Invite);
    assert_eq!((all(&invite, "Via").len(), all(&invite, "CSeq").len()), (1, 2));
    net.reply_with(trunk, &invite, 200, "t", |b| b.body("application/sdp", SDP_B));
    net.got_request(trunk, &Method::Ack);
    assert_eq!(ended(&net.events(a)), None);
}

/// RFC 3261 §9.1: it would not reach the proxy that rings.
#[test]
fn a_cancel_takes_the_way_of_its_invite() {
    for (ours, way) in [("<sip:odd@10.0.0.2;lr>", 1), ("", 0)] {
        let (mut net, a, trunk) = Net::scripted(|account| {
            account.proxy = Some(("10.0.0.2".into(), None));
        });
        let call = dial(&mut net, a, &[("Route", ours), ("Supported", "")]);
        let invite = net.got_request(trunk, &Method::Invite);
        net.reply(trunk, &invite, 180, "t");
        net.hang_up(a, call);
        net.settle();
        let cancel = net.got_request(trunk, &Method::Cancel);
        assert_eq!(all(&cancel, "Route"), all(&invite, "Route"));
        assert_eq!(all(&cancel, "Route").len(), way);
    }
}

/// A proof is for the trunk: whoever holds one can guess at the password.
#[test]
fn a_stranger_that_a_call_is_sent_on_to_gets_no_proof() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let stranger = net.node(Node::Script { inbox: Default::default() });
    let proof = "Digest username=\"alice\", response=\"0\"";
    let headers = [
        ("Authorization", proof),
        ("Proxy-Authorization", proof),
        ("Route", "<sip:10.0.0.2;lr>"),
        ("X-Kept", "1"),
    ];
    let call = dial(&mut net, a, &headers);
    let invite = net.got_request(trunk, &Method::Invite);
    assert_eq!(all(&invite, "Authorization"), [proof]);
    net.reply_with(trunk, &invite, 302, "t", |b| b.set(Name::Contact, "<sip:x@10.0.0.3>"));
    net.got_request(trunk, &Method::Ack);
    net.command(a, Command::Follow { call, agreed: true });
    net.settle();
    let invite = net.got_request(stranger, &Method::Invite);
    for name in ["Authorization", "Proxy-Authorization", "Route"] {
        assert!(all(&invite, name).is_empty(), "{name}");
    }
    assert_eq!(all(&invite, "X-Kept"), ["1"]);
}

/// In a stream it would cut messages of other calls in two.
#[test]
fn a_wrong_length_goes_by_datagram_alone() {
    for (transport, length) in [(Transport::Udp, 1), (Transport::Tcp, SDP_A.len())] {
        let (mut net, a, trunk) = Net::scripted(|account| account.transport = transport);
        dial(&mut net, a, &[("Content-Length", "1")]);
        let invite = net.got_request(trunk, &Method::Invite);
        assert_eq!(all(&invite, "Content-Length"), [length.to_string()]);
    }
}

/// What the owner proves, or fails to, costs the account nothing.
#[test]
fn a_proof_of_the_owner_is_its_own() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for n in 0..5 {
        dial(&mut net, a, &[("Proxy-Authorization", "Digest username=\"nobody\"")]);
        let invite = net.got_request(trunk, &Method::Invite);
        assert_eq!(all(&invite, "Proxy-Authorization").len(), 1);
        net.reply_with(trunk, &invite, 407, "p", challenge(&format!("n{n}"), ""));
        net.got_request(trunk, &Method::Ack);
        net.got_nothing(trunk);
        let ending = ended(&net.events(a));
        assert!(matches!(ending, Some((Ending::AuthenticationRefused, ..))), "{ending:?}");
    }
    dial(&mut net, a, &[]);
    let invite = net.got_request(trunk, &Method::Invite);
    net.reply_with(trunk, &invite, 407, "p", challenge("m", ""));
    net.got_request(trunk, &Method::Ack);
    let invite = net.got_request(trunk, &Method::Invite);
    assert!(credentials(&invite).verify(LOGIN, &Method::Invite, SDP_A));
}

/// A 422 asks for another time than the one that the owner insists on.
#[test]
fn a_session_interval_of_the_owner_is_not_raised() {
    let (mut net, a, trunk) = Net::scripted(|account| account.session_expires = Some(1800));
    dial(&mut net, a, &[("Session-Expires", "45")]);
    let invite = net.got_request(trunk, &Method::Invite);
    net.reply_with(trunk, &invite, 422, "t", |b| b.header(Name::MinSe, "90"));
    net.got_request(trunk, &Method::Ack);
    net.got_nothing(trunk);
    assert_eq!(ended(&net.events(a)), Some((Ending::Rejected, EndedBy::Remote, 422)));
}
