//! 1xx, 2xx and 3xx: the request goes on, is done, or goes elsewhere.

/// Sorted by code.
pub(super) const CODES: &[(u16, &str, &str)] = &[
    (
        100,
        "Trying",
        "The trunk has the request and works on it; the phone stops sending it again. Nothing to \
         do. If nothing follows for seconds, the provider is slow to find a route: give it the \
         Call-ID.",
    ),
    (
        180,
        "Ringing",
        "The called phone rings. Nothing to do. If it carries no SDP, the caller's own phone plays \
         the ringing tone; if a caller hears silence here, that local tone is missing.",
    ),
    (
        181,
        "Call Is Being Forwarded",
        "The called side has forwarded the call and another phone is being tried. Nothing to do; \
         expect a longer wait and perhaps another number in the answer.",
    ),
    (
        182,
        "Queued",
        "The called side is busy and keeps the call in a queue. Wait, or hang up and try later; \
         it may be repeated as the place in the queue changes.",
    ),
    (
        183,
        "Session Progress",
        "The trunk sends sound before the answer: a ringing tone, or an announcement that tells \
         why the call fails. Listen to it. A 183 with SDP and no sound behind it points to a \
         firewall that drops RTP.",
    ),
    (
        199,
        "Early Dialog Terminated",
        "One of several phones that the trunk tried has given up, the others still ring. Nothing \
         to do; the call goes on until a final answer.",
    ),
    (
        200,
        "OK",
        "The request succeeded: the call is answered, the registration holds, the probe is alive. \
         If a call has no sound after this, look at the SDP addresses and at the firewall.",
    ),
    (
        202,
        "Accepted",
        "The request was taken for later and its outcome comes in a NOTIFY. The code is \
         deprecated: newer servers answer 200 instead, and both mean the same to a phone.",
    ),
    (
        204,
        "No Notification",
        "The subscription is renewed and nothing has changed since, so no NOTIFY follows. Nothing \
         to do; it is seen only by phones that ask for conditional notification.",
    ),
    (
        300,
        "Multiple Choices",
        "The number can be reached at several addresses, and the trunk wants one to be picked. The \
         phone tries them in the trunk's order; if the call ends with this, none is a usable sip: \
         address: ask the provider to route the number itself.",
    ),
    (
        301,
        "Moved Permanently",
        "The number has a new address for good, named in Contact. The phone goes there by itself; \
         put the new address into phone books and routing tables.",
    ),
    (
        302,
        "Moved Temporarily",
        "The number is forwarded for a while to the address in Contact: on a trunk this is usually \
         call forwarding, or a routing server that names a gateway. The phone goes there by \
         itself; if the call ends with this, the address was no sip: address or the forwarding \
         went on too long: ask the provider to forward in its network.",
    ),
    (
        305,
        "Use Proxy",
        "The trunk wants the request to come through the proxy named in Contact. Set that address \
         as `proxy` of the trunk.",
    ),
    (
        380,
        "Alternative Service",
        "The call is not possible as asked, but another service is, which the body describes. \
         Mobile networks send it for emergency numbers: dial those from a line that the provider \
         allows for emergency calls.",
    ),
];
