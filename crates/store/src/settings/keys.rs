//! The keys that this version knows.

use toml_edit::Table;

/// Sections and their keys. `limits` has one table a check and is not listed.
const KNOWN: [(&str, &[&str]); 5] = [
    (
        "trunk",
        &[
            "name",
            "profile",
            "domain",
            "registrar",
            "proxy",
            "transport",
            "user",
            "auth_user",
            "register",
            "expires",
            "password",
            "bind",
            "public_address",
            "allow",
            "gin",
            "keep_alive",
            "keep_alive_every",
            "session_expires",
            "reliable",
        ],
    ),
    ("numbers", &["dids", "country", "did_in", "identity"]),
    ("media", &["codecs", "srtp", "dtmf", "rtp_ports", "rtp_timeout", "stun"]),
    ("tls", &["ca"]),
    ("test", &["billed", "allow", "destination", "channels", "cps", "max_calls", "max_minutes"]),
];

/// Keys of a file that this version does not know, as paths. They are kept, but a mistyped one
/// would go unnoticed otherwise.
pub(super) fn unknown(document: &Table) -> Vec<Vec<String>> {
    let mut found = Vec::new();
    for (section, item) in document.iter().filter(|(section, _)| *section != "limits") {
        let Some((_, known)) = KNOWN.iter().find(|(name, _)| *name == section) else {
            found.push(vec![section.to_owned()]);
            continue;
        };
        let keys = item.as_table_like().into_iter().flat_map(|table| table.iter());
        let keys = keys.filter(|(key, _)| !known.contains(key));
        found.extend(keys.map(|(key, _)| vec![section.to_owned(), key.to_owned()]));
    }
    found
}

/// What a user may have meant by a key.
pub(super) fn nearest(path: &[String]) -> Option<&'static str> {
    let (wrong, candidates): (&str, Vec<&'static str>) = match path {
        [section] => (section, KNOWN.iter().map(|(name, _)| *name).collect()),
        [section, key] => {
            let (_, known) = KNOWN.iter().find(|(name, _)| name == section)?;
            (key, known.to_vec())
        }
        _ => return None,
    };
    let near = candidates.into_iter().map(|known| (distance(wrong, known), known));
    near.filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known)
}

/// Levenshtein's distance of two words; words over 32 letters are never near.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    if one.chars().count() > 32 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut next = vec![index + 1];
        for ((diagonal, above), theirs) in row.iter().zip(row.iter().skip(1)).zip(&other) {
            let before = next.last().copied().unwrap_or_default();
            next.push((diagonal + usize::from(letter != *theirs)).min(above + 1).min(before + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::settings::{Limit, SecretRef, Trunk};

    fn full() -> Trunk {
        let mut trunk = Trunk::default();
        let text = || Some(String::from("x"));
        trunk.trunk.profile = text();
        trunk.trunk.registrar = text();
        trunk.trunk.proxy = text();
        trunk.trunk.auth_user = text();
        trunk.trunk.password = Some(SecretRef::Env("x".into()));
        trunk.trunk.bind = text();
        trunk.trunk.public_address = text();
        trunk.numbers.country = text();
        trunk.media.rtp_ports = Some((1, 2));
        trunk.tls.ca = text();
        trunk.test.billed = Some(true);
        trunk.test.destination = text();
        trunk.test.channels = Some(1);
        trunk.test.cps = Some(1.0);
        trunk.test.max_calls = Some(1);
        trunk.test.max_minutes = Some(1.0);
        trunk.limits = BTreeMap::from([("a".into(), Limit { pass: 1.0, warn: 2.0 })]);
        trunk
    }

    #[test]
    fn every_key_of_the_types_is_known_and_no_other() {
        let table = toml::Table::try_from(full()).unwrap();
        for (section, value) in table.iter().filter(|(section, _)| *section != "limits") {
            let known = KNOWN.iter().find(|(name, _)| name == section).unwrap().1;
            let mut keys: Vec<&str> =
                value.as_table().unwrap().keys().map(String::as_str).collect();
            let mut known = known.to_vec();
            keys.sort_unstable();
            known.sort_unstable();
            assert_eq!(keys, known, "{section}");
        }
        assert_eq!(table.len(), KNOWN.len() + 1);
    }

    #[test]
    fn a_mistyped_key_is_found_with_its_neighbour() {
        let text =
            "[trunk]\ntranport = \"tls\"\n[limits.\"mq.jitter\"]\npass = 1\n[extra]\na = 1\n";
        let document: toml_edit::DocumentMut = text.parse().unwrap();
        let unknown = unknown(document.as_table());
        assert_eq!(unknown, [vec!["trunk".to_owned(), "tranport".into()], vec!["extra".into()]]);
        assert_eq!(nearest(&unknown[0]), Some("transport"));
        assert_eq!(nearest(&unknown[1]), None);
    }
}
