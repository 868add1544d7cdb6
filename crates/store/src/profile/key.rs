//! What a fact can be about.

use toml::Value;

/// What a fact's value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`.
    Flag,
    /// A whole number from 0.
    Number,
    /// A number with a fraction, not negative.
    Rate,
    /// A text.
    Text,
    /// A list of texts.
    Texts,
}

/// A key that facts can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name. Those of the settings' sections stand for the setting of that name.
    pub name: &'static str,
    /// What its value looks like.
    pub kind: Kind,
    /// Whether it stands for a setting of the trunk.
    pub setting: bool,
    /// What it says, with its unit.
    pub meaning: &'static str,
}

const fn setting(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, setting: true, meaning }
}

const fn told(name: &'static str, kind: Kind, meaning: &'static str) -> Key {
    Key { name, kind, setting: false, meaning }
}

/// All keys. `quirk.NAME` (a text) is allowed besides.
pub const KEYS: &[Key] = &[
    setting("trunk.domain", Kind::Text, "domain of the address of record"),
    setting("trunk.registrar", Kind::Text, "registrar"),
    setting("trunk.proxy", Kind::Text, "outbound proxy"),
    setting("trunk.transport", Kind::Text, "transport to use unless the user chooses"),
    setting("trunk.register", Kind::Flag, "whether the trunk is registered"),
    setting("trunk.expires", Kind::Number, "registration time to ask for, s"),
    setting("trunk.gin", Kind::Flag, "bulk registration (RFC 6140)"),
    setting("trunk.keep_alive", Kind::Text, "how the way through a NAT is kept open"),
    setting(
        "trunk.keep_alive_every",
        Kind::Number,
        "time between two keep-alives, s; 0 fits the registrar",
    ),
    setting("trunk.session_expires", Kind::Number, "session interval to ask for (RFC 4028), s"),
    setting("trunk.reliable", Kind::Text, "reliable provisional responses"),
    setting("numbers.country", Kind::Text, "country that national numbers are read in"),
    setting("numbers.did_in", Kind::Text, "where the dialled number stands"),
    setting("numbers.identity", Kind::Texts, "headers that carry our number"),
    setting("media.codecs", Kind::Texts, "codecs in order"),
    setting("media.srtp", Kind::Text, "encryption of the sound"),
    setting("media.dtmf", Kind::Text, "how digits are sent"),
    setting("test.channels", Kind::Number, "calls at one time"),
    setting("test.cps", Kind::Rate, "calls a second"),
    told(
        "hosts.pattern",
        Kind::Text,
        "form of the server's name; {} stands for the account's part",
    ),
    told("hosts.regions", Kind::Texts, "servers by region"),
    told("hosts.sources", Kind::Texts, "addresses that signalling comes from"),
    told("transports", Kind::Texts, "transports offered, with ports"),
    told("auth.methods", Kind::Texts, "ways to be known: register, digest, address, fqdn, prefix"),
    told("auth.user_form", Kind::Text, "what the user name looks like"),
    told("numbers.out_form", Kind::Text, "form of numbers that are dialled"),
    told("numbers.in_form", Kind::Text, "form of numbers in incoming calls"),
    told(
        "numbers.caller_order",
        Kind::Texts,
        "headers that the caller's number is taken from, first wins",
    ),
    told("numbers.caller_owned", Kind::Flag, "the caller's number must be an own or verified one"),
    told("codecs", Kind::Texts, "codecs offered, those that this phone lacks among them"),
    told("dtmf", Kind::Texts, "ways that digits can be sent"),
    told("fax.t38", Kind::Flag, "T.38 fax"),
    told("tls.least", Kind::Text, "oldest version of TLS"),
    told("srtp", Kind::Texts, "kinds of media encryption offered"),
    told("srtp.suites", Kind::Texts, "SRTP suites"),
    told("rtp.ports", Kind::Text, "their RTP ports"),
    told("rtp.sources", Kind::Texts, "addresses that sound comes from"),
    told(
        "rtp.source_must_match",
        Kind::Flag,
        "sound from an address other than in SDP is discarded",
    ),
    told("rtp.timeout", Kind::Number, "calls without RTP are ended after, s"),
    told("limits.account_cps", Kind::Rate, "calls a second of the whole account"),
    told("limits.ring", Kind::Number, "calls not answered are ended after, s"),
    told("limits.provisional", Kind::Number, "calls without an 18x are ended after, s"),
    told("methods.allowed", Kind::Texts, "SIP methods understood"),
    told("methods.missing", Kind::Texts, "SIP methods not understood"),
    told("test.numbers", Kind::Texts, "numbers for tests, each with what it does"),
];

/// The key of that name.
pub(super) fn find(name: &str) -> Option<Key> {
    let quirk = name.strip_prefix("quirk.").filter(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
    });
    if quirk.is_some() {
        return Some(told("quirk", Kind::Text, "something to know"));
    }
    KEYS.iter().find(|key| key.name == name).copied()
}

impl Kind {
    /// Whether a value is of this kind.
    pub fn holds(self, value: &Value) -> bool {
        match self {
            Self::Flag => value.is_bool(),
            Self::Number => value.as_integer().is_some_and(|number| number >= 0),
            Self::Rate => {
                let number = value.as_float().or_else(|| value.as_integer().map(|n| n as f64));
                number.is_some_and(|number| number.is_finite() && number >= 0.0)
            }
            Self::Text => value.as_str().is_some_and(|text| !text.is_empty()),
            Self::Texts => value.as_array().is_some_and(|list| {
                !list.is_empty() && list.iter().all(|element| Self::Text.holds(element))
            }),
        }
    }

    /// The kind in words.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Flag => "true or false",
            Self::Number => "a whole number",
            Self::Rate => "a number",
            Self::Text => "a text",
            Self::Texts => "a list of texts",
        }
    }
}
