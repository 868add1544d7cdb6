//! What is seen of a call that the engine's snapshot does not tell.

use std::collections::VecDeque;

use milliwatt_engine::api::{Event, Media};
use milliwatt_store::history::Second;

use super::Tape;

/// Seconds of a call that a window gets when it opens: an hour.
const SECONDS: usize = 3600;
/// Digits that were sent, as many as the window shows.
const DIGITS: usize = 64;
/// The header fields that say who calls, and whether that was verified.
const WHO: [&str; 2] = ["From", "P-Asserted-Identity"];

/// A call as its events have told it so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) name: Option<String>,
    pub(super) secure: Option<bool>,
    pub(super) incoming: bool,
    pub(super) up: bool,
    /// Those of [`WHO`] in the INVITE.
    pub(super) who: Vec<(String, String)>,
    /// Sound came before the answer.
    pub(super) early: bool,
    /// Digits can be sent as telephone events, once that is agreed.
    pub(super) dtmf: Option<bool>,
    /// Digits that were sent, the last of them.
    pub(super) digits: String,
    /// We send silence.
    pub(super) muted: bool,
    /// On hold by us.
    pub(super) held: bool,
    pub(super) tape: Tape,
    pub(super) seconds: VecDeque<Second>,
}

impl Seen {
    /// Takes an event of this call.
    #[expect(clippy::wildcard_enum_match_arm, reason = "what is not kept is passed over")]
    pub(super) fn take(&mut self, event: &Event) {
        match event {
            Event::Incoming { name, secure, headers, .. } => {
                self.name.clone_from(name);
                self.secure = Some(*secure);
                self.incoming = true;
                self.who = headers.iter().filter(|(name, _)| says_who(name)).cloned().collect();
            }
            Event::Progress { early_media, .. } => self.early |= *early_media,
            Event::Answered { dtmf, .. } => {
                self.up = true;
                self.dtmf = Some(*dtmf);
            }
            Event::Quality { media, .. } => self.second(media),
            _ => {}
        }
    }

    /// Digits are sent.
    pub(super) fn sent(&mut self, digits: &str) {
        self.digits.push_str(digits);
        let over = self.digits.chars().count().saturating_sub(DIGITS);
        self.digits = self.digits.chars().skip(over).collect();
    }

    /// Figures come once a second, so their number is their time.
    fn second(&mut self, media: &Media) {
        let at_ms = self.seconds.back().map_or(0, |last| last.at_ms) + 1000;
        let figures = serde_json::to_value(media).unwrap_or_default();
        self.seconds.push_back(Second { at_ms, figures });
        if self.seconds.len() > SECONDS {
            self.seconds.pop_front();
        }
    }
}

fn says_who(name: &str) -> bool {
    WHO.iter().any(|one| one.eq_ignore_ascii_case(name))
}
