//! Calls for help: one that comes to nothing goes on by the next line, whether there is a window or
//! not.

use milliwatt_engine::{
    api::{CallId, CallReport, Command, Dial, Outcome},
    emergency::{self, Nations},
};

use super::{Phone, lock};
use crate::{api::ShellEvent, sound};

/// What is left to try when a call for help comes to nothing.
pub(super) struct Help {
    pub(super) to: String,
    pub(super) lines: Vec<String>,
}

impl Phone {
    /// Calls an emergency service by the first of these lines, and by the next where that comes to
    /// nothing; others that are up wait meanwhile. What may be no such service is called once.
    pub(crate) fn call_for_help(&self, call: CallId, to: String, mut lines: Vec<String>) {
        if lines.is_empty() {
            return;
        }
        let trunk = lines.remove(0);
        if !emergency::is_emergency(&to, Nations::All) {
            lines.clear();
        }
        let others = self.watch().up();
        others.into_iter().for_each(|call| self.engine.command(Command::Hold { call }));
        let dial = Dial { to: to.clone(), sound: sound::handset(), ..Dial::default() };
        lock(&self.help).insert(call, Help { to, lines });
        self.order(Command::Dial { call, trunk, dial: Box::new(dial) });
    }

    /// A call is over, nobody knows how.
    pub(super) fn forget_help(&self, call: CallId) {
        lock(&self.help).remove(&call);
    }

    /// A call is over.
    pub(crate) fn goes_on(&self, report: &CallReport) {
        let Some(Help { to, lines }) = lock(&self.help).remove(&report.call) else { return };
        let came_to_nothing =
            matches!(report.outcome, Outcome::Failed | Outcome::Rejected | Outcome::TimedOut);
        if let Some(trunk) = lines.first().filter(|_| came_to_nothing) {
            let (call, number) = (self.engine.next_call(), to.clone());
            self.tell(ShellEvent::Dialled { call, trunk: trunk.clone(), number });
            self.call_for_help(call, to, lines);
        }
    }
}
