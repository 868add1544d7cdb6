//! Header field names: case-insensitive, with their compact forms (RFC 3261 §7.3.1, §7.3.3).

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal $(| $compact:literal)?, $shape:ident;)*) => {
        /// The name of a header field. Compact forms are the same name as the long ones.
        #[derive(Clone, Copy, Debug)]
        pub enum Name<'a> {
            $($(#[$doc])* $variant,)*
            /// Any other, as it was written; compared without regard to case.
            Other(&'a str),
        }

        impl<'a> Name<'a> {
            /// The name in the case of its RFC, never the compact form.
            pub fn as_str(&self) -> &'a str {
                match *self {
                    $(Self::$variant => $wire,)*
                    Self::Other(name) => name,
                }
            }

            /// True where several values may stand in one row with commas between them
            /// (RFC 3261 §7.3.1). The authentication headers are no such lists.
            #[inline]
            pub fn is_list(&self) -> bool {
                match self {
                    $(Self::$variant => names!(@$shape),)*
                    Self::Other(_) => false,
                }
            }

            /// A number below 128 of its own for each known name.
            #[inline]
            pub(crate) fn index(&self) -> Option<u8> {
                match self {
                    $(Self::$variant => Some(Index::$variant as u8),)*
                    Self::Other(_) => None,
                }
            }

            /// The known name of that number.
            #[inline]
            pub(crate) fn of_index(index: u8) -> Option<Name<'static>> {
                static KNOWN: &[Name<'static>] = &[$(Name::$variant,)*];
                KNOWN.get(usize::from(index)).copied()
            }
        }

        /// Each spelling of a known name, and the number of that.
        static SPELLINGS: &[(&str, u8)] = &[
            $(($wire, Index::$variant as u8), $(($compact, Index::$variant as u8),)?)*
        ];

        /// Known names as numbers.
        enum Index { $($variant,)* }
    };
    (@list) => { true };
    (@one) => { false };
}

