//! What is kept of a call beside its row: its messages, and what happened in it.

use rusqlite::{Connection, OptionalExtension as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::row::Call;
use super::{HistoryError, columns, schema};

/// Messages of a call that are kept at most.
pub(super) const MOST_MESSAGES: usize = 200;
/// Bytes that the messages of a call have together at most.
pub(super) const MOST_BYTES: usize = 256 << 10;
/// Calls whose stories are kept: that of the oldest is given up for the next.
pub(super) const MOST_CALLS: i64 = 500;
/// The version of the database that has stories first.
const SINCE: u32 = 4;

/// A message of a call. Nothing in it is hidden here: who keeps it has masked what is secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Since the first message of the call, ms.
    pub at_ms: f64,
    /// From us; otherwise to us.
    pub sent: bool,
    /// The whole message.
    pub raw: String,
    /// The same was there before.
    pub retransmission: bool,
}

/// What went over the wire in a call, and what happened in it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// Its messages in order: 200 and 256 KiB together at most.
    pub messages: Vec<Message>,
    /// Some of its messages are not there.
    pub cut: bool,
    /// What happened while it was up, JSON as its owner writes it.
    pub markers: Value,
}

/// A story on its way to the disk.
pub(super) struct Waiting {
    pub(super) trunk: String,
    pub(super) call_id: String,
    pub(super) story: Story,
}

impl Waiting {
    /// Both are told of the same call.
    pub(super) fn is_of_the_call_of(&self, other: &Self) -> bool {
        (&self.trunk, &self.call_id) == (&other.trunk, &other.call_id)
    }
}

impl Story {
    /// The same within its bounds. How a call began and how it ended says the most: messages of its
    /// middle go first.
    pub(super) fn bounded(mut self) -> Self {
        let whole = self.messages.len();
        let excess = whole.saturating_sub(MOST_MESSAGES);
        if excess > 0 {
            let beginning = MOST_MESSAGES / 2;
            self.messages.drain(beginning..beginning + excess);
        }
        let mut bytes: usize = self.messages.iter().map(|message| message.raw.len()).sum();
        while bytes > MOST_BYTES {
            let gone = self.messages.remove(self.messages.len() / 2);
            bytes -= gone.raw.len();
        }
        self.cut |= self.messages.len() < whole;
        self
    }
}

/// Writes a story beside the row of its call, in place of an earlier one, and gives up those of
/// the oldest calls. A call without a row keeps nothing.
pub(super) fn write(
    connection: &Connection,
    session: i64,
    waiting: &Waiting,
) -> Result<(), rusqlite::Error> {
    let mut select = connection.prepare_cached(
        "SELECT id FROM call WHERE session = ? AND trunk = ? AND call_id = ?
         ORDER BY seq DESC LIMIT 1",
    )?;
    let found = select
        .query_row((session, &waiting.trunk, &waiting.call_id), |row| row.get::<_, i64>(0))
        .optional()?;
    let Some(id) = found else { return Ok(()) };
    let Story { messages, cut, markers } = &waiting.story;
    let messages = serde_json::to_value(messages).unwrap_or_default().to_string();
    let mut insert = connection.prepare_cached(
        "INSERT OR REPLACE INTO story (call, messages, cut, markers) VALUES (?, ?, ?, ?)",
    )?;
    insert.execute((id, messages, *cut, markers.to_string()))?;
    let mut forget = connection.prepare_cached(
        "DELETE FROM story
         WHERE call <= (SELECT call FROM story ORDER BY call DESC LIMIT 1 OFFSET ?)",
    )?;
    forget.execute([MOST_CALLS])?;
    Ok(())
}

/// The story of a call, if one is on disk.
pub(super) fn read(reader: &Connection, call: &Call) -> Result<Option<Story>, HistoryError> {
    let Some(id) = call.id else { return Ok(None) };
    // A disk that is full keeps an older database as it is.
    if schema::version(reader)? < SINCE {
        return Ok(None);
    }
    let mut select =
        reader.prepare_cached("SELECT messages, cut, markers FROM story WHERE call = ?")?;
    let story = select.query_row([id], |row| {
        Ok(Story {
            messages: serde_json::from_value(columns::json(row.get(0)?)).unwrap_or_default(),
            cut: row.get(1)?,
            markers: columns::json(row.get(2)?),
        })
    });
    Ok(story.optional()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn story(messages: usize, bytes: usize) -> Story {
        let message = |at_ms: u32| Message {
            at_ms: f64::from(at_ms),
            sent: true,
            raw: "x".repeat(bytes),
            retransmission: false,
        };
        let messages = u32::try_from(messages).unwrap();
        Story { messages: (0..messages).map(message).collect(), ..Story::default() }
    }

    fn times(story: &Story) -> Vec<f64> {
        story.messages.iter().map(|message| message.at_ms).collect()
    }

    #[test]
    fn a_story_within_its_bounds_is_kept_whole() {
        let whole = story(MOST_MESSAGES, MOST_BYTES / MOST_MESSAGES);
        assert_eq!(whole.clone().bounded(), whole);
        let known_to_be_cut = Story { cut: true, ..story(1, 10) };
        assert!(known_to_be_cut.bounded().cut);
    }

    #[test]
    fn the_beginning_and_the_end_of_a_long_story_are_kept() {
        let long = story(MOST_MESSAGES + 50, 10).bounded();
        assert!(long.cut);
        assert_eq!(long.messages.len(), MOST_MESSAGES);
        assert_eq!(times(&long).first(), Some(&0.0));
        assert_eq!(times(&long)[99..101], [99.0, 150.0]);
        assert_eq!(times(&long).last(), Some(&249.0));

        let wide = story(5, MOST_BYTES / 3).bounded();
        assert!(wide.cut);
        assert_eq!(times(&wide), [0.0, 1.0, 4.0]);
        let one = story(1, MOST_BYTES + 1).bounded();
        assert!(one.cut && one.messages.is_empty());
    }
}
