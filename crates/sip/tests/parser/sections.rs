//! Each deviation is told with the section of the RFC that the message leaves.

use milliwatt_sip::message::{Framing, Message, Rule};

/// A request in which nothing is wrong, on a stream.
const SOUND: &str = "INVITE sip:e@f SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\n\
    Max-Forwards: 70\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: 1@h\r\n\
    CSeq: 1 INVITE\r\nContact: <sip:a@h>\r\nContent-Length: 2\r\n\r\nhi";

/// What stands in the place of what, the rule that this breaks, and where the rule is stated.
const CASES: &[(&str, &str, Rule, &str)] = &[
    ("branch=z9hG4bK1", "branch=z9hG4bK", Rule::BareBranchCookie, "RFC 3261 §8.1.1.7"),
    ("Forwards: 70\r\n", "Forwards: 70\n", Rule::BareLineFeed, "RFC 3261 §7"),
    ("branch=z9hG4bK1", "branch=1", Rule::BranchWithoutCookie, "RFC 3261 §8.1.1.7"),
    ("Call-ID: 1@h", "Call-ID: 1 h", Rule::CallIdSyntax, "RFC 3261 §20.8"),
    ("Max-Forwards", "X: a\u{1}b\r\nMax-Forwards", Rule::ControlCharacter, "RFC 3261 §25.1"),
    ("Length: 2", "Length: 3", Rule::ContentLengthTooLarge, "RFC 3261 §18.3"),
    ("Length: 2", "Length: two", Rule::ContentLengthSyntax, "RFC 3261 §20.14"),
    ("Length: 2", "Length: 2\r\nContent-Length: 1", Rule::ContentLengthTwice, "RFC 3261 §20.14"),
    ("1 INVITE", "1 BYE", Rule::CSeqMethod, "RFC 3261 §8.1.1.5"),
    ("1 INVITE", "2147483648 INVITE", Rule::CSeqLarge, "RFC 3261 §8.1.1.5"),
    ("1 INVITE", "36893488147419103232 INVITE", Rule::CSeqRange, "RFC 3261 §20.16"),
    ("1 INVITE", "1INVITE", Rule::CSeqSyntax, "RFC 3261 §20.16"),
    ("Max-", "Date: Fri, 01 Jan 2010 16:00:00 EST\r\nMax-", Rule::DateSyntax, "RFC 3261 §20.17"),
    ("From: ", "From: Bell, Alexander ", Rule::DisplayNameSeparator, "RFC 3261 §25.1"),
    ("From: ", "From: M\u{fc}ller & Co ", Rule::DisplayNameToken, "RFC 3261 §25.1"),
    ("1 INVITE", "1 INVITE\r\nCSeq: 1 INVITE", Rule::DuplicateHeader, "RFC 3261 §7.3.1"),
    ("Contact: ", "Contact: ,", Rule::EmptyElement, "RFC 3261 §7.3.1"),
    (";tag=1", ";;tag=1", Rule::EmptyParameter, "RFC 3261 §25.1"),
    ("Max-Forwards", "X(y): z\r\nMax-Forwards", Rule::HeaderName, "RFC 3261 §7.3.1"),
    ("sip:c@d", "sip:c@d!e", Rule::HostSyntax, "RFC 3261 §25.1"),
    ("sip:c@d", "sip:c@[2001:db8:::1]", Rule::Ipv6ThreeColons, "RFC 5118 §4.10"),
    (";tag=1", ";tag=1;", Rule::LastSemicolon, "RFC 3261 §25.1"),
    ("INVITE sip", "\r\nINVITE sip", Rule::LeadingLineBreak, "RFC 3261 §7.5"),
    ("Forwards: 70", "Forwards: 256", Rule::MaxForwardsRange, "RFC 3261 §20.22"),
    ("INVITE sip", "IN@VITE sip", Rule::MethodToken, "RFC 3261 §7.1"),
    ("\r\n\r\nhi", "\r\n", Rule::MissingBlankLine, "RFC 3261 §7"),
    (";branch=z9hG4bK1", "", Rule::MissingBranch, "RFC 3261 §8.1.1.7"),
    ("Content-Length: 2\r\n", "", Rule::MissingContentLength, "RFC 3261 §18.3"),
    ("Max-Forwards", "nonsense\r\nMax-Forwards", Rule::MissingColon, "RFC 3261 §7.3"),
    ("To: <sip:c@d>\r\n", "", Rule::MissingHeader, "RFC 3261 §8.1.1"),
    ("Max-Forwards: 70\r\n", "", Rule::MissingMaxForwards, "RFC 3261 §8.1.1.6"),
    ("INVITE sip:e@f SIP/2.0", "SIP/2.0 200", Rule::MissingReasonSpace, "RFC 3261 §7.2"),
    (";tag=1", "", Rule::MissingTag, "RFC 3261 §8.1.1.3"),
    ("sip:a@b>", "sip:a@b", Rule::MissingBracket, "RFC 3261 §25.1"),
    ("Forwards: 70", "Forwards: x", Rule::NumberSyntax, "RFC 3261 §25.1"),
    ("Max-", "Expires: 4294967296\r\nMax-", Rule::NumberRange, "RFC 3261 §25.1"),
    ("Length: 2", "Length: 1", Rule::OctetsAfterBody, "RFC 3261 §18.3"),
    (";tag=1", ";tag=1;d e", Rule::ParameterSyntax, "RFC 3261 §25.1"),
    (";branch", ";received=[2001:db8::1];branch", Rule::ReceivedBrackets, "RFC 5118 §4.5"),
    ("sip:e@f", "<sip:e@f>", Rule::RequestUriBrackets, "RFC 3261 §7.1"),
    ("sip:e@f", "sip:e@f?Route=x", Rule::RequestUriHeaders, "RFC 3261 §19.1.1"),
    ("sip:e@f", "sip:e@f; lr", Rule::RequestUriSpace, "RFC 3261 §7.1"),
    ("sip:e@f", "sip:e@2001:db8:10", Rule::RequestUriSyntax, "RFC 3261 §7.1"),
    ("sip:e@f", " sip:e@f", Rule::RequestLineSpaces, "RFC 3261 §7.1"),
    ("<sip:c@d>", "< sip:c@d >", Rule::SpaceInAddress, "RFC 3261 §25.1"),
    ("f SIP/2.0", "f SIP/2.0 ", Rule::SpaceAfterVersion, "RFC 3261 §7.1"),
    ("INVITE sip:e@f SIP/2.0", "SIP/2.0 099 x", Rule::StatusCode, "RFC 3261 §7.2"),
    ("f SIP/2.0", "f SIP/2.0\r\n stray", Rule::StrayContinuation, "RFC 3261 §7.3.1"),
    ("<sip:c@d>", "<sip:c@d> x", Rule::TextAfterValue, "RFC 3261 §25.1"),
    ("To: ", "To: \"?\" ", Rule::TextNotUtf8, "RFC 3261 §25.1"),
    ("<sip:a@h>", "sip:a@h?Route=x", Rule::UnenclosedUri, "RFC 3261 §20"),
    ("To: ", "To: \"c ", Rule::UnterminatedQuote, "RFC 3261 §25.1"),
    ("sip:c@d", "sip:{c}@d", Rule::UriCharacter, "RFC 3261 §19.1.2"),
    ("sip:c@d", "sip:%zz@d", Rule::UriEscape, "RFC 3261 §19.1.2"),
    ("<sip:c@d>", "carol", Rule::UriSyntax, "RFC 3261 §19.1.1"),
    ("Max-", "Content-Type: nonsense\r\nMax-", Rule::ValueSyntax, "RFC 3261 §25.1"),
    ("f SIP/2.0", "f SIP/7.0", Rule::Version, "RFC 3261 §7.1"),
    ("SIP/2.0/UDP h", "nonsense", Rule::ViaSyntax, "RFC 3261 §20.42"),
];

fn parse(octets: Vec<u8>) -> Message {
    Message::parse(octets, Framing::Stream).unwrap()
}

#[test]
fn each_deviation_names_the_section_that_states_its_rule() {
    assert_eq!(parse(SOUND.into()).deviations(), []);
    for (before, after, rule, section) in CASES {
        assert_eq!(SOUND.matches(before).count(), 1, "{before:?}");
        let mut octets = SOUND.replace(before, after).into_bytes();
        if *rule == Rule::TextNotUtf8 {
            octets.iter_mut().filter(|octet| **octet == b'?').for_each(|octet| *octet = 0xff);
        }
        let message = parse(octets);
        let found = message.deviations().iter().find(|deviation| deviation.rule == *rule);
        let found = found.unwrap_or_else(|| panic!("{rule:?}: {:?}", message.deviations()));
        assert_eq!(found.rule.section(), *section, "{rule:?}");
        // As a person reads it.
        let told = found.to_string();
        assert!(told.contains(rule.sentence()), "{told}");
        assert!(told.ends_with(&format!("({section})")), "{told}");
    }
}
