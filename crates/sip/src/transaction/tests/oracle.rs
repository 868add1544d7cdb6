//! One tape of events through this layer and through sipx-sip's: the same messages at the same
//! instants. Where the two differ on purpose stands in `EXCEPTIONS`, with the clause that decides.

use std::collections::BTreeMap;

use sipx_sip::transaction::{
    Dispatch, Output, Reliability, Timer, Timers as SipxTimers, TransactionKey, TransactionLayer,
};

use super::*;
use crate::chance::Chance;

/// What happens at one instant.
#[derive(Clone, Debug)]
enum Event {
    /// We send a request.
    Ask(Bytes),
    /// We answer this request with that code.
    Answer(Bytes, u16),
    /// A message comes in.
    Hear(Bytes),
}

type Tape = Vec<(u64, Event)>;
/// Milliseconds and a message, its rows in alphabetical order: their order is free (§7.3.1).
type Sent = Vec<(u64, String)>;

fn ours(transport: Transport, tape: &Tape) -> Sent {
    let mut clock = Clock::new(transport);
    let mut servers: BTreeMap<Bytes, ServerId> = BTreeMap::new();
    let mut sent = Sent::new();
    let mut take = |clock: &mut Clock| {
        let at = clock.told().into_iter().filter(|(_, what)| {
            what.chars().all(|c| c.is_ascii_uppercase()) || what.parse::<u16>().is_ok()
        });
        let bytes = std::mem::take(&mut clock.sent);
        sent.extend(at.zip(bytes).map(|((at, _), bytes)| (at, plain(&bytes))));
    };
    for (at, event) in tape {
        clock.run(*at);
        match event {
            Event::Ask(bytes) => {
                clock.request(bytes);
            }
            Event::Answer(bytes, code) => {
                if let Some(id) = servers.get(bytes) {
                    clock.respond(*id, &response(bytes, *code, "b"));
                }
            }
            Event::Hear(bytes) => match clock.receive(bytes) {
                Incoming::Request(id)
                | Incoming::Merged(id)
                | Incoming::Cancel { server: id, .. } => {
                    servers.insert(bytes.clone(), id);
                }
                Incoming::Ack(_)
                | Incoming::Ack2xx(_)
                | Incoming::Overloaded
                | Incoming::Response(_)
                | Incoming::Retransmission
                | Incoming::StrayResponse(_)
                | Incoming::Unanswerable => {}
            },
        }
        take(&mut clock);
    }
    clock.run(1_000_000);
    take(&mut clock);
    sent
}

/// The driver that sipx-sip's layer asks for: a clock, timers and a wire.
struct Sipx {
    layer: TransactionLayer,
    reliability: Reliability,
    now: Duration,
    serial: u64,
    timers: BTreeMap<(Duration, u64), (TransactionKey, Timer)>,
    sent: Sent,
}

fn theirs(transport: Transport, tape: &Tape) -> Sent {
    let reliability = match transport.is_reliable() {
        true => Reliability::Reliable,
        false => Reliability::Unreliable,
    };
    let mut sipx = Sipx {
        layer: TransactionLayer::new(SipxTimers::default()),
        reliability,
        now: ms(0),
        serial: 0,
        timers: BTreeMap::new(),
        sent: Vec::new(),
    };
    for (at, event) in tape {
        sipx.run(*at);
        match event {
            Event::Ask(bytes) => sipx.ask(bytes),
            Event::Answer(bytes, code) => sipx.answer(bytes, *code),
            Event::Hear(bytes) => sipx.hear(bytes),
        }
    }
    sipx.run(1_000_000);
    sipx.sent
}

fn parsed(bytes: &Bytes) -> sipx_sip::Message {
    sipx_sip::parse_datagram(bytes.clone(), &sipx_sip::Limits::default()).unwrap()
}

impl Sipx {
    fn ask(&mut self, bytes: &Bytes) {
        let sipx_sip::Message::Request(request) = parsed(bytes) else { panic!("a request") };
        let (key, outputs) = self.layer.send_request(request, self.reliability).unwrap();
        self.perform(&key, outputs);
    }

