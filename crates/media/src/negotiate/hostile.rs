//! Session descriptions made to hurt, each as an offer and as an answer: no panic, bounded answers,
//! the outcome that is written beside it, and a good offer is answered afterwards.

use super::{Agreement, Local, Negotiation, Refusal};
use crate::sdp::{Description, MAX_BYTES, MAX_DEVIATIONS, MAX_MEDIA};

/// What a body leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// A session, with the trouble left out.
    Session,
    /// 400.
    Malformed,
    /// 488 or, as an answer, the end of the call.
    Refused,
}

use Outcome::{Malformed, Refused, Session};

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";
const AUDIO: &str = "m=audio 6000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

/// A good description with `lines` at its end.
fn plus(lines: &str) -> Vec<u8> {
    format!("{HEAD}{AUDIO}{lines}").into()
}

/// A good session with other media.
fn media(lines: &str) -> Vec<u8> {
    format!("{HEAD}{lines}").into()
}

/// A good description with something replaced.
fn with(from: &str, to: &str) -> Vec<u8> {
    let good = format!("{HEAD}{AUDIO}");
    assert!(good.contains(from), "{from}");
    good.replacen(from, to, 1).into()
}

fn cases() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let mut all = shape();
    all.extend(session_lines());
    all.extend(media_lines());
    all.extend(rtpmap_and_fmtp());
    all.extend(other_attributes());
    all.extend(floods());
    all
}

fn shape() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    vec![
        ("nothing", Vec::new(), Malformed),
        ("one byte", b"v".to_vec(), Malformed),
        ("one line end", b"\r\n".to_vec(), Malformed),
        ("equals signs", b"====\r\n=\r\n".to_vec(), Malformed),
        ("zero bytes", vec![0; 4096], Malformed),
        ("all bytes", (0..=255).collect(), Malformed),
        ("high bytes", vec![0xff; 8000], Malformed),
        ("text", b"This is no SDP at all".to_vec(), Malformed),
        ("xml", b"<?xml version=\"1.0\"?><v=0/>".to_vec(), Malformed),
        ("version alone", b"v=0\r\n".to_vec(), Refused),
        ("version cut", b"v=".to_vec(), Refused),
        ("no media", HEAD.into(), Refused),
        ("line feeds", with("v=0\r\n", "v=0\n\n\n\n"), Session),
        (
            "carriage returns",
            String::from_utf8(plus("")).unwrap().replace("\r\n", "\r").into(),
            Session,
        ),
        ("no last line end", String::from_utf8(plus("")).unwrap().trim_end().into(), Session),
        ("zero byte in a value", with("s=-", "s=\0-\0"), Session),
        ("zero byte in the media", with("audio", "au\0dio"), Refused),
        (
            "bytes that are no UTF-8",
            [HEAD.as_bytes(), b"i=\xc3\x28\xa0\r\n", AUDIO.as_bytes()].concat(),
            Session,
        ),
        ("byte order mark", ["\u{feff}", HEAD, AUDIO].concat().into(), Session),
        ("blanks before types", [" ", HEAD, AUDIO].concat().into(), Session),
        (
            "upper case types",
            String::from_utf8(plus("")).unwrap().replace("m=", "M=").into(),
            Refused,
        ),
        ("format strings", plus("a=%s%n%x%p:%s%s%s%n\r\n"), Session),
        ("header injection", plus("a=x\rVia: SIP/2.0/UDP x\r\r\nContact: <sip:x>\r\n"), Session),
        ("reversed lines", [AUDIO, "t=0 0\r\nc=IN IP4 192.0.2.9\r\n"].concat().into(), Session),
    ]
}

