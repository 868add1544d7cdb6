//! Who is heard, and what a trusted source may not do either (bug classes 9 and 10).

use super::{
    super::*,
    net::{ACCOUNT, At, Net, Node, a_record, address, ended},
};
use crate::{
    identity::IdentityHeader,
    message::{Message, Method, Name},
};

fn message(method: &str, headers: &str, body: &str, n: usize) -> String {
    let length = body.len();
    format!(
        "{method} sip:alice@10.0.0.1 SIP/2.0\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKs{n}\n\
         From: <sip:eve@10.0.0.3>;tag=e{n}\nTo: <sip:alice@10.0.0.1>\nCall-ID: s{n}\n\
         CSeq: 1 {method}\nMax-Forwards: 70\nContact: <sip:eve@10.0.0.3:5060>\n{headers}\
         Content-Length: {length}\n\n{body}"
    )
}

/// What a stranger might try.
fn attempts() -> Vec<String> {
    [
        ("INVITE", ""),
        ("INVITE", "Answer-Mode: Auto;require\n"),
        ("INVITE", "Alert-Info: <http://10.0.0.3/x>;info=alert-autoanswer\n"),
        ("INVITE", "Call-Info: <sip:10.0.0.1>;answer-after=0\n"),
        ("INVITE", "Replaces: c;to-tag=1;from-tag=2\n"),
        ("INVITE", "Join: c;to-tag=1;from-tag=2\n"),
        ("REFER", "Refer-To: <sip:900@10.0.0.3>\n"),
        ("NOTIFY", "Event: check-sync;reboot=true\nSubscription-State: active\n"),
        ("NOTIFY", "Event: message-summary\nSubscription-State: active\n"),
        ("SUBSCRIBE", "Event: presence\n"),
        ("MESSAGE", ""),
        ("OPTIONS", ""),
        ("REGISTER", ""),
        ("PUBLISH", ""),
        ("INFO", ""),
        ("UPDATE", ""),
        ("PRACK", "RAck: 1 1 INVITE\n"),
        ("BYE", ""),
        ("CANCEL", ""),
        ("FOO", ""),
    ]
    .into_iter()
    .enumerate()
    .map(|(n, (method, headers))| message(method, headers, "", n))
    .collect()
}

#[test]
fn a_stranger_hears_nothing() {
    for with_call in [false, true] {
        let (mut net, a, b) = Net::pair();
        let eve = net.node(Node::Script { inbox: Default::default() });
        if with_call {
            net.up(a, b);
        }
        net.sent(a);
        for attempt in attempts() {
            net.request(eve, &attempt);
        }
        net.secs(5);
        net.got_nothing(eve);
        assert_eq!(net.sent(a), Vec::<String>::new());
        let events = net.events(a);
        assert!(events.iter().all(|event| matches!(event, Event::Stranger { .. })), "{events:?}");
        assert!((5..=20).contains(&events.len()), "{}", events.len());
    }
}

/// Who has seen the names of a dialog is not its far end.
#[test]
fn a_stranger_who_knows_a_dialog_by_name_hears_nothing() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let elsewhere = net.node(Node::Script { inbox: Default::default() });
    let eve = net.node(Node::Script { inbox: Default::default() });
    // The far end's own place is not the trunk's, and no proxy stays in the path.
    let contact = format!("<sip:bob@{}>", address(elsewhere.0));
    let invite = message("INVITE", "", "", 0).replace("<sip:eve@10.0.0.3:5060>", &contact);
    net.request(peer, &invite);
    let call = net.incoming(a);
    net.answer(a, call);
    net.secs(1);
    let mut answers = std::iter::repeat_with(|| net.got(peer));
    let answer = answers.find(|answer| answer.status() == Some(200)).unwrap();
    let to = answer.header(Name::To).unwrap().text().into_owned();
    net.events(a);
    let bye = |method: &str, branch: &str, cseq: u32| {
        message(method, "", "", 0)
            .replace("To: <sip:alice@10.0.0.1>", &format!("To: {to}"))
            .replace("z9hG4bKs0", branch)
            .replace("CSeq: 1", &format!("CSeq: {cseq}"))
    };
    for (n, method) in ["BYE", "INVITE", "UPDATE", "INFO"].into_iter().enumerate() {
        net.request(eve, &bye(method, &format!("z9hG4bKeve{n}"), 20));
        net.secs(1);
        net.got_nothing(eve);
    }
    let heard = net.events(a);
    assert!(heard.iter().all(|event| matches!(event, Event::Stranger { .. })), "{heard:?}");
    net.request(elsewhere, &bye("BYE", "z9hG4bKbob", 2));
    net.secs(1);
    assert_eq!(net.got(elsewhere).status(), Some(200));
    assert!(ended(&net.events(a)).is_some());
}

