//! Looking a trunk up before it calls, so that its addresses are known.

use std::time::Duration;

use super::{AccountId, core::Core, route::Asker};
use crate::locate::{DnsError, Locator, Question, Record, Step};

/// How often a trunk is looked up again.
const LOOK_AGAIN: Duration = Duration::from_secs(300);

/// The same after a look-up that failed.
const LOOK_SOON: Duration = Duration::from_secs(10);

impl Core {
    /// Looks up the hosts of a trunk.
    pub(super) fn look_up(&mut self, now: Duration, id: AccountId) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        trunk.locators = trunk.asks().into_iter().map(Locator::new).collect();
        trunk.look_at = (!trunk.locators.is_empty()).then(|| now + LOOK_AGAIN);
        self.look_on(now, id);
    }

    fn look_on(&mut self, now: Duration, id: AccountId) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        let mut questions = Vec::new();
        let mut found = Vec::new();
        trunk.locators.retain_mut(|locator| {
            while let Some(step) = locator.poll() {
                match step {
                    Step::Ask(question) => questions.push(question),
                    Step::Done(Ok(located)) => {
                        found.extend(located.targets);
                        return false;
                    }
                    Step::Done(Err(_)) => {
                        trunk.look_at = Some(now + LOOK_SOON);
                        return false;
                    }
                }
            }
            true
        });
        trunk.trust(&found);
        self.tell_trust(id);
        for question in questions {
            self.question(Asker::Account(id), question);
        }
        self.settle_account(now, id);
    }

    /// DNS has answered a look-up.
    pub(crate) fn trunk_resolved(
        &mut self,
        now: Duration,
        id: AccountId,
        question: &Question,
        result: Result<Vec<Record>, DnsError>,
    ) {
        let Some(trunk) = self.accounts.get_mut(&id) else { return };
        for locator in &mut trunk.locators {
            locator.answer(question, result.clone(), &mut self.chance);
        }
        self.look_on(now, id);
    }
}