names! {
    /// RFC 3261 §20.1.
    Accept = "Accept", list;
    /// RFC 3841.
    AcceptContact = "Accept-Contact" | "a", list;
    /// RFC 3261 §20.2.
    AcceptEncoding = "Accept-Encoding", list;
    /// RFC 3261 §20.3.
    AcceptLanguage = "Accept-Language", list;
    /// RFC 3261 §20.4.
    AlertInfo = "Alert-Info", list;
    /// RFC 3261 §20.5.
    Allow = "Allow", list;
    /// RFC 6665.
    AllowEvents = "Allow-Events" | "u", list;
    /// RFC 3261 §20.6.
    AuthenticationInfo = "Authentication-Info", one;
    /// RFC 3261 §20.7.
    Authorization = "Authorization", one;
    /// RFC 3261 §20.8.
    CallId = "Call-ID" | "i", one;
    /// RFC 3261 §20.9.
    CallInfo = "Call-Info", list;
    /// RFC 3261 §20.10.
    Contact = "Contact" | "m", list;
    /// RFC 3261 §20.11.
    ContentDisposition = "Content-Disposition", one;
    /// RFC 3261 §20.12.
    ContentEncoding = "Content-Encoding" | "e", list;
    /// RFC 3261 §20.13.
    ContentLanguage = "Content-Language", list;
    /// RFC 3261 §20.14.
    ContentLength = "Content-Length" | "l", one;
    /// RFC 3261 §20.15.
    ContentType = "Content-Type" | "c", one;
    /// RFC 3261 §20.16.
    CSeq = "CSeq", one;
    /// RFC 3261 §20.17.
    Date = "Date", one;
    /// RFC 5806.
    Diversion = "Diversion", list;
    /// RFC 3261 §20.18.
    ErrorInfo = "Error-Info", list;
    /// RFC 6665.
    Event = "Event" | "o", one;
    /// RFC 3261 §20.19.
    Expires = "Expires", one;
    /// RFC 3261 §20.20.
    From = "From" | "f", one;
    /// RFC 6442.
    Geolocation = "Geolocation", list;
    /// RFC 7044.
    HistoryInfo = "History-Info", list;
    /// RFC 8224.
    Identity = "Identity" | "y", one;
    /// RFC 6086.
    InfoPackage = "Info-Package", one;
    /// RFC 3261 §20.21.
    InReplyTo = "In-Reply-To", list;
    /// RFC 3911.
    Join = "Join", one;
    /// RFC 3261 §20.22.
    MaxForwards = "Max-Forwards", one;
    /// RFC 3261 §20.24.
    MimeVersion = "MIME-Version", one;
    /// RFC 3261 §20.23.
    MinExpires = "Min-Expires", one;
    /// RFC 4028.
    MinSe = "Min-SE", one;
    /// RFC 3261 §20.25.
    Organization = "Organization", one;
    /// RFC 7315.
    PAccessNetworkInfo = "P-Access-Network-Info", one;
    /// RFC 3325.
    PAssertedIdentity = "P-Asserted-Identity", list;
    /// RFC 7315.
    PAssociatedUri = "P-Associated-URI", list;
    /// RFC 7315.
    PCalledPartyId = "P-Called-Party-ID", one;
    /// RFC 7315.
    PChargingVector = "P-Charging-Vector", one;
    /// RFC 5009.
    PEarlyMedia = "P-Early-Media", list;
    /// RFC 3325.
    PPreferredIdentity = "P-Preferred-Identity", list;
    /// RFC 3327.
    Path = "Path", list;
    /// RFC 3261 §20.26.
    Priority = "Priority", one;
    /// RFC 3323.
    Privacy = "Privacy", one;
    /// RFC 3261 §20.27.
    ProxyAuthenticate = "Proxy-Authenticate", one;
    /// RFC 3261 §20.28.
    ProxyAuthorization = "Proxy-Authorization", one;
    /// RFC 3261 §20.29.
    ProxyRequire = "Proxy-Require", list;
    /// RFC 3262.
    RAck = "RAck", one;
    /// RFC 3262.
    RSeq = "RSeq", one;
    /// RFC 3326.
    Reason = "Reason", list;
    /// RFC 3261 §20.30.
    RecordRoute = "Record-Route", list;
    /// RFC 6086.
    RecvInfo = "Recv-Info", list;
    /// RFC 4488.
    ReferSub = "Refer-Sub", one;
    /// RFC 3515.
    ReferTo = "Refer-To" | "r", one;
    /// RFC 3892.
    ReferredBy = "Referred-By" | "b", one;
    /// RFC 3841.
    RejectContact = "Reject-Contact" | "j", list;
    /// draft-ietf-sip-privacy-04.
    RemotePartyId = "Remote-Party-ID", list;
    /// RFC 3891.
    Replaces = "Replaces", one;
    /// RFC 3261 §20.31.
    ReplyTo = "Reply-To", one;
    /// RFC 3841.
    RequestDisposition = "Request-Disposition" | "d", list;
    /// RFC 3261 §20.32.
    Require = "Require", list;
    /// RFC 4412.
    ResourcePriority = "Resource-Priority", list;
    /// RFC 3261 §20.33.
    RetryAfter = "Retry-After", one;
    /// RFC 3261 §20.34.
    Route = "Route", list;
    /// RFC 3261 §20.35.
    Server = "Server", one;
    /// RFC 3608.
    ServiceRoute = "Service-Route", list;
    /// RFC 4028.
    SessionExpires = "Session-Expires" | "x", one;
    /// RFC 3903.
    SipEtag = "SIP-ETag", one;
    /// RFC 3903.
    SipIfMatch = "SIP-If-Match", one;
    /// RFC 3261 §20.36.
    Subject = "Subject" | "s", one;
    /// RFC 6665.
    SubscriptionState = "Subscription-State", one;
    /// RFC 3261 §20.37.
    Supported = "Supported" | "k", list;
    /// RFC 4538.
    TargetDialog = "Target-Dialog", one;
    /// RFC 3261 §20.38.
    Timestamp = "Timestamp", one;
    /// RFC 3261 §20.39.
    To = "To" | "t", one;
    /// RFC 3261 §20.40.
    Unsupported = "Unsupported", list;
    /// RFC 3261 §20.41.
    UserAgent = "User-Agent", one;
    /// RFC 3261 §20.42.
    Via = "Via" | "v", list;
    /// RFC 3261 §20.43.
    Warning = "Warning", list;
    /// RFC 3261 §20.44.
    WwwAuthenticate = "WWW-Authenticate", one;
}

