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

/// Our contact as the registrar lists it: as we wrote it, else with another address. `None` where
/// it cannot be told from the bindings of other phones.
fn listed(contact: &str, contacts: &[String]) -> Option<Echo> {
    let sent = uri(contact);
    let ours: Vec<&str> =
        contacts.iter().map(|listed| uri(listed)).filter(|uri| user(uri) == user(sent)).collect();
    let echo = |shown: &str| Echo { sent: sent.to_owned(), shown: shown.to_owned() };
    if ours.iter().any(|listed| is_same_place(listed, sent)) {
        return Some(echo(sent));
    }
    // Another phone of the same user has a binding of its own.
    if let [only] = ours.as_slice() { Some(echo(only)) } else { None }
}

/// The URI of a contact without its parameters.
fn uri(contact: &str) -> &str {
    let inner = contact.split_once('<').map_or(contact, |(_, rest)| rest);
    inner.split(['>', ';']).next().unwrap_or(inner)
}

fn user(uri: &str) -> Option<&str> {
    let (before, _) = uri.rsplit_once('@')?;
    before.split_once(':').map(|(_, user)| user)
}

/// True for one host and port; the usual port may be left out.
fn is_same_place(one: &str, other: &str) -> bool {
    let (one, other) = (place(one), place(other));
    let usual = |port: Option<&str>| port.is_none_or(|port| matches!(port, "5060" | "5061"));
    let same = one.1 == other.1;
    let left_out = (one.1.is_none() || other.1.is_none()) && usual(one.1) && usual(other.1);
    one.0.eq_ignore_ascii_case(other.0) && (same || left_out)
}

/// Host and port of a URI without parameters.
fn place(uri: &str) -> (&str, Option<&str>) {
    let scheme = |uri| ["sip:", "sips:"].iter().find_map(|s| str::strip_prefix(uri, s));
    let place = uri.rsplit_once('@').map_or_else(|| scheme(uri).unwrap_or(uri), |(_, place)| place);
    match place.rsplit_once(':') {
        // Colons within brackets are those of an IPv6 address.
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    }
}

fn bindings(headers: &[(String, String)]) -> Vec<String> {
    let contact =
        |name: &str| name.eq_ignore_ascii_case("contact") || name.eq_ignore_ascii_case("m");
    headers.iter().filter(|(name, _)| contact(name)).map(|(_, value)| value.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OURS: &str = "<sip:alice@10.0.0.5:5060;transport=tcp>;expires=60";

    fn shown(contact: &str, contacts: &[&str]) -> Option<String> {
        let contacts: Vec<String> = contacts.iter().map(|c| (*c).to_owned()).collect();
        listed(contact, &contacts).map(|echo| echo.shown)
    }

    #[test]
    fn our_contact_is_found_among_others() {
        let other = "<sip:alice@10.0.0.9:5060>;expires=60";
        for same in [OURS, "<sip:alice@10.0.0.5>", "\"A\" <sip:alice@10.0.0.5:5060;ob>;q=1"] {
            assert_eq!(shown(OURS, &[other, same]).as_deref(), Some("sip:alice@10.0.0.5:5060"));
        }
        assert_eq!(
            shown("sip:alice@[2001:DB8::5]", &["<sip:alice@[2001:db8::5]:5060>"]).as_deref(),
            Some("sip:alice@[2001:DB8::5]")
        );
    }

    #[test]
    fn our_contact_with_another_address_was_changed() {
        for changed in ["sip:alice@198.51.100.7:5060", "sip:alice@10.0.0.5:61234"] {
            let contacts = ["<sip:bob@10.0.0.5:5060>", &format!("<{changed}>;expires=60")];
            assert_eq!(shown(OURS, &contacts).as_deref(), Some(changed));
        }
    }

    /// What is not ours says nothing of what became of ours.
    #[test]
    fn other_phones_are_not_compared() {
        assert_eq!(shown(OURS, &[]), None);
        assert_eq!(shown(OURS, &["*", "<sip:bob@10.0.0.9:5060>"]), None);
        let two = ["<sip:alice@10.0.0.9:5060>", "<sip:alice@10.0.0.10:5060>"];
        assert_eq!(shown(OURS, &two), None);
    }
}
