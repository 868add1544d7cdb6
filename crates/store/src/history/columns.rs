//! A call to and from the table `call`.

use std::path::PathBuf;

use rusqlite::types::Value as Sql;
use rusqlite::{Connection, Row, named_params, params_from_iter};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::row::Call;

const COLUMNS: &str = "id, session, seq, started_at, answered_at, ended_at, trunk, way, from_, \
     to_, did, call_id, state, outcome, code, reason, cause, timing, codec, remote, secure, \
     media, hangup_by, advice, recording, findings";

/// A row with what tells whether it is one of this process's own.
pub(super) struct Stored {
    pub(super) session: i64,
    pub(super) seq: u64,
    pub(super) call: Call,
}

/// The rows for which a condition holds; `condition` may go on with `ORDER BY` and `LIMIT`.
pub(super) fn select(
    connection: &Connection,
    condition: &str,
    values: &[Sql],
) -> Result<Vec<Stored>, rusqlite::Error> {
    let mut select =
        connection.prepare_cached(&format!("SELECT {COLUMNS} FROM call WHERE {condition}"))?;
    select.query_map(params_from_iter(values), read)?.collect()
}

/// Writes a row, new or changed, and gives its id.
pub(super) fn upsert(
    connection: &Connection,
    session: i64,
    seq: u64,
    call: &Call,
) -> Result<i64, rusqlite::Error> {
    let mut upsert = connection.prepare_cached(
        "INSERT INTO call (session, seq, started_at, answered_at, ended_at, trunk, way, from_, to_,
             did, call_id, state, outcome, code, reason, cause, timing, codec, remote, secure,
             media, hangup_by, advice, recording, findings, text)
         VALUES (:session, :seq, :started_at, :answered_at, :ended_at, :trunk, :way, :from, :to,
             :did, :call_id, :state, :outcome, :code, :reason, :cause, :timing, :codec, :remote,
             :secure, :media, :hangup_by, :advice, :recording, :findings, :text)
         ON CONFLICT (session, seq) DO UPDATE SET (started_at, answered_at, ended_at, trunk, way,
             from_, to_, did, call_id, state, outcome, code, reason, cause, timing, codec, remote,
             secure, media, hangup_by, advice, recording, findings, text)
         = (excluded.started_at, excluded.answered_at, excluded.ended_at, excluded.trunk,
             excluded.way, excluded.from_, excluded.to_, excluded.did, excluded.call_id,
             excluded.state, excluded.outcome, excluded.code, excluded.reason, excluded.cause,
             excluded.timing, excluded.codec, excluded.remote, excluded.secure, excluded.media,
             excluded.hangup_by, excluded.advice, excluded.recording, excluded.findings,
             excluded.text)
         RETURNING id",
    )?;
    upsert.query_row(
        named_params! {
            ":session": session,
            ":seq": seq.cast_signed(),
            ":started_at": call.started_at_ms,
            ":answered_at": call.answered_at_ms,
            ":ended_at": call.ended_at_ms,
            ":trunk": call.trunk,
            ":way": word(&call.way),
            ":from": call.from,
            ":to": call.to,
            ":did": call.did,
            ":call_id": call.call_id,
            ":state": word(&call.state),
            ":outcome": call.outcome.as_ref().map(word),
            ":code": call.code,
            ":reason": call.reason,
            ":cause": call.cause,
            ":timing": call.timing.to_string(),
            ":codec": call.codec,
            ":remote": call.remote,
            ":secure": call.secure,
            ":media": call.media.to_string(),
            ":hangup_by": call.hangup_by.as_ref().map(word),
            ":advice": call.advice,
            ":recording": call.recording.as_ref().map(|path| path.to_string_lossy()),
            ":findings": call.findings.to_string(),
            ":text": call.text(),
        },
        |row| row.get(0),
    )
}

fn read(row: &Row<'_>) -> Result<Stored, rusqlite::Error> {
    let call = Call {
        id: Some(row.get("id")?),
        started_at_ms: row.get("started_at")?,
        answered_at_ms: row.get("answered_at")?,
        ended_at_ms: row.get("ended_at")?,
        trunk: row.get("trunk")?,
        way: known(row.get("way")?).unwrap_or_default(),
        from: row.get("from_")?,
        to: row.get("to_")?,
        did: row.get("did")?,
        call_id: row.get("call_id")?,
        state: known(row.get("state")?).unwrap_or_default(),
        outcome: row.get::<_, Option<String>>("outcome")?.and_then(known),
        code: row.get("code")?,
        reason: row.get("reason")?,
        cause: row.get("cause")?,
        timing: json(row.get("timing")?),
        codec: row.get("codec")?,
        remote: row.get("remote")?,
        secure: row.get("secure")?,
        media: json(row.get("media")?),
        hangup_by: row.get::<_, Option<String>>("hangup_by")?.and_then(known),
        advice: row.get("advice")?,
        recording: row.get::<_, Option<String>>("recording")?.map(PathBuf::from),
        findings: json(row.get("findings")?),
    };
    let seq: i64 = row.get("seq")?;
    Ok(Stored { session: row.get("session")?, seq: seq.cast_unsigned(), call })
}

/// The word that serde has for a unit variant.
fn word(variant: &impl Serialize) -> Option<String> {
    serde_json::to_value(variant).ok()?.as_str().map(str::to_owned)
}

fn known<T: DeserializeOwned>(word: String) -> Option<T> {
    serde_json::from_value(Value::String(word)).ok()
}

/// A text that is no JSON, written by another hand, reads as "not known".
pub(super) fn json(text: String) -> Value {
    serde_json::from_str(&text).unwrap_or_default()
}