/// What comes of each attempt when the trunk makes it.
fn from_the_trunk(attempt: &str) -> (Message, Vec<Event>) {
    let (mut net, a, peer) = Net::scripted(|_| {});
    net.request(peer, attempt);
    net.secs(1);
    let answer = net.got(peer);
    (answer, net.events(a))
}

#[test]
fn the_trunk_gets_the_answer_that_the_rfc_asks_for() {
    let expected = [
        100, 100, 100, 100, 403, 403, 405, 489, 200, 405, 200, 200, 405, 405, 481, 481, 481, 481,
        481, 501,
    ];
    for (attempt, code) in attempts().iter().zip(expected) {
        let (answer, events) = from_the_trunk(attempt);
        assert_eq!(answer.status(), Some(code), "{attempt}");
        if matches!(code, 405 | 501) {
            assert!(answer.has_token(Name::Allow, "INVITE"));
        }
        assert!(!events.iter().any(|event| matches!(event, Event::Answered { .. })));
    }
}

#[test]
fn a_text_is_told_and_other_types_are_refused() {
    let text = message("MESSAGE", "Content-Type: text/plain\n", "hello", 0);
    let (answer, events) = from_the_trunk(&text);
    assert_eq!(answer.status(), Some(200));
    assert!(matches!(&events[..], [Event::Message { body, .. }] if body.bytes == "hello"));
    let html = message("MESSAGE", "Content-Type: text/html\n", "<b>", 0);
    let (answer, events) = from_the_trunk(&html);
    assert_eq!(answer.status(), Some(415));
    assert_eq!(answer.header(Name::Accept).unwrap().text(), "text/plain");
    assert!(events.is_empty());
}

#[test]
fn a_body_that_may_be_ignored_is() {
    for (headers, code) in [
        ("Content-Type: application/x\n", 415),
        ("Content-Type: application/x\nContent-Disposition: icon;handling=optional\n", 100),
        ("Content-Type: application/sdp\nContent-Encoding: gzip\n", 415),
        ("Content-Type: application/sdp\nContent-Encoding: identity\n", 100),
    ] {
        let (answer, _) = from_the_trunk(&message("INVITE", headers, "v=0", 0));
        assert_eq!(answer.status(), Some(code), "{headers}");
    }
}

#[test]
fn a_description_among_other_parts_is_found() {
    let body = "--b\r\nContent-Type: application/pidf+xml\r\n\r\n<x/>\r\n--b\r\n\
                Content-Type: application/sdp\r\n\r\nv=0\r\n--b--\r\n";
    let headers = "Content-Type: multipart/mixed;boundary=b\n";
    let (answer, events) = from_the_trunk(&message("INVITE", headers, &body.replace('\r', ""), 0));
    assert_eq!(answer.status(), Some(100));
    let offered = |event: &Event| match event {
        Event::Incoming { offer: Some(offer), .. } => offer.bytes == "v=0",
        _ => false,
    };
    assert!(events.iter().any(offered), "{events:?}");
}

#[test]
fn the_trunk_says_who_calls() {
    for (headers, user) in [
        ("", "eve"),
        ("P-Asserted-Identity: <sip:+15550177@x>\n", "+15550177"),
        ("P-Asserted-Identity: <sip:+15550177@x>\nPrivacy: id\n", "eve"),
    ] {
        let (mut net, a, peer) = Net::scripted(|a| {
            a.identity = vec![IdentityHeader::Pai, IdentityHeader::From];
        });
        net.request(peer, &message("INVITE", headers, "", 0));
        let events = net.events(a);
        let Some(Event::Incoming { from, did, .. }) = events.first() else { panic!("{events:?}") };
        assert_eq!((from.user.as_str(), did.as_str()), (user, "alice"));
    }
}

