//! Each message of RFC 4475 and RFC 5118 has the outcome that the index asks for, at the parser.

use std::fs;

use bytes::Bytes;
use milliwatt_sip::{
    header::Contact,
    message::{Builder, Fault, Framing, Message, Method, Name, Rule},
    stream::{Broken, Framed, Framer},
    uri::{Host, Scheme, UriError},
};

use self::reader::{Row, folder, rows};

#[path = "../../../../tests/data/sip-torture/reader.rs"]
mod reader;

fn octets(file: &str) -> Bytes {
    fs::read(folder().join(file)).unwrap().into()
}

fn message(name: &str) -> Message {
    Message::parse(octets(&format!("rfc4475/{name}.dat")), Framing::Datagram).unwrap()
}

fn wire(name: &str) -> Message {
    Message::parse(octets(&format!("rfc5118-wire/{name}.dat")), Framing::Datagram).unwrap()
}

/// The code that a fault must have by the outcome in the index; `None` where the parser finds
/// nothing to refuse and the endpoint decides.
fn expected(outcome: &str) -> Option<u16> {
    match outcome {
        "drop" => Some(400),
        _ if outcome.starts_with("parse-ok") || outcome.starts_with("420") => None,
        _ if outcome.contains("(400)") => Some(400),
        _ => Some(outcome.get(..3).and_then(|code| code.parse().ok()).expect(outcome)),
    }
}

#[test]
fn every_message_has_its_outcome() {
    let mut counted = 0;
    for row in rows() {
        let (file, raw) = (&row.file, Bytes::from(row.octets()));
        let message = Message::parse(raw.clone(), Framing::Datagram).expect(&row.name);
        assert_eq!(message.raw(), &raw, "{file} is not kept octet for octet");
        if !row.is_on_the_wire() {
            continue;
        }
        let code = message.fault().map(|fault| fault.code);
        assert_eq!(code, expected(&row.outcome), "{file}: {:?}", message.deviations());
        counted += 1;
    }
    assert_eq!(counted, 61);
}

/// What was read, put together: start line, header rows, body.
fn put_together(message: &Message) -> Vec<u8> {
    let mut all = message.start_line().as_bytes().to_vec();
    for (name, value) in message.header_lines() {
        all.extend([b"\r\n", name, b":", value.as_bytes()].concat());
    }
    [&all, &b"\r\n\r\n"[..], &message.body()].concat()
}

/// A message with its header rows as they are to be read: continuations joined by one space, no space
/// beside the colon or at the end (RFC 3261 §7.3.1). Nothing else of it is touched, and it shares
/// nothing with the parser.
fn joined(raw: &[u8]) -> Vec<u8> {
    let (head, body) = match raw.windows(4).position(|four| four == b"\r\n\r\n") {
        Some(end) => (&raw[..end], &raw[end + 4..]),
        // Cut off in its head.
        None => (raw.trim_ascii_end(), &[][..]),
    };
    let mut rows: Vec<Vec<u8>> = Vec::new();
    for line in head.split(|octet| *octet == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        match rows.last_mut() {
            Some(row) if line.starts_with(b" ") || line.starts_with(b"\t") => {
                *row = [row.trim_ascii_end(), line.trim_ascii()].join(&b' ');
            }
            _ => rows.push(line.to_vec()),
        }
    }
    for row in rows.iter_mut().skip(1) {
        if let Some(colon) = row.iter().position(|octet| *octet == b':') {
            *row = [row[..colon].trim_ascii(), row[colon + 1..].trim_ascii()].join(&b':');
        }
    }
    [&rows.join(&b"\r\n"[..]), &b"\r\n\r\n"[..], body].concat()
}

/// The parts of a message hold all of it in order, but for the white space named above and for what
/// lies behind the body by Content-Length.
#[test]
fn the_parts_of_each_message_make_it_up() {
    for row in rows().into_iter().filter(Row::is_on_the_wire) {
        let raw = row.octets();
        let message = Message::parse(raw.clone(), Framing::Datagram).expect(&row.name);
        let (whole, parts) = (joined(&raw), put_together(&message));
        let rest = message.deviations().iter().any(|d| d.rule == Rule::OctetsAfterBody);
        let same = if rest { whole.starts_with(&parts) } else { whole == parts };
        let text = |octets: &[u8]| String::from_utf8_lossy(octets).into_owned();
        assert!(same, "{}: {} is read as {}", row.file, text(&whole), text(&parts));
    }
}

/// Printed by the builder and read again, each has the same parts: known names in their usual form,
/// Content-Length written anew.
#[test]
fn what_is_printed_is_what_was_read() {
    let parts = |message: &Message| {
        let rows = message.rows().filter(|(name, _)| *name != Name::ContentLength);
        let rows = rows.map(|(name, value)| (name.as_str().to_owned(), value.text().into_owned()));
        (message.start_line().into_owned(), rows.collect::<Vec<_>>(), message.body())
    };
    for row in rows().into_iter().filter(Row::is_on_the_wire) {
        let message = Message::parse(row.octets(), Framing::Datagram).expect(&row.name);
        let printed = Builder::edit(&message).build();
        let again = Message::parse(printed, Framing::Stream).expect(&row.name);
        assert_eq!(parts(&again), parts(&message), "{}", row.file);
    }
}

