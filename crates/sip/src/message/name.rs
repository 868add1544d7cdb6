//! Header field names: case-insensitive, with their compact forms (RFC 3261 §7.3.1, §7.3.3).

use std::fmt;

macro_rules! names {
    ($($(#[$doc:meta])* $variant:ident = $wire:literal, $lower:pat, $shape:ident;)*) => {
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
            pub fn is_list(&self) -> bool {
                match self {
                    $(Self::$variant => names!(@$shape),)*
                    Self::Other(_) => false,
                }
            }

            /// A number below 128 of its own for each known name.
            pub(crate) fn index(&self) -> Option<u32> {
                enum Index { $($variant,)* }
                match self {
                    $(Self::$variant => Some(Index::$variant as u32),)*
                    Self::Other(_) => None,
                }
            }

            /// The known name, long or compact, in any case.
            pub(crate) fn known(name: &[u8]) -> Option<Name<'static>> {
                let mut lower = [0_u8; LONGEST];
                let lower = lower.get_mut(..name.len())?;
                lower.copy_from_slice(name);
                lower.make_ascii_lowercase();
                match &*lower {
                    $($lower => Some(Name::$variant),)*
                    _ => None,
                }
            }
        }
    };
    (@list) => { true };
    (@one) => { false };
}

names! {
    /// RFC 3261 §20.1.
    Accept = "Accept", b"accept", list;
    /// RFC 3841.
    AcceptContact = "Accept-Contact", b"accept-contact" | b"a", list;
    /// RFC 3261 §20.2.
    AcceptEncoding = "Accept-Encoding", b"accept-encoding", list;
    /// RFC 3261 §20.3.
    AcceptLanguage = "Accept-Language", b"accept-language", list;
    /// RFC 3261 §20.4.
    AlertInfo = "Alert-Info", b"alert-info", list;
    /// RFC 3261 §20.5.
    Allow = "Allow", b"allow", list;
    /// RFC 6665.
    AllowEvents = "Allow-Events", b"allow-events" | b"u", list;
    /// RFC 3261 §20.6.
    AuthenticationInfo = "Authentication-Info", b"authentication-info", one;
    /// RFC 3261 §20.7.
    Authorization = "Authorization", b"authorization", one;
    /// RFC 3261 §20.8.
    CallId = "Call-ID", b"call-id" | b"i", one;
    /// RFC 3261 §20.9.
    CallInfo = "Call-Info", b"call-info", list;
    /// RFC 3261 §20.10.
    Contact = "Contact", b"contact" | b"m", list;
    /// RFC 3261 §20.11.
    ContentDisposition = "Content-Disposition", b"content-disposition", one;
    /// RFC 3261 §20.12.
    ContentEncoding = "Content-Encoding", b"content-encoding" | b"e", list;
    /// RFC 3261 §20.13.
    ContentLanguage = "Content-Language", b"content-language", list;
    /// RFC 3261 §20.14.
    ContentLength = "Content-Length", b"content-length" | b"l", one;
    /// RFC 3261 §20.15.
    ContentType = "Content-Type", b"content-type" | b"c", one;
    /// RFC 3261 §20.16.
    CSeq = "CSeq", b"cseq", one;
    /// RFC 3261 §20.17.
    Date = "Date", b"date", one;
    /// RFC 5806.
    Diversion = "Diversion", b"diversion", list;
    /// RFC 3261 §20.18.
    ErrorInfo = "Error-Info", b"error-info", list;
    /// RFC 6665.
    Event = "Event", b"event" | b"o", one;
    /// RFC 3261 §20.19.
    Expires = "Expires", b"expires", one;
    /// RFC 3261 §20.20.
    From = "From", b"from" | b"f", one;
    /// RFC 6442.
    Geolocation = "Geolocation", b"geolocation", list;
    /// RFC 7044.
    HistoryInfo = "History-Info", b"history-info", list;
    /// RFC 8224.
    Identity = "Identity", b"identity" | b"y", one;
    /// RFC 6086.
    InfoPackage = "Info-Package", b"info-package", one;
    /// RFC 3261 §20.21.
    InReplyTo = "In-Reply-To", b"in-reply-to", list;
    /// RFC 3911.
    Join = "Join", b"join", one;
    /// RFC 3261 §20.22.
    MaxForwards = "Max-Forwards", b"max-forwards", one;
    /// RFC 3261 §20.24.
    MimeVersion = "MIME-Version", b"mime-version", one;
    /// RFC 3261 §20.23.
    MinExpires = "Min-Expires", b"min-expires", one;
    /// RFC 4028.
    MinSe = "Min-SE", b"min-se", one;
    /// RFC 3261 §20.25.
    Organization = "Organization", b"organization", one;
    /// RFC 7315.
    PAccessNetworkInfo = "P-Access-Network-Info", b"p-access-network-info", one;
    /// RFC 3325.
    PAssertedIdentity = "P-Asserted-Identity", b"p-asserted-identity", list;
    /// RFC 7315.
    PAssociatedUri = "P-Associated-URI", b"p-associated-uri", list;
    /// RFC 7315.
    PCalledPartyId = "P-Called-Party-ID", b"p-called-party-id", one;
    /// RFC 7315.
    PChargingVector = "P-Charging-Vector", b"p-charging-vector", one;
    /// RFC 5009.
    PEarlyMedia = "P-Early-Media", b"p-early-media", list;
    /// RFC 3325.
    PPreferredIdentity = "P-Preferred-Identity", b"p-preferred-identity", list;
    /// RFC 3327.
    Path = "Path", b"path", list;
    /// RFC 3261 §20.26.
    Priority = "Priority", b"priority", one;
    /// RFC 3323.
    Privacy = "Privacy", b"privacy", one;
    /// RFC 3261 §20.27.
    ProxyAuthenticate = "Proxy-Authenticate", b"proxy-authenticate", one;
    /// RFC 3261 §20.28.
    ProxyAuthorization = "Proxy-Authorization", b"proxy-authorization", one;
    /// RFC 3261 §20.29.
    ProxyRequire = "Proxy-Require", b"proxy-require", list;
    /// RFC 3262.
    RAck = "RAck", b"rack", one;
    /// RFC 3262.
    RSeq = "RSeq", b"rseq", one;
    /// RFC 3326.
    Reason = "Reason", b"reason", list;
    /// RFC 3261 §20.30.
    RecordRoute = "Record-Route", b"record-route", list;
    /// RFC 6086.
    RecvInfo = "Recv-Info", b"recv-info", list;
    /// RFC 4488.
    ReferSub = "Refer-Sub", b"refer-sub", one;
    /// RFC 3515.
    ReferTo = "Refer-To", b"refer-to" | b"r", one;
    /// RFC 3892.
    ReferredBy = "Referred-By", b"referred-by" | b"b", one;
    /// RFC 3841.
    RejectContact = "Reject-Contact", b"reject-contact" | b"j", list;
    /// draft-ietf-sip-privacy-04.
    RemotePartyId = "Remote-Party-ID", b"remote-party-id", list;
    /// RFC 3891.
    Replaces = "Replaces", b"replaces", one;
    /// RFC 3261 §20.31.
    ReplyTo = "Reply-To", b"reply-to", one;
    /// RFC 3841.
    RequestDisposition = "Request-Disposition", b"request-disposition" | b"d", list;
    /// RFC 3261 §20.32.
    Require = "Require", b"require", list;
    /// RFC 4412.
    ResourcePriority = "Resource-Priority", b"resource-priority", list;
    /// RFC 3261 §20.33.
    RetryAfter = "Retry-After", b"retry-after", one;
    /// RFC 3261 §20.34.
    Route = "Route", b"route", list;
    /// RFC 3261 §20.35.
    Server = "Server", b"server", one;
    /// RFC 3608.
    ServiceRoute = "Service-Route", b"service-route", list;
    /// RFC 4028.
    SessionExpires = "Session-Expires", b"session-expires" | b"x", one;
    /// RFC 3903.
    SipEtag = "SIP-ETag", b"sip-etag", one;
    /// RFC 3903.
    SipIfMatch = "SIP-If-Match", b"sip-if-match", one;
    /// RFC 3261 §20.36.
    Subject = "Subject", b"subject" | b"s", one;
    /// RFC 6665.
    SubscriptionState = "Subscription-State", b"subscription-state", one;
    /// RFC 3261 §20.37.
    Supported = "Supported", b"supported" | b"k", list;
    /// RFC 4538.
    TargetDialog = "Target-Dialog", b"target-dialog", one;
    /// RFC 3261 §20.38.
    Timestamp = "Timestamp", b"timestamp", one;
    /// RFC 3261 §20.39.
    To = "To", b"to" | b"t", one;
    /// RFC 3261 §20.40.
    Unsupported = "Unsupported", b"unsupported", list;
    /// RFC 3261 §20.41.
    UserAgent = "User-Agent", b"user-agent", one;
    /// RFC 3261 §20.42.
    Via = "Via", b"via" | b"v", list;
    /// RFC 3261 §20.43.
    Warning = "Warning", b"warning", list;
    /// RFC 3261 §20.44.
    WwwAuthenticate = "WWW-Authenticate", b"www-authenticate", one;
}

impl<'a> From<&'a str> for Name<'a> {
    fn from(name: &'a str) -> Self {
        Self::known(name.as_bytes()).unwrap_or(Self::Other(name))
    }
}

impl PartialEq for Name<'_> {
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

/// Octets of the longest known name.
const LONGEST: usize = 24;

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
    fn long_unknown_names_are_kept() {
        let long = "X".repeat(300);
        assert_eq!(Name::from(long.as_str()).as_str(), long);
    }
}
