use milliwatt_sip::{identity::number_of, uri::Uri};
use proptest::prelude::*;

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
        "sip:911:5@example.net",
        "sip:911",
        "911:5",
        "911,123",
        "911#",
        "911p1",
        "tel:911;phone-context=+1",
        "tel:+1-911",
        "urn:service:sos",
        "urn:service:sos.police",
        "<urn:service:sos>",
        "URN:SERVICE:SOS",
        "sip:urn%3Aservice%3Asos@example.net",
        "sip:112@192.0.2.1;user=phone",
        "\"Help\" <sip:112@example.net>",
        "9-1-1",
        "SIP:112@x",
        "sips:sos@example.net",
        "sip:sos.fire@example.net",
        "00112",
        "9,911",
        "0000",
        "*31#112",
        "#31#112",
        "*67911",
        "141999",
        "1470999",
        "5911",
        "88112",
        "+49112",
        "0049112",
        "011911",
        "0011911",
        "00420112",
        "901149112",
        "001161000",
        "sip:%39%31%31@example.net",
        "sip:9%25311@example.net",
        "sip:%2539%2531%2531@example.net",
        "tel:%39%31%31",
        "%39%31%31",
        "sip:911;npdi@example.net",
        "sip:911?Subject=x",
        "+000",
        "sip:+000@example.net",
        "9+11",
        "٩١١",
    ] {
        assert!(is_emergency(to, Nations::None), "{to}");
    }
}

#[test]
fn other_numbers_are_not() {
    for to in [
        "+15550100",
        "+15550112",
        "15550119",
        "1000",
        "9000",
        "9001",
        "9005",
        "8486",
        "+15559110",
        "+50022112",
        "+6834112",
        "+80011223112",
        "+18104418000",
        "sip:alice@example.net",
        "sip:agent112@example.net",
        "sip:bob@112.0.0.1",
        "sip:10.0.1.12",
        "sip:10.0.1.12:5060;transport=tcp",
        "1234",
        "+49301122",
        "tel:+15550112",
        "8404",
        "*43",
        "",
        "%",
        "sip:%zz@x",
    ] {
        assert!(!is_emergency(to, Nations::All), "{to}");
    }
}

#[test]
fn national_numbers_are_those_of_their_country() {
    for (to, country) in [
        ("101", "AR"),
        ("0101", "ar"),
        ("9101", "AR"),
        ("+54101", "AR"),
        ("0054101", "AR"),
        ("18", "FR"),
        ("+3317", "FR"),
        ("133", "AT"),
        ("sip:%31%33%33@example.net", "AT"),
        ("tel:102", "UA"),
        ("+101", "AR"),
        ("+144,1234567", "AT"),
        ("190", "BR"),
        ("111", "NZ"),
    ] {
        assert!(is_emergency(to, Nations::Country(country)), "{to} in {country}");
    }
    for to in ["101", "100", "17", "133", "190", "tel:102"] {
        assert!(is_emergency(to, Nations::All), "{to}");
        assert!(!is_emergency(to, Nations::None), "{to}");
        assert!(!is_emergency(to, Nations::Country("DE")), "{to}");
    }
    // Tonga's ambulance; in North America a number that reads one's address back.
    assert!(is_emergency("933", Nations::All));
    assert!(!is_emergency("933", Nations::Number("+15550100")));
    assert!(is_emergency("211", Nations::Number("+12465550100")), "the police of Barbados");
    assert!(!is_emergency("211", Nations::Number("+15550100")));
    assert!(is_emergency("+54101", Nations::All));
    assert!(!is_emergency("9101", Nations::All), "an extension");
}

fn trunk(domain: &str, country: Option<&str>, did: &str) -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.domain = domain.into();
    trunk.numbers.country = country.map(str::to_owned);
    trunk.numbers.dids = vec![did.to_owned()];
    trunk
}

#[test]
fn a_trunk_tells_whose_numbers_count() {
    let dials = |trunk: &Trunk, to| !is_emergency(to, Nations::of(trunk));
    assert!(!dials(&trunk("sip.example.net", Some("AR"), ""), "101"));
    assert!(dials(&trunk("sip.example.net", Some("DE"), ""), "101"));
    assert!(dials(&trunk("sip.example.net", None, "+4930123456"), "101"));
    assert!(!dials(&trunk("sip.example.net", None, "+54115550100"), "101"));
    assert!(!dials(&trunk("sip.example.net", None, "5550100"), "101"));
    assert!(!dials(&trunk("sip.example.net", Some("ZZ"), ""), "101"), "not in the list");
    for own in ["127.0.0.1:5060", "10.0.0.5", "[::1]:5060", "localhost:5070", "fd00::1"] {
        assert!(dials(&trunk(own, None, ""), "101"), "{own}");
        assert!(!dials(&trunk(own, None, ""), "112"), "{own}");
    }
    assert!(!dials(&trunk("203.0.113.5", None, ""), "101"));
}