fn session_lines() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let long = "9".repeat(4000);
    vec![
        ("version 4294967296", with("v=0", "v=4294967296"), Session),
        ("origin of one word", with("o=- 1 1 IN IP4 192.0.2.9", "o=-"), Session),
        ("origin of huge numbers", with("o=- 1 1", &format!("o=- {long} {long}")), Session),
        ("negative origin", with("o=- 1 1", "o=- -1 -9223372036854775809"), Session),
        ("origin with %00", with("o=- 1", "o=%00 1"), Session),
        ("no connection", with("c=IN IP4 192.0.2.9\r\n", ""), Refused),
        ("empty connection", with("c=IN IP4 192.0.2.9", "c="), Refused),
        ("connection cut", with("c=IN IP4 192.0.2.9", "c=IN IP4"), Refused),
        ("address out of range", with("c=IN IP4 192.0.2.9", "c=IN IP4 256.256.256.256"), Refused),
        ("address with leading zeros", with("c=IN IP4 192.0.2.9", "c=IN IP4 010.0.0.01"), Refused),
        ("address in hexadecimal", with("c=IN IP4 192.0.2.9", "c=IN IP4 0xC0000209"), Refused),
        ("endless address", with("c=IN IP4 192.0.2.9", &format!("c=IN IP4 {long}")), Refused),
        (
            "multicast suffix",
            with("c=IN IP4 192.0.2.9", "c=IN IP4 192.0.2.9/99999999999/9999999"),
            Session,
        ),
        ("v6 zone", with("c=IN IP4 192.0.2.9", "c=IN IP6 fe80::1%eth0"), Refused),
        ("v6 colons", with("c=IN IP4 192.0.2.9", "c=IN IP6 :::::::::::::::::"), Refused),
        ("v6 to us of v4", with("c=IN IP4 192.0.2.9", "c=IN IP6 2001:db8::1"), Refused),
        ("address as path", with("c=IN IP4 192.0.2.9", "c=IN IP4 ../../etc/passwd"), Refused),
        ("unknown network", with("c=IN IP4", "c=ATM NSAP"), Refused),
        ("times beyond 64 bits", with("t=0 0", &format!("t={long} {long}")), Session),
        ("negative times", with("t=0 0", "t=-1 -1"), Session),
        (
            "bandwidth beyond 64 bits",
            with("t=0 0", "b=AS:99999999999999999999999\r\nt=0 0"),
            Session,
        ),
        ("keys", with("t=0 0", "t=0 0\r\nk=base64:====\r\nz=1 -1h 2\r\nr=7d"), Session),
    ]
}

fn media_lines() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    vec![
        ("empty medium", media("m=\r\n"), Refused),
        ("medium without port", media("m=audio\r\n"), Refused),
        ("port beyond 16 bits", media("m=audio 65536 RTP/AVP 0\r\n"), Refused),
        ("port beyond 64 bits", media("m=audio 18446744073709557616 RTP/AVP 0\r\n"), Refused),
        ("negative port", media("m=audio -6000 RTP/AVP 0\r\n"), Refused),
        (
            "port count beyond 64 bits",
            media("m=audio 6000/99999999999999999999 RTP/AVP 0\r\n"),
            Session,
        ),
        ("last port", media("m=audio 65535 RTP/AVP 0\r\n"), Session),
        ("no formats", media("m=audio 6000 RTP/AVP\r\n"), Refused),
        ("formats that are words", media("m=audio 6000 RTP/AVP PCMU PCMA\r\n"), Refused),
        (
            "formats out of range",
            media("m=audio 6000 RTP/AVP 128 255 256 -1 4294967296\r\n"),
            Refused,
        ),
        (
            "the same format often",
            media(&format!("m=audio 6000 RTP/AVP{}\r\n", " 0".repeat(3000))),
            Session,
        ),
        (
            "every format",
            media(&format!(
                "m=audio 6000 RTP/AVP {}\r\n",
                (0..1000).map(|n| n.to_string()).collect::<Vec<_>>().join(" ")
            )),
            Session,
        ),
        ("unknown transport", media("m=audio 6000 RTP/AVP/XYZ 0\r\n"), Refused),
        (
            "secure transport",
            media("m=audio 6000 RTP/SAVP 0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x\r\n"),
            Refused,
        ),
        ("endless medium name", media(&format!("m={} 1 RTP/AVP 0\r\n", "x".repeat(8000))), Refused),
        ("endless format", media(&format!("m=audio 1 RTP/AVP {}\r\n", "1".repeat(8000))), Refused),
        ("medium of marks", media("m=<script>alert(1)</script> 1 RTP/AVP 0\r\n"), Refused),
        ("tabs for blanks", media("m=audio\t6000\tRTP/AVP\t0\r\n"), Session),
    ]
}

