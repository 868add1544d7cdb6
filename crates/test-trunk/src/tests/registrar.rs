//! REGISTER: who may, for how long, and what the faults make of it.

use milliwatt_sip::message::Name;

use super::line::{Line, Phone};

const NONE: &[(&str, String)] = &[];

fn expires(seconds: u32) -> [(&'static str, String); 1] {
    [("Expires", seconds.to_string())]
}

#[test]
fn sha_256_is_offered_before_md5_and_both_are_taken() {
    let (mut line, mut alice) = (Line::new(&[]), Phone::new("alice", 1));
    let asked = alice.registers_with(&mut line, &expires(600), 0);
    let offered: Vec<_> =
        asked.values(Name::WwwAuthenticate).map(|v| v.text().into_owned()).collect();
    assert_eq!(asked.status(), Some(401));
    assert!(offered[0].contains("algorithm=SHA-256") && offered[1].contains("algorithm=MD5"));
    let told = alice.registers_with(&mut line, &expires(600), 1);
    assert_eq!(told.status(), Some(200));
    let contact = told.contacts().next().unwrap();
    assert_eq!(contact.expires(), Some(600));
    assert_eq!(contact.address().unwrap().uri().as_str(), alice.contact());
}

#[test]
fn md5_only_offers_nothing_else() {
    let (mut line, mut alice) = (Line::new(&["md5-only"]), Phone::new("alice", 1));
    let asked = alice.registers_with(&mut line, &expires(600), 0);
    assert_eq!(asked.values(Name::WwwAuthenticate).count(), 1);
    assert!(asked.row(Name::WwwAuthenticate).unwrap().contains("algorithm=MD5"));
    alice.registers(&mut line);
}

#[test]
fn a_stale_nonce_takes_one_more_round_each_time() {
    let (mut line, mut alice) = (Line::new(&["stale-nonce"]), Phone::new("alice", 1));
    let mut bob = Phone::new("bob", 2);
    for _ in 0..3 {
        let asked = alice.registers_with(&mut line, &expires(600), 1);
        assert_eq!(asked.status(), Some(401));
        assert!(asked.row(Name::WwwAuthenticate).unwrap().contains("stale=true"));
        alice.registers(&mut line);
        bob.registers(&mut line);
    }
}

#[test]
fn no_password_is_right_with_the_fault_and_a_wrong_one_never() {
    let (mut line, mut alice) = (Line::new(&["wrong-password"]), Phone::new("alice", 1));
    let told = alice.registers_with(&mut line, &expires(600), 2);
    assert_eq!(told.status(), Some(401));
    assert!(!told.row(Name::WwwAuthenticate).unwrap().contains("stale"));
    let mut stranger = Phone::new("mallory", 3);
    let told = stranger.registers_with(&mut Line::new(&[]), &expires(600), 2);
    assert_eq!(told.status(), Some(401));
}

#[test]
fn a_user_registers_for_itself_alone() {
    let (mut line, mut alice) = (Line::new(&[]), Phone::new("alice", 1));
    alice.from = "<sip:bob@test-trunk.invalid>".into();
    assert_eq!(alice.registers_with(&mut line, &expires(600), 2).status(), Some(403));
}

#[test]
fn a_broken_challenge_names_an_algorithm_that_nobody_knows() {
    let (mut line, mut alice) = (Line::new(&["challenge-broken"]), Phone::new("alice", 1));
    let asked = alice.registers_with(&mut line, &expires(600), 2);
    assert!(asked.row(Name::WwwAuthenticate).unwrap().contains("algorithm=GOST-94"));
}

#[test]
fn times_are_granted_bounded_or_refused() {
    let granted = |faults: &[&str], asked: u32| {
        let told =
            Phone::new("alice", 1).registers_with(&mut Line::new(faults), &expires(asked), 2);
        let contact = told.contacts().next();
        let least = told.number(Name::MinExpires);
        (told.status().unwrap(), contact.and_then(|contact| contact.expires()), least)
    };
    assert_eq!(granted(&[], 60), (200, Some(60), None));
    assert_eq!(granted(&[], 9000), (200, Some(3600), None));
    assert_eq!(granted(&[], 59), (423, None, Some(60)));
    assert_eq!(granted(&["expires=30"], 600), (200, Some(30), None));
    assert_eq!(granted(&["expires-refused"], 600), (423, None, None));
}

#[test]
fn a_registration_is_listed_and_given_back() {
    let (mut line, mut alice) = (Line::new(&[]), Phone::new("alice", 1));
    alice.registers(&mut line);
    let gone = alice.registers_with(&mut line, &expires(0), 2);
    assert_eq!((gone.status(), gone.contacts().count()), (Some(200), 0));

    let (mut line, mut alice) = (Line::new(&["unregister-ignored"]), Phone::new("alice", 1));
    alice.registers(&mut line);
    let kept = alice.registers_with(&mut line, &expires(0), 2);
    assert_eq!((kept.status(), kept.contacts().count()), (Some(200), 1));
}

#[test]
fn a_router_rewrites_contact_and_via() {
    let (mut line, mut alice) = (Line::new(&["alg"]), Phone::new("alice", 1));
    let told = alice.registers_with(&mut line, &expires(600), 2);
    let contact = told.contact().unwrap();
    assert_eq!(contact.uri().as_str(), "sip:alice@198.51.100.7:61234");
    let via = told.top_via().unwrap();
    assert_eq!(via.host().to_string(), "198.51.100.7");
    assert_eq!(via.rport(), Some(Some(5062)));
}

#[test]
fn phones_are_told_where_they_are_seen() {
    for (faults, seen) in
        [(&[][..], "192.0.2.1:5062"), (&["nat=100.64.7.7:4711"], "100.64.7.7:4711")]
    {
        let told = Phone::new("alice", 1).registers_with(&mut Line::new(faults), NONE, 0);
        let via = told.top_via().unwrap();
        let found = format!("{}:{}", via.received().unwrap(), via.rport().unwrap().unwrap());
        assert_eq!(found, seen);
    }
}
