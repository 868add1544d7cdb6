//! What the server has said a moment ago.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

/// So long an answer holds. Players ask after each block of 5 ms, and each question wakes the
/// server and us.
const HOLDS: Duration = Duration::from_millis(100);

/// An answer and when it came.
pub(super) struct Recent<T>(Mutex<Option<(Instant, T)>>);

impl<T> Default for Recent<T> {
    fn default() -> Self {
        Self(Mutex::new(None))
    }
}

impl<T: Copy> Recent<T> {
    /// The answer, while it holds.
    pub(super) fn get(&self) -> Option<T> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.filter(|(at, _)| at.elapsed() < HOLDS)
            .map(|(_, answer)| answer)
    }

    /// Keeps an answer that has just come.
    pub(super) fn keep(&self, answer: T) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *kept = Some((Instant::now(), answer));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_for_a_moment() {
        let recent = Recent::default();
        assert_eq!(recent.get(), None);
        recent.keep(7);
        assert_eq!(recent.get(), Some(7));
        std::thread::sleep(HOLDS);
        assert_eq!(recent.get(), None);
    }
}
