//! Challenges (fault 12, bug classes 7 and 8).

use std::collections::BTreeSet;

use super::{
    super::*,
    net::{ACCOUNT, At, Net, address, ended},
};
use crate::{
    digest::{Algorithm, Credentials, Login},
    message::{Builder, Message, Method, Name},
    transport::{Target, Transport},
};

pub(super) const LOGIN: Login<'static> = Login { user: "alice", password: "secret" };

pub(super) fn challenge(nonce: &str, more: &str) -> impl Fn(Builder) -> Builder {
    let sha =
        format!("Digest realm=\"lab\", nonce=\"{nonce}\", algorithm=SHA-256, qop=\"auth\"{more}");
    let md5 = format!("Digest realm=\"lab\", nonce=\"{nonce}\", qop=\"auth\"{more}");
    move |builder| {
        builder
            .header(Name::ProxyAuthenticate, "Basic realm=\"lab\"")
            .header(Name::ProxyAuthenticate, &md5)
            .header(Name::ProxyAuthenticate, &sha)
    }
}

pub(super) fn credentials(request: &Message) -> Credentials {
    Credentials::parse(&request.row(Name::ProxyAuthorization).unwrap()).unwrap()
}

/// Takes the INVITE, and the ACK to what was answered before.
pub(super) fn invite(net: &mut Net, trunk: At) -> Message {
    loop {
        let message = net.got(trunk);
        if message.method() != Some(Method::Ack) {
            assert_eq!(message.method(), Some(Method::Invite));
            return message;
        }
    }
}

#[test]
fn the_strongest_challenge_is_answered_and_the_nonce_used_again() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    assert!(first.header(Name::ProxyAuthorization).is_none());
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    let answer = credentials(&second);
    assert_eq!((answer.algorithm, answer.nonce.as_str()), (Algorithm::Sha256, "n1"));
    assert!(answer.verify(LOGIN, &Method::Invite, &second.body()));
    assert_eq!(answer.qop.as_ref().unwrap().2, 1);
    assert_eq!(second.call_id(), first.call_id());
    assert_eq!(second.from().unwrap().tag(), first.from().unwrap().tag());
    assert_eq!(second.cseq().unwrap().number, first.cseq().unwrap().number + 1);
    net.reply(trunk, &second, 486, "p");

    net.dial(a, "9001");
    net.settle();
    let third = invite(&mut net, trunk);
    let again = credentials(&third);
    assert_eq!((again.nonce.as_str(), again.qop.as_ref().unwrap().2), ("n1", 2));
    assert!(again.verify(LOGIN, &Method::Invite, &third.body()));
}

#[test]
fn a_wrong_password_is_tried_once() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    net.reply_with(trunk, &second, 407, "p", challenge("n2", ""));
    assert_eq!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, EndedBy::Remote, 407)));
    net.got_request(trunk, &Method::Ack);
    net.got_nothing(trunk);
}

#[test]
fn a_stale_nonce_is_replaced_once_and_no_loop_follows() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let mut request = invite(&mut net, trunk);
    net.reply_with(trunk, &request, 407, "p", challenge("n0", ""));
    for nonce in ["n1", "n2"] {
        request = invite(&mut net, trunk);
        net.reply_with(trunk, &request, 407, "p", challenge(nonce, ", stale=true"));
    }
    assert_eq!(credentials(&request).nonce, "n1");
    assert_eq!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, EndedBy::Remote, 407)));
}

#[test]
fn another_realm_is_not_answered_once_one_is_known() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for (call, realm) in [("lab", "lab"), ("other", "evil")] {
        net.dial(a, call);
        net.settle();
        let mut first = invite(&mut net, trunk);
        if realm == "evil" {
            assert_eq!(credentials(&first).realm, "lab");
        }
        let text = format!("Digest realm=\"{realm}\", nonce=\"n-{realm}\", qop=\"auth\"");
        net.reply_with(trunk, &first, 407, "p", |b| b.header(Name::ProxyAuthenticate, text));
        if realm == "lab" {
            first = invite(&mut net, trunk);
            net.reply(trunk, &first, 486, "p");
            net.events(a);
        }
    }
    assert!(matches!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, ..))));
}

