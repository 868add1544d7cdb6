//! Reading a profile, with every fault told by line and column.

use std::path::Path;

use serde::Deserialize;
use time::Date;
use time::macros::format_description;
use toml::{Spanned, Table, Value};

use super::key::{self, Kind};
use super::{Confidence, Fact, Profile, ProfileError};
use crate::settings::{Problem, Trunk, place};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: Spanned<String>,
    title: String,
    recorded_on: Option<Spanned<String>>,
    #[serde(default)]
    countries: Vec<String>,
    #[serde(default)]
    fact: Vec<FactTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactTable {
    key: Spanned<String>,
    value: Spanned<Value>,
    source: String,
    verified_on: Option<Spanned<String>>,
    confidence: Confidence,
}

impl Profile {
    /// Reads a profile. `path` is told in errors; its file's name must be the profile's.
    ///
    /// # Errors
    /// [`ProfileError::Invalid`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ProfileError> {
        let place = |offset| Some(place::line_and_column(text, offset));
        let invalid = |problems| ProfileError::Invalid { path: path.into(), problems };
        let file: File = toml::from_str(text).map_err(|error| {
            invalid(vec![Problem {
                key: String::new(),
                place: error.span().and_then(|span| place(span.start)),
                sentence: error.message().replace('\n', ", "),
            }])
        })?;
        let mut faults = Vec::new();
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if stem != Some(file.name.get_ref()) {
            let sentence = "name must be that of the file".to_owned();
            faults.push((file.name.span().start, "name".to_owned(), sentence));
        }
        faults.extend(
            file.recorded_on
                .as_ref()
                .and_then(not_a_day)
                .map(|(at, sentence)| (at, "recorded_on".to_owned(), sentence)),
        );
        for (index, fact) in file.fact.iter().enumerate() {
            let earlier = file.fact.iter().take(index);
            let twice =
                earlier.map(|fact| &fact.key).any(|key| key.get_ref() == fact.key.get_ref());
            faults.extend(
                check(fact, twice).map(|(at, sentence)| (at, fact.key.get_ref().clone(), sentence)),
            );
        }
        if !faults.is_empty() {
            let problems = faults.into_iter();
            let problems = problems
                .map(|(at, key, sentence)| Problem { key, place: place(at), sentence })
                .collect();
            return Err(invalid(problems));
        }
        Ok(Self {
            name: file.name.into_inner(),
            title: file.title,
            recorded_on: file.recorded_on.map(Spanned::into_inner),
            countries: file.countries,
            facts: file.fact.into_iter().map(Fact::from).collect(),
        })
    }
}

impl From<FactTable> for Fact {
    fn from(table: FactTable) -> Self {
        Self {
            key: table.key.into_inner(),
            value: table.value.into_inner(),
            source: table.source,
            verified_on: table.verified_on.map(Spanned::into_inner),
            confidence: table.confidence,
        }
    }
}

/// What is wrong with a fact, and where.
fn check(fact: &FactTable, twice: bool) -> Option<(usize, String)> {
    let key_at = fact.key.span().start;
    let value_at = fact.value.span().start;
    let Some(known) = key::find(fact.key.get_ref()) else {
        let names: Vec<&str> = key::KEYS.iter().map(|key| key.name).collect();
        let sentence = format!("is no key of facts: allowed are quirk.NAME, {}", names.join(", "));
        return Some((key_at, sentence));
    };
    if twice {
        return Some((key_at, "stands there twice".into()));
    }
    if !known.kind.holds(fact.value.get_ref()) {
        return Some((value_at, format!("must be {}", known.kind.describe())));
    }
    if let Some(sentence) = refused(fact.key.get_ref(), fact.value.get_ref()) {
        return Some((value_at, sentence));
    }
    if fact.source.trim().is_empty() {
        return Some((key_at, "names no source".into()));
    }
    fact.verified_on.as_ref().and_then(not_a_day)
}

fn not_a_day(day: &Spanned<String>) -> Option<(usize, String)> {
    let format = format_description!("[year]-[month]-[day]");
    let read = Date::parse(day.get_ref(), format);
    read.is_err().then(|| (day.span().start, "must have a day, YYYY-MM-DD".into()))
}

/// A fact that stands for a setting must be allowed as one.
fn refused(key: &str, value: &Value) -> Option<String> {
    if !key::find(key)?.setting {
        return None;
    }
    let mut table = Table::new();
    lay(&mut table, key, value);
    let trunk: Result<Trunk, _> = table.try_into();
    match trunk.map(Trunk::values_checked) {
        Ok(Ok(_)) => None,
        Ok(Err(problems)) => problems.into_iter().next().map(|problem| problem.sentence),
        Err(error) => Some(error.message().to_owned()),
    }
}

/// Lays a fact over a table of settings.
pub(super) fn lay(table: &mut Table, key: &str, value: &Value) {
    let Some((section, name)) = key.split_once('.') else { return };
    let section = table.entry(section).or_insert_with(|| Value::Table(Table::new()));
    if let Value::Table(section) = section {
        section.insert(name.to_owned(), as_setting(key, value));
    }
}

/// Rates may be written without a fraction, settings may not.
fn as_setting(key: &str, value: &Value) -> Value {
    let rate = key::find(key).is_some_and(|key| key.kind == Kind::Rate);
    value.as_integer().filter(|_| rate).map_or_else(|| value.clone(), |n| Value::Float(n as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "name = \"p\"\ntitle = \"P\"\ncountries = [\"DE\"]\n\
        [[fact]]\nkey = \"trunk.transport\"\nvalue = \"tcp\"\nsource = \"a page\"\n\
        verified_on = \"2026-01-31\"\nconfidence = \"published\"\n";

    fn problem(text: &str) -> String {
        match Profile::parse(Path::new("p.toml"), text) {
            Err(ProfileError::Invalid { problems, .. }) => problems[0].to_string(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_fact_carries_value_source_day_and_confidence() {
        let profile = Profile::parse(Path::new("p.toml"), GOOD).unwrap();
        let fact = profile.fact("trunk.transport").unwrap();
        assert_eq!(fact.value.as_str(), Some("tcp"));
        assert_eq!(fact.verified_on.as_deref(), Some("2026-01-31"));
        assert!(fact.is_verified());
        let never = GOOD.replace("verified_on = \"2026-01-31\"\n", "");
        let profile = Profile::parse(Path::new("p.toml"), &never).unwrap();
        assert!(!profile.facts[0].is_verified());
    }

    #[test]
    fn faults_are_told_by_line() {
        let twice = format!("{GOOD}{}", &GOOD[GOOD.find("[[").unwrap()..]);
        let cases = [
            (GOOD.replace("trunk.transport", "trunk.colour"), "line 5", "no key"),
            (GOOD.replace("\"tcp\"", "\"sctp\""), "line 6", "udp, tcp"),
            (GOOD.replace("\"tcp\"", "7"), "line 6", "a text"),
            (GOOD.replace("2026-01-31", "2026-02-30"), "line 8", "YYYY-MM-DD"),
            (GOOD.replace("published", "certain"), "line 9", "guess"),
            (GOOD.replace("a page", " "), "line 5", "source"),
            (GOOD.replace("name = \"p\"", "name = \"q\""), "line 1", "file"),
            (GOOD.replace("source", "sauce"), "line 7", "sauce"),
            (twice, "line 11", "twice"),
        ];
        for (text, line, word) in cases {
            let told = problem(&text);
            assert!(told.contains(line) && told.contains(word), "{told}");
        }
    }
}