#[test]
fn the_same_invite_by_another_way_is_merged() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let invite = message("INVITE", "", "", 0);
    net.request(peer, &invite);
    net.request(peer, &invite.replace("z9hG4bKs0", "z9hG4bKother"));
    assert_eq!(net.got(peer).status(), Some(482));
    let incoming = |e: &&Event| matches!(e, Event::Incoming { .. });
    assert_eq!(net.events(a).iter().filter(incoming).count(), 1);
}

/// RFC 3261 §7.3.1: option tags are compared without regard to case.
#[test]
fn option_tags_are_known_in_any_case() {
    for headers in ["Require: TIMER, 100Rel\n", "Supported: 100REL\n"] {
        let (mut net, a, peer) = Net::scripted(|a| a.reliable = Extension::Required);
        net.request(peer, &message("INVITE", headers, "", 0));
        let events = net.events(a);
        assert!(matches!(events.first(), Some(Event::Incoming { .. })), "{headers} {events:?}");
    }
}

/// RFC 3261 §8.2.2.2: as long as the request that came first is under way, answered or not, and
/// whatever its method.
#[test]
fn a_request_by_another_way_is_merged_until_the_first_is_over() {
    let another = |text: &str| text.replace("z9hG4bKs0", "z9hG4bKother");
    for method in ["OPTIONS", "MESSAGE"] {
        let (mut net, _, peer) = Net::scripted(|_| {});
        let request = message(method, "", "", 0);
        net.request(peer, &request);
        assert_eq!(net.got(peer).status(), Some(200), "{method}");
        net.request(peer, &another(&request));
        assert_eq!(net.got(peer).status(), Some(482), "{method}");
        net.secs(40);
        net.request(peer, &request.replace("z9hG4bKs0", "z9hG4bKlater"));
        assert_eq!(net.got(peer).status(), Some(200), "{method}");
    }
    for answer in [true, false] {
        let (mut net, a, peer) = Net::scripted(|_| {});
        let request = message("INVITE", "", "", 0);
        net.request(peer, &request);
        let call = net.incoming(a);
        if answer {
            net.answer(a, call);
        } else {
            let headers = Vec::new();
            net.command(a, Command::Reject { call, code: 486, reason: None, headers });
        }
        net.settle();
        while net.next(peer).is_some() {}
        net.request(peer, &another(&request));
        assert_eq!(net.got(peer).status(), Some(482), "answered: {answer}");
    }
}

#[test]
fn an_allowed_network_is_heard() {
    let (mut net, a, _) = Net::scripted(|a| a.allow = vec![("10.0.0.0".parse().unwrap(), 29)]);
    let near = net.node(Node::Script { inbox: Default::default() });
    net.request(near, &message("OPTIONS", "", "", 0));
    assert_eq!(net.got(near).status(), Some(200));
    let (mut net, a_narrow, _) =
        Net::scripted(|a| a.allow = vec![("10.0.0.8".parse().unwrap(), 29)]);
    let far = net.node(Node::Script { inbox: Default::default() });
    net.request(far, &message("OPTIONS", "", "", 0));
    net.got_nothing(far);
    assert_eq!(net.events(a_narrow).len(), 1);
    assert!(net.agent(a).calls.is_empty());
}

#[test]
fn a_full_phone_is_busy_and_an_invite_expires() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    if let Node::Phone { agent, .. } = &mut net.nodes[a.0].1 {
        agent.core.limits.calls = 2;
    }
    for n in 0..3 {
        net.request(peer, &message("INVITE", "Expires: 20\n", "", n));
    }
    assert_eq!(net.got(peer).status(), Some(486));
    let _: Method = Method::Invite;
    net.secs(21);
    let mut codes = Vec::new();
    while let Some(answer) = net.next(peer) {
        codes.extend(answer.status());
    }
    codes.retain(|code| *code > 100);
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, [486, 487]);
    let events = net.events(a);
    let ends = events.iter().filter(|e| matches!(e, Event::Ended { code: 487, .. })).count();
    assert_eq!(ends, 2);
}

