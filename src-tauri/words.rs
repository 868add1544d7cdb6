//! What the program says, in the language of the window. Engine, checks and settings speak English;
//! the tables in `assets/words` have their sentences in other languages.

#[cfg(test)]
mod complete;
mod pattern;
mod search;
#[cfg(test)]
mod tests;

use std::{
    cmp::Reverse,
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use serde::{Deserialize, Serialize, Serializer, ser};
use serde_json::Value;

use self::{pattern::Pattern, search::Search};

/// A language that the program speaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Language {
    #[default]
    English,
    German,
}

impl Language {
    /// The chosen one, else the first that the system asks for and that there is, else English: as
    /// the window chooses it (`ui/src/i18n`).
    pub(crate) fn of(choice: Option<&str>, system: &[String]) -> Self {
        let mut tags = choice.into_iter().chain(system.iter().map(String::as_str));
        tags.find_map(Self::from_tag).unwrap_or_default()
    }

    fn from_tag(tag: &str) -> Option<Self> {
        match tag.split('-').next()?.to_ascii_lowercase().as_str() {
            "de" => Some(Self::German),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// A text of ours in this language; one that has no words for it leaves it in English.
    pub(crate) fn say(self, text: String) -> String {
        self.words().and_then(|words| words.text(&text)).unwrap_or(text)
    }

    /// The same of a text with one place, and what stands there as it is: others chose those words.
    pub(crate) fn about(self, english: &str, what: &str) -> String {
        let parts = pattern::parts(english);
        let known =
            self.words().and_then(|words| words.patterns.iter().find(|p| p.english == parts));
        pattern::filled(known.map_or(&parts, |pattern| &pattern.other), |_| what)
    }

    fn words(self) -> Option<&'static Words> {
        match self {
            Self::English => None,
            Self::German => Some(&GERMAN),
        }
    }
}

/// A value on its way to the window, the sentences in it in its language.
#[derive(Clone, Debug)]
pub(crate) struct Spoken<T> {
    told: T,
    language: Language,
}

impl<T> Spoken<T> {
    pub(crate) fn new(told: T, language: Language) -> Self {
        Self { told, language }
    }
}

impl<T: Serialize> Serialize for Spoken<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Some(words) = self.language.words() else { return self.told.serialize(serializer) };
        let mut value = serde_json::to_value(&self.told).map_err(ser::Error::custom)?;
        words.speak(&mut value);
        value.serialize(serializer)
    }
}

static GERMAN: LazyLock<Words> = LazyLock::new(|| Words::read(GERMAN_TABLE));
const GERMAN_TABLE: &str = include_str!("../assets/words/de.toml");

/// Fields that hold what the program says; all others are names, numbers and what the wire brought.
const SAID: [&str; 12] = [
    "advice", "fault", "obstacle", "pass", "refused", "steps", "text", "title", "trouble",
    "warning", "what", "why",
];

/// Each English sentence in another language.
#[derive(Debug)]
struct Words {
    /// Sentences without places.
    whole: HashMap<String, String>,
    /// Sentences with places, those with the most text of their own first: they say the most.
    patterns: Vec<Pattern>,
    /// What stands around sentences and has no word of its own, such as `{key}: {what}`.
    frames: Vec<Pattern>,
    decimal: String,
}

/// A table as it is written: sentences in groups, which are there for its readers alone.
#[derive(Debug, Default, Deserialize)]
struct Table {
    /// What stands in a number that is no whole one.
    decimal: String,
    #[serde(flatten)]
    groups: BTreeMap<String, BTreeMap<String, String>>,
}

impl Words {
    /// Reads a table; one that is broken knows nothing. A test holds that ours is not.
    fn read(table: &str) -> Self {
        let Table { decimal, groups } = toml::from_str(table).unwrap_or_default();
        let (mut whole, mut patterns) = (HashMap::new(), Vec::new());
        for (english, other) in groups.into_values().flatten() {
            match Pattern::of(&english, &other) {
                Some(pattern) => patterns.push(pattern),
                None => drop(whole.insert(english, other)),
            }
        }
        patterns.sort_by_key(|pattern| Reverse(pattern.weight()));
        let frames = patterns.split_off(patterns.partition_point(|pattern| pattern.letters() > 0));
        Self { whole, patterns, frames, decimal }
    }

    /// A text in these words; `None` when nothing of it is known.
    fn text(&self, text: &str) -> Option<String> {
        Search::among(self).text(text)
    }

    /// Puts what is said in a value into these words.
    fn speak(&self, value: &mut Value) {
        match value {
            Value::Array(all) => all.iter_mut().for_each(|one| self.speak(one)),
            Value::Object(fields) => {
                for (name, field) in fields {
                    if SAID.contains(&name.as_str()) { self.say(field) } else { self.speak(field) }
                }
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => {}
        }
    }

    /// The same of a field that is said: a text or a list of them.
    fn say(&self, field: &mut Value) {
        match field {
            Value::Array(all) => all.iter_mut().for_each(|one| self.say(one)),
            Value::String(text) => {
                if let Some(other) = self.text(text) {
                    *text = other;
                }
            }
            Value::Bool(_) | Value::Null | Value::Number(_) | Value::Object(_) => self.speak(field),
        }
    }
}
