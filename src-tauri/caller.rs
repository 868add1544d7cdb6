//! Who calls, in the words of a notification. What the wire brought stays text.

use milliwatt_store::contacts::Contacts;

use crate::{
    shown::{LONGEST, shown},
    words::Language,
};

/// A call that comes in.
#[derive(Debug)]
pub(crate) struct Caller {
    /// Number or URI.
    pub(crate) number: String,
    /// How they call themselves.
    pub(crate) name: Option<String>,
    /// The number of ours that was dialled, as the user calls it.
    pub(crate) did: String,
    pub(crate) trunk: String,
    /// The signalling is encrypted.
    pub(crate) secure: bool,
}

/// Characters of a name that anybody can give himself, at most: the number has to stand behind it.
const NAME: usize = 48;
/// Digits of a country's code, and of a zero that is kept behind it, at most.
const COUNTRY: usize = 3;
/// Digits of a number of the world (ITU-T E.164), and of the shortest that is compared as one.
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

impl Caller {
    /// The contact that the number belongs to; else how they call themselves, with the number,
    /// which says more.
    pub(crate) fn who(&self, contacts: &Contacts) -> String {
        if let Some(contact) = self.contact(contacts) {
            return shown(&contact, LONGEST);
        }
        let number = self.number();
        let name = self.name.as_deref().map(str::trim).unwrap_or_default();
        if name.is_empty() || name == self.number {
            return number;
        }
        format!("{} ({number})", shown(name, NAME))
    }

    /// The number as it is shown.
    pub(crate) fn number(&self) -> String {
        shown(&self.number, LONGEST)
    }

    /// Whom they call, on which line, and whether others can listen in on that.
    pub(crate) fn facts(&self, language: Language) -> String {
        let secure = if self.secure { "signalling encrypted" } else { "signalling not encrypted" };
        let did = language.about("to {number}", &shown(&self.did, LONGEST));
        [did, shown(&self.trunk, LONGEST), language.say(secure.into())].join(" · ")
    }

    /// The name of the contact. Reads a file.
    fn contact(&self, contacts: &Contacts) -> Option<String> {
        let all = contacts.all().inspect_err(|why| tracing::info!("{why}")).ok()?;
        let theirs = Spelling::of(&self.number)?;
        let is_theirs =
            |number: &str| Spelling::of(number).is_some_and(|own| theirs.is_of_one_with(&own));
        let found = all.into_iter().find(|one| one.numbers.iter().any(|n| is_theirs(&n.number)))?;
        Some(found.name).filter(|name| !name.trim().is_empty())
    }
}

/// How a number is written.
#[derive(Debug, PartialEq, Eq)]
enum Spelling {
    /// With the code of its country.
    Abroad(String),
    /// As within its country, without the zero that leads out of a town.
    Home(String),
    /// It is none: an extension, or a name at an address.
    Other(String),
}

impl Spelling {
    /// The part of an address that names somebody; `None` where nobody is named.
    fn of(number: &str) -> Option<Self> {
        let (scheme, rest) = number.split_once(':').unwrap_or(("", number));
        let is_scheme = ["sip", "sips", "tel"].iter().any(|one| one.eq_ignore_ascii_case(scheme));
        let user = if is_scheme { rest } else { number }.split(['@', ';']).next()?;
        let for_the_eye = |c: char| c.is_whitespace() || "().-/".contains(c);
        let bare = user.replace(for_the_eye, "").to_lowercase();
        let digits = bare.trim_start_matches('+');
        if bare.is_empty() {
            return None;
        }
        if !DIGITS.contains(&digits.len()) || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Some(Self::Other(bare));
        }
        let abroad = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
        Some(match abroad {
            Some(number) => Self::Abroad(number.to_owned()),
            None => Self::Home(digits.trim_start_matches('0').to_owned()),
        })
    }

    /// True for two ways to write one number. Without a country it is that of any.
    fn is_of_one_with(&self, other: &Self) -> bool {
        if let (Self::Abroad(abroad), Self::Home(home)) | (Self::Home(home), Self::Abroad(abroad)) =
            (self, other)
        {
            let country = abroad.strip_suffix(home.as_str());
            return DIGITS.contains(&home.len()) && country.is_some_and(|c| c.len() <= COUNTRY);
        }
        self == other
    }
}