/// An account is not locked by us: three wrong answers, then silence for ten minutes.
#[test]
fn wrong_passwords_stop_after_three() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let mut proofs = 0;
    for call in 0..6 {
        net.dial(a, "9000");
        net.settle();
        let first = invite(&mut net, trunk);
        net.reply_with(trunk, &first, 407, "p", challenge(&format!("a{call}"), ""));
        net.got_request(trunk, &Method::Ack);
        if !matches!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, ..))) {
            let second = invite(&mut net, trunk);
            proofs += 1;
            net.reply_with(trunk, &second, 407, "p", challenge(&format!("b{call}"), ""));
            net.got_request(trunk, &Method::Ack);
        }
        net.events(a);
    }
    assert_eq!(proofs, 3);
}

/// A far end that rang us and challenges our BYE gets no proof (bug class 8).
#[test]
fn a_challenged_bye_to_a_caller_carries_no_credentials() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    net.request(
        peer,
        "INVITE sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKx\n\
         From: <sip:evil@10.0.0.2>;tag=e\nTo: <sip:alice@10.0.0.1>\nCall-ID: evil\nCSeq: 1 INVITE\n\
         Max-Forwards: 70\nContact: <sip:evil@10.0.0.2:5060>\nContent-Length: 0\n\n",
    );
    let call = net.incoming(a);
    net.answer(a, call);
    net.settle();
    let ok = net.got(peer);
    let to = ok.header(Name::To).unwrap().text().into_owned();
    net.request(
        peer,
        &format!(
            "ACK sip:alice@10.0.0.1:5060 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.2:5060;branch=z9hG4bKy\n\
             From: <sip:evil@10.0.0.2>;tag=e\nTo: {to}\nCall-ID: evil\nCSeq: 1 ACK\n\
             Max-Forwards: 70\nContent-Length: 0\n\n"
        ),
    );
    net.hang_up(a, call);
    net.settle();
    let bye = net.got_request(peer, &Method::Bye);
    net.reply_with(peer, &bye, 407, "", challenge("n1", ""));
    net.secs(40);
    net.got_nothing(peer);
    assert_eq!(ended(&net.events(a)), Some((Ending::Bye, EndedBy::Local, 200)));
}

/// Bug class 7: a thousand authenticated requests, no counter used twice with one nonce.
#[test]
fn no_nonce_count_repeats() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let mut seen = BTreeSet::new();
    for n in 0..1000 {
        net.command(
            a,
            Command::Request {
                id: RequestId(n),
                account: ACCOUNT,
                method: "OPTIONS".into(),
                uri: None,
                headers: Vec::new(),
                body: None,
                target: None,
            },
        );
        net.settle();
        let mut request = net.got_request(trunk, &Method::Options);
        if n % 50 == 0 {
            net.reply_with(trunk, &request, 407, "p", challenge(&format!("n{n}"), ""));
            request = net.got_request(trunk, &Method::Options);
        }
        let answer = credentials(&request);
        let (_, cnonce, count) = answer.qop.clone().unwrap();
        assert!(seen.insert((answer.nonce.clone(), count)));
        assert!(seen.iter().filter(|(nonce, _)| *nonce == answer.nonce).count() == count as usize);
        assert!(!cnonce.is_empty() && answer.verify(LOGIN, &Method::Options, b""));
        net.reply(trunk, &request, 200, "p");
        net.events(a);
        net.secs(40);
    }
    assert_eq!(seen.len(), 1000);
}

/// Many places may be asked at once whether they are there: none of them gets a proof.
#[test]
fn a_named_place_is_asked_without_credentials() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let ask = |n, target| Command::Request {
        id: RequestId(n),
        account: ACCOUNT,
        method: "OPTIONS".into(),
        uri: None,
        headers: Vec::new(),
        body: None,
        target,
    };
    let place = Target {
        transport: Transport::Udp,
        remote: address(1),
        domain: "lab".into(),
        account: ACCOUNT,
    };
    // The nonce is known from here on.
    net.command(a, ask(1, None));
    net.settle();
    let request = net.got_request(trunk, &Method::Options);
    net.reply_with(trunk, &request, 407, "p", challenge("n1", ""));
    let request = net.got_request(trunk, &Method::Options);
    assert!(credentials(&request).verify(LOGIN, &Method::Options, b""));
    net.reply(trunk, &request, 200, "p");
    net.events(a);

    net.command(a, ask(2, Some(place)));
    net.settle();
    let request = net.got_request(trunk, &Method::Options);
    assert!(request.row(Name::ProxyAuthorization).is_none());
    net.reply_with(trunk, &request, 407, "p", challenge("n1", ""));
    net.got_nothing(trunk);
    let told = net.events(a).into_iter().find_map(|event| match event {
        Event::Response { result: Ok(response), .. } => Some(response.code),
        _ => None,
    });
    assert_eq!(told, Some(407));
}

