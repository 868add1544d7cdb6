//! A registration against a registrar of a few lines, on virtual time.

mod flow;
mod lab;

use self::lab::*;
use super::*;

#[test]
fn it_registers_and_refreshes_in_time_for_12_hours() {
    let mut lab = Lab::started();
    assert_eq!(lab.told, [Status::Registering]);
    assert_eq!(lab.sent, [(Duration::ZERO, 3600)]);
    lab.answer(200, "Contact: <sip:alice@192.0.2.1:5060>;expires=600\r\n");
    assert_eq!(lab.granted(), 600);
    lab.run(43_200, |lab| lab.answer(200, "Contact: <sip:alice@192.0.2.1:5060>;expires=600\r\n"));
    for pair in lab.sent.windows(2) {
        let gap = pair[1].0 - pair[0].0;
        assert!((secs(534)..=secs(540)).contains(&gap), "{gap:?}");
    }
    assert_eq!(lab.sent.len(), 1 + 43_200 / 537);
    assert!(lab.it.is_registered());
    assert!(lab.told.iter().skip(1).all(|told| matches!(told, Status::Registered { .. })));
}

#[test]
fn the_granted_time_is_that_of_our_own_contact() {
    for (headers, granted) in [
        ("Contact: <sip:alice@192.0.2.7>;expires=9, <sip:alice@192.0.2.1:5060>;expires=90\r\n", 90),
        (
            "Contact: <sip:bob@192.0.2.7>;expires=9\r\nm: <sip:alice@203.0.113.1:999>;expires=80\r\n",
            80,
        ),
        ("Contact: <sip:x@203.0.113.1>;expires=70\r\n", 70),
        ("Contact: <sip:alice@192.0.2.1:5060>\r\nExpires: 60\r\n", 60),
        ("Contact: <sip:a@x>;expires=9, <sip:b@x>;expires=9\r\nExpires: 50\r\n", 50),
        ("Expires: 40\r\n", 40),
        ("", 3600),
    ] {
        assert_eq!(Lab::registered(headers).granted(), granted, "{headers}");
    }
}

#[test]
fn a_short_time_is_refreshed_at_its_half_and_never_more_than_once_a_second() {
    let mut lab = Lab::registered("Expires: 60\r\n");
    lab.run(31, |lab| lab.answer(200, "Expires: 60\r\n"));
    let (at, _) = lab.sent[1];
    assert!((secs(27)..=secs(30)).contains(&at), "{at:?}");

    let mut lab = Lab::registered("Expires: 1\r\n");
    lab.run(60, |lab| lab.answer(200, "Expires: 1\r\n"));
    assert_eq!(lab.sent.len(), 61);

    let mut lab = Lab::registered("Expires: 0\r\n");
    assert!(!lab.it.is_registered());
    lab.run(60, |lab| lab.answer(200, "Expires: 0\r\n"));
    assert!((10..61).contains(&lab.sent.len()));
}

/// Each refresh, each try after a failure, and what is made anew, at once or when the registrar
/// wants to hear of us again.
#[test]
fn the_next_register_leaves_when_that_was_told() {
    let mut lab = Lab::asking("Expires: 600\r\n");
    for (code, headers) in
        [(200, "Expires: 600\r\n"), (503, ""), (503, "Retry-After: 30\r\n"), (200, "")]
    {
        let told = lab.it.registers_at(None).unwrap();
        lab.run(lab.now.as_secs() + 700, |_| ());
        assert_eq!(lab.sent.last().unwrap().0, told);
        assert_eq!(lab.it.registers_at(None), None, "one is under way");
        lab.answer(code, headers);
    }
    lab.it.flow_lost(lab.now, FlowId(1), None);
    assert_eq!(lab.it.registers_at(None), Some(lab.now));

    let mut lab = Lab::asking("Expires: 3600\r\n");
    lab.asked_again();
    let refresh = lab.it.registers_at(None).unwrap();
    assert_eq!(lab.it.registers_at(Some(lab.now + secs(9))), Some(lab.now + secs(9)));
    assert_eq!(lab.it.registers_at(Some(refresh + secs(9))), Some(refresh));
    lab.list(503, "Retry-After: 300\r\n");
    let peace = lab.now + secs(300);
    assert_eq!(lab.it.registers_at(Some(lab.now + secs(9))), Some(peace));
    lab.it.stop(lab.now);
    assert_eq!(lab.it.registers_at(Some(peace)), None);
}

