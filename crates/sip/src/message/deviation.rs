//! What deviates from the RFC, each with its section, and which of it a user agent must refuse.

use std::fmt;

use super::Name;

/// One place where a message leaves the RFC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// What is wrong.
    pub rule: Rule,
    /// The header it was found in; the missing one for [`Rule::MissingHeader`]; `None` for the
    /// start line, the framing and headers that have no known name.
    pub header: Option<Name<'static>>,
    /// Octets from the start of the message to the line in which it stands.
    pub offset: u32,
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(header) = self.header {
            write!(f, "{header}: ")?;
        }
        write!(f, "{} ({})", self.rule, self.rule.section())
    }
}

/// Why a message must not be acted on. A request is answered with `code` (RFC 3261 §8.2), a
/// response is dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fault {
    /// 400, 501 or 505.
    pub code: u16,
    /// The deviation that decides.
    pub deviation: Deviation,
}

/// How much a deviation weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Weight {
    /// Understood all the same.
    Tolerated,
    /// A request is refused for it.
    Refused,
    /// A request is refused and a response dropped for it.
    Fatal,
}

macro_rules! rules {
    ($(#[doc = $sentence:literal] $rule:ident, $section:literal, $weight:ident;)*) => {
        /// A rule that a message can break. The documentation of each is also its sentence for the
        /// user.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Rule {
            $(#[doc = $sentence] $rule,)*
        }

        impl Rule {
            /// The rule as a sentence.
            pub fn sentence(self) -> &'static str {
                match self {
                    $(Self::$rule => $sentence.trim_ascii(),)*
                }
            }

            /// The section that states the rule, such as `RFC 3261 §20.16`.
            pub fn section(self) -> &'static str {
                match self {
                    $(Self::$rule => $section,)*
                }
            }

            pub(crate) fn weight(self) -> Weight {
                match self {
                    $(Self::$rule => Weight::$weight,)*
                }
            }
        }
    };
}

