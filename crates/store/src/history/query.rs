//! Reading: rows on disk and rows that wait in memory, seen as one table.

use std::cmp::Reverse;

use rusqlite::Connection;

use super::live::Snapshot;
use super::row::{Call, Second};
use super::{Filter, HistoryError, columns, schema};

pub(super) fn find(
    reader: &Connection,
    filter: &Filter,
    live: &Snapshot,
) -> Result<Vec<Call>, HistoryError> {
    let mut found: Vec<Call> =
        live.calls.values().filter(|call| filter.passes(call)).cloned().collect();
    // A disk that was full from the first start on has no tables.
    if schema::version(reader)? > 0 {
        let (condition, values) = filter.condition();
        // Rows that memory knows better are dropped below, so as many more are asked for.
        let limit = filter.limit.map_or(-1, |limit| {
            i64::try_from(limit.saturating_add(live.calls.len())).unwrap_or(i64::MAX)
        });
        let condition = format!("{condition} ORDER BY started_at DESC, id DESC LIMIT {limit}");
        let stored = columns::select(reader, &condition, &values)?;
        let others = stored.into_iter().filter(|stored| {
            live.session != Some(stored.session) || !live.calls.contains_key(&stored.seq)
        });
        found.extend(others.map(|stored| stored.call));
    }
    found.sort_by_key(|call| Reverse((call.started_at_ms, call.id.unwrap_or(i64::MAX))));
    found.truncate(filter.limit.unwrap_or(usize::MAX));
    Ok(found)
}

pub(super) fn seconds(reader: &Connection, call: &Call) -> Result<Vec<Second>, HistoryError> {
    let Some(id) = call.id else { return Ok(Vec::new()) };
    let mut select =
        reader.prepare_cached("SELECT at_ms, figures FROM second WHERE call = ? ORDER BY at_ms")?;
    let seconds = select.query_map([id], |row| {
        let at_ms: i64 = row.get(0)?;
        Ok(Second { at_ms: at_ms.cast_unsigned(), figures: columns::json(row.get(1)?) })
    })?;
    Ok(seconds.collect::<Result<_, _>>()?)
}
