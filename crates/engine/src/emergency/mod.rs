//! Emergency numbers: never delayed here, never dialled by a program on its own.

mod regions;

use std::borrow::Cow;

use milliwatt_sip::transport::is_inward;
use milliwatt_store::settings::Trunk;

use self::regions::{REGIONS, Region, in_any, in_country, in_plan};

/// Whose national emergency numbers count, besides those that are known everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nations<'a> {
    /// Every country's: for tests, and where nothing is known.
    All,
    /// None: a trunk in a house of its own, whose short numbers are its own.
    None,
    /// Those of one country, by its ISO 3166 code.
    Country(&'a str),
    /// Those of the countries behind a number in the international form.
    Number(&'a str),
}

impl<'a> Nations<'a> {
    /// The countries that a trunk's short numbers may belong to: as its settings say, else those of
    /// its first number, else none where its server is on this computer or in a private network
    /// (a telephone system of one's own), else all.
    pub fn of(trunk: &'a Trunk) -> Self {
        if let Some(country) = trunk.numbers.country.as_deref().filter(|c| in_country(c).is_some())
        {
            return Self::Country(country);
        }
        let international = |did: &&String| did.starts_with('+') && in_plan(did).next().is_some();
        if let Some(did) = trunk.numbers.dids.iter().find(international) {
            return Self::Number(did);
        }
        let account = &trunk.trunk;
        let servers = [Some(&account.domain), account.registrar.as_ref(), account.proxy.as_ref()];
        if servers.into_iter().flatten().all(|server| is_of_ones_own(server)) {
            Self::None
        } else {
            Self::All
        }
    }

    /// True for digits that are a number of these countries, or one with what leads to it.
    fn hold(self, digits: &str) -> bool {
        let number = match self {
            Self::All => {
                // With all countries' numbers, an outside line before each would leave no extensions.
                return in_any(digits) || leads_abroad(digits);
            }
            Self::Country(country) => return in_country(country).is_some_and(|r| is_in(digits, r)),
            Self::None => return false,
            Self::Number(number) => number,
        };
        in_plan(number).any(|region| is_in(digits, region))
    }

    /// True for digits that are some country's number, however far away, for a program on a trunk of
    /// these: with the way to that country, or so alone that they are no extension.
    fn are_far_from(self, digits: &str) -> bool {
        let reader = digits == ADDRESS_READER && self.are_north_american();
        let alone = !reader && !EXTENSION.contains(&digits.len()) && in_any(digits);
        alone || leads_abroad(digits)
    }

    /// True where it is known that the countries are of the North American plan.
    fn are_north_american(self) -> bool {
        match self {
            Self::All | Self::None => false,
            Self::Country(country) => in_country(country).is_some_and(|r| r.plan.starts_with('1')),
            Self::Number(number) => number.starts_with("+1"),
        }
    }
}

/// True for the way to a country and a number of it.
fn leads_abroad(digits: &str) -> bool {
    international(digits).any(|way| REGIONS.iter().any(|region| region.is_reached(way)))
}

/// True for digits that lead to a number of a region that one is in.
fn is_in(digits: &str, region: &Region) -> bool {
    let outside = digits.strip_prefix(['0', '9']).is_some_and(|digits| region.has(digits));
    outside || region.has(digits) || international(digits).any(|way| region.is_reached(way))
}

/// The national numbers by ISO 3166 code: with spaces between, and `?` for any digit.
pub fn by_country() -> impl Iterator<Item = (&'static str, &'static str)> {
    REGIONS.iter().map(|region| (region.country, region.numbers))
}

/// True for a number or URI that may reach an emergency service: `urn:service:sos` (RFC 5031), the
/// numbers that are known everywhere with any prefix of up to four digits or the way to a country,
/// and the national numbers of `nations`. Percent escapes, visual separators, parameters and what
/// follows a pause do not hide one.
///
/// It says yes too often rather than too seldom: a number of a normal length is not one.
pub fn is_emergency(to: &str, nations: Nations<'_>) -> bool {
    reaches(to, |digits| known(digits, nations))
}

/// True for a text that may be taken for the service itself, or for digits that `is_one` knows.
fn reaches(to: &str, is_one: impl Fn(&str) -> bool) -> bool {
    let to = decoded(to.trim()).to_lowercase();
    if to.contains("urn:service:sos") {
        return true;
    }
    let user = called(&to);
    is_service(user) || number_like(user) && numbers(user).any(|digits| is_one(&digits))
}

/// True for what a program must not dial on its own through a trunk: the emergency numbers of the
/// trunk's own country in every form, and those of all others. Of the others, four and five digits
/// are an extension where the country is known or the trunk is one's own, and 933 is no emergency
/// number in North America.
pub fn needs_a_person(to: &str, trunk: &Trunk) -> bool {
    let mut nations = Nations::of(trunk);
    if matches!(nations, Nations::None) && trunk.test.billed == Some(true) {
        // A gateway in the house that costs money leads out of it, nobody knows into which country.
        nations = Nations::All;
    }
    reaches(to, |digits| known(digits, nations) || nations.are_far_from(digits))
}

/// Takes percent escapes off, also those that stand in escapes, in one pass: what is taken off may
/// complete the escape before it.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out: Vec<u8> = Vec::with_capacity(text.len());
    for byte in text.bytes() {
        out.push(byte);
        while let Some(byte) = out.last_chunk().and_then(escaped) {
            out.truncate(out.len() - 3);
            out.push(byte);
        }
    }
    Cow::Owned(String::from_utf8_lossy(&out).into_owned())
}