    fn answer(&mut self, bytes: &Bytes, code: u16) {
        let sipx_sip::Message::Request(request) = parsed(bytes) else { panic!("a request") };
        let key = TransactionKey::from_request(&request).unwrap();
        let answer = parsed(&response(bytes, code, "b"));
        let sipx_sip::Message::Response(answer) = answer else { panic!("a response") };
        let outputs = self.layer.send_response(&key, answer);
        self.perform(&key, outputs);
    }

    fn hear(&mut self, bytes: &Bytes) {
        match self.layer.receive(parsed(bytes), self.reliability) {
            Dispatch::Matched { key, outputs } | Dispatch::Created { key, outputs } => {
                self.perform(&key, outputs);
            }
            Dispatch::Unmatched(_) => {}
        }
    }

    fn perform(&mut self, key: &TransactionKey, outputs: Vec<Output>) {
        for output in outputs {
            match output {
                Output::Send(message) => {
                    let at = u64::try_from(self.now.as_millis()).unwrap();
                    self.sent.push((at, plain(&message.to_bytes())));
                }
                Output::SetTimer { timer, after } => {
                    self.clear(key, Some(timer));
                    self.serial += 1;
                    let at = (self.now + after, self.serial);
                    self.timers.insert(at, (key.clone(), timer));
                }
                Output::ClearTimer(timer) => self.clear(key, Some(timer)),
                Output::Terminated(_) => self.clear(key, None),
                Output::ToTu(_) | _ => {}
            }
        }
        self.fire(self.now);
    }

    fn clear(&mut self, key: &TransactionKey, timer: Option<Timer>) {
        self.timers.retain(|_, (of, set)| of != key || timer.is_some_and(|timer| timer != *set));
    }

    fn run(&mut self, until: u64) {
        self.fire(ms(until));
        self.now = ms(until);
    }

    fn fire(&mut self, until: Duration) {
        while let Some(entry) = self.timers.first_entry().filter(|entry| entry.key().0 <= until) {
            let ((at, _), (key, timer)) = entry.remove_entry();
            self.now = at;
            let outputs = self.layer.on_timer(&key, timer);
            self.perform(&key, outputs);
        }
    }
}

fn plain(bytes: &[u8]) -> String {
    let message = message(bytes);
    let mut rows: Vec<String> = message
        .rows()
        .map(|(name, value)| format!("{}: {}", name.as_str(), value.text()))
        .collect();
    rows.sort();
    format!("{}\n{}", message.start_line(), rows.join("\n"))
}

fn agree(name: &str, tape: &Tape) {
    for transport in [Transport::Udp, Transport::Tcp] {
        let (ours, theirs) = (ours(transport, tape), theirs(transport, tape));
        let differs = ours.iter().zip(&theirs).find(|(ours, theirs)| ours != theirs);
        assert_eq!(differs, None, "{name} over {transport}");
        assert_eq!(ours.len(), theirs.len(), "{name} over {transport}");
    }
}