#[test]
fn programs_dial_extensions_and_no_number_of_the_trunks_country() {
    let carrier = |country| trunk("sip.example.net", country, "");
    let house = trunk("10.0.0.5", None, "");
    let unknown = carrier(None);
    for extension in ["1300", "1111", "1010", "8200", "9200", "4455", "18000", "9101"] {
        assert!(!needs_a_person(extension, &house), "{extension}");
        assert!(!needs_a_person(extension, &carrier(Some("DE"))), "{extension}");
        assert!(!needs_a_person(extension, &trunk("sip.example.net", None, "+4930123456")));
    }
    for (to, country) in [("8200", "TG"), ("sip:8200@h", "tg"), ("18000", "GB"), ("9101", "AR")] {
        assert!(needs_a_person(to, &carrier(Some(country))), "{to} in {country}");
    }
    assert!(needs_a_person("8200", &trunk("10.0.0.5", Some("TG"), "")), "the country is known");
    assert!(needs_a_person("8200", &unknown));
    let mut gateway = house.clone();
    gateway.test.billed = Some(true);
    assert!(needs_a_person("8200", &gateway), "it leads out of the house");
    for to in [
        "112",
        "911",
        "999",
        "000",
        "110",
        "118",
        "119",
        "9911",
        "00112",
        "101",
        "17",
        "116000",
        "+2288200",
        "urn:service:sos",
        "1300,911",
    ] {
        for trunk in [&house, &carrier(Some("DE")), &carrier(Some("US")), &gateway, &unknown] {
            assert!(needs_a_person(to, trunk), "{to}");
        }
    }
    for to in ["+15550100", "+4930123456", "alice"] {
        assert!(!needs_a_person(to, &unknown), "{to}");
    }
}

/// The number by which a North American trunk tells the address that it holds of us.
#[test]
fn programs_dial_933_in_north_america_alone() {
    let asks = |to, country, did| needs_a_person(to, &trunk("sip.example.net", country, did));
    for (country, did) in [(Some("US"), ""), (Some("ca"), ""), (None, "+15550100")] {
        for to in ["933", "sip:933@example.net", "tel:933;phone-context=+1"] {
            assert!(!asks(to, country, did), "{to} {country:?} {did}");
        }
        assert!(asks("+676933", country, did), "Tonga's");
        assert!(asks("911", country, did));
    }
    for (country, did) in [(None, ""), (Some("TO"), ""), (Some("DE"), ""), (None, "+4930123456")] {
        assert!(asks("933", country, did), "{country:?} {did}");
    }
    assert!(needs_a_person("933", &trunk("10.0.0.5", None, "")));
}

/// What comes over the wire may be as long as a message: it is judged at once, and what is hidden in
/// it is found. By all runs of groups this would take hours.
#[test]
fn a_long_text_is_judged() {
    let long = |group: &str| format!("sip:{}@example.net", vec![group; 4_000].join(","));
    assert!(!is_emergency(&long("4"), Nations::All));
    assert!(!is_emergency(&long("5550100"), Nations::All));
    assert!(is_emergency(&long("4").replacen("4,4,4,4", "4,9,1,1", 1), Nations::None));
    assert!(is_emergency(&long("4").replace("4@", "0,0,1,9,1,1@"), Nations::None));
    let escapes = format!("%{}", "25".repeat(30_000));
    assert!(!is_emergency(&escapes, Nations::All));
    assert!(is_emergency(&format!("9{escapes}311"), Nations::None));
}

#[test]
fn the_longest_number_is_within_the_bound() {
    let longest = |texts: &[&str]| texts.iter().map(|text| text.len()).max().unwrap();
    for region in REGIONS {
        let number = region.numbers.split(' ').map(str::len).max().unwrap().max(3);
        assert!(1 + longest(&ABROAD) + region.plan.len() + number <= LONGEST, "{region:?}");
    }
}

#[test]
fn every_country_has_a_number() {
    for country in COUNTRIES.split_whitespace() {
        let region = in_country(country).unwrap_or_else(|| panic!("{country} is missing"));
        let is_number = |n: &str| n.len() > 1 && n.chars().all(|c| c.is_ascii_digit() || c == '?');
        assert!(region.numbers.split(' ').all(is_number), "{region:?}");
        assert!(region.plan.chars().all(|c| c.is_ascii_digit()), "{region:?}");
        for number in region.numbers.replace('?', "5").split(' ') {
            assert!(is_emergency(number, Nations::Country(country)), "{number} in {country}");
            assert!(is_emergency(number, Nations::All), "{number}");
            let abroad = format!("+{}{number}", region.plan);
            assert!(is_emergency(&abroad, Nations::All), "{abroad}");
        }
    }
    assert!(REGIONS.is_sorted_by(|one, next| one.country < next.country));
}

