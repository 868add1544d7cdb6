//! What to do about an outcome, in one sentence each.

use milliwatt_sip::{agent::Ending, transport::TransportError};

use super::findings::{CLIPPED, NOTHING_CAME, SILENCE, UNHEARD};
use crate::api::WRONG_PAYLOAD;

/// What to do when a call or a request was refused with this SIP code. `None` below 300.
pub fn for_code(code: u16) -> Option<&'static str> {
    if let Ok(at) = BY_CODE.binary_search_by_key(&code, |entry| entry.0) {
        return BY_CODE.get(at).map(|entry| entry.1);
    }
    match code {
        300..=399 => Some(
            "Dial the address that the answer names, or tell the provider to route the number itself.",
        ),
        400..=499 => Some(
            "The trunk does not accept this request; compare number format and caller number with the provider's guide.",
        ),
        500..=599 => Some(
            "The trunk has a fault of its own; try again later, then give the provider the Call-ID.",
        ),
        600..=699 => Some("The called side refuses everywhere; another try will not help."),
        _ => None,
    }
}

/// What to do when REGISTER was refused.
pub(crate) fn for_registration(code: u16) -> &'static str {
    match code {
        401 | 407 => {
            "Check user name, authentication name and password of the trunk: the registrar refused them."
        }
        403 => {
            "The registrar knows the account but forbids it: check the password, whether the account is blocked, and whether it may register from this address."
        }
        300..=399 => {
            "The registrar is elsewhere: set `registrar` to the address that its answer names."
        }
        404 => "The registrar does not know this user or domain: check `user` and `domain`.",
        _ => for_code(code)
            .unwrap_or("Ask the provider what this answer means, with the time and the Call-ID."),
    }
}

/// What to do about the end of a call that was not answered.
pub(crate) fn for_ending(ending: &Ending, code: u16) -> Option<String> {
    match ending {
        Ending::Bye | Ending::Cancelled => None,
        Ending::AuthenticationRefused => Some(
            "Check user name, authentication name and password of the trunk: the trunk refused them.".into(),
        ),
        Ending::Rejected | Ending::TimedOut if code != 0 => for_code(code).map(Into::into),
        Ending::Rejected | Ending::TimedOut => Some(SILENT.into()),
        Ending::Unreachable(error) => Some(for_transport(error)),
        Ending::Unresolved(error) => Some(format!(
            "{error}: check the spelling of `domain`, `registrar` and `proxy`, and whether this host has a DNS server."
        )),
    }
}

/// What to do about a far end that cannot be reached.
pub(crate) fn for_transport(error: &TransportError) -> String {
    let what = match error {
        TransportError::Refused(_) => "check port and transport of the trunk",
        TransportError::Unreachable(_) => "check this host's network connection and routes",
        TransportError::TimedOut(_) => {
            "check address and port of the trunk, and whether a firewall drops the packets"
        }
        TransportError::Tls(why) if ABOUT_THE_PORT.iter().any(|words| why.contains(words)) => {
            "check that this is the trunk's port for TLS, usually 5061, and ask the provider which TLS versions it takes"
        }
        TransportError::Tls(_) => {
            "check that `domain` is the name in the certificate, that `ca` names the right authority, and this host's clock"
        }
        TransportError::Closed => {
            "try again; if it stays so, ask the provider why the connection is closed"
        }
        TransportError::Local(_) => "check `bind`, and whether another program uses that address",
    };
    format!("{error}: {what}.")
}

/// What the transport says of a server that may not speak TLS, or not as we do.
const ABOUT_THE_PORT: [&str; 5] = [
    "closed the connection",
    "does not speak TLS",
    "does not answer the handshake",
    "offers no TLS version",
    "refused the handshake",
];

/// What to do about what was found in a call that was up: the gravest of it decides.
pub(crate) fn for_findings(kinds: &[&str]) -> Option<&'static str> {
    if [NOTHING_CAME, WRONG_PAYLOAD].iter().all(|kind| kinds.contains(kind)) {
        return Some(UNPLAYABLE);
    }
    BY_FINDING.iter().find(|(kind, _)| kinds.contains(kind)).map(|entry| entry.1)
}

/// Packets come, so that no firewall is in the way.
const UNPLAYABLE: &str = "All that the far end sends bears a payload type that was not agreed, and cannot be played: give the provider the Call-ID, or name other `codecs`.";

/// The gravest first. What is not listed is a fact to know and nothing to act on.
const BY_FINDING: [(&str, &str); 11] = [
    (
        NOTHING_CAME,
        "No sound came: check that firewall and NAT let RTP in to `rtp_ports`, and that `public_address` is right; then ask the provider where its sound went.",
    ),
    (
        UNHEARD,
        "The far end hears nothing: check that the firewall lets RTP out, then give the provider the Call-ID.",
    ),
    (
        "no-sound",
        "The sound stopped for a while: check firewall and NAT time-outs for the RTP ports, then ask the provider.",
    ),
    (
        WRONG_PAYLOAD,
        "The far end sends a payload type that was not agreed: give the provider the Call-ID, or name other `codecs`.",
    ),
    (
        SILENCE,
        "The packets that came hold silence: look whether the far end is muted, or gives back our own silence as an echo does; then ask the provider.",
    ),
    (
        "intruder",
        "Packets from an address that was not agreed were refused: if they are the provider's, ask it to send from the address in its SDP.",
    ),
    (
        "dtmf-unfinished",
        "Digits come without their end packets: ask the provider to send them three times (RFC 4733 section 2.5.1.4).",
    ),
    ("digits-refused", "Digits are 0 to 9, *, #, A to D and a comma: check what is to be sent."),
    (CLIPPED, "The sound is too loud: lower the gain at the far end."),
    ("disk-full", "The disk is full: make room, the recording is not whole."),
    ("recording-failed", "The recording is not whole: check its folder and its disk."),
];

