//! 5xx and 6xx: the trunk fails, or the called side refuses everywhere.

/// Sorted by code.
pub(super) const CODES: &[(u16, &str, &str)] = &[
    (
        500,
        "Server Internal Error",
        "The trunk has a fault of its own, or a gateway behind it refused without saying why. Try \
         again later. If it comes for one number only, give the provider that number and the \
         Call-ID; with Retry-After, wait that long.",
    ),
    (
        501,
        "Not Implemented",
        "The trunk does not know the method, or a gateway cannot carry what was asked. For a probe \
         such as OPTIONS or INFO this is harmless and shows that the trunk is alive; for an INVITE \
         ask the provider.",
    ),
    (
        502,
        "Bad Gateway",
        "The next network behind the trunk gave an answer that the trunk could not use. Try again, \
         then give the provider the called number and the Call-ID: it has to look at its route.",
    ),
    (
        503,
        "Service Unavailable",
        "The trunk is overloaded, down for work, or has no free channel or route. Wait as long as \
         Retry-After says. If it comes at busy hours, compare the limits of channels and of calls \
         a second with the contract; if it comes for foreign numbers only, ask whether they are \
         allowed. The phone tries the next server of the trunk by itself.",
    ),
    (
        504,
        "Server Time-out",
        "A server behind the trunk did not answer in time. Try again, then give the provider the \
         Call-ID; nothing on this side changes it.",
    ),
    (
        505,
        "Version Not Supported",
        "The trunk does not speak SIP version 2.0, or something on the way damaged the first line. \
         Check that port and transport are those of a SIP service, not of another one.",
    ),
    (
        513,
        "Message Too Large",
        "The message is longer than the trunk can take. Name fewer codecs, leave out extra header \
         fields, and use TCP or TLS: long messages over UDP are cut on many paths.",
    ),
    (
        555,
        "Push Notification Service Not Supported",
        "The registrar does not know the push service that the phone asked to be woken by. A desk \
         phone needs none: turn push off, or use a service that the provider names.",
    ),
    (
        580,
        "Precondition Failure",
        "The trunk asks for resources to be reserved before the phone rings and that failed, as in \
         mobile networks. Ask the provider to switch preconditions off for this trunk.",
    ),
    (
        600,
        "Busy Everywhere",
        "The called person is busy on every phone. Try later: another route leads to the same \
         answer.",
    ),
    (
        603,
        "Decline",
        "The called side refused the call, or a network blocked it: in North America a phrase such \
         as Network Blocked means that a filter took the caller number for spam. Do not redial; \
         have the number checked with the filter's operator or your provider.",
    ),
    (
        604,
        "Does Not Exist Anywhere",
        "The server is sure that the number exists nowhere. Check the number and its format \
         (usually + and country code).",
    ),
    (
        606,
        "Not Acceptable",
        "The called side would talk, but not with the offered codec, encryption or bandwidth, and \
         no other of its phones would. Compare `codecs` and `srtp` with the provider's guide; the \
         Warning header field may name the reason.",
    ),
    (
        607,
        "Unwanted",
        "The called person marked calls of this number as unwanted. Stop calling; repeated 607 \
         lowers the reputation of the number and soon others block it too.",
    ),
    (
        608,
        "Rejected",
        "A network on the way, not the called person, blocked the call, mostly as suspected spam. \
         The Call-Info header field may name whom to ask for redress: contact that operator or \
         your provider.",
    ),
];
