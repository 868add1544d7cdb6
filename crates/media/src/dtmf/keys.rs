//! Digits that wait to be sent, with the time of each.

use std::{collections::VecDeque, time::Duration};

use super::event::event_of;

/// Digits and pauses that may wait.
pub const MAX_KEYS: usize = 256;

/// Why digits were not taken. None of them is sent then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// A character that is neither a digit nor the pause `,`.
    #[error("{0:?} is no DTMF digit")]
    Digit(char),
    /// More than [`MAX_KEYS`] would wait.
    #[error("more than {MAX_KEYS} digits wait to be sent")]
    Full,
}

/// One thing to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// The event code; `None` is a pause.
    pub(super) event: Option<u8>,
    /// How long it sounds; zero for a pause.
    pub(super) on: Duration,
    /// How long the pause after it is.
    pub(super) off: Duration,
}

/// The waiting keys.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    waiting: VecDeque<Key>,
}

impl Keys {
    pub(super) fn new() -> Self {
        Self { waiting: VecDeque::with_capacity(MAX_KEYS) }
    }

    /// Adds all of `digits` or none.
    pub(super) fn add(
        &mut self,
        digits: &str,
        on: Duration,
        off: Duration,
    ) -> Result<(), KeysError> {
        let known = |digit: &char| *digit == COMMA || event_of(*digit).is_some();
        if let Some(unknown) = digits.chars().find(|digit| !known(digit)) {
            return Err(KeysError::Digit(unknown));
        }
        if self.waiting.len() + digits.len() > MAX_KEYS {
            return Err(KeysError::Full);
        }
        self.waiting.extend(digits.chars().map(|digit| match event_of(digit) {
            Some(event) => Key { event: Some(event), on, off },
            None => Key { event: None, on: Duration::ZERO, off: PAUSE },
        }));
        Ok(())
    }

    pub(super) fn next(&mut self) -> Option<Key> {
        self.waiting.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.waiting.clear();
    }
}

const COMMA: char = ',';
const PAUSE: Duration = Duration::from_secs(1);
