//! What the numbers mean that end a call: SIP codes and Q.850 causes.

mod client;
mod q850;
mod server;
mod success;

/// The reason phrase that the registry gives a SIP code, and what the code means on a trunk with
/// what to do about it. `None` for a code that is not registered.
///
/// Phrases on the wire may differ: they are free text (RFC 3261 section 7.2).
#[must_use]
pub fn explain(code: u16) -> Option<(&'static str, &'static str)> {
    let table = match code {
        100..400 => success::CODES,
        400..500 => client::CODES,
        _ => server::CODES,
    };
    find(table, code)
}

/// The name of a cause of ITU-T Q.850, as a Reason header field carries it (RFC 3326), and what it
/// means on a trunk with what to do about it. `None` for a cause that Q.850 does not define.
#[must_use]
pub fn cause(cause: u8) -> Option<(&'static str, &'static str)> {
    find(q850::CAUSES, cause)
}

/// Tables are sorted by number.
fn find<N: Ord + Copy>(table: &[(N, &'static str, &'static str)], number: N) -> Option<Entry> {
    let at = table.binary_search_by_key(&number, |entry| entry.0).ok()?;
    table.get(at).map(|entry| (entry.1, entry.2))
}

type Entry = (&'static str, &'static str);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The response codes of the IANA registry "Session Initiation Protocol (SIP) Parameters".
    const REGISTERED: [u16; 75] = [
        100, 180, 181, 182, 183, 199, 200, 202, 204, 300, 301, 302, 305, 380, 400, 401, 402, 403,
        404, 405, 406, 407, 408, 410, 412, 413, 414, 415, 416, 417, 420, 421, 422, 423, 424, 425,
        428, 429, 430, 433, 436, 437, 438, 439, 440, 469, 470, 480, 481, 482, 483, 484, 485, 486,
        487, 488, 489, 491, 493, 494, 500, 501, 502, 503, 504, 505, 513, 555, 580, 600, 603, 604,
        606, 607, 608,
    ];

    #[test]
    fn every_registered_code_has_a_text_of_its_own_and_no_other_code_has_one() {
        let mut texts = BTreeSet::new();
        for code in 0..=1000 {
            let found = explain(code);
            assert_eq!(found.is_some(), REGISTERED.contains(&code), "{code}");
            if let Some((phrase, advice)) = found {
                assert!(texts.insert(advice), "{code} has the text of another code");
                sound(phrase, advice, code);
            }
        }
    }

    #[test]
    fn every_cause_has_a_text_of_its_own() {
        let mut texts = BTreeSet::new();
        for number in 0..=u8::MAX {
            if let Some((name, advice)) = cause(number) {
                assert!(texts.insert(advice), "cause {number} has the text of another cause");
                sound(name, advice, number.into());
            }
        }
        assert_eq!(texts.len(), 71);
        assert_eq!(cause(16).map(|(name, _)| name), Some("Normal call clearing"));
        assert_eq!(cause(10), None);
    }

    #[test]
    fn the_phrase_is_the_registered_one() {
        assert_eq!(explain(500).map(|(phrase, _)| phrase), Some("Server Internal Error"));
        assert_eq!(explain(437).map(|(phrase, _)| phrase), Some("Unsupported Credential"));
    }

    /// A name, and at least one whole sentence.
    fn sound(name: &str, advice: &str, number: u16) {
        assert!(!name.is_empty() && name.trim() == name, "{number}");
        assert!(advice.len() > 40 && advice.ends_with('.'), "{number}: {advice}");
        assert!(advice.starts_with(char::is_uppercase), "{number}: {advice}");
        assert!(!advice.contains("  ") && !advice.contains('\n'), "{number}: {advice}");
    }
}
