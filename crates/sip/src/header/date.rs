//! Date (RFC 3261 §20.17).

use std::fmt;

use super::{Header, ValueError};
use crate::message::{Name, Rule};

/// A date, in seconds since 1970 in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Date(pub u64);

impl Header for Date {
    const NAME: Name<'static> = Name::Date;

    /// The one form that SIP allows: `Sat, 13 Nov 2010 23:29:00 GMT`.
    fn parse(text: &str) -> Result<Self, ValueError> {
        read(text).map(Self).ok_or(ValueError::new(Rule::DateSyntax))
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = self.0 / DAY;
        let weekday = DAYS.get((days % 7) as usize).copied().unwrap_or_default();
        let (year, month, day) = civil(days);
        let name = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
        let (hour, minute, second) = (self.0 % DAY / 3600, self.0 % 3600 / 60, self.0 % 60);
        write!(f, "{weekday}, {day:02} {name} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
    }
}

fn read(text: &str) -> Option<u64> {
    let (weekday, rest) = text.as_bytes().split_at_checked(5)?;
    let [weekday @ .., b',', b' '] = weekday else { return None };
    let (date, clock) = rest.split_at_checked(12)?;
    let [d1, d2, b' ', month @ .., b' ', y1, y2, y3, y4, b' '] = date else { return None };
    let [h1, h2, b':', m1, m2, b':', s1, s2, b' ', b'G', b'M', b'T'] = clock else { return None };
    let position = |names: &[&str], name: &[u8]| {
        // Names whose length the compiler knows are compared without a loop.
        let name = name.first_chunk::<3>()?;
        let is_same = |known: &[u8; 3]| known.eq_ignore_ascii_case(name);
        names.iter().position(|known| known.as_bytes().first_chunk().is_some_and(is_same))
    };
    position(&DAYS, weekday)?;
    let month = 1 + position(&MONTHS, month)? as u64;
    let (day, year) = (number(&[*d1, *d2])?, number(&[*y1, *y2, *y3, *y4])?);
    let (hour, minute, second) = (number(&[*h1, *h2])?, number(&[*m1, *m2])?, number(&[*s1, *s2])?);
    let sound = (1..=31).contains(&day) && hour < 24 && minute < 60 && second <= 60 && year >= 1970;
    sound.then(|| days(year, month, day) * DAY + hour * 3600 + minute * 60 + second)
}

fn number(digits: &[u8]) -> Option<u64> {
    digits.iter().try_fold(0, |number, digit| {
        digit.is_ascii_digit().then(|| number * 10 + u64::from(digit - b'0'))
    })
}

/// Days since 1970 of a date in the Gregorian calendar, years starting in March.
fn days(year: u64, month: u64, day: u64) -> u64 {
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - TO_1970
}

/// Year, month and day of that many days since 1970.
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + TO_1970;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = (shifted + 2) % 12 + 1;
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    (year, month, of_year - (153 * shifted + 2) / 5 + 1)
}

const DAY: u64 = 86_400;
/// Days from 1 March of the year 0 to 1 January 1970.
const TO_1970: u64 = 719_468;
/// 1 January 1970 was a Thursday.
const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_back() {
        for (text, seconds) in [
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Sat, 13 Nov 2010 23:29:00 GMT", 1_289_690_940),
            ("Thu, 29 Feb 2024 12:00:01 GMT", 1_709_208_001),
            ("Fri, 31 Dec 2100 23:59:59 GMT", 4_133_980_799),
        ] {
            assert_eq!(Date::parse(text), Ok(Date(seconds)), "{text}");
            assert_eq!(Date(seconds).to_string(), text);
        }
    }

    #[test]
    fn other_zones_and_forms_are_no_dates() {
        for text in [
            "Fri, 01 Jan 2010 16:00:00 EST",
            "Fri, 1 Jan 2010 16:00:00 GMT",
            "Fri, 01 Jan 2010 24:00:00 GMT",
            "01 Jan 2010 16:00:00 GMT",
            "Fri, 01 Jan 0000 16:00:00 GMT",
            "",
        ] {
            assert!(Date::parse(text).is_err(), "{text}");
        }
    }
}