#[test]
fn the_written_tapes_agree() {
    let invite = request("INVITE", "z9hG4bKa");
    let options = request("OPTIONS", "z9hG4bKb");
    let ask = |at, bytes: &Bytes| (at, Event::Ask(bytes.clone()));
    let hear = |at, bytes: Bytes| (at, Event::Hear(bytes));
    let answer = |at, bytes: &Bytes, code| (at, Event::Answer(bytes.clone(), code));
    let back = |at, bytes: &Bytes, code| hear(at, response(bytes, code, "b"));
    let tapes: Vec<(&str, Tape)> = vec![
        ("silence", vec![ask(0, &invite), ask(13, &options)]),
        (
            "trying",
            vec![
                ask(0, &invite),
                back(700, &invite, 100),
                ask(713, &options),
                back(1300, &options, 100),
            ],
        ),
        ("refused twice", vec![ask(0, &invite), back(90, &invite, 486), back(591, &invite, 486)]),
        (
            "forked",
            vec![ask(0, &invite), back(90, &invite, 200), hear(95, response(&invite, 200, "c"))],
        ),
        (
            "2xx, then a refusal",
            vec![ask(0, &invite), back(90, &invite, 200), back(95, &invite, 404)],
        ),
        ("answered late", vec![ask(0, &options), back(31_999, &options, 200)]),
        (
            "no user",
            vec![hear(0, invite.clone()), hear(501, invite.clone()), hear(7, options.clone())],
        ),
        (
            "rings",
            vec![hear(0, invite.clone()), answer(120, &invite, 180), hear(501, invite.clone())],
        ),
        (
            "refuses",
            vec![hear(0, invite.clone()), answer(120, &invite, 486), hear(501, invite.clone())],
        ),
        (
            "refuses, acknowledged",
            vec![
                hear(0, invite.clone()),
                answer(120, &invite, 486),
                hear(901, request("ACK", "z9hG4bKa")),
                hear(950, invite.clone()),
            ],
        ),
        (
            "accepts",
            vec![
                hear(0, invite.clone()),
                answer(300, &invite, 200),
                hear(501, invite.clone()),
                answer(800, &invite, 200),
                answer(900, &invite, 486),
                hear(901, request("ACK", "z9hG4bKa")),
            ],
        ),
        (
            "cancelled",
            vec![
                hear(0, invite.clone()),
                answer(10, &invite, 180),
                hear(2001, request("CANCEL", "z9hG4bKa")),
                answer(2002, &request("CANCEL", "z9hG4bKa"), 200),
                answer(2003, &invite, 487),
                hear(2004, request("CANCEL", "z9hG4bKa")),
            ],
        ),
        (
            "RFC 2543",
            vec![
                hear(0, request("OPTIONS", "1")),
                answer(50, &request("OPTIONS", "1"), 200),
                hear(501, request("OPTIONS", "1")),
            ],
        ),
    ];
    for (name, mut tape) in tapes {
        tape.sort_by_key(|(at, _)| *at);
        agree(name, &tape);
    }
}

#[test]
fn drawn_tapes_agree() {
    const CODES: [u16; 10] = [100, 180, 183, 200, 202, 302, 404, 486, 503, 603];
    for seed in 0..200 {
        let mut chance = Chance::new([seed; 32]);
        let mut pick = |bound: u64| chance.below(bound);
        let mut tape = Tape::new();
        for n in 0..3 {
            let methods = ["INVITE", "OPTIONS", "BYE"];
            let method = methods[usize::try_from(pick(3)).unwrap()];
            let (asked, heard) = (format!("z9hG4bKc{n}"), format!("z9hG4bKs{n}"));
            let (asked, heard) = (request(method, &asked), request(method, &heard));
            let start = pick(5000);
            tape.push((start, Event::Ask(asked.clone())));
            tape.push((start, Event::Hear(heard.clone())));
            for _ in 0..pick(6) {
                let code = CODES[usize::try_from(pick(10)).unwrap()];
                let tag = if pick(2) == 0 { "b" } else { "c" };
                let when = start + 1 + pick(40_000);
                tape.push((when, Event::Hear(response(&asked, code, tag))));
            }
            for _ in 0..pick(6) {
                let when = start + 1 + pick(20_000);
                let code = CODES[usize::try_from(pick(10)).unwrap()];
                tape.push((
                    when,
                    match pick(4) {
                        0 => Event::Hear(request("ACK", &format!("z9hG4bKs{n}"))),
                        1 => Event::Hear(request("CANCEL", &format!("z9hG4bKs{n}"))),
                        2 => Event::Hear(heard.clone()),
                        _ => Event::Answer(heard.clone(), code),
                    },
                ));
            }
        }
        tape.sort_by_key(|(at, _)| *at);
        leave_out_changes_of_mind(&mut tape);
        agree(&format!("seed {seed}"), &tape);
    }
}

