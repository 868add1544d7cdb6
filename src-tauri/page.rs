//! One call's page: its row, its seconds, what happened in it, and its messages: from the trace as
//! long as it holds them, then as the history has kept them.

mod trail;

use std::{collections::HashSet, time::SystemTime};

use milliwatt_engine::{
    Engine,
    api::Finding,
    trace::{Direction, Entry, Numbers, masked},
};
use milliwatt_store::history::{Call, Filter, Message, Story};

pub(crate) use self::trail::Trails;
use crate::{
    api::{CallPage, LadderLine, Marker, MarkerKind},
    wire::went,
};

/// Looks a call up.
///
/// # Errors
/// A sentence, when it is not there or the history cannot be read.
pub(crate) fn page(engine: &Engine, id: i64) -> Result<CallPage, String> {
    let history = engine.history().ok_or("no history is kept")?;
    let filter = Filter { id: Some(id), ..Filter::default() };
    let found = history.find(&filter).map_err(|why| why.to_string())?;
    let call = found.into_iter().next().ok_or("this call is not in the history any more")?;
    let seconds = history.seconds(&call).map_err(|why| why.to_string())?;
    let mut kept = history.story(&call).map_err(|why| why.to_string())?.unwrap_or_default();
    let happened = serde_json::from_value::<Vec<Marker>>(std::mem::take(&mut kept.markers));
    let markers = markers(&call, happened.unwrap_or_default());
    let traced = traced(engine, &call.trunk, &call.call_id);
    let is_whole = !traced.messages.is_empty() && !traced.cut;
    let Story { messages, cut, .. } =
        if is_whole || kept.messages.is_empty() { traced } else { kept };
    let ladder = messages.into_iter().map(line).collect();
    Ok(CallPage { call, seconds, markers, ladder, cut })
}

/// The messages of a call that the trace holds, secrets masked.
fn traced(engine: &Engine, trunk: &str, call_id: &str) -> Story {
    let trace = engine.trace().of(trunk);
    let messages = messages(trace.entries().filter(|one| one.call_id() == Some(call_id)));
    // A call begins with an INVITE: one that does not has its first messages behind it.
    let is_later = |first: &Message| !first.raw.trim_start().starts_with("INVITE ");
    let cut = messages.first().is_some_and(is_later);
    Story { messages, cut, ..Story::default() }
}

fn messages<'a>(entries: impl Iterator<Item = &'a Entry>) -> Vec<Message> {
    let mut seen = HashSet::new();
    let mut first = None;
    entries
        .map(|entry| {
            let since = *first.get_or_insert(entry.at);
            let shown = masked(&entry.bytes, Numbers::Shown);
            Message {
                at_ms: entry.at.saturating_sub(since).as_secs_f64() * 1000.0,
                sent: entry.direction == Direction::Out,
                raw: String::from_utf8_lossy(&shown).into_owned(),
                retransmission: !seen.insert((entry.direction, entry.bytes.clone())),
            }
        })
        .collect()
}

fn line(message: Message) -> LadderLine {
    let Message { at_ms, sent, raw, retransmission } = message;
    LadderLine {
        at_ms,
        way: went(if sent { Direction::Out } else { Direction::In }),
        summary: raw.lines().next().unwrap_or_default().to_owned(),
        raw,
        retransmission,
    }
}

/// What happened and what was noticed while the call was up, on the time scale of its seconds. What
/// was noticed is in the row of a call whose story was not kept, too.
fn markers(call: &Call, happened: Vec<Marker>) -> Vec<Marker> {
    let Some(answered) = call.answered_at_ms else { return Vec::new() };
    let findings = serde_json::from_value::<Vec<Finding>>(call.findings.clone());
    let before = answered - call.started_at_ms;
    let mut noticed: Vec<Marker> = findings
        .unwrap_or_default()
        .into_iter()
        .filter(|found| !happened.iter().any(|marker| marker.text == found.text))
        .map(|found| Marker {
            at_ms: (found.at_ms - before as f64).max(0.0),
            kind: MarkerKind::Notice,
            text: found.text,
        })
        .collect();
    noticed.extend(happened);
    noticed.sort_by(|one, other| one.at_ms.total_cmp(&other.at_ms));
    noticed
}

