//! National emergency and police numbers, besides those that are known everywhere.
//!
//! From the national numbering plans as ITU-T E.129 collects them. A number too many costs a typed
//! confirmation, a number too few may cost a false alarm.

/// The numbers of countries that share a numbering plan.
#[derive(Debug)]
pub(super) struct Region {
    /// ISO 3166 codes, spaces between.
    pub(super) countries: &'static str,
    /// The code of ITU-T E.164.
    pub(super) plan: &'static str,
    /// The numbers.
    pub(super) numbers: &'static [&'static str],
}

impl Region {
    /// True for the region that a country belongs to.
    pub(super) fn is(&self, country: &str) -> bool {
        self.countries.split(' ').any(|code| code.eq_ignore_ascii_case(country))
    }
}

/// The region of an ISO 3166 code.
pub(super) fn in_country(country: &str) -> Option<&'static Region> {
    REGIONS.iter().find(|region| region.is(country))
}

/// The regions of a number in the international form.
pub(super) fn in_plan(number: &str) -> impl Iterator<Item = &'static Region> {
    let digits = number.strip_prefix('+').unwrap_or_default().to_owned();
    REGIONS.iter().filter(move |region| digits.starts_with(region.plan))
}

const fn region(
    countries: &'static str,
    plan: &'static str,
    numbers: &'static [&'static str],
) -> Region {
    Region { countries, plan, numbers }
}

/// All of them, by ISO 3166 code. A country with none of its own uses the ones known everywhere.
pub(super) const REGIONS: &[Region] = &[
    region("AE", "971", &["996", "997", "998"]),
    region("AL", "355", &["127", "128", "129"]),
    region("AM", "374", &["101", "102", "103"]),
    region("AR", "54", &["100", "101", "103", "105", "106", "107"]),
    region("AT", "43", &["122", "133", "140", "141", "144"]),
    region("AU", "61", &["106"]),
    region("AZ", "994", &["101", "102", "103", "104"]),
    region("BA", "387", &["121", "122", "123", "124"]),
    region("BD", "880", &["100", "101", "102"]),
    region("BE", "32", &["100", "101"]),
    region("BG", "359", &["150", "160", "166"]),
    region("BO", "591", &["118", "165"]),
    region("BR", "55", &["190", "191", "192", "193", "197", "198", "199"]),
    region("BY", "375", &["101", "102", "103", "104"]),
    region("CA US", "1", &["988"]),
    region("CH", "41", &["117", "118", "143", "144", "1414"]),
    region("CL", "56", &["131", "132", "133", "134", "137"]),
    region("CN", "86", &["120", "122", "12395"]),
    region("CO", "57", &["123", "125", "132", "156"]),
    region("CR", "506", &["117", "118", "128"]),
    region("CU", "53", &["104", "105", "106"]),
    region("CY", "357", &["199"]),
    region("CZ", "420", &["150", "155", "156", "158"]),
    region("DE", "49", &[]),
    region("DK", "45", &["114"]),
    region("DO", "1", &[]),
    region("DZ", "213", &["14", "17", "1055", "1548"]),
    region("EC", "593", &["100", "101", "102", "131"]),
    region("EE", "372", &[]),
    region("EG", "20", &["122", "123", "126", "180"]),
    region("ES", "34", &["061", "062", "080", "085", "088", "091", "092"]),
    region("FI", "358", &[]),
    region("FR", "33", &["15", "17", "18", "114", "115", "191", "196"]),
    region("GB GG IM JE", "44", &["18000"]),
    region("GE", "995", &["111", "113"]),
    region("GH", "233", &["191", "192", "193"]),
    region("GR", "30", &["100", "108", "166", "199"]),
    region("GT", "502", &["120", "122", "123"]),
    region("HK", "852", &["992"]),
    region("HR", "385", &["192", "193", "194", "195"]),
    region("HU", "36", &["104", "105", "107"]),
    region("ID", "62", &["113", "115", "117", "118", "129"]),
    region("IE", "353", &[]),
    region("IL PS", "972", &["100", "101", "102", "103"]),
    region("IN", "91", &["100", "101", "102", "104", "108", "1033", "1091"]),
    region("IQ", "964", &["104", "115", "122"]),
    region("IR", "98", &["115", "125"]),
    region("IS", "354", &[]),
    region("IT SM VA", "39", &["113", "114", "115", "117", "118", "1515", "1530"]),
    region("JO", "962", &["191", "192", "193", "199"]),
    region("JP", "81", &["118"]),
    region("KE", "254", &[]),
    region("KG", "996", &["101", "102", "103"]),
    region("KH", "855", &["117", "118"]),
    region("KR", "82", &["111", "113", "117", "118", "122", "125"]),
    region("KW", "965", &[]),
    region("KZ RU", "7", &["01", "02", "03", "04", "101", "102", "103", "104"]),
    region("LA", "856", &["190", "191", "195"]),
    region("LB", "961", &["125", "140", "175"]),
    region("LI", "423", &["117", "118", "143", "144"]),
    region("LK", "94", &["118", "1990"]),
    region("LT", "370", &["01", "02", "03", "101", "102", "103", "011", "022", "033"]),
    region("LU", "352", &["113"]),
    region("LV", "371", &["01", "02", "03", "113"]),
    region("MA", "212", &["15", "19", "150", "177", "190"]),
    region("MC", "377", &["15", "17", "18"]),
    region("MD", "373", &["901", "902", "903"]),
    region("ME", "382", &["122", "123", "124"]),
    region("MK", "389", &["192", "193", "194"]),
    region("MM", "95", &["191", "192", "199"]),
    region("MN", "976", &["101", "102", "103", "105"]),
    region("MT", "356", &["191", "196"]),
    region("MX", "52", &["060", "065", "066", "068", "080"]),
    region("MY", "60", &["991", "994"]),
    region("NG", "234", &["199", "122"]),
    region("NL", "31", &[]),
    region("NO", "47", &["113"]),
    region("NP", "977", &["100", "101", "102", "103"]),
    region("NZ", "64", &["111"]),
    region("OM", "968", &["9999"]),
    region("PE", "51", &["105", "106", "116", "117"]),
    region("PH", "63", &["117", "166"]),
    region("PK", "92", &["15", "16", "115", "130", "1122"]),
    region("PL", "48", &["984", "985", "986", "997", "998"]),
    region("PR", "1", &[]),
    region("PT", "351", &["115", "117"]),
    region("PY", "595", &["132", "141"]),
    region("QA", "974", &[]),
    region("RO", "40", &["113"]),
    region("RS", "381", &["192", "193", "194", "195"]),
    region("SA", "966", &["993", "996", "997", "998"]),
    region("SE", "46", &["90000"]),
    region("SG", "65", &["995"]),
    region("SI", "386", &["113"]),
    region("SK", "421", &["150", "155", "158", "159"]),
    region("SV", "503", &["123", "132", "913"]),
    region("TH", "66", &["191", "199", "1155", "1669"]),
    region("TJ", "992", &["01", "02", "03", "101", "102", "103"]),
    region("TN", "216", &["190", "193", "197", "198"]),
    region("TR", "90", &["122", "155", "156", "158", "177"]),
    region("TW", "886", &["113", "118"]),
    region("UA", "380", &["101", "102", "103", "104"]),
    region("UY", "598", &["104", "105", "106", "109"]),
    region("UZ", "998", &["101", "102", "103", "104"]),
    region("VE", "58", &["171"]),
    region("VN", "84", &["113", "114", "115"]),
    region("ZA", "27", &["107", "10111", "10177"]),
];