/// An INVITE that is taken back gets 487, and a CANCEL for nothing 481.
#[test]
fn a_cancelled_invite_is_told_once() {
    let (mut net, a, peer): (Net, At, At) = Net::scripted(|_| {});
    net.request(peer, &message("INVITE", "", "", 0));
    let cancel = message("CANCEL", "", "", 0);
    net.request(peer, &cancel);
    let (first, second) = (net.got(peer), net.got(peer));
    assert_eq!((first.status(), second.status()), (Some(200), Some(487)));
    assert_eq!(first.to().unwrap().tag(), second.to().unwrap().tag());
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Remote, 487)));
}

#[test]
fn a_call_that_was_answered_elsewhere_is_told_as_that() {
    for (reason, wanted) in [
        ("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n", Some(26)),
        ("Reason: Q.850;cause=26\n", Some(26)),
        ("Reason: Q.850;cause=16, SIP;cause=200\n", Some(26)),
        ("Reason: Q.850;cause=16\nReason: SIP;cause=200\n", Some(26)),
        ("Reason: Q.850;cause=16\n", Some(16)),
        ("Reason: SIP;cause=600\n", None),
        ("", None),
    ] {
        let (mut net, a, peer): (Net, At, At) = Net::scripted(|_| {});
        net.request(peer, &message("INVITE", "", "", 0));
        net.request(peer, &message("CANCEL", reason, "", 0));
        let causes = net.events(a).into_iter().filter_map(|event| match event {
            Event::Ended { cause, .. } => Some(cause),
            _ => None,
        });
        assert_eq!(causes.collect::<Vec<_>>(), [wanted], "{reason}");
    }
}

#[test]
fn each_message_is_told_once_with_whose_it_is_and_what_is_wrong_with_it() {
    let (mut net, _, peer) = Net::scripted(|_| {});
    let eve = net.node(Node::Script { inbox: Default::default() });
    let good = message("OPTIONS", "", "", 0);
    let no_cseq = good.replace("CSeq: 1 OPTIONS\n", "");
    let stray = "SIP/2.0 200 OK\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKx\nFrom: <sip:a@b>;tag=1\n\
                 To: <sip:a@b>;tag=2\nCall-ID: 1\nCSeq: 1 OPTIONS\nContent-Length: 0\n\n";
    for (from, text, account, fault) in [
        (peer, good.as_str(), Some(ACCOUNT), ""),
        (peer, good.as_str(), Some(ACCOUNT), ""),
        (peer, no_cseq.as_str(), Some(ACCOUNT), "CSeq"),
        (peer, "no SIP at all\n\n", Some(ACCOUNT), " "),
        (peer, stray, Some(ACCOUNT), "no request under way"),
        (eve, good.as_str(), None, ""),
    ] {
        net.heard.clear();
        net.request(from, text);
        let [(of, why)] = &net.heard[..] else { panic!("{:?}", net.heard) };
        assert_eq!((*of, why.is_none()), (account, fault.is_empty()), "{text}: {why:?}");
        assert!(why.as_deref().unwrap_or_default().contains(fault), "{text}: {why:?}");
    }
}

#[test]
fn where_a_trunk_is_found_is_told_once() {
    for register in [false, true] {
        let (mut net, a, _) = Net::scripted(|account| {
            account.domain = "trunk.example".into();
            account.register = register;
        });
        assert_eq!(net.trusted, []);
        net.zone.push(a_record("trunk.example", &[1, 2]));
        net.command(a, Command::Register(ACCOUNT));
        net.secs(600);
        let addresses = vec![address(1).ip(), address(2).ip()];
        assert_eq!(net.trusted, [(ACCOUNT, addresses)], "registers: {register}");
    }
}

#[test]
fn of_two_trunks_at_one_address_the_one_whose_socket_it_came_in_on_is_called() {
    let (mut net, a, peer) = Net::scripted(|_| {});
    let second = AccountId(2);
    let other = super::net::account("bob", 1);
    net.command(a, Command::AddAccount(second, Box::new(other)));
    for account in [ACCOUNT, second] {
        net.owner = account;
        net.heard.clear();
        net.request(peer, &message("OPTIONS", "", "", usize::try_from(account.0).unwrap()));
        assert_eq!(net.heard, [(Some(account), None)]);
    }
}
