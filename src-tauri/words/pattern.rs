//! A sentence with places, in English and in another language.

/// A sentence with places.
#[derive(Debug)]
pub(super) struct Pattern {
    pub(super) english: Vec<Part>,
    pub(super) other: Vec<Part>,
}

/// A part of a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// Where something stands that the sentence is about, by its name.
    Place(String),
    Text(String),
}

/// What fills places, by their names.
pub(super) type Fillings<'p> = Vec<(&'p str, String)>;

impl Pattern {
    /// `None` for a sentence without places.
    pub(super) fn of(english: &str, other: &str) -> Option<Self> {
        let english = parts(english);
        let has_places = english.iter().any(|part| matches!(part, Part::Place(_)));
        has_places.then(|| Self { english, other: parts(other) })
    }

    /// What says how surely a text is meant: letters beside places, then places for texts of ours.
    pub(super) fn weight(&self) -> (usize, usize) {
        let ours = |part: &&Part| matches!(part, Part::Place(name) if is_ours(name));
        (self.letters(), self.english.iter().filter(ours).count())
    }

    /// How many letters it has beside its places.
    pub(super) fn letters(&self) -> usize {
        let letters = |part: &Part| match part {
            Part::Place(_) => 0,
            Part::Text(text) => text.chars().filter(|c| c.is_alphabetic()).count(),
        };
        self.english.iter().map(letters).sum()
    }

    /// The other sentence.
    pub(super) fn filled(&self, fillings: &Fillings<'_>) -> String {
        let filling = |place: &str| fillings.iter().find(|(name, _)| *name == place);
        filled(&self.other, |place| filling(place).map_or("", |(_, text)| text.as_str()))
    }
}

/// The text that parts make with what stands in their places.
pub(super) fn filled<'t>(parts: &[Part], filling: impl Fn(&str) -> &'t str) -> String {
    let mut text = String::new();
    for part in parts {
        text.push_str(match part {
            Part::Place(name) => filling(name),
            Part::Text(own) => own,
        });
    }
    text
}

/// True for a place that holds another text of ours.
pub(super) fn is_ours(place: &str) -> bool {
    place.starts_with("why") || place.starts_with("what")
}

/// The places of a sentence and the text between them. A place is `{name}`; other braces are text.
pub(super) fn parts(sentence: &str) -> Vec<Part> {
    let (mut parts, mut text) = (Vec::new(), String::new());
    let mut rest = sentence;
    while let Some((before, behind)) = rest.split_once('{') {
        text.push_str(before);
        if let Some((name, after)) = behind.split_once('}').filter(|(name, _)| is_name(name)) {
            parts.extend(written(std::mem::take(&mut text)));
            parts.push(Part::Place(name.to_owned()));
            rest = after;
        } else {
            text.push('{');
            rest = behind;
        }
    }
    text.push_str(rest);
    parts.extend(written(text));
    parts
}

fn written(text: String) -> Option<Part> {
    (!text.is_empty()).then_some(Part::Text(text))
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|c| c.is_ascii_lowercase() || c == b'_')
}
