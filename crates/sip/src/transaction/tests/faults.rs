//! Malformed answers: each is ignored with its reason, and the request ends by its timer.

use super::*;

/// What is done to a sound 200, and why the result is no answer. `None` where it cannot even be
/// read as a message that we may act on.
type Fault = (&'static str, fn(&Bytes) -> Bytes, Option<Stray>);

const FAULTS: [Fault; 11] = [
    ("wrong branch", |ok| change(ok, "z9hG4bKa", "z9hG4bKz"), Some(Stray::NoTransaction)),
    ("no branch", |ok| change(ok, ";branch=z9hG4bKa", ""), None),
    ("wrong method", |ok| change(ok, "CSeq: 7 ", "CSeq: 7 X"), Some(Stray::NoTransaction)),
    ("wrong From-tag", |ok| change(ok, "tag=a", "tag=z"), Some(Stray::WrongTag)),
    ("no From-tag", |ok| change(ok, ";tag=a", ""), Some(Stray::WrongTag)),
    ("no To-tag", |ok| change(ok, ";tag=b", ""), Some(Stray::NoToTag)),
    (
        "two Vias",
        |ok| change(ok, "Via:", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKa\r\nVia:"),
        Some(Stray::SeveralVias),
    ),
    ("no Via", |ok| change(ok, "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n", ""), None),
    ("no CSeq", |ok| change(ok, "CSeq: 7 ", "X-CSeq: 7 "), None),
    ("status 2000", |ok| change(ok, " 200 ", " 2000 "), None),
    ("cut off", |ok| change(ok, "Content-Length: 0", "Content-Length: 100"), None),
];

#[test]
fn malformed_answers_are_ignored_and_the_timer_ends_the_request() {
    for method in ["INVITE", "OPTIONS"] {
        for (name, fault, stray) in FAULTS {
            let mut clock = Clock::new(Transport::Udp);
            let bytes = request(method, "z9hG4bKa");
            clock.request(&bytes);
            clock.run(100);
            let broken = fault(&response(&bytes, 200, "b"));
            if let Ok(broken) = Message::parse(broken, Framing::Datagram) {
                let flow = clock.flow;
                let incoming = clock.layer.receive(clock.now, &flow, &broken, Origin::Trusted);
                let Incoming::StrayResponse(found) = incoming else {
                    panic!("{method}, {name}: {incoming:?}")
                };
                assert_eq!(found, stray.unwrap_or(Stray::Unreadable), "{method}, {name}");
            }
            clock.run(100_000);
            let told = clock.told();
            let [.., timed_out, _] = told.as_slice() else { panic!("{told:?}") };
            assert_eq!(*timed_out, (32_000, "timed out".to_owned()), "{method}, {name}");
        }
    }
}

#[test]
fn a_sound_answer_after_a_malformed_one_is_taken() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("OPTIONS", "z9hG4bKa");
    let id = clock.request(&bytes);
    let ok = response(&bytes, 200, "b");
    clock.receive(&change(&ok, ";tag=b", ""));
    assert_eq!(clock.receive(&ok), Incoming::Response(id));
}

#[test]
fn in_a_dialog_the_to_tag_must_be_the_known_one() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = change(
        &request("BYE", "z9hG4bKa"),
        "To: <sip:bob@example.net>",
        "To: <sip:bob@example.net>;tag=b",
    );
    let id = clock.request(&bytes);
    let ok = response(&bytes, 200, "unused");
    let wrong = clock.receive(&change(&ok, "tag=b", "tag=z"));
    assert_eq!(wrong, Incoming::StrayResponse(Stray::WrongTag));
    assert_eq!(clock.receive(&ok), Incoming::Response(id));
}

#[test]
fn a_provisional_response_needs_no_tag() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    let trying = change(&response(&bytes, 100, "b"), ";tag=b", "");
    assert_eq!(clock.receive(&trying), Incoming::Response(id));
}
