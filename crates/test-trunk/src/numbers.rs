//! The numbering plan of the embedded trunk.

/// The trunk's domain, the realm of its digests and the zone of its DNS.
pub(crate) const DOMAIN: &str = "test-trunk.invalid";

/// What a dialled number reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Destination {
    /// A number of our own.
    Answerer(Answerer),
    /// A DID: a user's phone.
    Did,
    /// Refused with this code.
    Refuse(u16),
    /// Nobody's number.
    Unallocated,
}

/// A number that the trunk answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answerer {
    /// 9000: sends back what it hears.
    Echo,
    /// 9001: 1004 Hz at 0 dBm0.
    Milliwatt,
    /// 9002: music.
    Music,
    /// 9003: collects four digits and reads them back.
    Ivr,
    /// 9004: an announcement before the answer, then 404.
    Announcement,
    /// 9006: rings and never answers.
    Rings,
    /// 9007: answers and hangs up after five seconds.
    HangsUp,
    /// 9008: answers, then asks for an offer by a re-INVITE without one.
    LateOffer,
    /// 9009: insists on reliable provisionals.
    Reliable,
}

/// Reads a dialled number.
pub(crate) fn destination(number: &str) -> Destination {
    let answerer = match number {
        "9000" => Answerer::Echo,
        "9001" => Answerer::Milliwatt,
        "9002" => Answerer::Music,
        "9003" => Answerer::Ivr,
        "9004" => Answerer::Announcement,
        "9005" => return Destination::Refuse(486),
        "9006" => Answerer::Rings,
        "9007" => Answerer::HangsUp,
        "9008" => Answerer::LateOffer,
        "9009" => Answerer::Reliable,
        _ => return elsewhere(number),
    };
    Destination::Answerer(answerer)
}

fn elsewhere(number: &str) -> Destination {
    if let Some(code) = number.strip_prefix('8').filter(|rest| rest.len() == 3)
        && let Ok(code @ 300..=699) = code.parse()
    {
        return Destination::Refuse(code);
    }
    if owner(number).is_some() { Destination::Did } else { Destination::Unallocated }
}

/// The user that a DID belongs to: +15550100 to 109 are alice's, 110 to 119 are bob's.
pub(crate) fn owner(number: &str) -> Option<&'static str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    match digits.strip_prefix("15550")?.parse::<u16>().ok()? {
        100..=109 => Some("alice"),
        110..=119 => Some("bob"),
        _ => None,
    }
}

/// The number that a user shows where it shows none of its own.
pub(crate) fn own_number(user: &str) -> Option<&'static str> {
    match user {
        "alice" => Some("+15550100"),
        "bob" => Some("+15550110"),
        _ => None,
    }
}

/// All DIDs of a user.
pub(crate) fn dids(user: &str) -> impl Iterator<Item = String> + use<'_> {
    let plan = (100..=119).map(|number| format!("+15550{number}"));
    plan.filter(move |number| owner(number) == Some(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_plan_of_the_contract() {
        assert_eq!(destination("9000"), Destination::Answerer(Answerer::Echo));
        assert_eq!(destination("9005"), Destination::Refuse(486));
        assert_eq!(destination("8603"), Destination::Refuse(603));
        assert_eq!(destination("8200"), Destination::Unallocated);
        assert_eq!(destination("+15550100"), Destination::Did);
        assert_eq!(owner("15550119"), Some("bob"));
        assert_eq!(owner("+15550120"), None);
        assert_eq!(dids("bob").count(), 10);
        assert_eq!(dids("alice").next().as_deref(), own_number("alice"));
        assert_eq!(dids("carol").next(), None);
    }
}
