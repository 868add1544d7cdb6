//! What a person does without the window: by keys that work in other programs, and by the buttons
//! of a notification.

use milliwatt_engine::api::{CallId, Command};

use super::{Phone, lock};
use crate::{
    api::{Key, ShellEvent},
    sound,
    watch::Talk,
};

impl Phone {
    /// A key was pressed in another program. It is the window's, and is followed here where there
    /// is none.
    pub(crate) fn pressed(&self, action: Key) {
        if lock(&self.window).drawn {
            return self.tell(ShellEvent::Key { action });
        }
        let (ringing, up) = self.watch().first();
        match (action, ringing, up) {
            (Key::Answer, Some(call), _) => self.answer(call),
            (Key::HangUp, Some(call), _) => self.decline(call),
            (Key::HangUp, None, Some(call)) => self.engine.command(Command::HangUp { call }),
            (Key::Hold, ..) => self.turn(held_or_not),
            (Key::Mute, ..) => self.turn(muted_or_not),
            (Key::Answer | Key::HangUp, ..) => {}
        }
    }

    /// Gives a command to the call that a person talks in.
    fn turn(&self, command: impl FnOnce(Talk) -> Command) {
        let talk = self.watch().talking();
        if let Some(talk) = talk {
            self.order(command(talk));
        }
    }

    /// Takes a call for the person at this computer; others that are up wait meanwhile.
    pub(crate) fn answer(&self, call: CallId) {
        // A notification may be older than what became of its call.
        if !self.watch().rings(call) {
            return;
        }
        let others = self.watch().up();
        others.into_iter().for_each(|call| self.engine.command(Command::Hold { call }));
        self.order(Command::Answer { call, sound: sound::handset(), codecs: Vec::new() });
    }

    /// Refuses a call: busy here.
    pub(crate) fn decline(&self, call: CallId) {
        self.engine.command(Command::Reject { call, code: 486, headers: Vec::new() });
    }
}

fn held_or_not(talk: Talk) -> Command {
    let call = talk.call;
    if talk.held { Command::Resume { call } } else { Command::Hold { call } }
}

fn muted_or_not(talk: Talk) -> Command {
    Command::Mute { call: talk.call, on: !talk.muted }
}
