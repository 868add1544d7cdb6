//! Looks a text up among sentences: whole, by its patterns, or sentence by sentence. Part of a text
//! may be of the wire, and made to take long: each search has an end.

use std::cell::Cell;

use super::{
    Words,
    pattern::{Fillings, Part, Pattern, is_ours},
};

/// One search.
pub(super) struct Search<'w> {
    words: &'w Words,
    /// How often a sentence may still be looked up.
    left: Cell<usize>,
    /// Bytes that may still be looked through for what stands behind places.
    bytes: Cell<usize>,
}

/// A sentence in other words.
struct Found {
    text: String,
    /// Nothing in it is unknown.
    whole: bool,
}

/// What stands in the places of a pattern.
struct Filled<'p> {
    places: Fillings<'p>,
    /// All of it is what belongs there.
    whole: bool,
}

impl<'w> Search<'w> {
    pub(super) fn among(words: &'w Words) -> Self {
        Self { words, left: Cell::new(MOST), bytes: Cell::new(BYTES) }
    }

    /// A text of one or more sentences or lines; `None` when none of them is known.
    pub(super) fn text(&self, text: &str) -> Option<String> {
        let found = if text.len() > LONGEST { None } else { self.within(text, 0) };
        found.map(|found| found.text)
    }

    /// The same of a text in a place of another, and so on: so deep.
    fn within(&self, text: &str, depth: usize) -> Option<Found> {
        if depth > DEEPEST || self.left.get() == 0 {
            return None;
        }
        match self.sentence(text, depth) {
            Some(found) if found.whole => Some(found),
            half => self
                .divided(text, depth)
                .or(half)
                .or_else(|| self.behind_another(text, depth))
                .or_else(|| self.framed(text, depth)),
        }
    }

    /// Lines, or a sentence and what stands behind it.
    fn divided(&self, text: &str, depth: usize) -> Option<Found> {
        if let Some((line, rest)) = text.split_once('\n') {
            return joined(
                (line, self.within(line, depth)),
                "\n",
                (rest, self.within(rest, depth)),
            );
        }
        sentences(text).take(SENTENCES).find_map(|(head, rest)| {
            let found = self.sentence(head, depth).filter(|found| found.whole)?;
            joined((head, Some(found)), " ", (rest, self.within(rest, depth)))
        })
    }

    /// What stands behind a sentence that is not known.
    fn behind_another(&self, text: &str, depth: usize) -> Option<Found> {
        let (head, rest) = sentences(text).next()?;
        joined((head, None), " ", (rest, self.within(rest, depth)))
    }

    /// A whole sentence, which may have been given a capital letter and a full stop.
    fn sentence(&self, text: &str, depth: usize) -> Option<Found> {
        self.as_written(text, depth).or_else(|| {
            let bare = text.strip_suffix('.')?;
            let found = self.as_written(bare, depth);
            let found = found.or_else(|| self.as_written(&uncapital(bare), depth))?;
            Some(Found { text: capital(&found.text) + ".", ..found })
        })
    }

    /// A sentence as the table has it.
    fn as_written(&self, text: &str, depth: usize) -> Option<Found> {
        self.left.set(self.left.get().checked_sub(1)?);
        if let Some(known) = self.words.whole.get(text) {
            return Some(Found { text: known.clone(), whole: true });
        }
        let mut half = None;
        for found in self.words.patterns.iter().filter_map(|one| self.by(one, text, depth)) {
            if found.whole {
                return Some(found);
            }
            half.get_or_insert(found);
        }
        half
    }

    /// Sentences of ours with nothing but names and marks around them.
    fn framed(&self, text: &str, depth: usize) -> Option<Found> {
        let mut found = self.words.frames.iter().filter_map(|one| self.by(one, text, depth));
        found.find(|found| found.whole)
    }

    fn by(&self, pattern: &Pattern, text: &str, depth: usize) -> Option<Found> {
        let Filled { places, whole } = self.filled(&pattern.english, text, depth, true)?;
        Some(Found { text: pattern.filled(&places), whole })
    }

