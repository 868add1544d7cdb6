//! Which calls are wanted.

use rusqlite::types::Value as Sql;
use serde::{Deserialize, Serialize};

use super::row::{Call, ELSEWHERE, POOR_MOS, Way};

/// So many of [`Filter::numbers`] count: one question stays one that a database answers at once.
const MOST_NUMBERS: usize = 50;
/// The number of the other end, as [`plain`] compares it.
const OTHER: &str = "ltrim(CASE way WHEN 'in' THEN from_ ELSE to_ END, '+')";

/// What [`find`](super::History::find) looks for; everything that is set must hold.
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(export_to = "store.ts"))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filter {
    /// Incoming and not taken.
    pub missed: bool,
    /// Refused, not placed or not answered in time.
    pub failed: bool,
    /// Its sound was below [`POOR_MOS`].
    pub poor: bool,
    /// Our number in it.
    pub did: Option<String>,
    /// Name of the trunk.
    pub trunk: Option<String>,
    /// Words that must all occur, any case, as part of a word too: in numbers, trunk, Call-ID,
    /// code, reason, codec, advice.
    pub text: Option<String>,
    /// Numbers of the other end, with or without their plus: a call with one of them is found,
    /// whether the words of `text` occur in it or not. The first fifty count.
    pub numbers: Vec<String>,
    /// Begun at this time or later, ms since 1970 (UTC).
    pub since_ms: Option<i64>,
    /// Begun before this time, ms since 1970 (UTC).
    pub before_ms: Option<i64>,
    /// The call of this number.
    pub id: Option<i64>,
    /// At most so many; `None`: all.
    pub limit: Option<usize>,
}

impl Filter {
    /// Whether a call that is in memory passes.
    pub(super) fn passes(&self, call: &Call) -> bool {
        (!self.missed || call.missed())
            && (!self.failed || call.failed())
            && (!self.poor || call.poor())
            && self.did.as_ref().is_none_or(|did| *did == call.did)
            && self.trunk.as_ref().is_none_or(|trunk| *trunk == call.trunk)
            && self.since_ms.is_none_or(|since| call.started_at_ms >= since)
            && self.before_ms.is_none_or(|before| call.started_at_ms < before)
            && self.id.is_none_or(|id| call.id == Some(id))
            && self.found(call)
    }

    /// The same as an SQL condition and its values.
    pub(super) fn condition(&self) -> (String, Vec<Sql>) {
        let mut terms: Vec<(&str, Option<Sql>)> = Vec::new();
        if self.missed {
            terms.push(("way = 'in' AND answered_at IS NULL", None));
            terms.push(("state IN ('ended', 'interrupted')", None));
            terms.push(("outcome IS NOT 'rejected'", None));
            terms.push(("cause IS NOT ?", Some(Sql::Integer(ELSEWHERE.into()))));
        }
        if self.failed {
            terms.push(("outcome IN ('failed', 'rejected', 'timed-out')", None));
        }
        if self.poor {
            // A text that is no JSON says nothing of the sound.
            let mos = "CASE WHEN json_valid(media) THEN json_extract(media, '$.mos_cq') END < ?";
            terms.push((mos, Some(Sql::Real(POOR_MOS))));
        }
        terms.extend(self.did.clone().map(|did| ("did = ?", Some(Sql::Text(did)))));
        terms.extend(self.trunk.clone().map(|trunk| ("trunk = ?", Some(Sql::Text(trunk)))));
        terms.extend(self.since_ms.map(|at| ("started_at >= ?", Some(Sql::Integer(at)))));
        terms.extend(self.before_ms.map(|at| ("started_at < ?", Some(Sql::Integer(at)))));
        terms.extend(self.id.map(|id| ("id = ?", Some(Sql::Integer(id)))));
        let mut condition: Vec<String> = terms.iter().map(|(term, _)| (*term).into()).collect();
        let mut values: Vec<Sql> = terms.into_iter().filter_map(|(_, value)| value).collect();
        condition.extend(self.sought(&mut values));
        let condition = if condition.is_empty() { "TRUE".into() } else { condition.join(" AND ") };
        (condition, values)
    }

    /// Whether the words all occur in a call, or its other end has one of the numbers.
    fn found(&self, call: &Call) -> bool {
        let (words, text) = (self.words(), call.text());
        let other = match call.way {
            Way::In => plain(&call.from),
            Way::Out => plain(&call.to),
        };
        let anything = words.is_empty() && self.numbers.is_empty();
        anything
            || (!words.is_empty() && words.iter().all(|word| text.contains(word)))
            || self.wanted().any(|number| number == other)
    }

    /// The same as an SQL condition, whose values follow the others; `None` where anything will do.
    fn sought(&self, values: &mut Vec<Sql>) -> Option<String> {
        let words = self.words();
        let numbers: Vec<Sql> = self.wanted().map(|number| Sql::Text(number.into())).collect();
        let mut either = Vec::new();
        if !words.is_empty() {
            either.push(vec!["instr(text, ?) > 0"; words.len()].join(" AND "));
        }
        if !numbers.is_empty() {
            either.push(format!("{OTHER} IN ({})", vec!["?"; numbers.len()].join(", ")));
        }
        values.extend(words.into_iter().map(Sql::Text));
        values.extend(numbers);
        (!either.is_empty()).then(|| format!("({})", either.join(" OR ")))
    }

    fn wanted(&self) -> impl Iterator<Item = &str> {
        self.numbers.iter().take(MOST_NUMBERS).map(|number| plain(number))
    }

    fn words(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        text.split_whitespace().map(str::to_owned).collect()
    }
}

/// A number without its plus, which some trunks leave out.
fn plain(number: &str) -> &str {
    number.trim_start_matches('+')
}