/// RFC 3261 §22.3: each proxy on the way has its realm.
#[test]
fn every_realm_of_a_challenge_is_answered() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let ask = |realms: &[&str]| {
        let rows: Vec<_> = realms
            .iter()
            .flat_map(|realm| ["MD5", "SHA-256"].map(|algorithm| (*realm, algorithm)))
            .map(|(realm, algorithm)| {
                format!("Digest realm=\"{realm}\", nonce=\"n-{realm}\", algorithm={algorithm}")
            })
            .collect();
        move |builder: Builder| {
            rows.iter().fold(builder, |builder, row| builder.header(Name::ProxyAuthenticate, row))
        }
    };
    let realms = |request: &Message| -> Vec<String> {
        let rows = request.values(Name::ProxyAuthorization);
        rows.map(|row| Credentials::parse(&row.text()).unwrap())
            .inspect(|proof| assert_eq!(proof.algorithm, Algorithm::Sha256))
            .inspect(|proof| assert!(proof.verify(LOGIN, &Method::Invite, &request.body())))
            .map(|proof| proof.realm)
            .collect()
    };
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", ask(&["edge", "core"]));
    let second = invite(&mut net, trunk);
    assert_eq!(realms(&second), ["edge", "core"]);
    // A third one that is reached only then.
    net.reply_with(trunk, &second, 407, "p", ask(&["inner"]));
    let third = invite(&mut net, trunk);
    assert_eq!(realms(&third), ["edge", "core", "inner"]);
    net.reply(trunk, &third, 486, "p");
    // All of them have let the call through: they are known, and no other one is.
    net.dial(a, "9001");
    net.settle();
    let next = invite(&mut net, trunk);
    assert_eq!(realms(&next), ["edge", "core", "inner"]);
    net.events(a);
    net.reply_with(trunk, &next, 407, "p", ask(&["evil"]));
    net.got_request(trunk, &Method::Ack);
    net.got_nothing(trunk);
    assert_eq!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, EndedBy::Remote, 407)));
}

/// A request that grows too long for a datagram is written twice, and its counter rises once.
#[test]
fn a_counter_is_used_up_by_what_leaves() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial_with(
        a,
        Dial {
            to: "9000".into(),
            offer: Some(super::net::SDP_A.into()),
            headers: vec![("X-Long".into(), "x".repeat(560))],
            ..Dial::default()
        },
    );
    net.settle();
    let (flow, first) = net.got_on(trunk);
    assert!(!flow.transport.is_reliable());
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    net.got_request(trunk, &Method::Ack);
    let (flow, second) = net.got_on(trunk);
    assert!(flow.transport.is_reliable());
    assert_eq!(credentials(&second).qop.unwrap().2, 1);
}

/// RFC 7616 and 8760: each algorithm by itself and with a session key, the body covered and not.
#[test]
fn every_algorithm_and_quality_is_answered() {
    let algorithms = [
        ("MD5", Algorithm::Md5),
        ("MD5-sess", Algorithm::Md5Sess),
        ("SHA-256", Algorithm::Sha256),
        ("SHA-256-sess", Algorithm::Sha256Sess),
        ("SHA-512-256", Algorithm::Sha512T256),
        ("SHA-512-256-sess", Algorithm::Sha512T256Sess),
    ];
    for (name, algorithm) in algorithms {
        for (offered, taken) in
            [("auth", "auth"), ("auth-int", "auth-int"), ("auth-int,auth", "auth")]
        {
            let (mut net, a, trunk) = Net::scripted(|_| {});
            net.dial(a, "9000");
            net.settle();
            let first = invite(&mut net, trunk);
            let text =
                format!("Digest realm=\"lab\", nonce=\"n\", algorithm={name}, qop=\"{offered}\"");
            net.reply_with(trunk, &first, 407, "p", |b| b.header(Name::ProxyAuthenticate, text));
            let second = invite(&mut net, trunk);
            let proof = credentials(&second);
            assert_eq!(proof.algorithm, algorithm, "{name} {offered}");
            assert_eq!(proof.qop.as_ref().unwrap().0.token(), taken, "{name} {offered}");
            assert!(proof.verify(LOGIN, &Method::Invite, &second.body()), "{name} {offered}");
            let covered = !proof.verify(LOGIN, &Method::Invite, b"another body");
            assert_eq!(covered, taken == "auth-int", "{name} {offered}");
        }
    }
}