    /// What fills the places of these parts, where the text is made of them and of nothing else.
    /// `begins`: it is not the rest of a sentence.
    fn filled<'p>(
        &self,
        parts: &'p [Part],
        text: &str,
        depth: usize,
        begins: bool,
    ) -> Option<Filled<'p>> {
        let (name, rest) = match parts {
            [] => return text.is_empty().then(|| Filled { places: Vec::new(), whole: true }),
            [Part::Text(own), rest @ ..] => {
                return self.filled(rest, text.strip_prefix(own.as_str())?, depth, false);
            }
            [Part::Place(name), rest @ ..] => (name, rest),
        };
        self.bytes.set(self.bytes.get().checked_sub(text.len())?);
        let mut half = None;
        for (filling, behind) in divisions(text, rest) {
            if begins && !may_begin(name, filling) {
                continue;
            }
            let Some(mut filled) = self.filled(rest, behind, depth, false) else { continue };
            let (other, fits) = self.filling(name, filling, depth);
            filled.places.push((name, other));
            filled.whole &= fits;
            if filled.whole {
                return Some(filled);
            }
            half.get_or_insert(filled);
        }
        half
    }

    /// What stands in a place instead of this. False where it hardly belongs there: a text that should
    /// be ours and is not known, or what is no name.
    fn filling(&self, place: &str, text: &str, depth: usize) -> (String, bool) {
        if is_ours(place) {
            let found = self.within(text, depth + 1);
            return found
                .map_or_else(|| (text.to_owned(), false), |found| (found.text, found.whole));
        }
        let figure = if FIGURES.contains(&place) { self.number(text) } else { None };
        (figure.unwrap_or_else(|| text.to_owned()), is_name(text))
    }

    /// A number that is no whole one, as the language writes it.
    fn number(&self, text: &str) -> Option<String> {
        let digits = |part: &str| !part.is_empty() && part.bytes().all(|c| c.is_ascii_digit());
        let (whole, rest) = text.split_once('.')?;
        (digits(whole) && digits(rest)).then(|| format!("{whole}{}{rest}", self.words.decimal))
    }
}

/// Each way to take sentences from the beginning of a text, with what is behind them.
fn sentences(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.match_indices(END).map(|(at, end)| (&text[..=at], &text[at + end.len()..]))
}

/// True where a sentence can begin with this in its place: not with the end of another, nor, where it
/// is a name, with what tells of one.
fn may_begin(place: &str, text: &str) -> bool {
    !text.is_empty() && if is_ours(place) { !text.contains(END) } else { is_name(text) }
}

/// False for a text with the end of a sentence or what tells of a name in it.
fn is_name(text: &str) -> bool {
    !text.contains(END) && !text.contains(": ")
}

/// Ways to divide a text before what follows a place; a place at the end takes all of it.
fn divisions<'t>(text: &'t str, rest: &[Part]) -> Vec<(&'t str, &'t str)> {
    match rest {
        [] => vec![(text, "")],
        [Part::Text(last)] => {
            let before = text.strip_suffix(last.as_str());
            before.map(|before| text.split_at(before.len())).into_iter().collect()
        }
        [Part::Text(next), ..] => {
            let ends = text.match_indices(next.as_str()).take(DIVISIONS);
            ends.map(|(at, _)| text.split_at(at)).collect()
        }
        [Part::Place(_), ..] => Vec::new(),
    }
}

/// Two parts of a text, each with what is known of it; `None` where nothing is.
fn joined(
    (head, known_head): (&str, Option<Found>),
    between: &str,
    (rest, known_rest): (&str, Option<Found>),
) -> Option<Found> {
    if known_head.is_none() && known_rest.is_none() {
        return None;
    }
    let as_it_is = |text: &str| Found { text: text.to_owned(), whole: false };
    let head = known_head.unwrap_or_else(|| as_it_is(head));
    let rest = known_rest.unwrap_or_else(|| as_it_is(rest));
    Some(Found { text: head.text + between + &rest.text, whole: head.whole && rest.whole })
}

fn capital(text: &str) -> String {
    with_first(text, |first| first.to_uppercase().to_string())
}

fn uncapital(text: &str) -> String {
    with_first(text, |first| first.to_lowercase().to_string())
}

fn with_first(text: &str, changed: impl Fn(char) -> String) -> String {
    let mut letters = text.chars();
    letters.next().map(changed).unwrap_or_default() + letters.as_str()
}

/// What ends a sentence before another.
const END: &str = ". ";
/// Places of numbers that may be no whole ones.
const FIGURES: [&str; 2] = ["minutes", "percent"];
/// Bytes of a text that the program may have said.
const LONGEST: usize = 4096;
/// Sentences that are one entry of a table, at most.
const SENTENCES: usize = 6;
/// Ways to divide a text that are tried at one place.
const DIVISIONS: usize = 16;
/// A text in a place of a text, and so on. A list is the deepest that the program says: all behind its
/// first stand in a place.
const DEEPEST: usize = 100;
/// Sentences that are looked up for one text; the longest lists of ours take some hundreds.
const MOST: usize = 1000;
/// Bytes that are looked through for one text, some hundredths of a second at most: our lists take a
/// tenth of these.
const BYTES: usize = 32_000_000;
