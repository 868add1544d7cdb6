//! What an agent keeps of messages that were damaged on their way: nothing, once their time is over.

use std::{net::SocketAddr, time::Duration};

use allocation_counter::measure;
use bytes::Bytes;
use milliwatt_sip::{
    agent::{Account, Agent, Command, Input, Limits, Output},
    locate::DnsError,
    transport::{AccountId, Flow, FlowId, Transport, TransportError},
};

use crate::corpus::Corpus;

/// An agent, a trunk and a stranger that send it what the corpus has, and their clock.
struct Lab {
    agent: Agent,
    now: Duration,
    corpus: Corpus,
    sent: usize,
}

impl Lab {
    fn new() -> Self {
        let agent = Agent::new([1; 32], Limits::default());
        let now = Duration::from_secs(1000);
        let mut lab = Self { agent, now, corpus: Corpus::new(30), sent: 0 };
        let account = Account {
            domain: TRUNK.parse::<SocketAddr>().unwrap().ip().to_string(),
            user: "alice".into(),
            allow: vec![(TRUNK.parse::<SocketAddr>().unwrap().ip(), 32)],
            user_agent: "test".into(),
            ..Account::default()
        };
        lab.input(Input::Command(Command::AddAccount(AccountId(1), Box::new(account))));
        lab
    }

    fn input(&mut self, input: Input<'_>) {
        self.agent.handle(self.now, input);
        while let Some(output) = self.agent.poll() {
            let answer = match output {
                Output::Send { .. } => {
                    self.sent += 1;
                    continue;
                }
                Output::Resolve(query, question) => {
                    Input::Resolved(query, Err(DnsError::NameNotFound(question.name)))
                }
                Output::Open(open, target) => {
                    Input::OpenFailed(open, TransportError::Refused(target.remote))
                }
                Output::Close(_)
                | Output::Event(_)
                | Output::Gone(_)
                | Output::Heard { .. }
                | Output::Trust(..) => continue,
            };
            self.agent.handle(self.now, answer);
        }
    }

    /// Lets time pass.
    fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.agent.wake_at().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.input(Input::Wake);
        }
        self.now = until;
    }

    /// So many messages, sound and damaged, and then longer than any call rings and any transaction
    /// lasts.
    fn receive(&mut self, messages: usize) {
        for number in 0..messages {
            let octets = match number % 3 {
                0 => self.corpus.message(),
                _ => self.corpus.damaged(),
            };
            let from = if number % 4 == 0 { STRANGER } else { TRUNK };
            let (local, remote) = (PHONE.parse().unwrap(), from.parse().unwrap());
            let flow = Flow::new(FlowId(1), Transport::Udp, local, remote);
            self.input(Input::Received { flow, bytes: &Bytes::from(octets) });
            self.pass(Duration::from_secs(5));
        }
        self.pass(Duration::from_secs(3600));
    }
}

const PHONE: &str = "10.0.0.1:5060";
const TRUNK: &str = "10.0.0.2:5060";
const STRANGER: &str = "10.0.0.3:5060";

/// Tables have the size that they need after the first messages; all that come later leave nothing.
#[test]
fn an_agent_keeps_nothing_of_thousands_of_damaged_messages() {
    let mut lab = Lab::new();
    lab.receive(WARM_UP);
    let answered = lab.sent;
    let kept = measure(|| lab.receive(MESSAGES));
    assert!(lab.sent - answered > MESSAGES / 10, "only {} were answered", lab.sent - answered);
    assert!(kept.count_current < MOST_BLOCKS && kept.bytes_current < MOST_OCTETS, "{kept:?}");
}

const WARM_UP: usize = 5_000;
const MESSAGES: usize = 20_000;
/// A table may still find that it wants more room: less than a block for 300 messages and four octets
/// for each.
const MOST_BLOCKS: i64 = 64;
const MOST_OCTETS: i64 = 64 * 1024;
