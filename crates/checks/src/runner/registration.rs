//! The registration: the trunk's own time, other times, and taking it back.

use std::time::Duration;

use milliwatt_engine::{
    api::{Command, Event, Registration},
    trace::Echo,
};

use super::Hand;
use crate::observation::{Asked, Challenges, Registering, Unregistered};

/// A registrar that is silent for Timer F has no more to say.
const LIMIT: Duration = Duration::from_secs(35);

/// Times to ask for, besides the trunk's own, s.
const TIMES: [u32; 3] = [3600, 600, 60];

/// What one REGISTER brought.
enum Step {
    Challenge(Challenges),
    State(Registration),
}

impl Hand<'_> {
    pub(super) async fn registration(&mut self) {
        let mut seen = Registering::default();
        let own = self.subject.trunk.trunk.expires;
        let others = TIMES.into_iter().filter(|time| *time != own);
        for asked in std::iter::once(own).chain(others) {
            let state = self.register(asked, &mut seen).await;
            let registered = matches!(state, Registration::Registered { .. });
            seen.asked.push(Asked { asked, state });
            if !registered {
                break;
            }
        }
        self.seen.registration = Some(seen);
    }

    /// Registers before a call, unless that was done or is not wanted. False where there is no use
    /// in a call: the log-in was refused, or nobody is there.
    pub(super) async fn register_for_calls(&mut self) -> bool {
        if !self.subject.trunk.trunk.register || self.registered {
            return true;
        }
        let asked = self.subject.trunk.trunk.expires;
        self.register(asked, &mut Registering::default()).await;
        self.refused.is_none() && self.listen()
    }

    /// One REGISTER with its challenge, to its end.
    async fn register(&mut self, asked: u32, seen: &mut Registering) -> Registration {
        let state = self.ask_to_register(asked, seen).await;
        self.registered = matches!(state, Registration::Registered { .. });
        match &state {
            Registration::Registered { contact, contacts, .. } => {
                seen.contact = Some(contact.clone());
                self.contact = Some(contact.clone());
                self.seen.contact = listed(contact, contacts);
            }
            Registration::Refused { code: code @ (401 | 403 | 407), reason, advice } => {
                self.refused = Some(format!("{code} {reason}. {advice}"));
            }
            Registration::Failed { .. }
            | Registration::Refused { .. }
            | Registration::Registering
            | Registration::Unregistered => {}
        }
        state
    }

    async fn ask_to_register(&mut self, asked: u32, seen: &mut Registering) -> Registration {
        let mut trunk = self.subject.trunk.clone();
        trunk.trunk.expires = asked;
        self.engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        self.engine.command(Command::Register { trunk: self.trunk.clone() });
        let limit = self.patience(LIMIT);
        loop {
            let step = self.until(limit, |event| match event {
                Event::Challenged { challenges, chosen, .. } => Some(Step::Challenge(Challenges {
                    values: challenges.clone(),
                    chosen: chosen.clone(),
                })),
                Event::Registration { registration, .. } => match registration {
                    Registration::Registering | Registration::Unregistered => None,
                    Registration::Failed { .. }
                    | Registration::Refused { .. }
                    | Registration::Registered { .. } => Some(Step::State(registration.clone())),
                },
                _ => None,
            });
            match step.await {
                Some(Step::Challenge(challenges)) => seen.challenges = Some(challenges),
                Some(Step::State(state)) => return state,
                None => {
                    return Registration::Failed {
                        code: None,
                        why: "no answer came".into(),
                        retry_in_ms: 0,
                    };
                }
            }
        }
    }

    /// Takes the registration back and asks what is left of it.
    pub(super) async fn unregistration(&mut self) {
        if !self.register_for_calls().await {
            return;
        }
        let Some(contact) = self.contact.clone().filter(|_| self.registered) else { return };
        self.engine.command(Command::Unregister { trunk: self.trunk.clone() });
        let gone = |event: &Event| {
            matches!(event, Event::Registration { registration: Registration::Unregistered, .. })
                .then_some(())
        };
        self.until(LIMIT, gone).await;
        self.registered = false;
        let request = u64::MAX;
        self.engine.command(Command::Request {
            request,
            trunk: self.trunk.clone(),
            method: "REGISTER".into(),
            to: None,
            server: None,
            headers: Vec::new(),
            body: None,
        });
        let answer = self.until(LIMIT, |event| match event {
            Event::Response { request: of, code, headers, .. } if *of == request => {
                Some((*code, bindings(headers)))
            }
            _ => None,
        });
        let (code, left) = answer.await.unwrap_or_default();
        let left = (code == Some(200)).then_some(left);
        self.seen.unregistered = Some(Unregistered { contact, code, left });
    }
}

/// Our contact among those that the registrar lists; the first of them where it is not there.
fn listed(contact: &str, contacts: &[String]) -> Option<Echo> {
    let sent = address(contact);
    let all = || contacts.iter().map(|listed| address(listed));
    let shown = all().find(|listed| *listed == sent).or_else(|| all().next())?;
    Some(Echo { sent: sent.to_owned(), shown: shown.to_owned() })
}

/// The URI of a contact without its parameters.
fn address(contact: &str) -> &str {
    let inner = contact.split_once('<').map_or(contact, |(_, rest)| rest);
    inner.split(['>', ';']).next().unwrap_or(inner)
}

fn bindings(headers: &[(String, String)]) -> Vec<String> {
    let contact =
        |name: &str| name.eq_ignore_ascii_case("contact") || name.eq_ignore_ascii_case("m");
    headers.iter().filter(|(name, _)| contact(name)).map(|(_, value)| value.clone()).collect()
}