rules! {
    /// The branch parameter is the bare magic cookie.
    BareBranchCookie, "RFC 3261 §8.1.1.7", Refused;
    /// A line ends with LF alone.
    BareLineFeed, "RFC 3261 §7", Tolerated;
    /// The branch does not start with the magic cookie z9hG4bK.
    BranchWithoutCookie, "RFC 3261 §8.1.1.7", Tolerated;
    /// The Call-ID is not a word or two words joined by @.
    CallIdSyntax, "RFC 3261 §20.8", Tolerated;
    /// A control character stands outside a quoted string.
    ControlCharacter, "RFC 3261 §25.1", Tolerated;
    /// Content-Length says more octets than the datagram has.
    ContentLengthTooLarge, "RFC 3261 §18.3", Fatal;
    /// Content-Length is not a number.
    ContentLengthSyntax, "RFC 3261 §20.14", Fatal;
    /// Two Content-Length rows disagree.
    ContentLengthTwice, "RFC 3261 §20.14", Fatal;
    /// The CSeq method is not the method of the request.
    CSeqMethod, "RFC 3261 §8.1.1.5", Refused;
    /// The CSeq number is 2^31 or more.
    CSeqLarge, "RFC 3261 §8.1.1.5", Tolerated;
    /// The CSeq number does not fit in 32 bits.
    CSeqRange, "RFC 3261 §20.16", Fatal;
    /// CSeq is not a number and a method.
    CSeqSyntax, "RFC 3261 §20.16", Fatal;
    /// The date is not an RFC 1123 date in GMT.
    DateSyntax, "RFC 3261 §20.17", Tolerated;
    /// A comma, semicolon or quote stands in a display name without quotes.
    DisplayNameSeparator, "RFC 3261 §25.1", Refused;
    /// A display name without quotes holds more than tokens.
    DisplayNameToken, "RFC 3261 §25.1", Tolerated;
    /// A header that may stand once stands twice.
    DuplicateHeader, "RFC 3261 §7.3.1", Refused;
    /// A comma list has an empty element.
    EmptyElement, "RFC 3261 §7.3.1", Refused;
    /// A parameter is empty.
    EmptyParameter, "RFC 3261 §25.1", Refused;
    /// A header name is not a token.
    HeaderName, "RFC 3261 §7.3.1", Refused;
    /// A host name has characters that no host name has.
    HostSyntax, "RFC 3261 §25.1", Tolerated;
    /// Three colons in a row in an IPv6 address.
    Ipv6ThreeColons, "RFC 5118 §4.10", Tolerated;
    /// A list of parameters ends with a semicolon.
    LastSemicolon, "RFC 3261 §25.1", Tolerated;
    /// Line breaks stand before the start line.
    LeadingLineBreak, "RFC 3261 §7.5", Tolerated;
    /// Max-Forwards is above 255.
    MaxForwardsRange, "RFC 3261 §20.22", Tolerated;
    /// The method is not a token.
    MethodToken, "RFC 3261 §7.1", Refused;
    /// No blank line ends the headers.
    MissingBlankLine, "RFC 3261 §7", Tolerated;
    /// A Via has no branch.
    MissingBranch, "RFC 3261 §8.1.1.7", Tolerated;
    /// A message on a stream has no Content-Length.
    MissingContentLength, "RFC 3261 §18.3", Tolerated;
    /// A line among the headers has no colon.
    MissingColon, "RFC 3261 §7.3", Tolerated;
    /// A mandatory header is missing.
    MissingHeader, "RFC 3261 §8.1.1", Fatal;
    /// Max-Forwards is missing.
    MissingMaxForwards, "RFC 3261 §8.1.1.6", Tolerated;
    /// No space follows the status code.
    MissingReasonSpace, "RFC 3261 §7.2", Tolerated;
    /// From has no tag.
    MissingTag, "RFC 3261 §8.1.1.3", Tolerated;
    /// An opening angle bracket is never closed.
    MissingBracket, "RFC 3261 §25.1", Fatal;
    /// The value is no number.
    NumberSyntax, "RFC 3261 §25.1", Tolerated;
    /// The number is larger than its header allows.
    NumberRange, "RFC 3261 §25.1", Tolerated;
    /// Octets follow the end that Content-Length states; they are ignored.
    OctetsAfterBody, "RFC 3261 §18.3", Tolerated;
    /// A parameter is neither a token nor a quoted string.
    ParameterSyntax, "RFC 3261 §25.1", Tolerated;
    /// An IPv6 address stands in brackets where the grammar has none.
    ReceivedBrackets, "RFC 5118 §4.5", Tolerated;
    /// The Request-URI stands in angle brackets.
    RequestUriBrackets, "RFC 3261 §7.1", Refused;
    /// The Request-URI has headers.
    RequestUriHeaders, "RFC 3261 §19.1.1", Refused;
    /// White space stands inside the Request-URI.
    RequestUriSpace, "RFC 3261 §7.1", Refused;
    /// The Request-URI is no URI.
    RequestUriSyntax, "RFC 3261 §7.1", Refused;
    /// More than one space separates the parts of the request line.
    RequestLineSpaces, "RFC 3261 §7.1", Refused;
    /// White space stands between an angle bracket and its URI.
    SpaceInAddress, "RFC 3261 §25.1", Refused;
    /// White space ends the request line.
    SpaceAfterVersion, "RFC 3261 §7.1", Refused;
    /// The status code is not three digits from 100 to 699.
    StatusCode, "RFC 3261 §7.2", Fatal;
    /// A continuation line stands before any header.
    StrayContinuation, "RFC 3261 §7.3.1", Tolerated;
    /// Text follows where the value should have ended.
    TextAfterValue, "RFC 3261 §25.1", Refused;
    /// The value has octets that are not UTF-8.
    TextNotUtf8, "RFC 3261 §25.1", Tolerated;
    /// A URI with a question mark or comma stands outside angle brackets.
    UnenclosedUri, "RFC 3261 §20", Refused;
    /// A quoted string is never closed.
    UnterminatedQuote, "RFC 3261 §25.1", Fatal;
    /// A URI has a character that must be escaped.
    UriCharacter, "RFC 3261 §19.1.2", Tolerated;
    /// A percent sign is not followed by two hexadecimal digits.
    UriEscape, "RFC 3261 §19.1.2", Tolerated;
    /// The URI cannot be read.
    UriSyntax, "RFC 3261 §19.1.1", Refused;
    /// The value does not follow the grammar of its header.
    ValueSyntax, "RFC 3261 §25.1", Tolerated;
    /// The protocol version is not SIP/2.0.
    Version, "RFC 3261 §7.1", Fatal;
    /// The Via is not a protocol, a transport and a host.
    ViaSyntax, "RFC 3261 §20.42", Fatal;
}

impl Deviation {
    /// The code that a request with this deviation is refused with. What is wrong in a header that
    /// is not necessary for processing is ignored (RFC 3261 §8.2.2).
    pub(crate) fn refusal(&self, is_request: bool) -> Option<u16> {
        let least = if is_request { Weight::Refused } else { Weight::Fatal };
        let necessary = match self.header {
            None => true,
            Some(
                Name::CSeq | Name::CallId | Name::ContentLength | Name::From | Name::To | Name::Via,
            ) => true,
            Some(Name::Contact | Name::MaxForwards | Name::RecordRoute | Name::Route) => is_request,
            Some(_) => self.rule == Rule::HeaderName,
        };
        if !necessary || self.rule.weight() < least {
            return None;
        }
        Some(if self.rule == Rule::Version { 505 } else { 400 })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.sentence())
    }
}
