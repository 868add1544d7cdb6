//! Via (RFC 3261 §20.42, RFC 3581, RFC 5118 §4.5).

use std::{fmt, net::IpAddr};

use super::{Header, ValueError};
use crate::{
    grammar::{
        Notes, Params, Span, Text,
        chars::{TOKEN, run},
        is_blank, is_token, scan_params, trim_blanks,
    },
    message::{Name, Rule},
    transport::Transport,
    uri::{Host, HostPort, scan_host_port},
};

/// One Via: the transport and address that a hop wrote, and what was added to it on the way.
///
/// ```
/// use milliwatt_sip::header::{Header, Via};
///
/// let via = Via::parse("SIP/2.0/UDP 10.0.0.5:5062;rport=9;received=192.0.2.7;branch=z9hG4bKa").unwrap();
/// assert_eq!(via.branch(), Some("z9hG4bKa"));
/// assert_eq!(via.rport(), Some(Some(9)));
/// assert_eq!(via.received(), "192.0.2.7".parse().ok());
/// ```
#[derive(Clone, Debug)]
pub struct Via {
    text: Text,
    parts: ViaParts,
}

impl Via {
    /// A Via in a text that was scanned already.
    pub(crate) fn from_parts(text: &str, parts: ViaParts) -> Self {
        Self { text: Text::new(text), parts }
    }

    /// The transport token as it was written.
    pub fn transport_token(&self) -> &str {
        self.text.slice(self.parts.transport)
    }

    /// The transport; `None` when it is not one of ours.
    pub fn transport(&self) -> Option<Transport> {
        Transport::from_token(self.transport_token())
    }

    /// The host of sent-by.
    pub fn host(&self) -> Host<'_> {
        self.parts.sent_by.host.of(self.text.as_str())
    }

    /// The port of sent-by, when it is written.
    pub fn port(&self) -> Option<u16> {
        self.parts.sent_by.port
    }

    /// The branch.
    pub fn branch(&self) -> Option<&str> {
        self.params().value("branch")
    }

    /// The branch when it identifies the transaction by itself: it starts with the magic cookie and
    /// says more than that (RFC 3261 §8.1.1.7).
    pub fn rfc3261_branch(&self) -> Option<&str> {
        self.branch().filter(|branch| branch.len() > COOKIE.len() && has_cookie(branch))
    }

    /// The address that the next hop saw, with or without brackets.
    pub fn received(&self) -> Option<IpAddr> {
        let address = self.params().value("received")?;
        let bare = address.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        bare.unwrap_or(address).parse().ok()
    }

    /// RFC 3581: `None` where rport is missing, `Some(None)` where it asks, `Some(Some(port))`
    /// where it answers.
    pub fn rport(&self) -> Option<Option<u16>> {
        self.params().value("rport").map(|port| port.parse().ok())
    }

    /// The `maddr` parameter.
    pub fn maddr(&self) -> Option<&str> {
        self.params().value("maddr")
    }

    /// All parameters.
    pub fn params(&self) -> Params<'_> {
        Params::new(self.text.slice(self.parts.params))
    }

    /// The value as it was written.
    pub fn as_str(&self) -> &str {
        self.text.as_str()
    }

    /// The text of this Via with `received` and `rport` set to where the request came from
    /// (RFC 3261 §18.2.1, RFC 3581 §4): `received` when sent-by is another address or rport asks.
    pub fn stamped(&self, source: std::net::SocketAddr) -> String {
        let head = self.parts.params.start();
        let mut text = self.as_str().get(..head).unwrap_or_default().to_owned();
        let asks = self.params().has("rport");
        for (name, value) in self.params() {
            let ours = name.eq_ignore_ascii_case("received") || name.eq_ignore_ascii_case("rport");
            if !ours {
                text.extend([";", name]);
                text.extend(value.iter().flat_map(|value| ["=", value]));
            }
        }
        if asks || self.host().ip() != Some(source.ip()) {
            text.push_str(&format!(";received={}", source.ip()));
        }
        if asks {
            text.push_str(&format!(";rport={}", source.port()));
        }
        text
    }
}

impl Header for Via {
    const NAME: Name<'static> = Name::Via;

    fn parse(text: &str) -> Result<Self, ValueError> {
        let parts = scan_via(text, &mut Notes::default())?;
        Ok(Self::from_parts(text, parts))
    }
}

