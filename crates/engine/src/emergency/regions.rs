//! Emergency, police and other numbers of help, by country.
//!
//! `docs/emergency-numbers.md` says where they come from and when they were compared. A number too
//! many costs a typed confirmation, and no program can dial it in its country; a number too few may
//! cost a false alarm: where sources differ, all of them count.

use std::{collections::BTreeSet, sync::LazyLock};

/// The numbers of a country.
#[derive(Debug)]
pub(super) struct Region {
    /// ISO 3166-1 code; the reserved ones of islands and of Kosovo too.
    pub(super) country: &'static str,
    /// The code of ITU-T E.164, with the area code where many countries share one.
    pub(super) plan: &'static str,
    /// The numbers, spaces between; `?` stands for any digit.
    pub(super) numbers: &'static str,
}

impl Region {
    /// True for the region of a country.
    pub(super) fn is(&self, country: &str) -> bool {
        self.country.eq_ignore_ascii_case(country)
    }

    /// True for the region's code and a number of it.
    pub(super) fn is_reached(&self, way: &str) -> bool {
        way.strip_prefix(self.plan).is_some_and(|number| self.has(number))
    }

    /// True for a number of the region.
    pub(super) fn has(&self, number: &str) -> bool {
        let same = |(digit, wanted): (u8, u8)| digit == wanted || wanted == b'?';
        self.numbers.split(' ').any(|listed| {
            listed.len() == number.len() && number.bytes().zip(listed.bytes()).all(same)
        })
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

/// True for a number of any region.
pub(super) fn in_any(number: &str) -> bool {
    static ALL: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        REGIONS.iter().flat_map(|region| region.numbers.split(' ')).flat_map(spelt_out).collect()
    });
    ALL.contains(number)
}

/// The numbers that one of the table stands for.
pub(super) fn spelt_out(listed: &str) -> Vec<String> {
    listed.chars().fold(vec![String::new()], |numbers, wanted| {
        let digits = if wanted == '?' { '0'..='9' } else { wanted..=wanted };
        let longer = |number: &String| digits.clone().map(|d| format!("{number}{d}")).collect();
        numbers.iter().flat_map::<Vec<String>, _>(longer).collect()
    })
}

const fn region(country: &'static str, plan: &'static str, numbers: &'static str) -> Region {
    Region { country, plan, numbers }
}

