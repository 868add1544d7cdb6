//! The trace for the window: what is kept, then what comes, masked before it leaves here.

use std::{
    collections::{BTreeMap, HashSet},
    hash::{DefaultHasher, Hash as _, Hasher as _},
    time::Duration,
};

use milliwatt_engine::{
    Engine,
    trace::{self, Direction, Entry, Numbers, masked},
};
use tokio::sync::oneshot;

use crate::{
    api::{TraceLine, TracePart, Went},
    page::wall_ms,
};

/// Messages that are told at the start, at most.
const NEWEST: usize = 5000;
/// Messages in one batch, at most.
const BATCH: usize = 500;
/// How often the rings are looked at.
const AGAIN: Duration = Duration::from_millis(250);
/// Messages that are remembered to know a repeated one, at most.
const REMEMBERED: usize = 50_000;

/// Tells messages until `cancelled`, or until nobody takes them: `tell` answers that.
pub(crate) async fn watch(
    engine: &Engine,
    numbers: Numbers,
    mut cancelled: oneshot::Receiver<()>,
    tell: impl Fn(Vec<TraceLine>) -> bool,
) {
    let mut lines =
        Lines { numbers, told: BTreeMap::new(), seen: HashSet::new(), quiet: HashSet::new() };
    let mut first = true;
    loop {
        let mut new = lines.since(engine);
        if first {
            new.drain(..new.len().saturating_sub(NEWEST));
        }
        let mut batches = new.chunks(BATCH).peekable();
        if first && batches.peek().is_none() && !tell(Vec::new()) {
            return;
        }
        first = false;
        for batch in batches {
            if !tell(batch.to_vec()) {
                return;
            }
        }
        tokio::select! {
            _ = &mut cancelled => return,
            () = tokio::time::sleep(AGAIN) => {}
        }
    }
}

/// What has been told so far.
struct Lines {
    numbers: Numbers,
    /// The last message of each trunk.
    told: BTreeMap<String, u64>,
    /// Messages by a hash of theirs, to know one that is sent again.
    seen: HashSet<u64>,
    /// Trunks of which a keep-alive was told last: the next ones say nothing more.
    quiet: HashSet<String>,
}

impl Lines {
    /// What has come since, in the order of time.
    fn since(&mut self, engine: &Engine) -> Vec<TraceLine> {
        let mut lines = Vec::new();
        for trunk in engine.trace().accounts() {
            let told = self.told.entry(trunk.clone()).or_default();
            let entries = engine.trace().since(&trunk, *told);
            *told = entries.last().map_or(*told, |entry| entry.number);
            for entry in &entries {
                if self.says_more(&trunk, entry) {
                    lines.push((entry.at, self.line(&trunk, entry)));
                }
            }
        }
        lines.sort_by_key(|(at, _)| *at);
        lines.into_iter().map(|(_, line)| line).collect()
    }

    /// A keep-alive after a keep-alive does not.
    fn says_more(&mut self, trunk: &str, entry: &Entry) -> bool {
        if entry.is_keep_alive() {
            return self.quiet.insert(trunk.to_owned());
        }
        self.quiet.remove(trunk);
        true
    }

    fn line(&mut self, trunk: &str, entry: &Entry) -> TraceLine {
        let shown = masked(&entry.bytes, self.numbers);
        let raw = String::from_utf8_lossy(&shown).into_owned();
        if self.seen.len() >= REMEMBERED {
            self.seen.clear();
        }
        let mut hasher = DefaultHasher::new();
        (trunk, entry.direction, entry.remote, &entry.bytes).hash(&mut hasher);
        TraceLine {
            number: entry.number,
            trunk: trunk.to_owned(),
            at_ms: wall_ms(entry.wall),
            way: went(entry.direction),
            transport: entry.transport.to_string(),
            remote: entry.remote.to_string(),
            call_id: entry.call_id().map(str::to_owned),
            summary: match entry.is_keep_alive() {
                true => "keep-alive".into(),
                false => raw.lines().next().unwrap_or_default().to_owned(),
            },
            raw,
            retransmission: !entry.is_keep_alive() && !self.seen.insert(hasher.finish()),
            fault: entry.fault.clone(),
        }
    }
}

/// Which way a message went.
pub(crate) fn went(direction: Direction) -> Went {
    match direction {
        Direction::In => Went::Received,
        Direction::Out => Went::Sent,
    }
}

/// How telephone numbers are shown.
pub(crate) fn numbers(shown: bool) -> Numbers {
    if shown { Numbers::Shown } else { Numbers::Masked }
}

/// A part of the trace as a capture file, in the order of time.
///
/// # Errors
/// A sentence, when it cannot be made.
pub(crate) fn capture(
    engine: &Engine,
    part: &TracePart,
    numbers: Numbers,
) -> Result<Vec<u8>, String> {
    let trunks = match &part.trunk {
        Some(trunk) => vec![trunk.clone()],
        None => engine.trace().accounts(),
    };
    let all = trunks.iter().flat_map(|trunk| engine.trace().since(trunk, 0));
    let mut entries: Vec<Entry> = all
        .filter(|one| part.call_id.is_none() || one.call_id() == part.call_id.as_deref())
        .collect();
    entries.sort_by_key(|entry| entry.at);
    let mut file = Vec::new();
    trace::write_pcap(&mut file, entries.iter(), numbers).map_err(|why| why.to_string())?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use milliwatt_engine::probe::Transport;

    use super::*;

    #[test]
    fn of_keep_alives_in_a_row_one_is_told() {
        let told = BTreeMap::new();
        let (seen, quiet) = (HashSet::new(), HashSet::new());
        let mut lines = Lines { numbers: Numbers::Masked, told, seen, quiet };
        let mut says_more = |trunk: &str, text: &'static str| {
            let entry = Entry {
                number: 1,
                at: Duration::ZERO,
                wall: SystemTime::UNIX_EPOCH,
                direction: Direction::Out,
                transport: Transport::Udp,
                local: ([192, 0, 2, 1], 5060).into(),
                remote: ([192, 0, 2, 2], 5060).into(),
                bytes: text.into(),
                fault: None,
            };
            let line = lines.line(trunk, &entry);
            assert!(!line.retransmission || text.starts_with("BYE"), "{text:?}");
            assert_eq!(line.summary == "keep-alive", text == "\r\n");
            lines.says_more(trunk, &entry)
        };
        let bye = "BYE sip:a@b SIP/2.0\r\n\r\n";
        let told = [("a", "\r\n"), ("a", "\r\n"), ("b", "\r\n"), ("a", bye), ("a", "\r\n")]
            .map(|(trunk, text)| says_more(trunk, text));
        assert_eq!(told, [true, false, true, true, true]);
    }
}