#[test]
fn the_common_numbers_are_listed_where_they_apply() {
    for country in EUROPE.split_whitespace() {
        assert!(in_country(country).unwrap().has("112"), "{country}");
    }
    for region in REGIONS.iter().filter(|region| region.plan.starts_with('1')) {
        assert!(region.has("911"), "{region:?}");
    }
}

/// What telephones hold for an emergency number, the table does too.
#[test]
fn no_number_of_libphonenumber_is_missing() {
    let lines = include_str!("libphonenumber.txt").lines().filter(|line| !line.starts_with('#'));
    let mut compared = 0;
    for line in lines {
        let (country, numbers) = line.split_once(' ').unwrap();
        let region = in_country(country).unwrap_or_else(|| panic!("{country} is missing"));
        for number in numbers.split(' ').flat_map(regions::spelt_out) {
            assert!(region.has(&number), "{number} in {country}");
            compared += 1;
        }
    }
    assert!(compared > 700, "{compared}");
}

/// Ways to write a digit that a telephone system reads as that digit.
fn written(digit: char) -> impl Strategy<Value = String> {
    prop_oneof![
        Just(digit.to_string()),
        Just(format!("%{:02x}", u32::from(digit))),
        Just(format!("%25{:02X}", u32::from(digit))),
        prop::sample::select(vec!["-", ".", " ", "(", ")"])
            .prop_map(move |s| format!("{s}{digit}")),
    ]
}

/// A number with what a dial plan takes off the front.
fn prefixed() -> impl Strategy<Value = String> {
    let prefix = prop_oneof![
        "[0-9]{0,4}",
        "\\+[1-9][0-9]{0,2}",
        "[09]?(00|011|0011|001|010|810)[1-9][0-9]{0,2}",
        "[*#]{1,2}[0-9]{1,4}[*#]",
        "[0-9],",
    ];
    (prefix, prop::sample::select(EVERYWHERE.to_vec())).prop_map(|(before, number)| before + number)
}

proptest! {
    #[test]
    fn no_way_of_writing_hides_one(
        text in prefixed().prop_flat_map(|number| {
            number.chars().map(|c| if c.is_ascii_digit() { written(c).boxed() } else { Just(c.to_string()).boxed() }).collect::<Vec<_>>()
        }),
        scheme in prop::sample::select(vec!["", "sip:", "SIPS:", "tel:", "<sip:", "\"A B\" <tel:"]),
        after in prop::sample::select(vec!["", ";phone-context=+1", "@example.net", "@10.0.0.1:5060;user=phone", ";npdi@x", ":5@x", "#", ",12", "?a=b"]),
    ) {
        let to = format!("{scheme}{}{after}", text.concat());
        // Four digits with dots between are an address, which needs no user.
        let address = decoded(&text.concat()).parse::<std::net::Ipv4Addr>().is_ok();
        prop_assert!(address || is_emergency(&to, Nations::None), "{to}");
    }

    /// The wire's own parser is the judge: what it reads as an emergency number is known as one.
    #[test]
    fn what_the_wire_reads_as_one_is_one(
        scheme in prop::sample::select(vec!["", "sip:", "sips:", "tel:"]),
        user in prop::collection::vec(prop::sample::select(vec![
            "9", "1", "2", "0", "%39", "%31", "%30", "-", ".", "(", "%28", "+", "%2B", ";x", ":p", "%20",
        ]), 1..8),
        host in prop::sample::select(vec!["", "@example.net", "@10.0.0.1:5060", ";user=phone"]),
    ) {
        let to = format!("{scheme}{}{host}", user.concat());
        let uri = if scheme.is_empty() { format!("sip:{to}@h") } else { to.clone() };
        let number = Uri::parse(&uri).ok().and_then(|uri| number_of(&uri)).unwrap_or_default();
        let digits = number.trim_start_matches('+');
        if EVERYWHERE.contains(&digits) || digits == "000" {
            prop_assert!(is_emergency(&to, Nations::None), "{to} is {number}");
        }
    }

    #[test]
    fn nothing_makes_it_stumble(to in "\\PC*|[%0-9a-f@<>;:?+*#.]{0,20}") {
        let all = is_emergency(&to, Nations::All);
        prop_assert!(all || !is_emergency(&to, Nations::None), "{to}");
    }
}

/// ISO 3166-1.
const COUNTRIES: &str = "\
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR \
    BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ \
    EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW \
    GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY \
    KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV \
    MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY \
    QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG \
    TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM \
    ZW";

/// The European Union, the European Economic Area, Switzerland and the United Kingdom.
const EUROPE: &str = "\
    AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK";
