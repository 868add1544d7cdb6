//! Keeping a session alive (RFC 4028): the acts; the rules are in `session_timer`.

use std::time::Duration;

use super::{
    Call, End, Stage, Timer, Wish,
    modify::Aim,
    session_timer::{Asked, Running},
};
use crate::{
    agent::{EndedBy, Ending, core::Core},
    header::SessionExpires,
    message::{Message, Name},
};

/// What a request says of session timers.
pub(super) fn asked(request: &Message) -> Asked {
    Asked {
        terms: terms(request),
        min_se: request.number(Name::MinSe),
        supported: request.has_token(Name::Supported, "timer")
            || request.has_token(Name::Require, "timer"),
    }
}

/// The session timer that a 2xx to a request of ours starts.
pub(super) fn agreed(response: &Message) -> Option<Running> {
    terms(response).map(|terms| Running::agreed(terms, true))
}

fn terms(message: &Message) -> Option<SessionExpires> {
    message.typed()?.ok()
}

impl Call {
    /// Starts the session timer anew, or stops it.
    pub(super) fn start_session(&mut self, now: Duration, session: Option<Running>) {
        self.session = session;
        self.timers.stop(Timer::SessionRefresh);
        self.timers.stop(Timer::SessionExpired);
        let Some(session) = session else { return };
        self.timers.set(Timer::SessionExpired, now + session.expires_after());
        if session.ours {
            self.timers.set(Timer::SessionRefresh, now + session.refresh_after());
        }
    }

    /// It is time to refresh.
    pub(super) fn refresh(&mut self, core: &mut Core, now: Duration) {
        if matches!(self.stage, Stage::Up(_)) && self.session.is_some() {
            self.wish(core, now, Wish::new(Aim::Refresh, None));
        }
    }

    /// A refresh was refused: there is time for another one before the session expires.
    pub(super) fn refresh_later(&mut self, now: Duration) {
        let Some(expires) = self.timers.at(Timer::SessionExpired) else { return };
        let half = expires.saturating_sub(now) / 2;
        if half >= Duration::from_secs(5) {
            self.timers.set(Timer::SessionRefresh, now + half);
        }
    }

    /// Nobody has refreshed the session (RFC 4028 §10).
    pub(super) fn session_expired(&mut self, core: &mut Core, now: Duration) {
        self.bye(core, now, None, End::new(Ending::TimedOut, EndedBy::Remote));
    }
}
