use super::*;

type Change = fn(&mut Trunk);

fn good() -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = "office".into();
    trunk.trunk.domain = "sip.example.net".into();
    trunk.trunk.user = "alice".into();
    trunk
}

fn refused(change: impl FnOnce(&mut Trunk)) -> String {
    let mut trunk = good();
    change(&mut trunk);
    let problems = trunk.checked().unwrap_err();
    assert_eq!(problems.len(), 1, "{problems:?}");
    problems[0].to_string()
}

#[test]
fn the_defaults_are_allowed() {
    assert!(good().checked().is_ok());
}

#[test]
fn words_are_read_in_any_case_and_empty_texts_as_not_said() {
    let mut trunk = good();
    trunk.trunk.transport = "TLS".into();
    trunk.media.codecs = vec!["pcmu".into(), "OPUS".into(), "g722".into()];
    trunk.numbers.country = Some("us".into());
    trunk.numbers.dids = vec!["+1 555 0100".into()];
    trunk.trunk.proxy = Some(String::new());
    trunk.tls.ca = Some(" ".into());
    let trunk = trunk.checked().unwrap();
    assert_eq!(trunk.trunk.transport, "tls");
    assert_eq!(trunk.media.codecs, ["PCMU", "opus", "G722"]);
    assert_eq!(trunk.numbers.country.as_deref(), Some("US"));
    assert_eq!(trunk.numbers.dids, ["+15550100"]);
    assert_eq!(trunk.trunk.proxy, None);
    assert_eq!(trunk.tls.ca, None);
}

#[test]
fn an_unknown_word_is_refused_with_what_is_allowed() {
    let cases: [(&str, Change, &str); 8] = [
        ("trunk.transport", |t| t.trunk.transport = "sctp".into(), "udp, tcp, tls, ws, wss"),
        ("trunk.keep_alive", |t| t.trunk.keep_alive = "x".into(), "crlf, options, register, off"),
        ("trunk.reliable", |t| t.trunk.reliable = "x".into(), "off, supported, required"),
        ("numbers.did_in", |t| t.numbers.did_in = "x".into(), "request-uri, to, p-called-party-id"),
        ("numbers.identity[0]", |t| t.numbers.identity = vec!["x".into()], "from, pai, ppi, rpid"),
        ("media.codecs[1]", |t| t.media.codecs.insert(1, "G728".into()), "PCMA, PCMU"),
        ("media.srtp", |t| t.media.srtp = "x".into(), "off, optional, required"),
        ("media.dtmf", |t| t.media.dtmf = "x".into(), "rfc4733, inband, info"),
    ];
    for (key, change, allowed) in cases {
        let sentence = refused(change);
        assert!(sentence.starts_with(key), "{sentence}");
        assert!(sentence.contains(allowed), "{sentence}");
    }
}

#[test]
fn values_out_of_range_are_refused_by_key() {
    let cases: [(&str, Change); 22] = [
        ("trunk.name", |t| t.trunk.name = "../x".into()),
        ("trunk.user", |t| t.trunk.user = "a\r\nb".into()),
        ("trunk.expires", |t| t.trunk.expires = 0),
        ("trunk.keep_alive_every", |t| t.trunk.keep_alive_every = 901),
        ("trunk.session_expires", |t| t.trunk.session_expires = 89),
        ("trunk.password", |t| t.trunk.password = Some(SecretRef::Env(String::new()))),
        ("trunk.domain", |t| t.trunk.domain = "sip example".into()),
        ("trunk.registrar", |t| t.trunk.registrar = Some("host:0".into())),
        ("trunk.proxy", |t| t.trunk.proxy = Some("a..b".into())),
        ("trunk.bind", |t| t.trunk.bind = Some("5060".into())),
        ("trunk.public_address", |t| t.trunk.public_address = Some("here".into())),
        ("trunk.allow[0]", |t| t.trunk.allow = vec!["10.0.0.0/33".into()]),
        ("numbers.country", |t| t.numbers.country = Some("USA".into())),
        ("numbers.dids[0]", |t| t.numbers.dids = vec!["alice".into()]),
        ("media.rtp_ports", |t| t.media.rtp_ports = Some((30_000, 20_000))),
        ("media.codecs", |t| t.media.codecs.clear()),
        ("media.stun[0]", |t| t.media.stun = vec!["stun:host".into()]),
        ("test.allow[0]", |t| t.test.allow = vec!["*".into()]),
        ("test.destination", |t| t.test.destination = Some("bob".into())),
        ("test.channels", |t| t.test.channels = Some(0)),
        ("test.cps", |t| t.test.cps = Some(f64::NAN)),
        ("test.max_minutes", |t| t.test.max_minutes = Some(-1.0)),
    ];
    for (key, change) in cases {
        let sentence = refused(change);
        assert!(sentence.starts_with(&format!("{key}: ")), "{sentence}");
    }
}

#[test]
fn what_a_trunk_cannot_do_without_is_asked_for() {
    assert!(refused(|t| t.trunk.domain.clear()).contains("sip.example.net"));
    assert!(refused(|t| t.trunk.user.clear()).contains("register = false"));
    let mut by_address = good();
    by_address.trunk.user.clear();
    by_address.trunk.register = false;
    assert!(by_address.checked().is_ok());
}

#[test]
fn servers_are_names_or_addresses_with_or_without_port() {
    for host in [
        "sip.example.net",
        "sip.example.net.",
        "localhost:5060",
        "10.0.0.5",
        "10.0.0.5:5060",
        "::1",
        "[::1]",
        "[::1]:5061",
        "a_b.example",
        "xn--mller-kva.example",
    ] {
        assert!(is_host(host), "{host}");
    }
    for host in ["", "a b", "host:", "host:70000", "-a", "a-", "sip:host", "[::1", "a/b", "ü.de"] {
        assert!(!is_host(host), "{host}");
    }
}