const SILENT: &str = "No answer came at all: check address, port and transport of the trunk, and whether a firewall drops the packets.";

/// Sorted by code: it is searched by halves.
const BY_CODE: [(u16, &str); 39] = [
    (302, "The number was moved: dial the address that the answer names."),
    (
        400,
        "The trunk could not read the request: look at its reason phrase in the trace, and turn off SIP helpers (ALG) in the router.",
    ),
    (401, "Check user name, authentication name and password of the trunk."),
    (402, "The account has no credit: top it up at the provider."),
    (
        403,
        "The trunk forbids this call: check the caller number, whether the destination is allowed for the account, and whether this address may call.",
    ),
    (404, "The number does not exist at the trunk: check its format (usually + and country code)."),
    (405, "The trunk does not take this method; use another probe."),
    (406, "The trunk cannot answer in a form that we accept; ask the provider."),
    (407, "Check user name, authentication name and password of the trunk."),
    (
        408,
        "The called side did not answer the trunk in time: try again, then ask the provider whether the number is reachable.",
    ),
    (410, "The number is out of service; ask its owner for the new one."),
    (413, "The request is too large for the trunk: name fewer codecs."),
    (414, "The dialled address is too long for the trunk."),
    (415, "The trunk does not take this body: check encryption and body type."),
    (416, "The trunk does not take this kind of address: dial a sip: address or a number."),
    (
        420,
        "The trunk does not know an extension that we require: set `reliable` to `supported` or `off`.",
    ),
    (421, "The trunk requires an extension: set `reliable` to `supported` or `required`."),
    (422, "The session timer is too short for the trunk: raise `session_expires`."),
    (423, "The registration time is too short for the trunk: raise `expires`."),
    (430, "The connection to the phone was lost; register again."),
    (433, "The trunk does not take anonymous calls: show a caller number."),
    (
        480,
        "The called phone is not reachable now: it is off, unregistered or set to do not disturb; try again later.",
    ),
    (
        481,
        "The trunk does not know the call any more: look in the trace whether an answer was lost.",
    ),
    (482, "The call runs in a circle: check call forwarding and the routing of the number."),
    (483, "The call passed too many servers: check call forwarding and the routing of the number."),
    (484, "The number is incomplete: dial all digits."),
    (485, "The number is ambiguous: dial it with + and country code."),
    (486, "The called side is busy: try again later."),
    (487, "The call was taken back before an answer."),
    (488, "No common codec or encryption: compare `codecs` and `srtp` with the provider's guide."),
    (489, "The trunk does not know this event package."),
    (491, "Both sides changed the call at one time: try again."),
    (500, "The trunk has a fault of its own: try again later, then give the provider the Call-ID."),
    (502, "The trunk's next hop gave a bad answer: give the provider the Call-ID."),
    (
        503,
        "The trunk is overloaded, or has no free channel or route: wait as long as Retry-After says, then ask the provider for the limit of channels.",
    ),
    (504, "The trunk's next hop did not answer: give the provider the Call-ID."),
    (603, "The called side declined the call."),
    (604, "The number exists nowhere: check it."),
    (607, "The called side marked the calls of this number as unwanted."),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_every_failure_code_has_a_sentence() {
        assert!(BY_CODE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        for code in 300..700 {
            assert!(for_code(code).is_some_and(|text| text.ends_with('.')), "{code}");
        }
        assert_eq!(for_code(200), None);
        assert!(for_code(404).is_some_and(|text| text.contains("format")));
    }

    #[test]
    fn the_gravest_finding_decides() {
        assert_eq!(for_findings(&[]), None);
        assert_eq!(for_findings(&["early-media", "ssrc-changed"]), None);
        let both = for_findings(&["clipped", "no-sound"]);
        assert!(both.is_some_and(|text| text.starts_with("The sound stopped")), "{both:?}");
        assert!(BY_FINDING.iter().all(|(_, text)| text.ends_with('.')));
    }

    #[test]
    fn each_transport_error_says_what_to_do() {
        let remote = "192.0.2.1:5060".parse().expect("an address");
        for error in [
            TransportError::Refused(remote),
            TransportError::Unreachable(remote),
            TransportError::TimedOut(remote),
            TransportError::Tls("the certificate is for another name".into()),
            TransportError::Tls("the server closed the connection".into()),
            TransportError::Closed,
            TransportError::Local("address in use".into()),
        ] {
            let text = for_ending(&Ending::Unreachable(error.clone()), 0).expect("a sentence");
            assert!(text.starts_with(&error.to_string()) && text.ends_with('.'), "{text}");
        }
        assert_eq!(for_ending(&Ending::Bye, 200), None);
        assert_eq!(for_ending(&Ending::TimedOut, 0).as_deref(), Some(SILENT));
    }
}