/// Milliseconds since 1970.
pub(crate) fn wall_ms(at: SystemTime) -> i64 {
    let since = at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::{fs, net::UdpSocket, path::Path, time::Duration};

    use milliwatt_engine::{
        Config,
        api::{CallId, Command, Dial, Dtmf, Event},
    };
    use milliwatt_store::{
        history::{History, Kept},
        preferences::Devices,
    };
    use serde_json::json;

    use super::*;
    use crate::{
        api::{DeviceNews, Role, ShellEvent},
        outbox::Told,
        samples::{answered, ended, report, trunk},
        shelf::until,
    };

    const LONG: Duration = Duration::from_secs(60);
    const CANARY: &str = "c4n4ry";

    fn engine(history: &Path) -> Engine {
        let config = Config { history: Some(history.into()), ..Config::default() };
        Engine::start(config).unwrap()
    }

    /// A message of that trunk on the wire.
    fn any_message(engine: &Engine) -> Entry {
        // It never answers.
        let deaf = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut line = trunk("a");
        line.trunk.domain = deaf.local_addr().unwrap().to_string();
        line.trunk.register = false;
        engine.command(Command::AddTrunk { trunk: Box::new(line) });
        let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
        engine.command(Command::Dial { call: engine.next_call(), trunk: "a".into(), dial });
        until(|| engine.trace().of("a").entries().next().is_some());
        engine.trace().of("a").entries().next().cloned().unwrap()
    }

    /// The messages of a call as they were on the wire.
    fn messages_of(call_id: &str) -> Vec<(Direction, String)> {
        let message = |start: &str, rest: &str| format!("{start}\r\nCall-ID: {call_id}\r\n{rest}");
        let sdp = format!(
            "Authorization: Digest username=\"u\", nonce=\"{CANARY}1\", response=\"{CANARY}2\"\r\n\
             Content-Type: application/sdp\r\n\r\n\
             v=0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{CANARY}3\r\n"
        );
        let key = "Content-Type: application/dtmf-relay\r\n\r\nSignal=7\r\nDuration=160\r\n";
        vec![
            (Direction::Out, message("INVITE sip:there SIP/2.0", &sdp)),
            (Direction::In, message("SIP/2.0 200 OK", "\r\n")),
            (Direction::Out, message("INFO sip:there SIP/2.0", key)),
            (Direction::Out, message("BYE sip:there SIP/2.0", "\r\n")),
        ]
    }

    fn record(engine: &Engine, like: &Entry, (direction, text): (Direction, String)) {
        let entry = Entry { direction, bytes: text.into_bytes().into(), ..like.clone() };
        engine.trace().record("a", entry);
    }

    /// Enters a call that is over.
    fn enter(history: &History, call_id: &str) {
        let (key, _) = history.begin(Call {
            started_at_ms: 1000,
            answered_at_ms: Some(2000),
            trunk: "a".into(),
            call_id: call_id.into(),
            ..Call::default()
        });
        history.end(key, |_| ());
    }

    fn page_of(engine: &Engine, call_id: &str) -> CallPage {
        let calls = engine.history().unwrap().find(&Filter::default()).unwrap();
        let call = calls.into_iter().find(|call| call.call_id == call_id).unwrap();
        page(engine, call.id.unwrap()).unwrap()
    }

    /// What happens in a call of ten seconds, the answer to its BYE after it is told to be over.
    fn go_through(engine: &Engine, like: &Entry) {
        let mut trails = Trails::default();
        let call = CallId(1);
        let seconds = Duration::from_secs;
        trails.take(seconds(10), &answered(1), engine);
        let held = Event::Held { call, local: true, remote: false, refused: None };
        trails.take(seconds(11), &held, engine);
        let refused = Event::Held { call, local: true, remote: false, refused: Some(488) };
        trails.take(seconds(11), &refused, engine);
        let digit = Event::Digit { call, digit: '7', mode: Dtmf::Info, duration_ms: 160 };
        trails.take(seconds(12), &digit, engine);
        let moved = |role| DeviceNews::Moved { role, name: "headset".into() };
        let news = vec![moved(Role::Microphone), moved(Role::Speaker), moved(Role::Ring)];
        let told = ShellEvent::Devices { devices: Vec::new(), chosen: Devices::default(), news };
        let told = Told::Shell(told);
        trails.told(seconds(13), &told, |_| false);
        trails.told(seconds(14), &told, |_| true);
        let (kind, text) = ("re-invite".into(), "changed".into());
        trails.take(seconds(15), &Event::Notice { call: Some(call), kind, text }, engine);
        trails.take(seconds(20), &ended(1), engine);
        let answer = "SIP/2.0 200 Bye\r\nCall-ID: x\r\n\r\n";
        record(engine, like, (Direction::In, answer.into()));
        let due = trails.wake_at().unwrap();
        assert!(due > seconds(20));
        trails.tend(due, engine);
        assert_eq!(trails.wake_at(), None);
    }

    #[test]
    fn a_page_after_a_restart_is_the_page_from_before_without_a_secret_on_disk() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("data");
        let first = engine(&data.join("history.sqlite"));
        let like = any_message(&first);
        let history = first.history().unwrap().clone();
        enter(&history, "x");
        messages_of("x").into_iter().for_each(|message| record(&first, &like, message));
        go_through(&first, &like);
        assert_eq!(history.flush(LONG), Kept::OnDisk);
        let before = page_of(&first, "x");
        drop((history, first));

        let second = engine(&data.join("history.sqlite"));
        let after = page_of(&second, "x");
        assert_eq!(after.ladder, before.ladder);
        assert!(!before.cut && !after.cut);
        let lines: Vec<&str> = after.ladder.iter().map(|line| line.summary.as_str()).collect();
        let answers = ["SIP/2.0 200 OK", "SIP/2.0 200 Bye"];
        let requests = ["INVITE", "INFO", "BYE"].map(|name| format!("{name} sip:there SIP/2.0"));
        let [invite, info, bye] = requests.each_ref().map(String::as_str);
        assert_eq!(lines, [invite, answers[0], info, bye, answers[1]]);
        assert_eq!(after.ladder.last().map(|line| line.way), Some(crate::api::Went::Received));
        assert!(after.ladder.iter().any(|line| line.raw.contains("Signal=*\r\n")));
        assert_eq!(after.markers, before.markers);
        let marked: Vec<_> =
            after.markers.iter().map(|one| (one.at_ms, one.kind, one.text.as_str())).collect();
        let expected = [
            (1000.0, MarkerKind::Hold, "hold"),
            (2000.0, MarkerKind::Dtmf, "*"),
            (4000.0, MarkerKind::Device, "headset"),
            (5000.0, MarkerKind::ReInvite, "changed"),
        ];
        assert_eq!(marked, expected);
        let mut is_there = false;
        for name in ["history.sqlite", "history.sqlite-wal"] {
            // What is not there any more holds nothing.
            let bytes = fs::read(data.join(name)).unwrap_or_default();
            let holds = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
            assert!(!holds(CANARY));
            is_there |= holds("SIP/2.0 200 Bye");
        }
        assert!(is_there, "it is what was looked through");
    }

    #[test]
    fn a_ladder_that_is_cut_says_so() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("history.sqlite");
        let first = engine(&path);
        let like = any_message(&first);
        let history = first.history().unwrap().clone();
        for call_id in ["long", "late"] {
            enter(&history, call_id);
            let all = messages_of(call_id).into_iter().cycle();
            // The beginning of one was forgotten before it was over.
            let begun = all.skip(usize::from(call_id == "late"));
            let many = if call_id == "long" { 300 } else { 3 };
            begun.take(many).for_each(|message| record(&first, &like, message));
            let mut over = report(1);
            over.call_id = call_id.into();
            let over = Event::Ended { report: Box::new(over) };
            Trails::default().take(Duration::ZERO, &over, &first);
        }
        assert_eq!(history.flush(LONG), Kept::OnDisk);
        let shown = |engine: &Engine, call_id| {
            let page = page_of(engine, call_id);
            (page.ladder.len(), page.cut)
        };
        assert_eq!(shown(&first, "long"), (300, false), "the trace has all of them");
        assert_eq!(shown(&first, "late"), (3, true));
        drop((history, first));
        let second = engine(&path);
        assert_eq!(shown(&second, "long"), (200, true));
        assert_eq!(shown(&second, "late"), (3, true));
    }

    #[test]
    fn what_was_noticed_is_told_in_the_time_of_the_sound() {
        let finding =
            |at_ms| json!({ "kind": "no-sound", "text": "silent", "at_ms": at_ms, "count": 1 });
        let mut call = Call {
            started_at_ms: 1000,
            answered_at_ms: Some(3500),
            findings: json!([finding(4500.0), finding(10.0)]),
            ..Call::default()
        };
        let found = markers(&call, Vec::new());
        let at: Vec<f64> = found.iter().map(|marker| marker.at_ms).collect();
        assert_eq!(at, [0.0, 2000.0], "in the order of time");
        assert_eq!(found[0].text, "silent");
        let told = Marker { at_ms: 1990.0, kind: MarkerKind::Notice, text: "silent".into() };
        assert_eq!(markers(&call, vec![told.clone()]), [told], "told once");
        call.answered_at_ms = None;
        assert_eq!(markers(&call, Vec::new()), []);
    }
}