impl fmt::Display for Via {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Where the parts of a Via stand.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ViaParts {
    transport: Span,
    sent_by: HostPort,
    params: Span,
}

/// Reads a Via; what is tolerated goes into the notes.
pub(crate) fn scan_via(text: &str, notes: &mut Notes) -> Result<ViaParts, ValueError> {
    let wrong = || ValueError::new(Rule::ViaSyntax);
    let bytes = text.as_bytes();
    let skip = |from: usize| from + bytes.iter().skip(from).take_while(|&&o| is_blank(o)).count();
    let start = skip(scan_protocol(text, notes).ok_or_else(wrong)?);
    let length = run(bytes.get(start..).unwrap_or_default(), TOKEN);
    let transport = Span::new(start, start + length);
    if transport.is_empty() || !bytes.get(transport.end()).copied().is_some_and(is_blank) {
        return Err(wrong());
    }
    let sent_by = scan_host_port(text, skip(transport.end()), true, notes).ok_or_else(wrong)?;
    let mut branch = None;
    scan_params(text, sent_by.end, notes, |name, value, notes| {
        if name.eq_ignore_ascii_case("branch") {
            branch = branch.or(Some(value));
        } else if name.eq_ignore_ascii_case("received") && value.starts_with('[') {
            notes.note(Rule::ReceivedBrackets);
        }
    });
    check_branch(branch, notes);
    Ok(ViaParts { transport, sent_by, params: Span::new(sent_by.end, text.len()) })
}

/// Reads the protocol and its version with both slashes; the octet after them.
fn scan_protocol(text: &str, notes: &mut Notes) -> Option<usize> {
    // As nearly all write it.
    if text.starts_with(PROTOCOL) {
        return Some(PROTOCOL.len());
    }
    let slash = text.find('/')?;
    let second = slash + 1 + text.get(slash + 1..)?.find('/')?;
    let name = trim_blanks(text.get(..slash)?);
    let version = trim_blanks(text.get(slash + 1..second)?);
    if !name.eq_ignore_ascii_case("SIP") || version != "2.0" {
        if !is_token(name.as_bytes()) || !is_token(version.as_bytes()) {
            return None;
        }
        notes.note(Rule::ValueSyntax);
    }
    Some(second + 1)
}

fn check_branch(branch: Option<&str>, notes: &mut Notes) {
    match branch {
        None => notes.note(Rule::MissingBranch),
        Some(branch) if branch.eq_ignore_ascii_case(COOKIE) => notes.note(Rule::BareBranchCookie),
        Some(branch) if !has_cookie(branch) => notes.note(Rule::BranchWithoutCookie),
        Some(_) => {}
    }
}

fn has_cookie(branch: &str) -> bool {
    branch.get(..COOKIE.len()).is_some_and(|start| start.eq_ignore_ascii_case(COOKIE))
}

const PROTOCOL: &str = "SIP/2.0/";

/// The start of every branch that RFC 3261 elements write.
const COOKIE: &str = "z9hG4bK";

#[cfg(test)]
mod tests {
    use super::*;

    fn via(text: &str) -> Via {
        Via::parse(text).unwrap()
    }

    fn wrong(text: &str) -> Vec<Rule> {
        let mut notes = Notes::default();
        scan_via(text, &mut notes).unwrap();
        notes.rules()
    }

    #[test]
    fn white_space_may_stand_between_all_parts() {
        let it =
            via("SIP  / 2.0  / TCP     spindle.example.com : 5070  ; branch  =   z9hG4bK9ikj8");
        assert_eq!(it.transport(), Some(Transport::Tcp));
        assert_eq!((it.host(), it.port()), (Host::Name("spindle.example.com"), Some(5070)));
        assert_eq!(it.rfc3261_branch(), Some("z9hG4bK9ikj8"));
        assert_eq!(wrong(it.as_str()), []);
    }

    #[test]
    fn addresses_of_both_families() {
        let it = via("SIP/2.0/UDP [2001:db8::9:1]:6050;received=[2001:db8::9:255];branch=z9hG4bKa");
        assert_eq!(it.host().ip(), "2001:db8::9:1".parse().ok());
        assert_eq!(it.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(wrong(it.as_str()), [Rule::ReceivedBrackets]);
        let it = via("SIP/2.0/UDP h;received=2001:db8::9:255;branch=z9hG4bKa;rport");
        assert_eq!(it.received(), "2001:db8::9:255".parse().ok());
        assert_eq!(it.rport(), Some(None));
    }

    #[test]
    fn branches() {
        assert_eq!(wrong("SIP/2.0/UDP h;branch=z9hG4bK"), [Rule::BareBranchCookie]);
        assert_eq!(wrong("SIP/2.0/UDP h;branch=390skdjuw"), [Rule::BranchWithoutCookie]);
        assert_eq!(wrong("SIP/2.0/UDP h"), [Rule::MissingBranch]);
        assert_eq!(via("SIP/2.0/UDP h;branch=z9hG4bK").rfc3261_branch(), None);
    }

    #[test]
    fn what_is_no_via() {
        for text in
            ["", "SIP/2.0", "SIP/2.0/UDP", "SIP/2.0/UDP ;branch=a", "SIP/2.0/U@P h", "//// h"]
        {
            assert_eq!(Via::parse(text).unwrap_err().rule(), Rule::ViaSyntax, "{text}");
        }
    }

    #[test]
    fn the_source_is_stamped() {
        let source = "192.0.2.9:4000".parse().unwrap();
        let stamp = |text| via(text).stamped(source);
        assert_eq!(
            stamp("SIP/2.0/UDP h;rport;branch=z9hG4bKa"),
            "SIP/2.0/UDP h;branch=z9hG4bKa;received=192.0.2.9;rport=4000"
        );
        assert_eq!(stamp("SIP/2.0/UDP 192.0.2.9;branch=z9"), "SIP/2.0/UDP 192.0.2.9;branch=z9");
        assert_eq!(
            stamp("SIP/2.0/UDP 10.0.0.1;received=1.1.1.1"),
            "SIP/2.0/UDP 10.0.0.1;received=192.0.2.9"
        );
    }
}
