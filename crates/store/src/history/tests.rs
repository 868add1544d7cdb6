use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;

use super::*;

const LONG: Duration = Duration::from_secs(20);

fn open(here: &tempfile::TempDir) -> History {
    History::open(&here.path().join("data/history.sqlite")).unwrap()
}

fn call(at: i64, to: &str) -> Call {
    Call {
        started_at_ms: at,
        trunk: "office".into(),
        from: "+15550100".into(),
        to: to.into(),
        did: "+15550100".into(),
        call_id: format!("{at}@here"),
        ..Call::default()
    }
}

fn all(history: &History) -> Vec<Call> {
    history.find(&Filter::default()).unwrap()
}

#[test]
fn a_call_comes_back_as_it_was_told() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let key = history.begin_then(call(1_000, "+4930123"), |_| ());
    assert!(history.update(key, |call| {
        call.state = State::Answered;
        call.answered_at_ms = Some(2_000);
    }));
    assert!(history.second(key, 1_000, json!({"mos_cq": 4.4})));
    assert!(history.second(key, 2_000, json!({"mos_cq": 4.3})));
    let told = Call {
        id: None,
        answered_at_ms: Some(2_000),
        ended_at_ms: Some(9_000),
        state: State::Ended,
        outcome: Some(Outcome::Answered),
        code: Some(200),
        reason: Some("OK".into()),
        cause: Some(16),
        timing: json!({"answered": 1000.0}),
        codec: Some("PCMU".into()),
        remote: Some("127.0.0.1:4000".into()),
        secure: Some("none".into()),
        media: json!({"sent": 400, "lost": 0}),
        hangup_by: Some(Side::Remote),
        advice: Some("Nothing to do.".into()),
        recording: Some("/r/1.wav".into()),
        way: Way::In,
        ..call(1_000, "+4930123")
    };
    assert!(history.end(key, |row| *row = told.clone()));
    assert!(!history.update(key, |_| ()), "an ended call changes no more");
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    drop(history);

    let history = open(&here);
    assert_eq!(history.interrupted(), []);
    let found = all(&history);
    assert_eq!(found, [Call { id: Some(1), ..told }]);
    let seconds = history.seconds(&found[0]).unwrap();
    assert_eq!(seconds.iter().map(|second| second.at_ms).collect::<Vec<_>>(), [1_000, 2_000]);
    assert_eq!(seconds[1].figures, json!({"mos_cq": 4.3}));
}

fn story(call: i64) -> Story {
    let message =
        |at_ms, sent, raw: &str| Message { at_ms, sent, raw: raw.into(), retransmission: false };
    Story {
        messages: vec![
            message(0.0, true, &format!("INVITE sip:{call}@there SIP/2.0\r\n\r\n")),
            message(12.5, false, "SIP/2.0 200 OK\r\nX: \"\u{fffd}\u{0}'\r\n\r\n"),
        ],
        cut: false,
        markers: json!([{"at_ms": 100.0, "kind": "hold", "text": "hold"}]),
    }
}

/// The story of the call that began then.
fn story_of(history: &History, at: i64) -> Option<Story> {
    let call = all(history).into_iter().find(|call| call.started_at_ms == at).unwrap();
    history.story(&call).unwrap()
}

#[test]
fn the_story_of_a_call_comes_back_as_it_was_told() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    for at in 1..=3 {
        let key = history.begin_then(call(at, "100"), |_| ());
        history.end(key, |_| ());
    }
    // A row that waits and one that is on disk.
    history.keep("office", "1@here", story(1));
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    history.keep("office", "2@here", story(0));
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    let last = Story { cut: true, ..story(2) };
    history.keep("office", "2@here", last.clone());
    // Neither began.
    history.keep("office", "9@here", story(9));
    history.keep("backup", "3@here", story(3));
    drop(history);

    let history = open(&here);
    assert_eq!(story_of(&history, 1), Some(story(1)));
    assert_eq!(story_of(&history, 2), Some(last), "the last that was told");
    assert_eq!(story_of(&history, 3), None);
    // The Call-ID of a call of an earlier process.
    history.keep("office", "3@here", story(3));
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(story_of(&history, 3), None);
}