impl Name<'_> {
    /// The known name, long or compact, in any case.
    pub(crate) fn known(name: &[u8]) -> Option<Name<'static>> {
        Self::number(name).and_then(Self::of_index)
    }

    /// The number of the known name, long or compact, in any case.
    pub(crate) fn number(name: &[u8]) -> Option<u8> {
        let mut slot = first_slot(name);
        loop {
            // An empty slot leads nowhere.
            let spelling = usize::from(*SLOTS.get(slot)?);
            let (known, number) = SPELLINGS.get(spelling)?;
            // Nearly everybody writes names as the RFCs do.
            if known.as_bytes() == name || known.as_bytes().eq_ignore_ascii_case(name) {
                return Some(*number);
            }
            slot = (slot + 1) % SLOT_COUNT;
        }
    }
}

/// Where the search for a name starts, the same in any case of its letters. The factors were tried
/// out: all names that are known but one are found at once.
#[inline]
const fn first_slot(name: &[u8]) -> usize {
    let (Some(first), Some(last)) = (name.first(), name.last()) else { return 0 };
    let middle = match name.split_at(name.len() / 2) {
        (_, [middle, ..]) => *middle,
        (_, []) => 0,
    };
    let of_letters = lower(*first) * 7 + lower(*last) * 55 + lower(middle) * 25;
    (of_letters + name.len() * 9) % SLOT_COUNT
}

/// The same for both cases of a letter.
const fn lower(octet: u8) -> usize {
    (octet | 0x20) as usize
}

/// Where the spellings of names stand in their list, by [`first_slot`] or in the next free slot.
static SLOTS: [u8; SLOT_COUNT] = slots();

#[allow(clippy::indexing_slicing, reason = "the compiler runs it, and stops at a wrong index")]
const fn slots() -> [u8; SLOT_COUNT] {
    let mut slots = [EMPTY; SLOT_COUNT];
    let mut spelling = 0;
    while spelling < SPELLINGS.len() {
        let mut slot = first_slot(SPELLINGS[spelling].0.as_bytes());
        while slots[slot] != EMPTY {
            slot = (slot + 1) % SLOT_COUNT;
        }
        assert!(spelling < EMPTY as usize);
        slots[slot] = spelling as u8;
        spelling += 1;
    }
    slots
}

/// Five times as many as there are spellings.
const SLOT_COUNT: usize = 512;
const EMPTY: u8 = u8::MAX;

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::known(name.as_bytes()).unwrap_or(Self::Other(name))
    }
}

impl PartialEq for Name<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a.eq_ignore_ascii_case(b),
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}

impl Eq for Name<'_> {}

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_and_long_forms_are_one_name() {
        assert_eq!(Name::from("v"), Name::Via);
        assert_eq!(Name::from("CONTENT-length"), Name::ContentLength);
        assert_eq!(Name::from("L"), Name::ContentLength);
        assert_eq!(Name::from("x-a"), Name::Other("X-A"));
        assert_ne!(Name::from("x-a"), Name::Via);
        assert!(Name::Via.is_list() && !Name::WwwAuthenticate.is_list());
    }

    #[test]
    fn every_spelling_is_found_in_any_case() {
        for &(spelling, number) in SPELLINGS {
            let name = Name::of_index(number).unwrap();
            assert_eq!(Name::from(spelling), name);
            assert_eq!(Name::from(spelling.to_ascii_uppercase().as_str()), name);
            assert_eq!(Name::from(spelling.to_ascii_lowercase().as_str()), name);
            assert_eq!(name.index(), Some(number));
            assert!(matches!(Name::from(format!("{spelling}-").as_str()), Name::Other(_)));
        }
        assert!(matches!(Name::from(""), Name::Other("")));
    }

    #[test]
    fn long_unknown_names_are_kept() {
        let long = "X".repeat(300);
        assert_eq!(Name::from(long.as_str()).as_str(), long);
    }
}
