//! The user's own contacts: one JSON file, replaced whole or not at all.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::{atomic, private};

/// A person or a place to call.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Contact {
    /// Its name in the file; empty for one that is not kept yet.
    pub id: String,
    /// Name.
    pub name: String,
    /// Where it belongs to.
    pub company: String,
    /// Numbers and addresses, the usual one first.
    pub numbers: Vec<ContactNumber>,
    /// Shown first.
    pub favourite: bool,
    /// Our number that calls to it show; `None` for the usual choice.
    pub did: Option<String>,
}

/// A number of a contact.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ContactNumber {
    /// `work`, `mobile`, or what the user wrote.
    pub label: String,
    /// Number or SIP URI, as the user wrote it.
    pub number: String,
}

/// The contacts of a user. Clones share one lock, so that no change is lost between two of them.
#[derive(Clone, Debug)]
pub struct Contacts {
    path: PathBuf,
    writing: Arc<Mutex<()>>,
}

/// Contacts that are kept at most.
pub const MOST: usize = 20_000;
/// Bytes of a text of a contact, at most.
const LONGEST: usize = 512;
/// Numbers of one contact, at most.
const NUMBERS: usize = 32;
/// Bytes of a file that is read at most.
const FILE: u64 = 64 << 20;

impl Contacts {
    /// The contacts in a file, which need not be there yet.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), writing: Arc::default() }
    }

    /// All of them, in the order of the file.
    ///
    /// # Errors
    /// [`ContactsError`] when the file cannot be read or is none of ours; it is left as it is.
    pub fn all(&self) -> Result<Vec<Contact>, ContactsError> {
        let failed = |why| ContactsError::Read { path: self.path.clone(), why };
        match fs::metadata(&self.path) {
            Ok(found) if found.len() > FILE => {
                return Err(failed(io::ErrorKind::FileTooLarge.into()));
            }
            Ok(_) => {}
            Err(why) if why.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(why) => return Err(failed(why)),
        }
        let text = fs::read_to_string(&self.path).map_err(failed)?;
        serde_json::from_str(&text).map_err(|why| failed(why.into()))
    }

    /// Keeps contacts: those with an `id` in place of the ones of that id, the others as new ones.
    /// Answers all contacts.
    ///
    /// # Errors
    /// [`ContactsError`]; nothing is changed then.
    pub fn save(&self, contacts: Vec<Contact>) -> Result<Vec<Contact>, ContactsError> {
        contacts.iter().try_for_each(check)?;
        self.change(|all| {
            let numbers = all.iter().filter_map(|one| one.id.parse::<u64>().ok());
            let mut next = numbers.max().map_or(1, |last| last.saturating_add(1));
            for mut contact in contacts {
                if contact.id.is_empty() {
                    contact.id = next.to_string();
                    next = next.saturating_add(1);
                }
                match all.iter_mut().find(|one| one.id == contact.id) {
                    Some(place) => *place = contact,
                    None => all.push(contact),
                }
            }
        })
    }

    /// Takes the contact of that id away; one that is not there is no error.
    ///
    /// # Errors
    /// [`ContactsError`]; nothing is changed then.
    pub fn remove(&self, id: &str) -> Result<(), ContactsError> {
        self.change(|all| all.retain(|one| one.id != id)).map(drop)
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<Contact>),
    ) -> Result<Vec<Contact>, ContactsError> {
        let _alone = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = self.all()?;
        change(&mut all);
        if all.len() > MOST {
            return Err(ContactsError::TooMany);
        }
        let failed = |why| ContactsError::Write { path: self.path.clone(), why };
        let text = serde_json::to_string_pretty(&all).map_err(|why| failed(why.into()))?;
        self.path.parent().map_or(Ok(()), private::create_folder).map_err(failed)?;
        atomic::replace(&self.path, &text).map_err(failed)?;
        Ok(all)
    }
}

fn check(contact: &Contact) -> Result<(), ContactsError> {
    let own = [&contact.id, &contact.name, &contact.company];
    let numbers = contact.numbers.iter().flat_map(|one| [&one.label, &one.number]);
    let fits = own.into_iter().chain(numbers).chain(&contact.did).all(|text| text.len() <= LONGEST);
    if fits && contact.numbers.len() <= NUMBERS { Ok(()) } else { Err(ContactsError::TooLong) }
}

/// Why contacts cannot be read or kept. The file is as it was in every case.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ContactsError {
    /// The file cannot be read, or holds something else.
    #[error("the contacts in {} cannot be read: {why}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: io::Error,
    },
    /// A text of a contact is too long, or it has too many numbers.
    #[error("a contact has a text of over {LONGEST} bytes or more than {NUMBERS} numbers")]
    TooLong,
    /// There are too many.
    #[error("more than {MOST} contacts cannot be kept")]
    TooMany,
    /// The file cannot be written.
    #[error("the contacts cannot be written to {}: {why}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        why: io::Error,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contact(name: &str) -> Contact {
        let number = ContactNumber { label: "work".into(), number: "+15550100".into() };
        Contact { name: name.into(), numbers: vec![number], ..Contact::default() }
    }

    #[test]
    fn contacts_are_kept_changed_and_taken_away() {
        let here = tempfile::tempdir().unwrap();
        let contacts = Contacts::at(here.path().join("new/contacts.json"));
        assert_eq!(contacts.all().unwrap(), []);
        let all = contacts.save(vec![contact("Ada"), contact("Bruno")]).unwrap();
        assert_eq!([&all[0].id, &all[1].id], ["1", "2"]);
        let renamed = Contact { name: "Ada L.".into(), ..all[0].clone() };
        contacts.save(vec![renamed.clone()]).unwrap();
        contacts.remove("2").unwrap();
        contacts.remove("2").unwrap();
        let again = Contacts::at(here.path().join("new/contacts.json"));
        assert_eq!(again.all().unwrap(), [renamed]);
        assert_eq!(again.save(vec![contact("Chidi")]).unwrap()[1].id, "2");
    }

    #[test]
    fn a_file_that_is_none_of_ours_is_left_as_it_is() {
        let here = tempfile::tempdir().unwrap();
        let path = here.path().join("contacts.json");
        fs::write(&path, "{ not ours").unwrap();
        let contacts = Contacts::at(&path);
        assert!(matches!(contacts.save(vec![contact("Ada")]), Err(ContactsError::Read { .. })));
        assert_eq!(fs::read_to_string(&path).unwrap(), "{ not ours");
    }

    #[test]
    fn what_is_too_long_is_refused_whole() {
        let here = tempfile::tempdir().unwrap();
        let contacts = Contacts::at(here.path().join("contacts.json"));
        let long = contact(&"x".repeat(LONGEST + 1));
        assert!(matches!(contacts.save(vec![contact("a"), long]), Err(ContactsError::TooLong)));
        assert_eq!(contacts.all().unwrap(), []);
    }
}