#[test]
fn a_story_is_bounded() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let key = history.begin_then(call(1, "100"), |_| ());
    history.end(key, |_| ());
    let one = story(1).messages.remove(0);
    let messages = vec![one; story::MOST_MESSAGES + 1];
    history.keep("office", "1@here", Story { messages, ..Story::default() });
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    let kept = story_of(&history, 1).unwrap();
    assert_eq!((kept.messages.len(), kept.cut), (story::MOST_MESSAGES, true));
}

#[test]
fn the_stories_of_the_oldest_calls_are_given_up() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let calls = story::MOST_CALLS + 2;
    for at in 1..=calls {
        let key = history.begin_then(call(at, "100"), |_| ());
        history.end(key, |_| ());
        history.keep("office", &format!("{at}@here"), story(at));
        // No more than a few wait at a time.
        if at % 50 == 0 {
            assert_eq!(history.flush(LONG), Kept::OnDisk);
        }
    }
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(history.health(), Health::default());
    assert_eq!(all(&history).len(), usize::try_from(calls).unwrap(), "their rows stay");
    assert_eq!([1, 2].map(|at| story_of(&history, at)), [None, None]);
    assert_eq!(story_of(&history, 3), Some(story(3)));
    assert_eq!(story_of(&history, calls), Some(story(calls)));
}

#[test]
fn a_history_without_stories_is_brought_up_to_date() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let key = history.begin_then(call(1, "100"), |_| ());
    history.second(key, 1_000, json!({"mos_cq": 4.4}));
    history.end(key, |_| ());
    drop(history);
    let connection = Connection::open(here.path().join("data/history.sqlite")).unwrap();
    connection.execute_batch("DROP TABLE story; PRAGMA user_version = 3").unwrap();
    drop(connection);

    let history = open(&here);
    let found = all(&history);
    assert_eq!(found.len(), 1);
    assert_eq!(history.seconds(&found[0]).unwrap().len(), 1);
    assert_eq!(story_of(&history, 1), None);
    let key = history.begin_then(call(2, "100"), |_| ());
    history.end(key, |_| ());
    history.keep("office", "2@here", story(2));
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(story_of(&history, 2), Some(story(2)));
}

#[test]
fn a_story_waits_with_its_row_for_a_disk() {
    let here = tempfile::tempdir().unwrap();
    let (history, blocker) = blocked(&here);
    let key = history.begin_then(call(1, "100"), |_| ());
    history.end(key, |_| ());
    history.keep("office", "1@here", story(1));
    assert!(matches!(history.flush(LONG), Kept::InMemory { .. }));
    assert_eq!(story_of(&history, 1), None);
    let before = commits(&here);
    blocker.execute_batch("COMMIT").unwrap();
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(commits(&here) - before, 1, "both in one");
    assert_eq!(story_of(&history, 1), Some(story(1)));
}

#[test]
fn the_last_owner_writes_what_waits() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    for at in 0..100 {
        let key = history.begin_then(call(at, "100"), |_| ());
        history.second(key, 0, json!({}));
        history.end(key, |_| ());
    }
    drop(history);
    assert_eq!(all(&open(&here)).len(), 100);
}

#[test]
fn an_open_row_of_a_living_process_is_left_alone() {
    let here = tempfile::tempdir().unwrap();
    let first = open(&here);
    first.begin_then(call(1, "100"), |_| ());
    assert_eq!(first.flush(LONG), Kept::OnDisk);
    let second = open(&here);
    assert_eq!(second.interrupted(), []);
    second.begin_then(call(2, "200"), |_| ());
    assert_eq!(second.flush(LONG), Kept::OnDisk);
    let found = all(&first);
    assert_eq!(found.len(), 2, "each sees the other's");
    assert!(found.iter().all(|call| call.state == State::Ringing));
}

#[test]
fn an_open_row_is_interrupted_when_its_process_stopped() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let key = history.begin_then(call(1, "100"), |_| ());
    history.update(key, |call| call.state = State::Answered);
    drop(history);
    let history = open(&here);
    let states: Vec<State> = all(&history).iter().map(|call| call.state).collect();
    assert_eq!(states, [State::Interrupted]);
    assert_eq!(history.interrupted().len(), 1);
    drop(history);
    assert_eq!(open(&here).interrupted(), [], "told once");
}

