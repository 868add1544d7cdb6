//! Emergency numbers: never delayed here, never dialled by a program on its own.

/// True for a number or URI that may reach an emergency service: the numbers of the regions, with
/// any prefix of up to four characters that a dial plan may strip, and `urn:service:sos` (RFC 5031).
///
/// It says yes too often rather than too seldom: a number of a normal length is not one.
pub fn is_emergency(to: &str) -> bool {
    let to = to.trim().to_ascii_lowercase();
    if to.starts_with("urn:service:sos") || to.contains("<urn:service:sos") {
        return true;
    }
    let user = user_part(&to);
    if matches!(user, "sos" | "emergency") {
        return true;
    }
    let digits: String = user.chars().filter(char::is_ascii_digit).collect();
    if BARE.contains(&digits.as_str()) {
        return true;
    }
    // +1911, 9911, 0112, 00112, *31#112
    PREFIXES
        .iter()
        .filter_map(|prefix| digits.strip_prefix(prefix))
        .any(|rest| PREFIXED.contains(&rest))
        || matches!(digits.as_str(), "0000" | "61000" | "0061000")
}

/// The part that names whom to call: without scheme, host and parameters.
pub(crate) fn user_part(to: &str) -> &str {
    let to = to.trim_start_matches('<').trim_end_matches('>');
    let rest = ["sips:", "sip:", "tel:", "callto:"]
        .iter()
        .find_map(|scheme| to.strip_prefix(scheme))
        .unwrap_or(to);
    let rest = rest.trim_start_matches("//");
    rest.split(['@', ';', '?']).next().unwrap_or(rest)
}

/// What a dial plan may take off the front: nothing, an outside line, a country or network prefix,
/// hiding the caller.
const PREFIXES: [&str; 23] = [
    "", "0", "00", "000", "001", "01", "011", "1", "31", "33", "44", "49", "61", "67", "7", "8",
    "81", "82", "86", "9", "91", "99", "900",
];

/// Numbers that are known with a prefix too. Australia's 000 is not here: 9000 and 1000 are ordinary
/// extensions.
const PREFIXED: [&str; 5] = ["110", "112", "119", "911", "999"];

/// Emergency and police numbers of the regions, one list for all.
const BARE: [&str; 22] = [
    "000", "08", "100", "101", "102", "103", "104", "108", "111", "113", "115", "117", "118",
    "122", "133", "144", "15", "17", "18", "190", "988", "995",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emergency_numbers_are_known_in_every_form() {
        for to in [
            "112",
            "911",
            "999",
            "000",
            "110",
            "119",
            "+1911",
            "9911",
            "0112",
            "sip:911@example.net",
            "tel:911;phone-context=+1",
            "urn:service:sos",
            "urn:service:sos.police",
            "<urn:service:sos>",
            "sip:112@192.0.2.1;user=phone",
            "9-1-1",
            "SIP:112@x",
            "sips:sos@example.net",
            "00112",
            "9,911",
            "0000",
        ] {
            assert!(is_emergency(to), "{to}");
        }
    }

    #[test]
    fn other_numbers_are_not() {
        for to in [
            "+15550100",
            "1000",
            "9000",
            "9001",
            "9005",
            "8486",
            "933",
            "+15559110",
            "sip:alice@example.net",
            "1234",
            "+49301122",
            "tel:+15550112",
            "8404",
            "",
        ] {
            assert!(!is_emergency(to), "{to}");
        }
    }
}