#[test]
fn each_fault_is_the_one_that_the_rfc_is_after() {
    for (name, rule) in [
        ("badinv01", Rule::EmptyParameter),
        ("clerr", Rule::ContentLengthTooLarge),
        ("ncl", Rule::ContentLengthSyntax),
        ("scalar02", Rule::CSeqRange),
        ("scalarlg", Rule::CSeqRange),
        ("quotbal", Rule::UnterminatedQuote),
        ("ltgtruri", Rule::RequestUriBrackets),
        ("lwsruri", Rule::RequestUriSpace),
        ("lwsstart", Rule::RequestLineSpaces),
        ("trws", Rule::SpaceAfterVersion),
        ("escruri", Rule::RequestUriHeaders),
        ("regbadct", Rule::UnenclosedUri),
        ("badaspec", Rule::SpaceInAddress),
        ("baddn", Rule::DisplayNameSeparator),
        ("badvers", Rule::Version),
        ("mismatch01", Rule::CSeqMethod),
        ("mismatch02", Rule::CSeqMethod),
        ("bigcode", Rule::StatusCode),
        ("badbranch", Rule::BareBranchCookie),
        ("insuf", Rule::MissingHeader),
        ("multi01", Rule::DuplicateHeader),
        ("mcl01", Rule::ContentLengthTwice),
    ] {
        let fault = message(name).fault();
        let found = fault.map(|Fault { deviation, .. }| deviation.rule);
        assert_eq!(found, Some(rule), "{name}");
    }
    let fault = wire("ipv6-bad").fault().unwrap();
    assert_eq!(fault.deviation.rule, Rule::RequestUriSyntax);
    assert_eq!(wire("ipv6-bad").uri(), Some(Err(UriError::Rest)));
}

#[test]
fn valid_messages_deviate_only_where_the_rfc_says_so() {
    for (name, rules) in [
        ("wsinv", vec![Rule::BranchWithoutCookie]),
        ("intmeth", vec![]),
        ("esc01", vec![]),
        ("escnull", vec![]),
        ("esc02", vec![]),
        ("lwsdisp", vec![]),
        ("dblreq", vec![Rule::OctetsAfterBody]),
        ("semiuri", vec![]),
        ("transports", vec![]),
        ("mpart01", vec![]),
        ("unreason", vec![]),
        ("noreason", vec![]),
        ("baddate", vec![Rule::DateSyntax]),
    ] {
        let message = message(name);
        let found: Vec<_> = message.deviations().iter().map(|deviation| deviation.rule).collect();
        assert_eq!(found, rules, "{name}");
    }
}

#[test]
fn wsinv_is_read_through_its_white_space() {
    let it = message("wsinv");
    assert_eq!(it.to().unwrap().tag(), Some("1918181833n"));
    assert_eq!(it.from().unwrap().display_name().unwrap(), "J Rosenberg \\\"");
    assert_eq!(it.max_forwards(), Some(68));
    assert_eq!(it.cseq().unwrap().to_string(), "9 INVITE");
    let hosts: Vec<_> = it.vias().map(|via| via.host().to_string()).collect();
    assert_eq!(hosts, ["192.0.2.2", "spindle.example.com", "192.168.255.111"]);
    let branches: Vec<_> = it.vias().map(|via| via.branch().unwrap().to_owned()).collect();
    assert_eq!(branches, ["390skdjuw", "z9hG4bK9ikj8", "z9hG4bK30239"]);
    assert_eq!(it.header("Subject").unwrap().text(), "");
    assert_eq!(
        it.header("newfangledheader").unwrap().text(),
        "newfangled value continued newfangled value"
    );
    assert_eq!(it.header("UnknownHeaderWithUnusualValue").unwrap().text(), ";;,,;;,;");
    assert!(it.routes().next().unwrap().uri().params().has("unknown-no-value"));
    let Some(Contact::Address(contact)) = it.contacts().next() else { panic!() };
    assert_eq!(contact.display_name().unwrap(), "Quoted string \"\"");
    assert_eq!(contact.params().value("newparam"), Some("newvalue"));
    assert_eq!(it.body().len(), 150);
}

