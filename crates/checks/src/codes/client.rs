//! 4xx: the trunk does not take this request as it is.

/// Sorted by code.
pub(super) const CODES: &[(u16, &str, &str)] = &[
    (
        400,
        "Bad Request",
        "The trunk could not read the request. Its reason phrase often names the header field; \
         look at it in the trace. If it happens over UDP only, turn off the SIP helper (ALG) of \
         the router or use TLS.",
    ),
    (
        401,
        "Unauthorized",
        "The registrar or the called server asks for user name and password. Once is normal; if \
         the call or registration ends with it, check `user`, `auth_user` and the password of the \
         trunk.",
    ),
    (
        402,
        "Payment Required",
        "The account has no credit, or a spending limit is reached. Top it up or raise the limit \
         at the provider.",
    ),
    (
        403,
        "Forbidden",
        "The trunk understood and refuses. On REGISTER: wrong password, blocked account, or an \
         address that may not register. On a call: the caller number is not released, the \
         destination is barred, or this address is not on the provider's list. Another try will \
         not help until one of these is changed.",
    ),
    (
        404,
        "Not Found",
        "The number does not exist at the trunk, or it is written in another form than the trunk \
         expects. Try it with + and country code. For an incoming call it means that the number is \
         not routed: assign it to the trunk in the provider's portal. On REGISTER check `user` \
         and `domain`.",
    ),
    (
        405,
        "Method Not Allowed",
        "The trunk does not take this kind of request; its Allow header field lists what it takes. \
         As an answer to OPTIONS or MESSAGE it is harmless and shows that the trunk is alive.",
    ),
    (
        406,
        "Not Acceptable",
        "The trunk has no answer in a form that the phone says it accepts. It is rare: give the \
         provider the trace, the Accept header fields decide.",
    ),
    (
        407,
        "Proxy Authentication Required",
        "The trunk's proxy asks for user name and password. Once a request is normal; if the call \
         ends with it, check `user`, `auth_user` and the password. Some providers want another \
         password for calls than for registration.",
    ),
    (
        408,
        "Request Timeout",
        "The trunk did not get an answer from the called side in time. Without any response from \
         the trunk itself, the phone means by it that nothing came back: check address, port, \
         transport and firewall.",
    ),
    (
        410,
        "Gone",
        "The number was in use once and is no more, and no new one is known. Ask its owner, and \
         take it out of phone books and routing tables.",
    ),
    (
        412,
        "Conditional Request Failed",
        "The state to be changed on the server is not the one that the phone knew. It concerns \
         published presence only: publish again from the start.",
    ),
    (
        413,
        "Request Entity Too Large",
        "The body of the request is longer than the trunk takes. Name fewer codecs; for a text \
         message, shorten it.",
    ),
    (
        414,
        "Request-URI Too Long",
        "The dialled address is longer than the trunk takes. Dial the bare number, without \
         parameters or header fields in the address.",
    ),
    (
        415,
        "Unsupported Media Type",
        "The trunk does not take this kind of body. For a call check the encryption setting; for \
         digits by INFO use rfc4733 instead; for a message send plain text.",
    ),
    (
        416,
        "Unsupported URI Scheme",
        "The trunk does not take this kind of address, such as tel: or sips:. Dial a number or a \
         sip: address.",
    ),
    (
        417,
        "Unknown Resource-Priority",
        "The request carries a call priority that the trunk does not know. Leave the priority \
         header field out unless your contract names one.",
    ),
    (
        420,
        "Bad Extension",
        "The trunk does not know an extension that the phone requires; Unsupported names it. For \
         100rel set `reliable` to `supported` or `off`; for gin turn `gin` off and register each \
         number by itself.",
    ),
    (
        421,
        "Extension Required",
        "The trunk insists on an extension that the phone did not offer; Require names it. For \
         100rel set `reliable` to `supported` or `required`; for timer set `session_expires` \
         above 0.",
    ),
    (
        422,
        "Session Interval Too Small",
        "The session timer that the phone asked for is shorter than the trunk allows. The phone \
         tries again with the time in Min-SE; to save that round, raise `session_expires` to it.",
    ),
    (
        423,
        "Interval Too Brief",
        "The registration time is shorter than the registrar allows. The phone tries again with \
         the time in Min-Expires; to save that round, set `expires` to it. If it repeats, the \
         registrar names no time or does not keep to it: tell the provider.",
    ),
    (
        424,
        "Bad Location Information",
        "The location that the request carries cannot be read or found. It concerns emergency \
         calls: check the address that is stored for the line.",
    ),
    (
        425,
        "Bad Alert Message",
        "The emergency alert in the request cannot be used; AlertMsg-Error says why. It concerns \
         alarm devices, not voice calls: correct the alert's content.",
    ),
    (
        428,
        "Use Identity Header",
        "The called network demands a signed caller number (STIR/SHAKEN) and there is none. The \
         provider signs calls, not the phone: ask it why this call went out unsigned, and whether \
         the caller number is assigned to your account.",
    ),
    (
        429,
        "Provide Referrer Identity",
        "The target of a transfer wants to know, securely, who ordered it. Ask the person who \
         transfers to dial the target and connect the two calls instead.",
    ),
    (
        430,
        "Flow Failed",
        "The connection by which the server reached the phone is gone. Register again; if it \
         comes back, lower the time between keep-alives, for a router has forgotten the way.",
    ),
    (
        433,
        "Anonymity Disallowed",
        "The called side takes no anonymous calls. Show a caller number for this call.",
    ),
    (
        436,
        "Bad Identity Info",
        "The certificate that the signed caller number refers to cannot be fetched or used. That is \
         the provider's: give it the Call-ID.",
    ),
    (
        437,
        "Unsupported Credential",
        "The called network does not trust the certificate that signed the caller number. Ask the \
         provider: its signing certificate is expired or not from a recognised authority.",
    ),
    (
        438,
        "Invalid Identity Header",
        "The signature of the caller number does not fit the call: a number was rewritten after it \
         was signed, or clocks differ. Give the provider the Call-ID, and check that From and the \
         asserted identity carry the same number.",
    ),
    (
        439,
        "First Hop Lacks Outbound Support",
        "The proxy in front of the registrar cannot keep the connection that the phone asked for. \
         Remove `proxy` if the provider does not need it, else ask the provider for a proxy \
         that supports the outbound extension.",
    ),
    (
        440,
        "Max-Breadth Exceeded",
        "The call was to be spread over more phones at one time than is allowed. Shorten the ring \
         group, or ring its members one after the other.",
    ),
    (
        469,
        "Bad Info Package",
        "The trunk does not know the kind of INFO that was sent; Recv-Info lists what it takes. \
         Send digits by rfc4733.",
    ),
    (
        470,
        "Consent Needed",
        "The recipient has to agree before this sender may reach it. Ask the recipient to grant \
         permission at the relay that answered.",
    ),
    (
        480,
        "Temporarily Unavailable",
        "The called phone cannot be reached at the moment: it is off, not registered, set to do \
         not disturb, or rang without an answer. Try later. If it comes for your own number, \
         check that this phone is registered.",
    ),
    (
        481,
        "Call/Transaction Does Not Exist",
        "The trunk does not know the call that the request belongs to: it ended already, or the \
         trunk's server was restarted, or a request took another way. If BYE or hold get it every \
         time, look for a router that rewrites SIP (ALG).",
    ),
    (
        482,
        "Loop Detected",
        "The request came back to a server that had it already. Check call forwarding and the \
         routing of the number: two entries point at each other, often provider and PBX.",
    ),
    (
        483,
        "Too Many Hops",
        "The request passed more servers than allowed, which mostly is a loop over several \
         networks. Check call forwarding; if there is none, give the provider the number and the \
         Call-ID.",
    ),
    (
        484,
        "Address Incomplete",
        "The number is too short for the trunk. Dial all digits at once, with the area or country \
         code.",
    ),
    (
        485,
        "Ambiguous",
        "The number fits several subscribers. Dial it with + and country code, or pick one of the \
         addresses in Contact.",
    ),
    (
        486,
        "Busy Here",
        "The called phone is busy. Try later. If it comes at once and always, the called line may \
         have no free channel, or refuses calls on purpose.",
    ),
    (
        487,
        "Request Terminated",
        "The call was taken back before it was answered; this is the normal end after CANCEL. If \
         nobody hung up, the trunk gave up by its own time limit for ringing.",
    ),
    (
        488,
        "Not Acceptable Here",
        "The trunk and the phone have no common codec or encryption. Compare `codecs` and `srtp` \
         with the provider's guide: PCMA and PCMU are taken almost everywhere; a trunk with \
         compulsory encryption refuses plain sound with this code.",
    ),
    (
        489,
        "Bad Event",
        "The trunk does not know the event that was subscribed to, such as message waiting. Turn \
         that subscription off; calls are not affected.",
    ),
    (
        491,
        "Request Pending",
        "Both sides changed the call at the same moment. The phone waits a little and tries again \
         by itself. If it goes on, one side renews the call too often: compare the session timers.",
    ),
    (
        493,
        "Undecipherable",
        "The body is encrypted with a key that the recipient does not have. Send it without S/MIME; \
         TLS and SRTP are what trunks use instead.",
    ),
    (
        494,
        "Security Agreement Required",
        "The server wants to agree on a security mechanism first, as in mobile core networks; \
         Security-Server lists its own. A trunk for fixed lines does not need it: ask the provider \
         for another server, or use TLS.",
    ),
];
