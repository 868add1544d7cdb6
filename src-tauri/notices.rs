//! Notifications of the system: who calls, with buttons to take the call or not, and who was missed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use milliwatt_engine::api::CallId;
use milliwatt_store::contacts::Contacts;
use notify_rust::Notification;

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
            let body = escaped(&caller.facts(language));
            notices.show(call, (&summary, &body), language, chosen);
        });
    }

    /// The call is taken or over; `missed` says in which language, when nobody took it.
    pub(crate) fn over(&self, call: CallId, missed: Option<Language>) {
        let Some((who, ringing)) = self.lock().remove(&call) else { return };
        let missed = missed.map(|language| language.about("Missed call from {who}", &who));
        beside(move || replace(&ringing, missed.as_deref()));
    }

    /// Nobody can choose by a notification: while the call rings, the window has to be there.
    fn open_instead(&self, call: CallId, chosen: impl FnOnce(Choice)) {
        let rings = self.lock().contains_key(&call);
        if rings {
            chosen(Choice::Open);
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
        let mut notification = new(summary);
        notification.body(body).timeout(notify_rust::Timeout::Never);
        notification.urgency(notify_rust::Urgency::Critical);
        for (action, label) in [("default", "Open"), ("answer", "Answer"), ("decline", "Decline")] {
            notification.action(action, &language.say(label.into()));
        }
        let handle = match notification.show() {
            Ok(handle) => handle,
            Err(why) => {
                tracing::info!("no notification can be shown: {why}");
                return self.open_instead(call, chosen);
            }
        };
        match self.lock().get_mut(&call) {
            Some((_, ringing)) => *ringing = Ringing::Shown(handle.id()),
            // It was over before it was shown.
            None => return handle.close(),
        }
        if !have_buttons() {
            return self.open_instead(call, chosen);
        }
        handle.wait_for_action(|action| match action {
            "answer" => chosen(Choice::Answer),
            "decline" => chosen(Choice::Decline),
            "default" => chosen(Choice::Open),
            _ => {}
        });
    }

    /// Other systems show no buttons.
    #[cfg(not(target_os = "linux"))]
    fn show(
        &self,
        call: CallId,
        (summary, body): (&str, &str),
        _language: Language,
        chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        self.open_instead(call, chosen);
        if let Err(why) = new(summary).body(body).show() {
            tracing::info!("no notification can be shown: {why}");
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
    if let Some(missed) = missed
        && let Err(why) = new(missed).show()
    {
        tracing::info!("no notification can be shown: {why}");
    }
}

fn new(summary: &str) -> Notification {
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

/// The body of a notification is read as markup by some systems.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_the_wire_is_text() {
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=\"x\"&gt;&amp;");
    }

    #[test]
    fn a_call_that_no_notification_asks_about_opens_the_window_while_it_rings() {
        let (notices, call) = (Notices::default(), CallId(1));
        let choice = || {
            let mut choice = None;
            notices.open_instead(call, |chosen| choice = Some(chosen));
            choice
        };
        assert_eq!(choice(), None, "it is over");
        notices.lock().insert(call, (String::new(), Ringing::Asked));
        assert_eq!(choice(), Some(Choice::Open));
    }
}
