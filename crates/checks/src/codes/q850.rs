//! Causes of ITU-T Q.850, as telephone networks behind a trunk give them.

/// Sorted by cause.
pub(super) const CAUSES: &[(u8, &str, &str)] = &[
    (
        1,
        "Unallocated (unassigned) number",
        "The number is well formed but nobody has it. Check it with + and country code.",
    ),
    (
        2,
        "No route to specified transit network",
        "The call was to pass a network that the exchange does not know. Drop carrier selection \
         prefixes, or give the provider the dialled number.",
    ),
    (
        3,
        "No route to destination",
        "The provider has no way to this number. Check the country code, then ask whether the \
         destination is allowed for the account.",
    ),
    (
        4,
        "Send special information tone",
        "The number cannot be reached for a long time, and an announcement or three rising tones \
         say so. Listen to it; ask the owner for another number.",
    ),
    (
        5,
        "Misdialled trunk prefix",
        "The number carries an outside-line or long-distance prefix that does not belong there. \
         Dial it with + and country code.",
    ),
    (
        6,
        "Channel unacceptable",
        "The exchange cannot use the channel that it was offered. It is a fault between networks: \
         give the provider the Call-ID.",
    ),
    (
        7,
        "Call awarded and being delivered in an established channel",
        "The call joins a channel that is open already, as data services do. A voice call does not \
         end with it; give the provider the Call-ID if one does.",
    ),
    (8, "Preemption", "A call of higher priority took the channel. Call again."),
    (
        9,
        "Preemption, circuit reserved for reuse",
        "A call of higher priority took the channel and keeps it. Wait a moment before calling \
         again.",
    ),
    (
        14,
        "Query on release: ported number",
        "The number moved to another operator and the call must be routed there. The provider does \
         that; if callers hear a failure, its table of ported numbers is out of date: tell it.",
    ),
    (
        16,
        "Normal call clearing",
        "Somebody hung up: the normal end of a call. If nobody did, look in the trace which side \
         sent BYE, and whether it is always after the same time.",
    ),
    (
        17,
        "User busy",
        "The called line is busy. Try later; if it is your own number, count its channels.",
    ),
    (
        18,
        "No user responding",
        "The called equipment gave no sign of life. Try later; if it is your own line, check that \
         the phone is registered and powered.",
    ),
    (
        19,
        "No answer from user (user alerted)",
        "The phone rang and nobody took the call. Try later, or let it ring longer.",
    ),
    (
        20,
        "Subscriber absent",
        "The called mobile phone is off or out of coverage, or the line is not registered. Try \
         later.",
    ),
    (
        21,
        "Call rejected",
        "The called side could take the call and refused: a person, a block list, or a network \
         that does not take this caller number. Try with another released caller number.",
    ),
    (
        22,
        "Number changed",
        "The number was replaced; the new one may be given along. Take it into the phone book.",
    ),
    (
        23,
        "Redirection to new destination",
        "The call is to be routed to another number by the network that asked. If it ends with \
         this, that network does not support it: give the provider the Call-ID.",
    ),
    (
        24,
        "Call rejected due to feature at the destination",
        "A service on the called line, such as a block of anonymous calls, refused. Show a caller \
         number and try again.",
    ),
    (
        25,
        "Exchange routing error",
        "The call ran in a circle or passed too many exchanges. Check call forwarding; then give \
         the provider the number and the Call-ID.",
    ),
    (
        26,
        "Non-selected user clearing",
        "Several phones rang and another one took the call. Nothing to do.",
    ),
    (
        27,
        "Destination out of order",
        "The called line is disturbed: its network gets no signal through. Try later; if it is \
         your own line, look at the trunk's registration and tell the provider.",
    ),
    (
        28,
        "Invalid number format (address incomplete)",
        "The number is too short or written in a form that the network does not read. Dial it with \
         + and country code.",
    ),
    (
        29,
        "Facility rejected",
        "A service that the call asked for is refused, often transfer, forwarding or a hidden \
         number. Call without it, or order it from the provider.",
    ),
    (
        30,
        "Response to STATUS ENQUIRY",
        "An exchange answers a question about the state of the call. It ends no call by itself; \
         if one ends with it, give the provider the Call-ID.",
    ),
    (
        31,
        "Normal, unspecified",
        "The call ended in an ordinary way and the network says no more. Gateways put it where \
         they know no better cause: look at the SIP code beside it.",
    ),
    (
        34,
        "No circuit/channel available",
        "All channels are in use, on your trunk or behind it. Compare calls at one time with the \
         contract; if they are below it, the provider lacks capacity to that destination.",
    ),
    (
        38,
        "Network out of order",
        "The network behind the trunk has a lasting fault, and calling again at once will not \
         help. Tell the provider.",
    ),
    (
        39,
        "Permanent frame mode connection out of service",
        "A permanent data connection is down. It has nothing to do with voice calls: give the \
         provider the Call-ID.",
    ),
    (
        40,
        "Permanent frame mode connection operational",
        "A permanent data connection is up again. It has nothing to do with voice calls and needs \
         nothing done.",
    ),
    (
        41,
        "Temporary failure",
        "The network behind the trunk had a short fault. Call again at once; if it repeats, give \
         the provider time and Call-ID.",
    ),
    (
        42,
        "Switching equipment congestion",
        "An exchange on the way is overloaded. Try again in some minutes; automatic callers must \
         slow down.",
    ),
    (
        43,
        "Access information discarded",
        "Details of the call, such as a subaddress or user data, could not be carried. The call \
         itself mostly works; leave the extra details out.",
    ),
    (
        44,
        "Requested circuit/channel not available",
        "The channel that was asked for is taken. The exchange mostly tries another by itself; if \
         calls fail with it, both ends number their channels differently: tell the provider.",
    ),
    (
        46,
        "Precedence call blocked",
        "All channels carry calls of the same or a higher priority. Wait until one ends.",
    ),
    (
        47,
        "Resource unavailable, unspecified",
        "Something on the way is used up: channels, transcoders, or the account's limit. Try \
         again; if it comes at busy hours, ask the provider for the limits of the trunk.",
    ),
    (
        49,
        "Quality of service not available",
        "The network cannot give the throughput or delay that was asked for. Ask for plain voice \
         with PCMA or PCMU.",
    ),
    (
        50,
        "Requested facility not subscribed",
        "The service exists but the account did not order it. Order it, or call without it.",
    ),
    (
        53,
        "Outgoing calls barred within CUG",
        "The line belongs to a closed user group that may not call out. Ask the provider to lift \
         that.",
    ),
    (
        55,
        "Incoming calls barred within CUG",
        "The called line belongs to a closed user group that takes no calls from outside. Only its \
         owner can change that.",
    ),
    (
        57,
        "Bearer capability not authorized",
        "The account may not place this kind of call, such as data or video, or this destination \
         is barred for it. Place a voice call, or order the service.",
    ),
    (
        58,
        "Bearer capability not presently available",
        "This kind of call is known but not possible just now. Offer PCMA or PCMU and try again \
         later.",
    ),
    (
        62,
        "Inconsistency in outgoing access information and subscriber class",
        "What the call says about its line does not fit what the account is. Compare caller number \
         and account type with the provider's guide.",
    ),
    (
        63,
        "Service or option not available, unspecified",
        "The network does not offer what was asked for and says no more. Place a plain voice call; \
         if that fails too, give the provider the Call-ID.",
    ),
    (
        65,
        "Bearer capability not implemented",
        "The gateway cannot carry this kind of sound or data. Offer PCMA or PCMU; for fax, check \
         whether the trunk takes T.38.",
    ),
    (
        66,
        "Channel type not implemented",
        "The exchange has no channel of the kind that was asked for. Place a plain voice call.",
    ),
    (
        69,
        "Requested facility not implemented",
        "The network does not know the service that the call asked for. Call without transfer, \
         forwarding or other extras.",
    ),
    (
        70,
        "Only restricted digital information bearer capability is available",
        "The far network offers restricted data channels only. Place a voice call instead of a \
         data call.",
    ),
    (
        79,
        "Service or option not implemented, unspecified",
        "The network cannot do what was asked for and says no more. Look at codecs and extras of \
         the INVITE in the trace, then ask the provider.",
    ),
    (
        81,
        "Invalid call reference value",
        "An exchange lost the record of the call. Call again; if it repeats, give the provider the \
         Call-ID.",
    ),
    (
        82,
        "Identified channel does not exist",
        "Two exchanges disagree about their channels. Only the provider can mend that: give it the \
         Call-ID and the time.",
    ),
    (
        83,
        "A suspended call exists, but this call identity does not",
        "A parked call was to be taken back under a name that is not in use. Take it back under \
         the name that it was parked with.",
    ),
    (
        84,
        "Call identity in use",
        "A call is parked under that name already. Park this one under another.",
    ),
    (
        85,
        "No call suspended",
        "A parked call was to be taken back and none is parked. It ended meanwhile, or another \
         phone took it.",
    ),
    (
        86,
        "Call having the requested call identity has been cleared",
        "The parked call ended before it was taken back: the other side hung up or the parking \
         time ran out.",
    ),
    (
        87,
        "User not member of CUG",
        "The called line is in a closed user group that the caller is not in. Ask its owner to let \
         you in.",
    ),
    (
        88,
        "Incompatible destination",
        "The called equipment cannot take this kind of call: a fax called as voice, video called \
         where there is voice only, no common codec. Offer PCMA or PCMU.",
    ),
    (
        90,
        "Non-existent CUG",
        "The closed user group of the call does not exist. Leave it out of the call, or have the \
         provider correct the account.",
    ),
    (
        91,
        "Invalid transit network selection",
        "The carrier selection in the number is written wrongly. Dial without a carrier prefix.",
    ),
    (
        95,
        "Invalid message, unspecified",
        "An exchange could not use a message of the call and says no more. Give the provider the \
         trace.",
    ),
    (
        96,
        "Mandatory information element is missing",
        "A gateway left out something that the telephone network needs, often the called or the \
         caller number. Check that both are set and in full form, then ask the provider.",
    ),
    (
        97,
        "Message type non-existent or not implemented",
        "An exchange does not know a message of the call. Two networks speak different dialects: \
         give the provider the Call-ID.",
    ),
    (
        98,
        "Message not compatible with call state or not implemented",
        "A message came that the exchange does not expect or does not know. Call again; if it \
         repeats, give the provider the Call-ID.",
    ),
    (
        99,
        "Information element/parameter non-existent or not implemented",
        "An exchange does not know a detail of the call and ended it. Leave out extra header \
         fields and call again.",
    ),
    (
        100,
        "Invalid information element contents",
        "A detail of the call has a value that the network does not take, most often a number in \
         the wrong form. Write caller and called number with + and country code.",
    ),
    (
        101,
        "Message not compatible with call state",
        "Two exchanges disagree about how far the call is, as after a lost message. Call again; if \
         it repeats, give the provider the Call-ID.",
    ),
    (
        102,
        "Recovery on timer expiry",
        "A network behind the trunk waited for an answer in vain. Seen after a fixed time in each \
         call it points to lost session refreshes or a firewall; otherwise give the provider the \
         Call-ID.",
    ),
    (
        103,
        "Parameter non-existent or not implemented, passed on",
        "An exchange does not know a detail of the call and handed it on. The call mostly works; \
         nothing to do unless it ends.",
    ),
    (
        110,
        "Message with unrecognized parameter, discarded",
        "An exchange threw away a message because of one detail that it does not know. Give the \
         provider the Call-ID: its networks speak different dialects.",
    ),
    (
        111,
        "Protocol error, unspecified",
        "Signalling between two networks broke down, and no more is known. Try again; if it \
         repeats, give the provider the trace.",
    ),
    (
        127,
        "Interworking, unspecified",
        "The call crossed into a network that does not tell why it ended. Look at the SIP code \
         beside it, and ask the provider when it repeats.",
    ),
];