fn rtpmap_and_fmtp() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let maps = |lines: &str| media(&format!("m=audio 6000 RTP/AVP 96 0\r\n{lines}\r\n"));
    let deep = "/1".repeat(3000);
    vec![
        ("map without value", maps("a=rtpmap"), Session),
        ("empty map", maps("a=rtpmap:"), Session),
        ("map of a number alone", maps("a=rtpmap:96"), Session),
        ("map of blanks", maps("a=rtpmap:96    "), Session),
        ("map without clock", maps("a=rtpmap:96 PCMU/"), Session),
        ("map with clock 0", maps("a=rtpmap:96 PCMU/0"), Session),
        ("map with clock beyond 32 bits", maps("a=rtpmap:96 PCMU/4294975296"), Session),
        ("map with negative clock", maps("a=rtpmap:96 PCMU/-8000"), Session),
        ("map with 256 channels", maps("a=rtpmap:96 PCMU/8000/256"), Session),
        ("map with no channels", maps("a=rtpmap:96 PCMU/8000/0"), Session),
        ("map of a number out of range", maps("a=rtpmap:99999999999 PCMU/8000"), Session),
        ("map of many slashes", maps(&format!("a=rtpmap:96 PCMU{deep}")), Session),
        ("map without name", maps("a=rtpmap:96 /8000"), Session),
        ("duplicate maps", maps(&"a=rtpmap:96 PCMU/8000\r\n".repeat(500)), Session),
        (
            "codecs in duplicate",
            media(&format!(
                "m=audio 6000 RTP/AVP 96 97 98 99\r\n{}",
                (96..=99).map(|n| format!("a=rtpmap:{n} PCMA/8000\r\n")).collect::<String>()
            )),
            Session,
        ),
        (
            "a static type redefined",
            media("m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 evil/8000\r\n"),
            Refused,
        ),
        (
            "events alone",
            media("m=audio 6000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n"),
            Refused,
        ),
        ("comfort noise alone", media("m=audio 6000 RTP/AVP 13\r\n"), Refused),
        (
            "events at a clock of 1 Hz",
            media("m=audio 6000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/1\r\n"),
            Session,
        ),
        (
            "comfort noise is PCMU",
            media("m=audio 6000 RTP/AVP 13\r\na=rtpmap:13 PCMU/8000\r\n"),
            Session,
        ),
        ("parameters without value", plus("a=fmtp\r\n"), Session),
        ("empty parameters", plus("a=fmtp:\r\na=fmtp:101\r\na=fmtp:101 \r\n"), Session),
        ("endless parameters", plus(&format!("a=fmtp:101 {}\r\n", "0-".repeat(4000))), Session),
        ("parameters of equals signs", plus("a=fmtp:0 ====;;;;==;=\r\n"), Session),
        ("events 0 to 4294967296", plus("a=fmtp:101 0-4294967296,-1,99-0\r\n"), Session),
    ]
}

fn other_attributes() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    vec![
        ("attribute without name", plus("a=\r\na=:\r\na=::\r\na=:x\r\n"), Session),
        ("packet time 0", plus("a=ptime:0\r\n"), Session),
        ("negative packet time", plus("a=ptime:-20\r\n"), Session),
        (
            "packet time beyond 32 bits",
            plus("a=ptime:4294967316\r\na=maxptime:99999999999999999999\r\n"),
            Session,
        ),
        ("packet time of a day", plus("a=ptime:86400000\r\n"), Session),
        ("longest packet of 1 ms", plus("a=maxptime:1\r\n"), Session),
        ("packet time that is no number", plus("a=ptime:NaN\r\na=maxptime:1e9\r\n"), Session),
        ("rtcp without value", plus("a=rtcp\r\na=rtcp:\r\n"), Session),
        ("rtcp out of range", plus("a=rtcp:65536 IN IP4 1.1.1.1\r\n"), Session),
        ("rtcp cut", plus("a=rtcp:6001 IN IP4\r\n"), Session),
        ("rtcp of another IP version", plus("a=rtcp:6001 IN IP6 ::1\r\n"), Session),
        ("rtcp-fb without value", plus("a=rtcp-fb\r\na=rtcp-fb:\r\na=rtcp-fb:*\r\n"), Session),
        (
            "all directions at once",
            plus("a=inactive\r\na=sendrecv\r\na=sendonly\r\na=recvonly\r\n"),
            Session,
        ),
        ("direction with value", plus("a=sendrecv:9999\r\n"), Session),
        (
            "crypto overflow",
            plus(&format!(
                "a=crypto:99999999999 {} inline:{}\r\n",
                "A".repeat(2000),
                "B".repeat(4000)
            )),
            Session,
        ),
        (
            "candidates of component 0",
            plus("a=candidate:1 0 UDP 99999999999 x 99999 typ host\r\n"),
            Session,
        ),
        (
            "candidates cut",
            plus("a=candidate:\r\na=candidate\r\na=remote-candidates:\r\n"),
            Session,
        ),
        ("fingerprint of nothing", plus("a=fingerprint:sha-256 \r\na=setup:\r\n"), Session),
        (
            "groups of nothing",
            plus("a=group:BUNDLE\r\na=mid:\r\na=ssrc:99999999999999 cname:\r\n"),
            Session,
        ),
        ("attribute of a line", plus(&format!("a={}\r\n", "x".repeat(8190))), Session),
        ("attribute of more than a line", plus(&format!("a={}\r\n", "x".repeat(8191))), Malformed),
    ]
}