#[test]
fn the_answer_is_kept() {
    let lab = Lab::registered(
        "Contact: <sip:alice@192.0.2.1:5060>;expires=600\r\nContact: <sip:alice@192.0.2.7>;expires=9\r\n\
         Service-Route: <sip:p1.example.net;lr>, <sip:p2.example.net;lr>\r\n\
         Path: <sip:edge.example.net;lr>\r\n\
         P-Associated-URI: <sip:+15550100@example.net>, <tel:+15550101>\r\n",
    );
    let Status::Registered { contacts, associated, path, .. } = lab.last() else {
        panic!("registered")
    };
    assert_eq!(contacts.len(), 2);
    assert_eq!(associated, &["<sip:+15550100@example.net>", "<tel:+15550101>"]);
    assert_eq!(lab.it.associated(), associated);
    let route = ["<sip:p1.example.net;lr>", "<sip:p2.example.net;lr>"];
    assert_eq!(lab.it.service_route(), route);
    assert_eq!(path, &["<sip:edge.example.net;lr>"]);
    assert_eq!(lab.it.flow(), Some(&lab.flow));
}

#[test]
fn a_time_too_brief_is_raised_once() {
    let mut lab = Lab::new(Settings { expires: 60, ..settings() });
    lab.it.start(lab.now);
    lab.drain();
    lab.answer(423, "Min-Expires: 300\r\n");
    lab.answer(200, "Expires: 300\r\n");
    assert_eq!(lab.sent, [(Duration::ZERO, 60), (Duration::ZERO, 300)]);
    assert_eq!(lab.granted(), 300);

    for headers in ["", "Min-Expires: 60\r\n", "Min-Expires: 10\r\n"] {
        let mut lab = Lab::new(Settings { expires: 60, ..settings() });
        lab.it.start(lab.now);
        lab.drain();
        lab.answer(423, headers);
        assert!(matches!(lab.last(), Status::Refused { code: 423, .. }), "{headers}");
    }

    let mut lab = Lab::started();
    lab.answer(423, "Min-Expires: 4000\r\n");
    lab.answer(423, "Min-Expires: 5000\r\n");
    assert!(matches!(lab.last(), Status::Refused { code: 423, .. }));
    assert_eq!(lab.sent.len(), 2);
}

#[test]
fn a_registrar_that_wants_more_time_at_a_refresh_gets_it() {
    let mut lab = Lab::started();
    lab.answer(423, "Min-Expires: 4000\r\n");
    lab.answer(200, "Expires: 4000\r\n");
    let mut answers = [(423, "Min-Expires: 7200\r\n"), (200, "Expires: 7200\r\n")].into_iter();
    lab.run(4000, |lab| {
        let (code, headers) = answers.next().unwrap();
        lab.answer(code, headers);
    });
    assert_eq!(lab.granted(), 7200);
    let asked: Vec<u32> = lab.sent.iter().map(|(_, expires)| *expires).collect();
    assert_eq!(asked, [3600, 4000, 4000, 7200]);
}

#[test]
fn a_refusal_ends_it_until_somebody_asks_again() {
    for code in [302, 400, 401, 403, 404, 407, 420] {
        let mut lab = Lab::started();
        lab.answer(code, "Retry-After: 5\r\n");
        assert_eq!(lab.last(), &Status::Refused { code, reason: "Because".into() });
        assert_eq!(lab.it.wake_at(), None);
        assert!(lab.it.is_idle());
        lab.it.start(lab.now);
        lab.drain();
        assert_eq!(lab.sent.len(), 2, "{code}");
    }
}

/// Retry-After 0, 1, 10^9 and missing, and a storm of 500 and 408.
#[test]
fn an_overloaded_registrar_is_left_in_peace() {
    for (headers, low, high) in [
        ("Retry-After: 0\r\n", 1, 1),
        ("Retry-After: 1\r\n", 1, 1),
        ("Retry-After: 18 (in a meeting);duration=3600\r\n", 18, 18),
        ("Retry-After: 1000000000\r\n", 300, 300),
        ("Retry-After: 99999999999999999999\r\n", 300, 300),
        ("Retry-After: soon\r\n", 1, 2),
        ("", 1, 2),
    ] {
        let mut lab = Lab::started();
        lab.answer(503, headers);
        let wait = lab.retry_in();
        assert!((secs(low)..=secs(high)).contains(&wait), "{headers} {wait:?}");
        lab.run(301, |_| ());
        assert_eq!(lab.sent[1].0, wait, "{headers}");
    }
    for code in [408, 480, 500, 503, 504, 600] {
        let mut lab = Lab::started();
        lab.run(600, |lab| lab.answer(code, ""));
        lab.answer(code, "");
        lab.run(1200, |lab| lab.answer(code, ""));
        for pair in lab.sent.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= secs(1), "{code}");
        }
        assert!(lab.sent.len() < 80, "{code}: {}", lab.sent.len());
    }
}