/// All of them, by ISO 3166 code. Islands without a service of their own have the numbers of the
/// country that they belong to.
pub(super) const REGIONS: &[Region] = &[
    region("AC", "247", "911 999"),
    region("AD", "376", "110 112 116 118"),
    region("AE", "971", "112 911 991 992 996 997 998 999"),
    region("AF", "93", "100 102 112 119"),
    region("AG", "1", "911 999"),
    region("AI", "1", "911"),
    region("AL", "355", "112 125 126 127 128 129"),
    region("AM", "374", "100 101 102 103 104 108 177 911"),
    region("AO", "244", "111 112 113 115 116"),
    region("AQ", "672", "911"),
    region("AR", "54", "100 101 103 105 106 107 109 112 128 911"),
    region("AS", "1", "911"),
    region("AT", "43", "112 122 128 133 140 141 142 144 147"),
    region("AU", "61", "000 106 112 132500"),
    region("AW", "297", "100 911"),
    region("AX", "358", "112"),
    region("AZ", "994", "101 102 103 104 112 199"),
    region("BA", "387", "121 122 123 124 1282"),
    region("BB", "1246", "211 311 511 911"),
    region("BD", "880", "100 101 102 199 999 16163"),
    region("BE", "32", "100 101 102 103 105 106 107 108 110 112 117 119"),
    region("BF", "226", "15 16 17 18 112 199 1010 1111 1130"),
    region("BG", "359", "112 150 160 166"),
    region("BH", "973", "112 199 990 992 994 999"),
    region("BI", "257", "112 113 117 118 413"),
    region("BJ", "229", "112 114 116 117 118"),
    region("BL", "590", "15 17 18 112"),
    region("BM", "1", "911"),
    region("BN", "673", "991 993 995 998"),
    region("BO", "591", "110 111 114 115 118 119 120 156 160 165 176"),
    region("BQ", "599", "112 911"),
    region("BR", "55", "112 128 153 180 185 190 191 192 193 194 197 198 199 911"),
    region("BS", "1242", "112 911 919"),
    region("BT", "975", "110 112 113 999"),
    region("BV", "47", "112"),
    region("BW", "267", "111 112 116 911 991 997 998 999"),
    region("BY", "375", "101 102 103 104 112"),
    region("BZ", "501", "90 911 990"),
    region("CA", "1", "112 911 988"),
    region("CC", "61", "000 112"),
    region("CD", "243", "112 113 114 118 177 188"),
    region("CF", "236", "114 117 118 1220"),
    region("CG", "242", "112 117 118"),
    region("CH", "41", "112 114 117 118 143 144 145 147 1414 1415"),
    region("CI", "225", "100 110 111 145 170 180 185"),
    region("CK", "682", "996 998 999 22499 22664"),
    region("CL", "56", "112 130 131 132 133 134 135 136 137 138 911 1400"),
    region("CM", "237", "13 17 113 117 118 119"),
    region("CN", "86", "110 119 120 122 12395 95110"),
    region("CO", "57", "111 112 119 123 125 132 146 156 165"),
    region("CR", "506", "112 117 118 128 911 1117 1118"),
    region("CU", "53", "104 105 106"),
    region("CV", "238", "112 130 131 132"),
    region("CW", "599", "112 911 912"),
    region("CX", "61", "000 112"),
    region("CY", "357", "112 199 1441"),
    region("CZ", "420", "112 150 151 152 153 154 155 156 157 158 159"),
    region("DE", "49", "110 112 19222"),
    region("DJ", "253", "17 18 19"),
    region("DK", "45", "112 114"),
    region("DM", "1767", "333 911 999"),
    region("DO", "1", "112 911"),
    region("DZ", "213", "14 17 104 112 1021 1055 1548"),
    region("EC", "593", "100 101 102 103 112 131 911"),
    region("EE", "372", "110 112"),
    region("EG", "20", "122 123 126 128 180"),
    region("EH", "212", "15 19 150 177"),
    region("ER", "291", "112 113 114 116 124422 127799 201606 201917 202099 202914"),
    region("ES", "34", "061 062 080 085 088 091 092 112 1006"),
    region("ET", "251", "91 92 93 112 907 911 939 945 991 997"),
    region("FI", "358", "112"),
    region("FJ", "679", "910 911 913 915 917 919"),
    region("FK", "500", "112 999"),
    region("FM", "691", "911 320221"),
    region("FO", "298", "112 114"),
    region("FR", "33", "15 17 18 112 114 115 119 191 196 116000"),
    region("GA", "241", "18 112 177 13?? 1488 1730"),
    region("GB", "44", "112 999 18000"),
    region("GD", "1473", "399 434 677 724 774 911"),
    region("GE", "995", "011 022 033 111 112 113 114 122 123 125 144"),
    region("GF", "594", "15 17 18 112 196"),
    region("GG", "44", "112 999 18000"),
    region("GH", "233", "112 116 190 191 192 193 999"),
    region("GI", "350", "112 190 199 999"),
    region("GL", "299", "112 113 114"),
    region("GM", "220", "16 17 18 112 116 117 118"),
    region("GN", "224", "18 19 115 117 118 122"),
    region("GP", "590", "15 17 18 112 114 196"),
    region("GQ", "240", "112 113 114 115 116"),
    region("GR", "30", "100 108 112 166 171 197 199 1591 11112"),
    region("GS", "500", "999"),
    region("GT", "502", "110 120 122 123 128 1554"),
    region("GU", "1", "911"),
    region("GW", "245", "113 117 118 119 121"),
    region("GY", "592", "911 912 913"),
    region("HK", "852", "112 911 992 999"),
    region("HM", "672", "000 112"),
    region("HN", "504", "100 195 198 199 911"),
    region("HR", "385", "93 94 112 192 193 194 195 1987 116000 116006 116111"),
    region("HT", "509", "114 115 116 118 122"),
    region("HU", "36", "104 105 107 112"),
    region("ID", "62", "110 112 113 115 117 118 119 129 1131"),
    region("IE", "353", "112 999"),
    region("IL", "972", "100 101 102 103 104 105 112"),
    region("IM", "44", "112 999 18000"),
    region("IN", "91", "100 101 102 104 108 112 181 1033 1091 1298 1906 2611"),
    region("IO", "246", "112 999"),
    region("IQ", "964", "100 104 115 122"),
    region("IR", "98", "110 112 115 123 125 911"),
    region("IS", "354", "112"),
    region("IT", "39", "112 113 114 115 117 118 1515 1530"),
    region("JE", "44", "112 999 18000"),
    region("JM", "1", "110 112 119 911"),
    region("JO", "962", "112 191 192 193 197 199 911"),
    region("JP", "81", "110 118 119"),
    region("KE", "254", "109 110 112 114 117 911 999"),
    region("KG", "996", "101 102 103 112 161"),
    region("KH", "855", "117 118 119 666"),
    region("KI", "686", "192 193 194 195 992 993 994"),
    region("KM", "269", "17 18 111 112 113 115 117 118"),
    region("KN", "1869", "333 911 999"),
    region("KP", "850", "110 112 119 819 8119"),
    region("KR", "82", "111 112 113 117 118 119 122 125"),
    region("KW", "965", "112 152"),
    region("KY", "1", "911"),
    region("KZ", "7", "01 02 03 04 101 102 103 104 112"),
    region("LA", "856", "190 191 195 1169 1190 1191 1192 1195 1199"),
    region("LB", "961", "112 125 140 160 175 999"),
    region("LC", "1", "911 999"),
    region("LI", "423", "112 117 118 143 144 147"),
    region("LK", "94", "110 112 116 118 119 1990"),
    region("LR", "231", "144 355 911 4455"),
    region("LS", "266", "112 115 117 121 122 123"),
    region("LT", "370", "01 02 03 011 022 033 101 102 103 112"),
    region("LU", "352", "112 113"),
    region("LV", "371", "01 02 03 110 112 113 114 115 116000 116006 116111 116123"),
    region("LY", "218", "112 190 191 193 1415 1515"),
    region("MA", "212", "15 19 112 150 177 190"),
    region("MC", "377", "15 17 18 112"),
    region("MD", "373", "112 901 902 903"),
    region("ME", "382", "112 122 123 124 129"),
    region("MF", "590", "15 17 18 112"),
    region("MG", "261", "17 18 117 118 124 3600"),
    region("MH", "692", "911"),
    region("MK", "389", "112 192 193 194"),
    region("ML", "223", "15 17 18 112"),
    region("MM", "95", "191 192 199 1880"),
    region("MN", "976", "100 101 102 103 105"),
    region("MO", "853", "110 112 993 999"),
    region("MP", "1", "911"),
    region("MQ", "596", "15 17 18 112 114 191 196"),
    region("MR", "222", "17 18 101 116 117 118 119"),
    region("MS", "1", "911 999"),
    region("MT", "356", "112 191 196"),
    region("MU", "230", "112 114 115 995 999"),
    region("MV", "960", "100 102 104 105 115 118 119 191"),
    region("MW", "265", "199 490 491 990 997 998 999 4312"),
    region("MX", "52", "060 065 066 068 080 089 911"),
    region("MY", "60", "112 991 994 999"),
    region("MZ", "258", "117 119 197 198"),
    region("NA", "264", "112 924 998 9682 10111"),
    region("NC", "687", "15 16 17 18"),
    region("NE", "227", "15 17 18 118 8383 723141"),
    region("NF", "672", "000 911 955 977"),
    region("NG", "234", "112 122 199"),
    region("NI", "505", "102 115 118 120 128 911"),
    region("NL", "31", "112 911"),
    region("NO", "47", "110 112 113 120 1412"),
    region("NP", "977", "100 101 102 103 104 112"),
    region("NR", "674", "110 111 112"),
    region("NU", "683", "999"),
    region("NZ", "64", "111"),
    region("OM", "968", "112 1444 9999"),
    region("PA", "507", "103 104 911"),
    region("PE", "51", "105 106 110 115 116 117 911"),
    region("PF", "689", "15 17 18"),
    region("PG", "675", "000 110 111 112"),
    region("PH", "63", "112 117 166 911"),
    region("PK", "92", "15 16 112 115 130 1122"),
    region("PL", "48", "112 984 985 986 987 989 991 992 993 994 995 996 997 998 999"),
    region("PM", "508", "15 17 18"),
    region("PN", "64", "111 911 999"),
    region("PR", "1", "911"),
    region("PS", "970", "100 101 102 103 177"),
    region("PT", "351", "112 115 117 144"),
    region("PW", "680", "911"),
    region("PY", "595", "128 131 132 141 911 912"),
    region("QA", "974", "112 999"),
    region("RE", "262", "15 17 18 112 196"),
    region("RO", "40", "112 113"),
    region("RS", "381", "92 93 94 112 192 193 194 195 1985"),
    region("RU", "7", "01 02 03 04 101 102 103 104 112"),
    region("RW", "250", "110 111 112 113 912"),
    region("SA", "966", "112 123 911 992 993 996 997 998 999"),
    region("SB", "677", "111 911 988 999"),
    region("SC", "248", "111 112 133 141 151 160 999"),
    region("SD", "249", "333 777 999 777777"),
    region("SE", "46", "112 1177 11313 11414 90000"),
    region("SG", "65", "112 911 993 995 999"),
    region("SH", "290", "911 999"),
    region("SI", "386", "112 113 116000 116111 116123"),
    region("SJ", "47", "110 112 113"),
    region("SK", "421", "112 150 155 158 159"),
    region("SL", "232", "019 999"),
    region("SM", "378", "113 114 115 117 118 1515 1530"),
    region("SN", "221", "17 18 123 1515"),
    region("SO", "252", "555 777 888 999"),
    region("SR", "597", "110 113 115"),
    region("SS", "211", "999"),
    region("ST", "239", "112 113"),
    region("SV", "503", "123 132 911 913"),
    region("SX", "1721", "911 912 913 919"),
    region("SY", "963", "110 112 113 115"),
    region("SZ", "268", "933 977 999"),
    region("TA", "290", "911 999"),
    region("TC", "1", "911 999"),
    region("TD", "235", "17 18 114 115"),
    region("TF", "262", "15 17 18 112"),
    region("TG", "228", "117 118 171 172 177 8200 9200"),
    region("TH", "66", "112 191 199 1155 1193 1646 1669"),
    region("TJ", "992", "01 02 03 101 102 103 104 112"),
    region("TK", "690", "111 911 999"),
    region("TL", "670", "112 115"),
    region("TM", "993", "01 02 03 04 001 002 003 004 009"),
    region("TN", "216", "190 193 194 197 198"),
    region("TO", "676", "911 922 933 999"),
    region("TR", "90", "110 112 114 122 132 153 155 156 158 177"),
    region("TT", "1868", "811 911 990 999"),
    region("TV", "688", "000 911 999"),
    region("TW", "886", "110 112 113 118 119"),
    region("TZ", "255", "110 111 112 113 114 115 999"),
    region("UA", "380", "101 102 103 104 112"),
    region("UG", "256", "112 911 999"),
    region("UM", "1", "911"),
    region("US", "1", "112 911 988"),
    region("UY", "598", "104 105 106 108 109 112 128 911"),
    region("UZ", "998", "01 02 03 001 002 003 050 101 102 103 104 112 1050"),
    region("VA", "39", "112 113 114 115 117 118 1515 1530"),
    region("VC", "1", "112 911 999"),
    region("VE", "58", "112 171 911"),
    region("VG", "1284", "311 911 999"),
    region("VI", "1", "911"),
    region("VN", "84", "112 113 114 115"),
    region("VU", "678", "111 112 113"),
    region("WF", "681", "15 17 18"),
    region("WS", "685", "911 994 995 996 999"),
    region("XK", "383", "112 192 193 194"),
    region("YE", "967", "191 194 195 199"),
    region("YT", "262", "15 17 18 112 114 191 196"),
    region("ZA", "27", "107 112 116 139 1020 10111 10177 17737"),
    region("ZM", "260", "112 911 991 992 993 999"),
    region("ZW", "263", "112 993 994 995 999"),
];