#[test]
fn filters_see_memory_and_disk_alike() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let end = |mut row: Call, change: fn(&mut Call)| {
        change(&mut row);
        let key = history.begin_then(row, |_| ());
        history.end(key, |_| ());
    };
    end(call(1, "+4930111"), |call| call.way = Way::In);
    end(call(2, "+4930222"), |call| {
        call.way = Way::In;
        call.answered_at_ms = Some(3);
        call.outcome = Some(Outcome::Answered);
        call.media = json!({"mos_cq": 3.59});
    });
    end(call(3, "+4930333"), |call| {
        call.outcome = Some(Outcome::Rejected);
        call.reason = Some("Nicht Verfügbar 100%".into());
        call.code = Some(480);
    });
    end(call(4, "+4930444"), |call| {
        call.trunk = "backup".into();
        call.did = "+15550199".into();
        call.outcome = Some(Outcome::Cancelled);
        call.media = json!({"mos_cq": POOR_MOS});
    });
    end(call(0, "+4930666"), |call| {
        call.way = Way::In;
        call.outcome = Some(Outcome::Rejected);
    });
    end(call(-1, "+4930777"), |call| {
        call.way = Way::In;
        call.outcome = Some(Outcome::Cancelled);
        call.cause = Some(ELSEWHERE);
    });
    history.begin_then(Call { way: Way::In, ..call(5, "+4930555") }, |_| ());

    let check = |history: &History, what: &str| {
        let find = |filter: Filter| -> Vec<i64> {
            let found = history.find(&filter).unwrap();
            found.iter().map(|call| call.started_at_ms).collect()
        };
        let text = |text: &str| find(Filter { text: Some(text.into()), ..Filter::default() });
        assert_eq!(find(Filter::default()), [5, 4, 3, 2, 1, 0, -1], "{what}: newest first");
        assert_eq!(find(Filter { limit: Some(2), ..Filter::default() }), [5, 4], "{what}");
        assert_eq!(find(Filter { failed: true, ..Filter::default() }), [3, 0], "{what}");
        assert_eq!(find(Filter { poor: true, ..Filter::default() }), [2], "{what}");
        let one_poor = Filter { poor: true, limit: Some(1), ..Filter::default() };
        assert_eq!(find(one_poor), [2], "{what}: the limit counts what was looked for");
        assert_eq!(
            find(Filter { did: Some("+15550199".into()), ..Filter::default() }),
            [4],
            "{what}"
        );
        assert_eq!(
            find(Filter { trunk: Some("backup".into()), ..Filter::default() }),
            [4],
            "{what}"
        );
        assert_eq!(
            find(Filter { since_ms: Some(2), before_ms: Some(4), ..Filter::default() }),
            [3, 2],
            "{what}"
        );
        assert_eq!(text("0333"), [3], "{what}: part of a number");
        assert_eq!(text("VERFÜGBAR 480"), [3], "{what}: words in any order and case");
        assert_eq!(text("100%"), [3], "{what}: no wild cards");
        assert_eq!(text("'; DROP TABLE call; --"), [0_i64; 0], "{what}");
    };
    let missed = Filter { missed: true, ..Filter::default() };
    check(&history, "memory");
    assert_eq!(history.find(&missed).unwrap().len(), 1, "one still rings");
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    check(&history, "both");
    drop(history);
    let history = open(&here);
    check(&history, "disk");
    assert_eq!(history.find(&missed).unwrap().len(), 2, "the one that rang was interrupted");
    // Which number it has on disk is the database's to say.
    let third = Filter { since_ms: Some(3), before_ms: Some(4), ..Filter::default() };
    let one = Filter { id: history.find(&third).unwrap()[0].id, ..Filter::default() };
    let found = history.find(&one).unwrap();
    assert_eq!(found.iter().map(|call| call.started_at_ms).collect::<Vec<_>>(), [3]);
}