#[test]
fn a_registrar_that_returns_has_us_back_within_5_s() {
    for outage in [1, 3, 10, 20, 29] {
        let mut lab = Lab::registered("Expires: 3600\r\n");
        lab.it.flow_lost(lab.now, FlowId(1), None);
        lab.run(outage, Lab::fail);
        lab.run(outage + 5, |lab| lab.answer(200, "Expires: 3600\r\n"));
        assert!(lab.it.is_registered() && matches!(lab.last(), Status::Registered { .. }));
        let last = lab.sent.last().unwrap().0;
        assert!(last <= secs(outage + 5), "{outage}");
        for pair in lab.sent.windows(2) {
            assert!(pair[1].0 - pair[0].0 >= secs(1));
        }
    }
}

#[test]
fn a_registration_that_cannot_be_renewed_ends_by_itself() {
    let mut lab = Lab::registered("Expires: 600\r\nService-Route: <sip:p;lr>\r\n");
    lab.run(599, Lab::fail);
    assert!(lab.it.is_registered());
    lab.run(601, Lab::fail);
    assert!(!lab.it.is_registered());
    assert!(lab.it.service_route().is_empty());
    assert!(matches!(lab.last(), Status::Failed { code: None, .. }));
}

#[test]
fn it_is_given_back() {
    let mut lab = Lab::registered("Expires: 600\r\n");
    lab.it.stop(lab.now);
    lab.drain();
    assert_eq!(lab.sent.last(), Some(&(Duration::ZERO, 0)));
    lab.answer(200, "");
    assert_eq!(lab.last(), &Status::Unregistered);
    assert!(lab.it.is_idle() && !lab.it.is_registered());
    assert_eq!(lab.it.wake_at(), None);
}

#[test]
fn a_registrar_that_does_not_take_it_back_is_left_alone() {
    for code in [0, 200, 403, 481, 503] {
        let mut lab = Lab::registered("Expires: 600\r\n");
        lab.it.stop(lab.now);
        lab.drain();
        if code == 0 {
            lab.fail()
        } else {
            lab.answer(code, "")
        }
        lab.run(10_000, |_| ());
        assert_eq!((lab.sent.len(), lab.last()), (2, &Status::Unregistered), "{code}");
    }
}

#[test]
fn stopping_while_it_registers_gives_back_what_comes() {
    let mut lab = Lab::started();
    lab.it.stop(lab.now);
    lab.drain();
    assert_eq!(lab.sent.len(), 1);
    lab.answer(200, "Expires: 600\r\n");
    assert_eq!(lab.sent.last(), Some(&(Duration::ZERO, 0)));
    lab.answer(200, "");
    assert_eq!(lab.told, [Status::Registering, Status::Unregistered]);

    for code in [403, 423, 503] {
        let mut lab = Lab::started();
        lab.it.stop(lab.now);
        lab.answer(code, "Min-Expires: 9000\r\n");
        assert_eq!((lab.sent.len(), lab.last()), (1, &Status::Unregistered));
    }
}

#[test]
fn starting_while_it_is_given_back_registers_again() {
    let mut lab = Lab::registered("Expires: 600\r\n");
    lab.it.stop(lab.now);
    lab.it.start(lab.now);
    lab.drain();
    lab.answer(200, "");
    lab.run(2, |lab| lab.answer(200, "Expires: 600\r\n"));
    let expires: Vec<u32> = lab.sent.iter().map(|(_, expires)| *expires).collect();
    assert_eq!(expires, [3600, 0, 3600]);
    assert!(lab.it.is_registered());
}

#[test]
fn a_trunk_registers_all_its_numbers_at_once() {
    let it = Registration::new(Settings { gin: true, ..settings() });
    assert_eq!(it.demands(), [("Require", "gin"), ("Proxy-Require", "gin")]);
    assert_eq!(Registration::new(settings()).demands(), []);
}
