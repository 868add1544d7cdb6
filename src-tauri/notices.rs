//! Notifications of the system: who calls, with buttons to take the call or not, and who was missed.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    thread,
};

use milliwatt_engine::api::CallId;
use notify_rust::Notification;

use crate::words::Language;

/// What a person chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Choice {
    Answer,
    Decline,
    Open,
}

/// The notifications of calls that ring.
#[derive(Clone, Default)]
pub(crate) struct Notices(Arc<Mutex<BTreeMap<CallId, Ringing>>>);

enum Ringing {
    /// The system has been asked to show it.
    Asked,
    /// It is shown under this number.
    #[cfg(target_os = "linux")]
    Shown(u32),
}

/// Characters of a name or number that are shown, at most.
const LONGEST: usize = 128;

impl Notices {
    /// Shows that a call comes in, until it is taken or over. `chosen` is called at most once, from
    /// another thread. Systems other than Linux show no buttons.
    pub(crate) fn ring(
        &self,
        call: CallId,
        from: &str,
        did: &str,
        language: Language,
        chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        self.lock().insert(call, Ringing::Asked);
        let summary = language.say(format!("Call from {}", plain(from)));
        let body = escaped(&language.say(format!("to {}", plain(did))));
        let notices = self.clone();
        beside(move || notices.show(call, (&summary, &body), language, chosen));
    }

    /// The call is taken or over; `missed` says from whom, when nobody took it.
    pub(crate) fn over(&self, call: CallId, missed: Option<(&str, Language)>) {
        let Some(ringing) = self.lock().remove(&call) else { return };
        let missed = missed
            .map(|(from, language)| language.say(format!("Missed call from {}", plain(from))));
        beside(move || replace(&ringing, missed.as_deref()));
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<CallId, Ringing>> {
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
            Err(why) => return tracing::info!("no notification can be shown: {why}"),
        };
        match self.lock().get_mut(&call) {
            Some(ringing) => *ringing = Ringing::Shown(handle.id()),
            // It was over before it was shown.
            None => return handle.close(),
        }
        handle.wait_for_action(|action| match action {
            "answer" => chosen(Choice::Answer),
            "decline" => chosen(Choice::Decline),
            "default" => chosen(Choice::Open),
            _ => {}
        });
    }

    #[cfg(not(target_os = "linux"))]
    fn show(
        &self,
        _call: CallId,
        (summary, body): (&str, &str),
        _language: Language,
        _chosen: impl FnOnce(Choice) + Send + 'static,
    ) {
        if let Err(why) = new(summary).body(body).show() {
            tracing::info!("no notification can be shown: {why}");
        }
    }
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

/// Text from the wire without what cannot be seen or turns text around, and not too much of it.
fn plain(text: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
            || matches!(c, '\u{061c}' | '\u{00ad}' | '\u{feff}')
    };
    text.chars().filter(|c| !hidden(*c)).take(LONGEST).collect()
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
        assert_eq!(plain("Ada\u{202e}\r\n\u{200b}!"), "Ada!");
        assert_eq!(plain(&"x".repeat(1000)).len(), LONGEST);
        assert_eq!(escaped("<a href=\"x\">&"), "&lt;a href=\"x\"&gt;&amp;");
    }
}
