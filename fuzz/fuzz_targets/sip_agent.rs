//! A whole agent told anything in any order: messages of the trunk and of strangers, answers to
//! what it sent, commands and time. Whatever comes, it sends what can be read, and comes to rest.
#![no_main]

use std::{net::SocketAddr, time::Duration};

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use milliwatt_sip::{
    agent::{
        Account, AccountId, Agent, CallId, Command, Dial, Event, Extension, Input, Limits, Output,
        Password,
    },
    message::{Builder, Framing, Message, Name},
    transport::{Flow, FlowId, Transport},
};

const ACCOUNT: AccountId = AccountId(1);
const SDP: &[u8] = b"v=0\r\no=a 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";
const METHODS: [&str; 10] =
    ["ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "UPDATE"];
const CODES: [u16; 16] =
    [100, 180, 183, 200, 200, 202, 302, 401, 407, 404, 422, 423, 486, 491, 500, 503];

struct Phone {
    agent: Agent,
    now: Duration,
    sent: Vec<Message>,
    calls: Vec<CallId>,
    idle: bool,
}

fn flow(from: SocketAddr) -> Flow {
    let local = SocketAddr::from(([192, 0, 2, 1], 5060));
    Flow::new(FlowId(1), Transport::Udp, local, from)
}

fn trunk() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 2], 5060))
}

impl Phone {
    fn new() -> Self {
        let account = Account {
            domain: trunk().ip().to_string(),
            user: "alice".into(),
            password: Some(Password::new("secret".into())),
            reliable: Extension::Supported,
            session_expires: Some(90),
            register: true,
            ..Account::default()
        };
        let mut phone = Self {
            agent: Agent::new([7; 32], Limits { calls: 4, ..Limits::default() }),
            now: Duration::from_secs(10),
            sent: Vec::new(),
            calls: Vec::new(),
            idle: false,
        };
        phone.command(Command::AddAccount(ACCOUNT, Box::new(account)));
        phone
    }

    fn command(&mut self, command: Command) {
        self.input(Input::Command(command));
    }

    fn input(&mut self, input: Input<'_>) {
        self.agent.handle(self.now, input);
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Open(open, target) => {
                    let opened = Input::Opened(open, flow(target.remote));
                    self.agent.handle(self.now, opened);
                }
                Output::Send { bytes, .. } if bytes.len() > 4 => {
                    let message = Message::parse(bytes, Framing::Datagram).expect("it is readable");
                    self.sent.push(message);
                }
                Output::Event(event) => match *event {
                    Event::Incoming { call, .. } => self.calls.push(call),
                    Event::Idle => self.idle = true,
                    _ => {}
                },
                _ => {}
            }
        }
    }

    fn receive(&mut self, from: SocketAddr, bytes: &Bytes) {
        self.input(Input::Received { flow: flow(from), bytes });
    }

    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.agent.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.input(Input::Wake);
        }
        self.now = until;
    }

    fn request(&mut self, which: u8, rest: &str) {
        let method = METHODS[usize::from(which) % METHODS.len()];
        let answers = self.sent.iter().rev().filter(|m| !m.is_request());
        let dialog = answers
            .filter_map(|m| {
                Some((m.call_id()?.into_owned(), m.header(Name::To)?.text().into_owned()))
            })
            .next();
        let (call_id, to) = dialog.unwrap_or_else(|| ("c".into(), "<sip:alice@192.0.2.1>".into()));
        let text = format!(
            "{method} sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2;branch=z9hG4bK{which}\r\n\
             From: <sip:bob@192.0.2.2>;tag=far\r\nTo: {to}\r\nCall-ID: {call_id}\r\n\
             CSeq: {which} {method}\r\nContact: <sip:bob@192.0.2.2>\r\n{rest}"
        );
        self.receive(trunk(), &Bytes::from(text));
    }

    fn response(&mut self, which: u8, rest: &str) {
        let back = usize::from(which >> 4);
        let Some(request) = self.sent.iter().rev().filter(|m| m.is_request()).nth(back) else {
            return;
        };
        let code = CODES[usize::from(which) % CODES.len()];
        let built = Builder::response_to(request, code, "", Some("far"))
            .header(Name::Contact, "<sip:bob@192.0.2.2>")
            .build();
        let head = built.strip_suffix(b"\r\n\r\n").unwrap_or(&built);
        let head = String::from_utf8_lossy(head).replace("\r\nContent-Length: 0", "");
        self.receive(trunk(), &Bytes::from(format!("{head}\r\n{rest}")));
    }

    fn act(&mut self, which: u8) {
        let body = Bytes::from_static(SDP);
        let Some(&call) = self.calls.last() else { return };
        self.command(match which % 9 {
            0 => Command::Answer { call, body },
            1 => Command::Ring { call, code: 183, body: Some(body) },
            2 => Command::Hangup { call, cause: Some(16) },
            3 => Command::Reject { call, code: 486, reason: None, headers: Vec::new() },
            4 => Command::Modify { call, offer: Some(body), update: which > 127 },
            5 => Command::AnswerOffer { call, body: Some(body) },
            6 => Command::FreshOffer { call, offer: Some(body) },
            7 => Command::Follow { call, agreed: which > 127 },
            _ => {
                let tag = (which > 127).then(|| "far".to_owned());
                Command::AnswerLate { call, tag, body }
            }
        });
    }

    fn dial(&mut self, offer: bool) {
        let call = CallId(self.calls.len() as u64 + 1);
        let offer = offer.then(|| Bytes::from_static(SDP));
        let dial = Dial { to: "9000".into(), offer, ..Dial::default() };
        self.calls.push(call);
        self.command(Command::Dial(call, ACCOUNT, Box::new(dial)));
    }
}

fuzz_target!(|input: &[u8]| {
    let mut phone = Phone::new();
    let mut rest = input;
    while let [step, which, length, tail @ ..] = rest {
        let (text, next) = tail.split_at(usize::from(*length).min(tail.len()));
        rest = next;
        let text_of = || String::from_utf8_lossy(text);
        match step % 8 {
            0 => phone.receive(trunk(), &Bytes::copy_from_slice(text)),
            1 => phone.receive(([198, 51, 100, 1], 5060).into(), &Bytes::copy_from_slice(text)),
            2 => phone.dial(which % 2 == 0),
            3 => phone.response(*which, &text_of()),
            4 => phone.request(*which, &text_of()),
            5 => phone.act(*which),
            6 => phone.command(Command::Register(ACCOUNT)),
            _ => phone.pass(Duration::from_millis(1 << (which % 18))),
        }
    }
    phone.command(Command::Shutdown);
    phone.pass(Duration::from_secs(600));
    assert!(phone.idle, "something is left: {:?}", phone.agent.wake_at());
});