fn floods() -> Vec<(&'static str, Vec<u8>, Outcome)> {
    let many =
        |count: usize| media(&format!("{AUDIO}{}", "m=video 1 RTP/AVP 31\r\n".repeat(count)));
    vec![
        ("64 media", many(MAX_MEDIA - 1), Session),
        ("65 media", many(MAX_MEDIA), Malformed),
        ("3000 media", many(2900), Malformed),
        (
            "64 media of 128 formats",
            media(&format!("m=audio 1 RTP/AVP{}\r\n", " 127".repeat(200)).repeat(MAX_MEDIA)),
            Refused,
        ),
        ("1023 attributes more", plus(&"a=x:y\r\n".repeat(1023)), Session),
        ("1024 attributes more", plus(&"a=x:y\r\n".repeat(1024)), Malformed),
        ("9000 attributes", plus(&"a=x\r\n".repeat(9000)), Malformed),
        ("1000 connections", plus(&"c=IN IP4 192.0.2.9\r\n".repeat(1000)), Session),
        ("60000 line ends", plus(&"\n".repeat(60_000)), Malformed),
        ("lines of nothing", plus(&"x\r\n".repeat(900)), Session),
        ("more than a datagram", plus(&" ".repeat(MAX_BYTES)), Malformed),
        ("a megabyte", plus(&"a=x\r\n".repeat(200_000)), Malformed),
    ]
}

fn negotiation() -> Negotiation {
    Negotiation::new(Local::new("192.0.2.1".parse().unwrap(), 4000), 7)
}

fn outcome<T>(result: &Result<T, Refusal>) -> Outcome {
    match result {
        Ok(_) => Session,
        Err(Refusal::Malformed(_)) => Malformed,
        Err(why) => {
            assert_eq!(why.code(), 488);
            Refused
        }
    }
}

fn is_sane(agreement: &Agreement) {
    let plan = &agreement.plan;
    assert!((1..=2).contains(&plan.codecs.len()) && plan.dtmf.len() <= 1);
    assert!(plan.codecs.iter().chain(&plan.dtmf).all(|c| c.send_pt < 128 && c.recv_pt < 128));
    assert!((10..=60).contains(&plan.ptime.as_millis()));
    assert!(plan.remote_rtp.port() != 0 && plan.remote_rtcp.port() != 0);
    assert!(agreement.deviations.len() <= MAX_DEVIATIONS + 2);
}

#[test]
fn there_are_enough_of_them_and_no_two_alike() {
    let cases = cases();
    assert!(cases.len() >= 80, "{}", cases.len());
    let mut names: Vec<_> = cases.iter().map(|case| case.0).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), cases.len());
}

#[test]
fn hostile_offers_do_no_harm() {
    for (name, body, expected) in cases() {
        let mut negotiation = negotiation();
        let result = negotiation.answer(&body);
        assert_eq!(outcome(&result), expected, "{name}: {result:?}");
        if let Ok((text, agreement)) = result {
            is_sane(&agreement);
            let answer = Description::parse(text.as_bytes()).unwrap();
            assert_eq!(answer.deviations(), [], "{name}: {text}");
            let offer = Description::parse(&body).unwrap();
            assert_eq!(answer.media.len(), offer.media.len(), "{name}");
            assert!(text.len() < 8192, "{name}");
            let again = negotiation.offer();
            assert_eq!(Description::parse(again.as_bytes()).unwrap().deviations(), [], "{name}");
        }
        assert!(negotiation.answer(&plus("")).is_ok(), "{name}: a good offer after it");
    }
}

#[test]
fn hostile_answers_do_no_harm() {
    for (name, body, expected) in cases() {
        let mut negotiation = negotiation();
        negotiation.offer();
        let result = negotiation.answered(&body);
        assert_eq!(outcome(&result), expected, "{name}: {result:?}");
        if let Ok(agreement) = result {
            is_sane(&agreement);
        }
        assert!(negotiation.answered(&plus("")).is_ok(), "{name}: a good answer after it");
    }
}
