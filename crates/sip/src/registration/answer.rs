//! What a registrar answers (RFC 3261 §10.3).

use std::time::Duration;

use crate::{
    header::{Address, Contact},
    message::{Message, Name},
    uri::Uri,
};

/// Values of one header that are kept of an answer.
const MAX_KEPT: usize = 64;

/// A registration as the registrar granted it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) expires: u32,
    /// Our contact as the registrar lists it, or as we sent it where it lists none of ours.
    pub(super) ours: String,
    pub(super) contacts: Vec<String>,
    pub(super) associated: Vec<String>,
    pub(super) service_route: Vec<String>,
    pub(super) path: Vec<String>,
    pub(super) flow_timer: Option<Duration>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The registrar holds our contact.
    Bound(Answer),
    /// Not at this time: try again, after `asked` where the registrar says so.
    Later { code: u16, why: String, asked: Option<Duration> },
    /// No, and asking again would not help.
    Refused { code: u16, reason: String },
    /// 423, with Min-Expires.
    TooBrief { least: Option<u32> },
}

impl Verdict {
    pub(super) fn of(response: &Message, contact: &str, asked: u32) -> Self {
        let code = response.status().unwrap_or_default();
        let reason = response.reason().into_owned();
        match code {
            200..300 => Self::granted(response, contact, asked, code),
            423 => Self::TooBrief { least: response.number(Name::MinExpires) },
            // Of the refusals those that speak of this moment; every other says that account,
            // address or request are wrong, and to repeat it may lock the account.
            _ if is_of_the_moment(code) => {
                let why = format!("the registrar answers {code} {reason}");
                Self::Later { code, why, asked: retry_after(response) }
            }
            _ => Self::Refused { code, reason },
        }
    }

    fn granted(response: &Message, contact: &str, asked: u32, code: u16) -> Self {
        let contacts: Vec<Contact> = response.contacts().take(MAX_KEPT).collect();
        let ours = ours(&contacts, contact);
        // A 200 without our Contact is not what §10.3 asks for, and still common.
        let expires = ours.and_then(Contact::expires);
        let expires = expires.or_else(|| response.expires()).unwrap_or(asked);
        if expires == 0 {
            let why = "the registrar accepts the registration for 0 seconds".into();
            return Self::Later { code, why, asked: None };
        }
        Self::Bound(Answer {
            expires,
            ours: ours.map_or_else(|| contact.to_owned(), ToString::to_string),
            contacts: contacts.iter().map(ToString::to_string).collect(),
            associated: addresses(response, Name::PAssociatedUri),
            service_route: addresses(response, Name::ServiceRoute),
            path: addresses(response, Name::Path),
            flow_timer: response
                .number("Flow-Timer")
                .map(|secs| Duration::from_secs(u64::from(secs))),
        })
    }
}

/// Retry-After as it is obeyed: within 1 to 300 s (RFC 3261 §20.33). `None` where there is none, or
/// none that can be read.
pub fn retry_after(response: &Message) -> Option<Duration> {
    let value = response.header(Name::RetryAfter)?;
    let digits: String = value.text().chars().take_while(char::is_ascii_digit).collect();
    let secs = if digits.len() > 9 { u64::MAX } else { digits.parse().ok()? };
    Some(Duration::from_secs(secs.clamp(1, 300)))
}

/// True for a refusal that speaks of this moment; to ask again later may help.
pub(super) fn is_of_the_moment(code: u16) -> bool {
    matches!(code, 408 | 429 | 430 | 480 | 481 | 482 | 486 | 491 | 500..)
}

/// True where the answer lists this very contact, as one that is still good.
pub(super) fn lists(response: &Message, contact: &str) -> bool {
    let Ok(contact) = Address::parse(contact) else { return false };
    let mut listed = response.contacts().take(MAX_KEPT);
    listed.any(|one| is_at(&one, contact.uri()) && one.expires() != Some(0))
}

fn is_at(contact: &Contact, uri: &Uri) -> bool {
    contact.address().is_some_and(|it| it.uri().equivalent(uri))
}

/// Which of the contacts is ours: the same URI, else the same user where one only has it (a gateway
/// on the way may have rewritten the address), else the only one there is.
fn ours<'a>(contacts: &'a [Contact], contact: &str) -> Option<&'a Contact> {
    let contact = Address::parse(contact).ok()?;
    let found = contacts.iter().find(|one| is_at(one, contact.uri()));
    if found.is_some() {
        return found;
    }
    let user = contact.uri().user();
    let alike = |one: &&Contact| one.address().is_some_and(|it| it.uri().user() == user);
    let mut alike = contacts.iter().filter(alike);
    match (alike.next(), alike.next(), contacts) {
        (Some(one), None, _) | (None, None, [one]) => Some(one),
        _ => None,
    }
}

fn addresses(response: &Message, name: Name<'static>) -> Vec<String> {
    response.addresses(name).take(MAX_KEPT).map(|address| address.to_string()).collect()
}