/// The byte that an escape stands for.
fn escaped([percent, high, low]: &[u8; 3]) -> Option<u8> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16);
    let value = digit(high)? * 16 + digit(low)?;
    u8::try_from(value).ok().filter(|_| *percent == b'%')
}

/// The part that names whom to call, as it is written: without scheme, host and parameters.
pub(crate) fn user_part(to: &str) -> &str {
    number(called(to))
}

/// The part that names whom to call, with its parameters: without display name, scheme and host.
fn called(to: &str) -> &str {
    let to = to.split_once('<').map_or(to, |(_, rest)| rest);
    let scheme = ["sips:", "sip:", "tel:", "callto:"];
    let found = scheme.iter().find_map(|scheme| to.strip_prefix(scheme));
    let rest = found.unwrap_or(to).trim_start_matches('/');
    match rest.rsplit_once('@') {
        Some((user, _)) => user,
        // An address without a user: 10.0.1.12 is no number.
        None if found.is_some() && is_address(rest) => "",
        None => rest,
    }
}

fn is_address(host: &str) -> bool {
    let host = host.split([';', '?', '>']).next().unwrap_or(host);
    let bare = host.rsplit_once(':').map_or(host, |(bare, _)| bare);
    [host, bare].iter().any(|text| text.parse::<std::net::IpAddr>().is_ok())
}

/// Without parameters and headers.
fn number(user: &str) -> &str {
    user.split([';', '?', '>']).next().unwrap_or(user)
}

/// Names under which systems offer the service itself.
fn is_service(user: &str) -> bool {
    let name = number(user).split(':').next().unwrap_or(user);
    matches!(name, "sos" | "emergency") || name.starts_with("sos.")
}

/// A name with letters is none, but for those that stand for a pause.
fn number_like(user: &str) -> bool {
    let name = number(user).split([':', '@']).next().unwrap_or(user);
    !name.contains(|c: char| c.is_alphabetic() && !matches!(c, 'p' | 't' | 'w' | 'x'))
}