#[test]
fn a_number_of_the_other_end_finds_what_the_words_do_not() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    for row in [
        call(1, "+4930111"),
        Call { trunk: "backup".into(), ..call(2, "4930222") },
        Call { way: Way::In, from: "+4930111".into(), ..call(3, "+15550100") },
        call(4, "+4930444"),
    ] {
        let key = history.begin_then(row, |_| ());
        history.end(key, |_| ());
    }
    let check = |history: &History, what: &str| {
        let find = |text: &str, trunk: Option<&str>, numbers: &[&str]| -> Vec<i64> {
            let filter = Filter {
                text: Some(text.into()),
                trunk: trunk.map(Into::into),
                numbers: numbers.iter().copied().map(Into::into).collect(),
                ..Filter::default()
            };
            let found = history.find(&filter).unwrap();
            found.iter().map(|call| call.started_at_ms).collect()
        };
        let none = [0_i64; 0];
        assert_eq!(find("Ada", None, &["+4930111"]), [3, 1], "{what}: either way");
        assert_eq!(find("Ada", None, &["+4930222", "4930444"]), [4, 2], "{what}: without the plus");
        assert_eq!(find("0444", None, &["+4930222"]), [4, 2], "{what}: by its words as well");
        assert_eq!(find("", None, &["+4930222"]), [2], "{what}: without a word");
        assert_eq!(find("Ada", None, &["+15550100"]), none, "{what}: not by a number of ours");
        assert_eq!(find("Ada", None, &["30111"]), none, "{what}: not by a part of it");
        let backup = find("Ada", Some("backup"), &["+4930111", "+4930222"]);
        assert_eq!(backup, [2], "{what}: all else must hold");
        assert_eq!(find("Ada", None, &["') OR TRUE --"]), none, "{what}");
        let mut many = vec!["1"; 49];
        many.push("+4930444");
        assert_eq!(find("Ada", None, &many), [4], "{what}: fifty count");
        many.insert(0, "1");
        assert_eq!(find("Ada", None, &many), none, "{what}: and no more");
    };
    check(&history, "memory");
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    drop(history);
    check(&open(&here), "disk");
}

#[test]
fn a_file_that_is_no_history_is_left_as_it_is() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("history.sqlite");
    let text = "not a database, but somebody's own file, long enough to have a header".repeat(20);
    fs::write(&path, &text).unwrap();
    let error = History::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::NotAHistory { .. }), "{error}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
}

#[test]
fn a_history_with_a_damaged_table_is_left_as_it_is() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("history.sqlite");
    drop(History::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "journal_mode", "DELETE").unwrap();
    drop(connection);
    let mut bytes = fs::read(&path).unwrap();
    // The header stays good; each table behind it does not.
    bytes.iter_mut().skip(4096).for_each(|byte| *byte = 0xaa);
    fs::write(&path, &bytes).unwrap();
    let error = History::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::NotAHistory { .. }), "{error}");
    assert_eq!(fs::read(&path).unwrap(), bytes);
}

#[test]
fn a_newer_history_is_refused() {
    let here = tempfile::tempdir().unwrap();
    let path = here.path().join("history.sqlite");
    drop(History::open(&path).unwrap());
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 99).unwrap();
    let error = History::open(&path).unwrap_err();
    assert!(matches!(error, HistoryError::Newer { found: 99, .. }), "{error}");
}

#[cfg(unix)]
#[test]
fn nobody_else_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    history.begin_then(call(1, "100"), |_| ());
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    let folder = here.path().join("data");
    assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
    let mut files = 0;
    for file in fs::read_dir(&folder).unwrap() {
        let metadata = file.unwrap().metadata().unwrap();
        assert_eq!(metadata.permissions().mode() & 0o777, 0o600);
        files += 1;
    }
    assert!(files >= 4, "database, WAL, shared memory, lock: {files}");
}

/// A history that cannot be written: another program holds its write lock.
fn blocked(here: &tempfile::TempDir) -> (History, Connection) {
    let history = open(here);
    let path = here.path().join("data/history.sqlite");
    let blocker = Connection::open(&path).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    (history, blocker)
}