#[cfg(test)]
mod tests {
    use milliwatt_store::contacts::{Contact, ContactNumber};

    use super::*;

    fn caller(number: &str, name: &str) -> Caller {
        let (did, trunk) = ("Sales (+15550100)".to_owned(), "office".to_owned());
        Caller { number: number.into(), name: Some(name.into()), did, trunk, secure: true }
    }

    fn contacts(home: &tempfile::TempDir, numbers: &[(&str, &str)]) -> Contacts {
        let contacts = Contacts::at(home.path().join("contacts.json"));
        let all = numbers.iter().map(|(name, number)| Contact {
            name: (*name).into(),
            numbers: vec![ContactNumber { label: String::new(), number: (*number).into() }],
            ..Contact::default()
        });
        contacts.save(all.collect()).unwrap();
        contacts
    }

    #[test]
    fn a_contact_is_told_by_name_and_anybody_else_with_the_number() {
        let home = tempfile::tempdir().unwrap();
        let contacts = contacts(&home, &[("", "+15550105"), ("Ada Lind", "+1 (555) 010-1234")]);
        let who = |number, name| caller(number, name).who(&contacts);
        assert_eq!(who("+15550101234", "Your bank"), "Ada Lind");
        assert_eq!(who("+15550199", "Ada Lind"), "Ada Lind (+15550199)");
        assert_eq!(who("+15550105", "Bob"), "Bob (+15550105)", "a contact without a name");
        assert_eq!(who("+15550199", " "), "+15550199");
        assert_eq!(who("+15550199", "+15550199"), "+15550199");
        assert_eq!(who("anonymous", "\u{202e}x"), "‹202E›x (anonymous)");
        let long = who("+15550199", &"x".repeat(1000));
        assert!(long.ends_with("x… (+15550199)") && long.chars().count() < LONGEST, "{long}");
    }

    #[test]
    fn contacts_that_cannot_be_read_keep_nobody_from_being_told() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("contacts.json"), "{").unwrap();
        let broken = Contacts::at(home.path().join("contacts.json"));
        assert_eq!(caller("+15550101", "Ada").who(&broken), "Ada (+15550101)");
    }

    #[test]
    fn a_number_is_known_however_it_is_written() {
        let one = |kept, calls| {
            let spelling = |number| Spelling::of(number).unwrap();
            spelling(kept).is_of_one_with(&spelling(calls))
        };
        for (kept, calls) in [
            ("+44 20 7946 0732", "+442079460732"),
            ("020 7946 0732", "+442079460732"),
            ("+442079460732", "02079460732"),
            ("0044 20/7946-0732", "442079460732"),
            ("06 5550 1122", "+390655501122"),
            ("(212) 555-0100", "sip:+12125550100@192.0.2.1;user=phone"),
            ("sip:Echo@sip.example.net", "sip:echo@192.0.2.1:5060"),
            ("105", "105"),
        ] {
            assert!(one(kept, calls) && one(calls, kept), "{kept} {calls}");
        }
        for (kept, calls) in [
            ("+442079460732", "+442079460733"),
            ("+442079460732", "+12079460732"),
            ("7946 0732", "+442079460732"),
            ("555-0100", "+12125550100"),
            ("0100", "+12125550100"),
            ("105", "0105"),
        ] {
            assert!(!one(kept, calls) && !one(calls, kept), "{kept} {calls}");
        }
        assert_eq!(Spelling::of(""), None);
        assert_eq!(Spelling::of("sip:@192.0.2.1"), None);
    }

    #[test]
    fn a_notification_tells_whom_on_which_line_and_how_safely() {
        let call = caller("+15550101", "Ada");
        let told = "to Sales (+15550100) · office · signalling encrypted";
        assert_eq!(call.facts(Language::English), told);
        let clear = Caller { secure: false, ..call };
        let told = "an Sales (+15550100) · office · Signalisierung nicht verschlüsselt";
        assert_eq!(clear.facts(Language::German), told);
    }
}