/// After a refusal of an INVITE only further refusals: see the exception for figure 5.
fn leave_out_changes_of_mind(tape: &mut Tape) {
    let mut refused: Vec<String> = Vec::new();
    tape.retain(|(_, event)| {
        let Event::Hear(bytes) = event else { return true };
        let message = message(bytes);
        let call = message.call_id().unwrap_or_default().into_owned();
        match message.status() {
            Some(..300) => !refused.contains(&call),
            Some(_) => {
                refused.push(call);
                true
            }
            None => true,
        }
    });
}

/// A tape on which the two differ, the clause that decides, and how many messages each side sends
/// over UDP.
type Exception = (&'static str, fn() -> Tape, usize, usize);

const EXCEPTIONS: [Exception; 8] = [
    // Only a refusal that comes again is acknowledged again.
    (
        "RFC 3261 §17.1.1.2, figure 5",
        || {
            let invite = request("INVITE", "z9hG4bKa");
            let hear = |at, code| (at, Event::Hear(response(&invite, code, "b")));
            vec![(0, Event::Ask(invite.clone())), hear(90, 404), hear(95, 200), hear(99, 180)]
        },
        2,
        4,
    ),
    // A response belongs to a request by branch and method; sipx-sip wants its sent-by back too.
    (
        "RFC 3261 §17.1.3, sent-by",
        || answered_by(|ok| change(ok, "UDP 192.0.2.9", "UDP 10.0.0.1")),
        1,
        11,
    ),
    // Parameter values are compared without regard to case.
    (
        "RFC 3261 §7.3.1, branch",
        || answered_by(|ok| change(ok, "branch=z9hG4bKa", "branch=Z9HG4BKA")),
        1,
        11,
    ),
    // A final response has a To-tag.
    ("RFC 3261 §8.2.6.2, To-tag", || answered_by(|ok| change(ok, ";tag=b", "")), 11, 1),
    // The From of a response is that of the request.
    ("RFC 3261 §8.2.6.2, From-tag", || answered_by(|ok| change(ok, "tag=a", "tag=z")), 11, 1),
    // A response with a second Via was meant for somebody else.
    (
        "RFC 3261 §8.1.3.3, several Vias",
        || {
            answered_by(|ok| {
                change(ok, "From:", "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKx\r\nFrom:")
            })
        },
        11,
        1,
    ),
    // A 100 tells where the request came from; both send one, with another Via.
    (
        "RFC 3261 §18.2.1, received",
        || {
            vec![(
                0,
                Event::Hear(change(
                    &request("INVITE", "z9hG4bKa"),
                    "UDP 192.0.2.9",
                    "UDP 10.0.0.1",
                )),
            )]
        },
        1,
        1,
    ),
    // An ACK repeats the credentials of its INVITE; both send one, ours with them.
    (
        "RFC 3261 §22.1, credentials",
        || {
            let invite = change(
                &request("INVITE", "z9hG4bKa"),
                "CSeq:",
                "Authorization: Digest a=b\r\nCSeq:",
            );
            vec![(0, Event::Ask(invite.clone())), (90, Event::Hear(response(&invite, 486, "b")))]
        },
        2,
        2,
    ),
];

fn answered_by(rewrite: fn(&[u8]) -> Bytes) -> Tape {
    let options = request("OPTIONS", "z9hG4bKa");
    let ok = rewrite(&response(&options, 200, "b"));
    vec![(0, Event::Ask(options)), (90, Event::Hear(ok))]
}

#[test]
fn the_exceptions_are_these_and_no_others() {
    for (clause, tape, ours_sent, theirs_sent) in EXCEPTIONS {
        let tape = tape();
        let (ours, theirs) = (ours(Transport::Udp, &tape), theirs(Transport::Udp, &tape));
        assert_eq!((ours.len(), theirs.len()), (ours_sent, theirs_sent), "{clause}");
        assert_ne!(ours, theirs, "{clause}");
    }
}
