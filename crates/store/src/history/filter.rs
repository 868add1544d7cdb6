//! Which calls are wanted.

use rusqlite::types::Value as Sql;
use serde::{Deserialize, Serialize};

use super::row::{Call, ELSEWHERE, POOR_MOS};

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
        let text = call.text();
        (!self.missed || call.missed())
            && (!self.failed || call.failed())
            && (!self.poor || call.poor())
            && self.did.as_ref().is_none_or(|did| *did == call.did)
            && self.trunk.as_ref().is_none_or(|trunk| *trunk == call.trunk)
            && self.since_ms.is_none_or(|since| call.started_at_ms >= since)
            && self.before_ms.is_none_or(|before| call.started_at_ms < before)
            && self.id.is_none_or(|id| call.id == Some(id))
            && self.words().iter().all(|word| text.contains(word))
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
        let words = self.words().into_iter();
        terms.extend(words.map(|word| ("instr(text, ?) > 0", Some(Sql::Text(word)))));
        let condition: Vec<&str> = terms.iter().map(|(term, _)| *term).collect();
        let condition = if condition.is_empty() { "TRUE".into() } else { condition.join(" AND ") };
        (condition, terms.into_iter().filter_map(|(_, value)| value).collect())
    }

    fn words(&self) -> Vec<String> {
        let text = self.text.as_deref().unwrap_or_default().to_lowercase();
        text.split_whitespace().map(str::to_owned).collect()
    }
}
