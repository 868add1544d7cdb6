//! Notifications of the system: who calls, with buttons to take the call or not, and who was missed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use milliwatt_engine::api::CallId;
use milliwatt_store::contacts::Contacts;
use notify_rust::Notification;
#[cfg(any(test, not(target_os = "linux")))]
use notify_rust::{CloseReason, NotificationResponse};

use crate::{caller::Caller, words::Language};

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Answer,
    Decline,
    Open,
}

/// The notifications of calls that ring, with who calls.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<BTreeMap<CallId, (String, Ringing)>>>);

enum Ringing {
    /// The system has been asked to show it.
    Asked,
    /// It is shown under this number.
    #[cfg(target_os = "linux")]
    Shown(u32),
}

impl Notices {
    /// Shows that a call comes in, until it is taken or over. `chosen` is called at most once, from
    /// another thread: by a person, or to open the window where nobody can choose.
    pub(crate) fn ring(
        &self,
        call: CallId,
        caller: Caller,
        contacts: Contacts,
        language: Language,
        chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        self.lock().insert(call, (caller.number(), Ringing::Asked));
        let notices = self.clone();
        beside(move || {
            let who = caller.who(&contacts);
            if let Some((known, _)) = notices.lock().get_mut(&call) {
                known.clone_from(&who);
            }
            let summary = language.about("Call from {who}", &who);
            notices.show(call, (&summary, &caller.facts(language)), language, chosen);
        });
    }

    /// The call is taken or over; `missed` says in which language, when nobody took it.
    pub(crate) fn over(&self, call: CallId, missed: Option<Language>) {
        let Some((who, ringing)) = self.lock().remove(&call) else { return };
        let missed = missed.map(|language| language.about("Missed call from {who}", &who));
        beside(move || replace(&ringing, missed.as_deref()));
    }

