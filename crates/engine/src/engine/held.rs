//! Commands that wait until the password of their trunk is found.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    api::{CallId, CallStage, CallState, Command},
    phone,
};

/// What waits, by the name of the trunk, in its order.
#[derive(Debug, Default)]
pub(super) struct Held(BTreeMap<String, VecDeque<Command>>);

impl Held {
    /// From here on the commands for this trunk wait.
    pub(super) fn hold(&mut self, trunk: &str) {
        self.0.insert(trunk.to_owned(), VecDeque::new());
    }

    /// Lets go of what waits for this trunk.
    pub(super) fn release(&mut self, trunk: &str) -> VecDeque<Command> {
        self.0.remove(trunk).unwrap_or_default()
    }

    /// Keeps a command that has to wait, and gives back one that has not. What is wanted of a call that
    /// waits to be dialled comes after that.
    pub(super) fn keep(&mut self, command: Command) -> Option<Command> {
        let queue = match (trunk_of(&command), call_of(&command)) {
            (Some(trunk), _) => self.0.get_mut(trunk),
            (None, Some(call)) => self.0.values_mut().find(|queue| dials(queue, call)),
            (None, None) => None,
        };
        match queue {
            Some(queue) => {
                queue.push_back(command);
                None
            }
            None => Some(command),
        }
    }

    /// The trunks.
    pub(super) fn trunks(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    /// The calls that wait to be dialled.
    pub(super) fn calls(&self) -> impl Iterator<Item = CallState> {
        self.0.values().flat_map(|queue| queue.iter().filter_map(|command| coming(queue, command)))
    }
}

fn dials(queue: &VecDeque<Command>, wanted: CallId) -> bool {
    queue.iter().any(|command| matches!(command, Command::Dial { call, .. } if *call == wanted))
}

fn coming(queue: &VecDeque<Command>, command: &Command) -> Option<CallState> {
    let Command::Dial { call, trunk, dial } = command else { return None };
    let hangs_up = |c: &Command| matches!(c, Command::HangUp { call: ended } if ended == call);
    let stage = if queue.iter().any(hangs_up) { CallStage::Ending } else { CallStage::Dialling };
    Some(CallState { stage, ..phone::coming(*call, trunk, dial) })
}

/// The trunk that a command is about.
fn trunk_of(command: &Command) -> Option<&str> {
    match command {
        Command::AddTrunk { trunk } => Some(&trunk.trunk.name),
        Command::RemoveTrunk { trunk }
        | Command::Register { trunk }
        | Command::Unregister { trunk }
        | Command::AutoAnswer { trunk, .. }
        | Command::Dial { trunk, .. }
        | Command::Request { trunk, .. } => Some(trunk),
        Command::Answer { .. }
        | Command::EarlyMedia { .. }
        | Command::HangUp { .. }
        | Command::Hold { .. }
        | Command::Mute { .. }
        | Command::Record { .. }
        | Command::Reject { .. }
        | Command::Resume { .. }
        | Command::Ring { .. }
        | Command::SendDtmf { .. }
        | Command::Shutdown => None,
    }
}

/// The call that a command is about, of those that only one that exists can be given.
fn call_of(command: &Command) -> Option<CallId> {
    match command {
        Command::Answer { call, .. }
        | Command::EarlyMedia { call, .. }
        | Command::HangUp { call }
        | Command::Hold { call }
        | Command::Mute { call, .. }
        | Command::Record { call, .. }
        | Command::Reject { call, .. }
        | Command::Resume { call }
        | Command::Ring { call }
        | Command::SendDtmf { call, .. } => Some(*call),
        Command::AddTrunk { .. }
        | Command::AutoAnswer { .. }
        | Command::Dial { .. }
        | Command::Register { .. }
        | Command::RemoveTrunk { .. }
        | Command::Request { .. }
        | Command::Shutdown
        | Command::Unregister { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{Arc, Mutex, mpsc},
        time::Duration,
    };

    use milliwatt_store::{
        secret::{Secret, SecretError, SecretStore},
        settings::{Trunk, TrunkAccount},
    };

    use super::*;
    use crate::{
        Config, Engine,
        api::{Dial, Event, Outcome},
    };

    const LIMIT: Duration = Duration::from_secs(30);

    fn dial(call: CallId) -> Command {
        let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
        Command::Dial { call, trunk: "line".into(), dial }
    }

    #[test]
    fn what_is_wanted_of_a_call_waits_behind_its_dial() {
        let (mine, other) = (CallId(1), CallId(2));
        let mut held = Held::default();
        held.hold("line");
        assert!(held.keep(Command::HangUp { call: mine }).is_some(), "nothing to wait for");
        assert!(held.keep(dial(mine)).is_none());
        assert!(held.keep(Command::HangUp { call: other }).is_some());
        assert!(held.calls().all(|call| call.stage == CallStage::Dialling));
        assert!(held.keep(Command::HangUp { call: mine }).is_none());
        let calls: Vec<_> = held.calls().map(|call| (call.report.call, call.stage)).collect();
        assert_eq!(calls, [(mine, CallStage::Ending)]);
        let waited = held.release("line");
        assert!(matches!(waited[0], Command::Dial { .. }), "{waited:?}");
        assert!(matches!(waited[1], Command::HangUp { .. }), "{waited:?}");
        assert!(held.keep(dial(mine)).is_some());
    }

    /// A keyring that waits for its user.
    struct Slow(Mutex<mpsc::Receiver<()>>);

    impl SecretStore for Slow {
        fn password(&self, _: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
            let _ = self.0.lock().unwrap().recv();
            Ok(None)
        }
    }

    #[tokio::test]
    async fn a_call_that_waits_for_a_password_is_told_of_and_can_be_hung_up() {
        let (unlock, locked) = mpsc::channel();
        let secrets = Arc::new(Slow(Mutex::new(locked)));
        let engine = Engine::start(Config { secrets, ..Config::default() }).unwrap();
        let mut events = engine.subscribe();
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.user = "alice".into();
        // Nobody is there.
        trunk.trunk.domain = "127.0.0.1:9".into();
        trunk.trunk.register = false;
        engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        let call = engine.next_call();
        engine.command(dial(call));
        let calls = engine.snapshot().await.unwrap().calls;
        let seen: Vec<_> = calls.iter().map(|seen| (seen.report.call, seen.stage)).collect();
        assert_eq!(seen, [(call, CallStage::Dialling)]);
        assert_eq!(calls[0].report.to, "9000");
        engine.command(Command::HangUp { call });
        unlock.send(()).unwrap();
        let ended = async {
            loop {
                if let Some(Event::Ended { report }) = events.next().await {
                    return report;
                }
            }
        };
        let report = tokio::time::timeout(LIMIT, ended).await.unwrap();
        assert_eq!((report.call, report.outcome), (call, Outcome::Cancelled));
        assert!(engine.snapshot().await.unwrap().calls.is_empty());
        assert!(engine.shutdown(LIMIT).await);
    }
}