/// The numbers that a dialled text may be taken for: digits up to a pause, and those after one, with
/// what stands before and without. A `+` is the international prefix that it stands for. Before what
/// is no number of the world it is nothing as well: there are systems that take it off.
fn numbers(user: &str) -> impl Iterator<Item = String> {
    let visual = |c: &char| !matches!(c, '-' | '.' | '(' | ')' | '/') && !c.is_whitespace();
    let text: String = number(user).chars().filter(visual).collect();
    // Digits of other scripts are not read: what holds them is taken for the worst.
    let foreign = text.contains(|c: char| c.is_numeric() && !c.is_ascii());
    let mut parts = text.split(|c: char| !c.is_ascii_digit() && c != '+');
    let bare = parts.any(may_lose_its_plus).then(|| text.replace('+', ""));
    let texts = [text.replace('+', "00")].into_iter().chain(bare);
    let found = texts.flat_map(|text| {
        let parts = text.split(|c: char| !c.is_ascii_digit()).filter(|part| !part.is_empty());
        let parts: Vec<String> = parts.map(str::to_owned).collect();
        (0..parts.len()).flat_map(move |from| runs(parts.get(from..).unwrap_or_default()))
    });
    foreign.then(|| "112".to_owned()).into_iter().chain(found)
}

/// True for a number with a plus that is none of the world.
fn may_lose_its_plus(number: &str) -> bool {
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_local = digits <= LONGEST_LOCAL || number.trim_start_matches('+').starts_with('0');
    is_local && number.contains('+')
}

/// The first of `parts` alone, with the next, and so on, while they may be an emergency number: what
/// comes over the wire may have thousands of parts.
fn runs(parts: &[String]) -> Vec<String> {
    let mut run = String::new();
    let longer = parts.iter().map_while(|part| {
        let fits = run.len() + part.len() <= LONGEST;
        run.push_str(if fits { part } else { "" });
        fits.then(|| run.clone())
    });
    longer.collect()
}

/// True for digits that are an emergency number, or one with what leads to it.
fn known(digits: &str, nations: Nations<'_>) -> bool {
    // 9000 and 1000 are ordinary extensions: Australia's number only with what leads to it.
    let australian = |before| {
        let mut countries = international(before);
        matches!(before, "" | "0" | "61") || countries.any(|country| country == "61")
    };
    EVERYWHERE.iter().filter_map(|number| digits.strip_suffix(number)).any(is_prefix)
        || digits.strip_suffix("000").is_some_and(australian)
        || nations.hold(digits)
}

/// Any four digits that a dial plan may strip, or the international way to any country.
fn is_prefix(before: &str) -> bool {
    before.len() <= 4 || international(before).any(|country| (1..=3).contains(&country.len()))
}

/// What follows an international prefix, the prefix itself after the digit for an outside line or
/// not.
fn international(before: &str) -> impl Iterator<Item = &str> {
    let outside = before.get(1..).unwrap_or_default();
    let ways = [before, outside].into_iter();
    ways.flat_map(|way| ABROAD.iter().filter_map(move |prefix| way.strip_prefix(prefix)))
}

fn is_of_ones_own(server: &str) -> bool {
    use std::net::{IpAddr, SocketAddr};
    let ip: Option<IpAddr> =
        server.parse().ok().or_else(|| Some(server.parse::<SocketAddr>().ok()?.ip()));
    let own = |ip: IpAddr| is_inward(ip) && !ip.to_canonical().is_unspecified();
    ip.map_or_else(|| server.split(':').next() == Some("localhost"), own)
}

/// Numbers that telephones know in every country (3GPP TS 22.101 §10.1), and the police of Germany,
/// China and Japan. 000 is handled apart.
const EVERYWHERE: [&str; 5] = ["110", "112", "119", "911", "999"];

/// Digits in an extension that is as long as some country's emergency number; shorter ones are too
/// likely to be one.
const EXTENSION: std::ops::RangeInclusive<usize> = 4..=5;

/// Reads one's address back in North America, as a test of 911; the ambulance in Tonga, the fire
/// service in Eswatini.
const ADDRESS_READER: &str = "933";

/// International prefixes.
const ABROAD: [&str; 7] = ["000", "001", "0011", "00", "010", "011", "810"];

/// Numbers with so many digits are in no country's plan (ITU-T E.164): the shortest, of small islands
/// with their country's code, have seven.
const LONGEST_LOCAL: usize = 6;

/// No emergency number is longer, with all that leads to it: an outside line, an international
/// prefix, a country and the number have 13 digits at most.
const LONGEST: usize = 20;

#[cfg(test)]
mod tests;