#[test]
fn rows_wait_in_memory_are_found_and_are_written_later() {
    let here = tempfile::tempdir().unwrap();
    let (history, blocker) = blocked(&here);
    let warnings = Arc::new(AtomicUsize::new(0));
    let recoveries = Arc::new(AtomicUsize::new(0));
    let (warned, recovered) = (Arc::clone(&warnings), Arc::clone(&recoveries));
    history.watch(move |health| {
        let count = if health.trouble.is_some() { &warned } else { &recovered };
        count.fetch_add(1, Ordering::SeqCst);
    });
    let (key, kept) = history.begin(call(1, "100"));
    assert!(matches!(kept, Kept::InMemory { .. }));
    for at in 2..=20 {
        history.begin_then(call(at, "200"), |_| ());
    }
    assert!(matches!(history.flush(LONG), Kept::InMemory { .. }));
    assert_eq!(history.health().unsaved, 20);
    assert_eq!(all(&history).len(), 20, "queries see them");
    assert_eq!(warnings.load(Ordering::SeqCst), 1, "one warning for all of them");

    blocker.execute_batch("COMMIT").unwrap();
    history.end(key, |_| ());
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(recoveries.load(Ordering::SeqCst), 1);
    assert_eq!(history.health(), Health::default());
    assert_eq!(all(&history).len(), 20);
}

/// A commit waits for the disk: twenty would take twenty times as long.
#[test]
fn rows_that_wait_together_are_one_commit() {
    let here = tempfile::tempdir().unwrap();
    let (history, blocker) = blocked(&here);
    for at in 1..=20 {
        history.begin_then(call(at, "100"), |_| ());
    }
    // Whatever is tried from here on takes all of them along.
    assert!(matches!(history.flush(LONG), Kept::InMemory { .. }));
    let before = commits(&here);
    blocker.execute_batch("COMMIT").unwrap();
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(history.health(), Health::default());
    assert_eq!(commits(&here) - before, 1);
}

/// Commits in the write-ahead log: frames that tell the size of the database, of those that are no
/// leftovers by their salt (SQLite file format, section 4.1).
fn commits(here: &tempfile::TempDir) -> usize {
    let log = fs::read(here.path().join("data/history.sqlite-wal")).unwrap();
    let (header, frames) = log.split_at(32);
    let page = u32::from_be_bytes(header[8..12].try_into().unwrap());
    let frames = frames.chunks_exact(24 + usize::try_from(page).unwrap());
    frames.filter(|frame| frame[8..16] == header[16..24] && frame[4..8] != [0_u8; 4]).count()
}

/// With less than FULL, a power cut could take back a row that an INVITE waited for.
#[test]
fn a_commit_is_synchronous() {
    let here = tempfile::tempdir().unwrap();
    drop(open(&here));
    let connection = schema::connect(&here.path().join("data/history.sqlite")).unwrap();
    let level = connection.pragma_query_value(None, "synchronous", |row| row.get::<_, i64>(0));
    assert_eq!(level.unwrap(), 2, "FULL");
}

#[test]
fn a_row_that_is_told_to_be_on_disk_is_there() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    let path = here.path().join("data/history.sqlite");
    let other = schema::connect_reader(&path).unwrap();
    let (tell, told) = mpsc::channel();
    history.begin_then(call(1, "100"), move |kept| {
        let rows: i64 = other.query_row("SELECT count(*) FROM call", [], |row| row.get(0)).unwrap();
        tell.send((kept, rows)).unwrap();
    });
    assert_eq!(told.recv().unwrap(), (Kept::OnDisk, 1));
}

#[test]
fn what_was_interrupted_is_told_even_when_the_history_was_busy_at_first() {
    let here = tempfile::tempdir().unwrap();
    let history = open(&here);
    history.begin_then(call(1, "100"), |_| ());
    drop(history);
    let blocker = Connection::open(here.path().join("data/history.sqlite")).unwrap();
    blocker.execute_batch("BEGIN IMMEDIATE").unwrap();
    let history = open(&here);
    assert_eq!(history.interrupted(), []);
    assert!(history.health().trouble.is_some());
    blocker.execute_batch("COMMIT").unwrap();
    assert_eq!(history.flush(LONG), Kept::OnDisk);
    assert_eq!(history.interrupted().len(), 1);
}
