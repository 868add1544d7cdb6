//! The registrar: one binding a user, the newest wins.

use std::time::Duration;

use milliwatt_sip::{
    digest::Realm,
    message::{Builder, Message, Name},
    transaction::ServerId,
    transport::Flow,
};

use super::{Carrier, OUTSIDE, auth::Verdict};
use crate::numbers::{DOMAIN, dids};

/// Where a user's phone is.
#[derive(Clone, Debug)]
pub(super) struct Binding {
    /// Its Contact URI.
    pub(super) contact: String,
    /// Calls go back the way that the REGISTER came.
    pub(super) flow: Flow,
    /// Until when.
    pub(super) until: Duration,
}

/// The shortest and longest time that is granted, s.
const EXPIRES: (u32, u32) = (60, 3600);

impl Carrier {
    pub(super) fn register(&mut self, now: Duration, id: ServerId, flow: Flow, message: &Message) {
        let user = match self.examine(message, Realm::Server) {
            Verdict::User(user) => user,
            Verdict::Ask { stale } => {
                return self.challenge(now, id, flow, message, Realm::Server, stale);
            }
        };
        let of = message.to().and_then(|to| to.uri().user_unescaped().map(|u| u.into_owned()));
        if of.as_deref() != Some(&user) {
            // RFC 3261 §10.3, step 4.
            return self.refuse(now, id, flow, message, 403);
        }
        self.bindings.retain(|_, binding| binding.until > now);
        let contact = message.contacts().next();
        let Some(contact) = contact else { return self.list(now, id, flow, message, &user) };
        let asked = contact.expires().or(message.expires()).unwrap_or(EXPIRES.1);
        let brief = (1..EXPIRES.0).contains(&asked) && self.faults.expires.is_none();
        if asked > 0 && (self.faults.expires_refused || brief) {
            let least = (!self.faults.expires_refused).then(|| EXPIRES.0.to_string());
            let answer = self.answer(message, flow, 423).header_opt(Name::MinExpires, least);
            return self.layer.respond(now, id, answer.build());
        }
        match contact.address().map(|address| address.uri().to_string()) {
            Some(contact) if asked > 0 => {
                let granted = self.faults.expires.unwrap_or(asked.min(EXPIRES.1));
                let until = now + Duration::from_secs(u64::from(granted));
                self.bindings.insert(user.clone(), Binding { contact, flow, until });
            }
            Some(_) | None if self.faults.unregister_ignored => {}
            Some(_) | None => drop(self.bindings.remove(&user)),
        }
        self.list(now, id, flow, message, &user);
    }

    fn list(&mut self, now: Duration, id: ServerId, flow: Flow, message: &Message, user: &str) {
        let answer = self.answer(message, flow, 200).header(Name::Allow, self.allow());
        let answer = self.bound(answer, now, user);
        self.layer.respond(now, id, answer.build());
    }

    fn bound(&self, answer: Builder, now: Duration, user: &str) -> Builder {
        let Some(binding) = self.bindings.get(user) else { return answer };
        let left = binding.until.saturating_sub(now).as_secs();
        let contact = if self.faults.alg_contact {
            rewritten(&binding.contact)
        } else {
            binding.contact.clone()
        };
        let ours: Vec<_> = dids(user).map(|did| format!("<sip:{did}@{DOMAIN}>")).collect();
        let answer = answer.header(Name::Contact, format!("<{contact}>;expires={left}"));
        if ours.is_empty() {
            return answer;
        }
        answer.header(Name::PAssociatedUri, ours.join(", "))
    }
}

/// What a router's SIP helper makes of a contact: its own outside address.
fn rewritten(contact: &str) -> String {
    let user = contact.split_once('@').map_or("sip:phone", |(user, _)| user);
    format!("{user}@{OUTSIDE}")
}