    /// Does what was chosen, as long as the call rings.
    fn choose(&self, call: CallId, choice: Choice, chosen: impl FnOnce(Choice)) {
        let rings = self.lock().contains_key(&call);
        if rings {
            chosen(choice);
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<CallId, (String, Ringing)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[cfg(target_os = "linux")]
    fn show(
        &self,
        call: CallId,
        (summary, body): (&str, &str),
        language: Language,
        chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        let mut notification = question((summary, &escaped(body)), language);
        notification.urgency(notify_rust::Urgency::Critical);
        let handle = match notification.show() {
            Ok(handle) => handle,
            Err(why) => {
                tracing::info!("no notification can be shown: {why}");
                return self.choose(call, Choice::Open, chosen);
            }
        };
        match self.lock().get_mut(&call) {
            Some((_, ringing)) => *ringing = Ringing::Shown(handle.id()),
            // It was over before it was shown.
            None => return handle.close(),
        }
        if !have_buttons() {
            return self.choose(call, Choice::Open, chosen);
        }
        handle.wait_for_action(|action| {
            if let Some(choice) = choice_of(action) {
                chosen(choice);
            }
        });
    }

    /// What is shown stays after its call: on Windows and macOS the library can neither close nor
    /// replace it. A person puts it away, or the system does.
    #[cfg(not(target_os = "linux"))]
    fn show(
        &self,
        call: CallId,
        (summary, body): (&str, &str),
        language: Language,
        chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        // Each thread that waits has one of these.
        if Arc::strong_count(&self.0) > WAITING {
            self.choose(call, Choice::Open, chosen);
            return tell(new(summary).body(body));
        }
        let choice = answer_to(&question((summary, body), language)).unwrap_or_else(|why| {
            tracing::info!("no notification can be shown: {why}");
            Some(Choice::Open)
        });
        if let Some(choice) = choice {
            self.choose(call, choice, chosen);
        }
    }
}

/// True where notifications have buttons, and can be clicked on at all.
#[cfg(target_os = "linux")]
fn have_buttons() -> bool {
    // A server that does not answer has shown the buttons for all that is known.
    notify_rust::get_capabilities().map_or(true, |all| all.iter().any(|one| one == "actions"))
}

/// Puts what is known at the end of the ring in the place of what was asked.
#[cfg(target_os = "linux")]
fn replace(ringing: &Ringing, missed: Option<&str>) {
    let mut notification = new(missed.unwrap_or("Milliwatt"));
    match ringing {
        Ringing::Shown(id) => notification.id(*id),
        Ringing::Asked if missed.is_none() => return,
        Ringing::Asked => &mut notification,
    };
    match notification.show() {
        Ok(handle) if missed.is_none() => handle.close(),
        Ok(_) => {}
        Err(why) => tracing::info!("no notification can be shown: {why}"),
    }
}

/// Tells of a call that was missed.
#[cfg(not(target_os = "linux"))]
fn replace(_: &Ringing, missed: Option<&str>) {
    if let Some(missed) = missed {
        tell(&new(missed));
    }
}

#[cfg(not(target_os = "linux"))]
fn tell(notification: &Notification) {
    if let Err(why) = notification.show() {
        tracing::info!("no notification can be shown: {why}");
    }
}

/// Shows a notification and waits for what comes of it; `None` where a person puts it away. To
/// `wait_for_action` a click on its text on Windows, and a failure on macOS, would be that too.
#[cfg(not(target_os = "linux"))]
fn answer_to(notification: &Notification) -> notify_rust::error::Result<Option<Choice>> {
    let mut choice = None;
    let handle = notification.show()?;
    handle.wait_for_response(|response: &NotificationResponse| choice = meant(response))?;
    Ok(choice)
}

/// What came of a notification. One that went by itself has asked nobody: the window has to open.
#[cfg(any(test, not(target_os = "linux")))]
fn meant(response: &NotificationResponse) -> Option<Choice> {
    match response {
        NotificationResponse::Action(action) => choice_of(action),
        NotificationResponse::Default
        | NotificationResponse::Closed(CloseReason::Expired | CloseReason::Other(_)) => {
            Some(Choice::Open)
        }
        NotificationResponse::Closed(CloseReason::CloseAction | CloseReason::Dismissed)
        | NotificationResponse::Reply(_) => None,
    }
}

/// The choice that an action stands for.
fn choice_of(action: &str) -> Option<Choice> {
    ACTIONS.iter().find(|(name, ..)| *name == action).map(|(.., choice)| *choice)
}

/// A notification with an action for each choice.
fn question((summary, body): (&str, &str), language: Language) -> Notification {
    let mut notification = new(summary);
    notification.body(body).timeout(notify_rust::Timeout::Never);
    for (action, label, _) in ACTIONS {
        notification.action(action, &language.say(label.into()));
    }
    notification
}

fn new(summary: &str) -> Notification {
    // Its `AlreadySet` is the answer to each but the first. Else it would be Finder's notification.
    #[cfg(target_os = "macos")]
    let _ = notify_rust::set_application("org.milliwatt.desktop");
    let mut notification = Notification::new();
    notification.appname("Milliwatt").summary(summary).icon("milliwatt-desktop");
    notification
}

/// The system's bus may let its callers wait.
fn beside(work: impl FnOnce() + Send + 'static) {
    if let Err(why) = thread::Builder::new().name("notice".into()).spawn(work) {
        tracing::warn!("no notification can be shown: {why}");
    }
}

/// The body of a notification is read as markup by some desktops of Linux, and by no other system.
#[cfg(target_os = "linux")]
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// What a person is asked: action, label and choice. On a Mac they are a list behind one button, a
/// click on which is the first.
const ACTIONS: [(&str, &str, Choice); 3] = [
    ("default", "Open", Choice::Open),
    ("answer", "Answer", Choice::Answer),
    ("decline", "Decline", Choice::Decline),
];
/// So many are waited for at once, at most: a Mac keeps those that nobody touches.
#[cfg(not(target_os = "linux"))]
const WAITING: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn text_from_the_wire_is_text() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=\"x\"&gt;&amp;");
    }

    #[test]
    fn a_call_that_no_notification_asks_about_opens_the_window_while_it_rings() {
        let (notices, call) = (Notices::default(), CallId(1));
        let choice = || {
            let mut choice = None;
            notices.choose(call, Choice::Open, |chosen| choice = Some(chosen));
            choice
        };
        assert_eq!(choice(), None, "it is over");
        notices.lock().insert(call, (String::new(), Ringing::Asked));
        assert_eq!(choice(), Some(Choice::Open));
    }

    #[test]
    fn what_comes_of_a_notification_is_a_choice() {
        let action = |name: &str| meant(&NotificationResponse::Action(name.into()));
        for (name, _, choice) in ACTIONS {
            assert_eq!(action(name), Some(choice));
        }
        assert_eq!(action("other"), None);
        let closed = |why| meant(&NotificationResponse::Closed(why));
        assert_eq!(meant(&NotificationResponse::Default), Some(Choice::Open));
        assert_eq!(closed(CloseReason::Expired), Some(Choice::Open), "nobody has seen it");
        assert_eq!(closed(CloseReason::Dismissed), None);
    }

    /// A click on the button of a Mac takes no call.
    #[test]
    fn the_first_action_opens_the_window() {
        assert_eq!(ACTIONS[0].2, Choice::Open);
    }
}