#[test]
fn escapes_and_strange_characters_are_kept() {
    let it = message("intmeth");
    assert_eq!(
        it.method(),
        Some(Method::Other("!interesting-Method0123456789_*+`.%indeed'~".into()))
    );
    assert_eq!(it.to().unwrap().display_name().unwrap(), "BEL:\u{7} NUL:\0 DEL:\u{7f}");
    assert_eq!(it.from().unwrap().tag(), Some("_token~1'+`*%!-."));
    let it = message("esc01");
    let uri = it.uri().unwrap().unwrap();
    assert_eq!(uri.user_unescaped().unwrap(), "sips:user@example.com");
    assert_eq!(uri.host(), Some(Host::Name("example.net")));
    let it = message("escnull");
    let users: Vec<_> = it
        .contacts()
        .map(|contact| contact.address().unwrap().uri().user().unwrap().to_owned())
        .collect();
    assert_eq!(users, ["%00", "%00%00"]);
    let it = message("esc02");
    assert_eq!(it.method(), Some(Method::Other("RE%47IST%45R".into())));
    assert_eq!(it.contacts().count(), 2);
    let it = message("semiuri");
    let user = it.uri().unwrap().unwrap();
    assert_eq!(user.user_unescaped().unwrap(), "user;par=u@example.net");
}

#[test]
fn bodies_end_where_they_should() {
    let it = message("dblreq");
    assert_eq!((it.method(), it.body().len()), (Some(Method::Register), 0));
    let it = message("mpart01");
    assert!(it.content_type().unwrap().is_multipart());
    assert_eq!(&*it.content("text/plain").unwrap(), b"Hello");
    assert_eq!(message("inv2543").body().len(), 105);
    assert_eq!(message("longreq").vias().count(), 34);
}

#[test]
fn responses_keep_their_reason() {
    let it = message("unreason");
    assert_eq!(it.status(), Some(200));
    assert!(it.reason().starts_with("= 2**3 * 5**2 \u{43d}\u{43e}"));
    let it = message("noreason");
    assert_eq!((it.status(), &*it.reason()), (Some(100), ""));
    assert_eq!(message("bigcode").status(), None);
    assert_eq!(message("bcast").vias().count(), 2);
}

#[test]
fn schemes_and_parameters_stand_where_they_belong() {
    assert_eq!(
        message("unkscm").uri().unwrap().unwrap().scheme(),
        Scheme::Other("nobodyKnowsThisScheme")
    );
    assert_eq!(message("novelsc").uri().unwrap().unwrap().scheme(), Scheme::Other("soap.beep"));
    assert_eq!(message("unksm2").to().unwrap().uri().scheme(), Scheme::Other("isbn"));
    let of = |name| message(name).contact().unwrap();
    assert!(of("cparam01").params().has("unknownparam"));
    assert!(of("cparam02").uri().params().has("unknownparam"));
    let contact = of("regescrt");
    assert_eq!(contact.uri().headers().next(), Some(("Route", "%3Csip:sip.example.com%3E")));
    assert_eq!(message("zeromf").max_forwards(), Some(0));
    let require: Vec<_> =
        message("bext01").values("Require").map(|value| value.text().into_owned()).collect();
    assert_eq!(require, ["nothingSupportsThis", "nothingSupportsThisEither"]);
}

#[test]
fn ipv6_addresses_are_read() {
    let host = |name: &str| wire(name).uri().unwrap().unwrap().host().unwrap().ip();
    assert_eq!(host("ipv6-good"), "2001:db8::10".parse().ok());
    assert_eq!(host("ipv6-bug-abnf-3-colons"), "2001:db8::192.0.2.1".parse().ok());
    assert_eq!(host("ipv6-correct-abnf-2-colons"), "2001:db8::192.0.2.1".parse().ok());
    let port = |name: &str| wire(name).uri().unwrap().unwrap().port();
    assert_eq!((port("port-ambiguous"), port("port-unambiguous")), (None, Some(5070)));
    let received = |name: &str| wire(name).top_via().unwrap().received();
    assert_eq!(received("via-received-param-with-delim"), "2001:db8::9:255".parse().ok());
    assert_eq!(received("via-received-param-no-delim"), "2001:db8::9:255".parse().ok());
    assert_eq!(wire("mult-ip-in-header").vias().count(), 3);
    assert_eq!(wire("ipv6-in-sdp").content("application/sdp").unwrap(), wire("ipv6-in-sdp").body());
}

#[test]
fn streams_are_cut_or_broken_off() {
    for row in rows().into_iter().filter(Row::is_on_the_wire) {
        let (name, raw) = (&row.name, Bytes::from(row.octets()));
        let mut framer = Framer::new();
        framer.push(&raw);
        let first = framer.next();
        match name.as_str() {
            "ncl" | "mcl01" => {
                let broken = Framed::Broken { reason: Broken::ContentLength, head: raw };
                assert_eq!(first, Some(broken), "{name}");
            }
            "clerr" | "baddn" => assert_eq!((first, framer.is_inside()), (None, true), "{name}"),
            _ => {
                let Some(Framed::Message(message)) = first else { panic!("{name}: {first:?}") };
                assert!(raw.starts_with(&message), "{name}");
                let read = Message::parse(message, Framing::Stream).unwrap();
                assert_eq!(read.body().len() as u32, read.content_length().unwrap_or(0), "{name}");
            }
        }
    }
}
