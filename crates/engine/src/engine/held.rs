//! Commands that wait until the password of their trunk is found.

use std::collections::{BTreeMap, VecDeque};

use crate::{
    api::{CallId, CallState, Command},
    phone,
};

/// What waits, by the name of the trunk, in its order.
#[derive(Debug, Default)]
pub(super) struct Held {
    waiting: BTreeMap<String, Waiting>,
    searches: u64,
}

/// What waits for one search.
#[derive(Debug)]
struct Waiting {
    search: Search,
    commands: VecDeque<Command>,
}

/// One search for a password: the answer of another says nothing of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Search(u64);

impl Held {
    /// From here on the commands for this trunk wait for this search.
    pub(super) fn hold(&mut self, trunk: &str) -> Search {
        self.searches += 1;
        let search = Search(self.searches);
        self.waiting.insert(trunk.to_owned(), Waiting { search, commands: VecDeque::new() });
        search
    }

    /// Lets go of what waits for this search; `None` when the trunk was removed meanwhile.
    pub(super) fn release(&mut self, trunk: &str, search: Search) -> Option<VecDeque<Command>> {
        self.waiting.get(trunk).filter(|waiting| waiting.search == search)?;
        self.waiting.remove(trunk).map(|waiting| waiting.commands)
    }

    /// Takes out what is wanted no more after this command, which waits for no password: all of a call
    /// that is hung up, all of a trunk that is removed.
    pub(super) fn give_up(&mut self, after: &Command) -> VecDeque<Command> {
        if let Command::RemoveTrunk { trunk } = after {
            return self.waiting.remove(trunk).map(|it| it.commands).unwrap_or_default();
        }
        let Command::HangUp { call } = after else { return VecDeque::new() };
        let Some(commands) = self.that_dial(*call) else { return VecDeque::new() };
        let (gone, stay) = commands.drain(..).partition(|command| is_of(command, *call));
        *commands = stay;
        gone
    }

    /// Keeps a command that has to wait, and gives back one that has not. What is wanted of a call that
    /// waits to be dialled comes after that.
    pub(super) fn keep(&mut self, command: Command) -> Option<Command> {
        let queue = match (trunk_of(&command), call_of(&command)) {
            (Some(trunk), _) => self.waiting.get_mut(trunk).map(|it| &mut it.commands),
            (None, Some(call)) => self.that_dial(call),
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
        self.waiting.keys()
    }

    /// The calls that wait to be dialled.
    pub(super) fn calls(&self) -> impl Iterator<Item = CallState> {
        let commands = self.waiting.values().flat_map(|it| &it.commands);
        commands.filter_map(|command| {
            let Command::Dial { call, trunk, dial } = command else { return None };
            Some(phone::coming(*call, trunk, dial))
        })
    }

    fn that_dial(&mut self, call: CallId) -> Option<&mut VecDeque<Command>> {
        let mut queues = self.waiting.values_mut().map(|it| &mut it.commands);
        queues.find(|queue| queue.iter().any(|command| dials(command, call)))
    }
}

fn dials(command: &Command, wanted: CallId) -> bool {
    matches!(command, Command::Dial { call, .. } if *call == wanted)
}

fn is_of(command: &Command, call: CallId) -> bool {
    dials(command, call) || call_of(command) == Some(call)
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
        | Command::Block { .. }
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
        | Command::Block { .. }
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
        Config, Engine, Events,
        api::{CallReport, CallStage, Dial, Event, Outcome},
    };

    const LIMIT: Duration = Duration::from_secs(30);

    fn dial(call: CallId) -> Command {
        let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
        Command::Dial { call, trunk: "line".into(), dial }
    }

    fn mute(call: CallId) -> Command {
        Command::Mute { call, on: true }
    }

    fn remove() -> Command {
        Command::RemoveTrunk { trunk: "line".into() }
    }

    #[test]
    fn what_is_wanted_of_a_call_waits_behind_its_dial() {
        let (mine, other) = (CallId(1), CallId(2));
        let mut held = Held::default();
        let search = held.hold("line");
        assert!(held.keep(mute(mine)).is_some(), "nothing to wait for");
        assert!(held.keep(dial(mine)).is_none());
        assert!(held.keep(mute(other)).is_some());
        assert!(held.keep(mute(mine)).is_none());
        let calls: Vec<_> = held.calls().map(|call| call.report.call).collect();
        assert_eq!(calls, [mine]);
        let waited = held.release("line", search).unwrap();
        assert!(matches!(waited[0], Command::Dial { .. }), "{waited:?}");
        assert!(matches!(waited[1], Command::Mute { .. }), "{waited:?}");
        assert!(held.keep(dial(mine)).is_some());
    }

    #[test]
    fn a_call_that_is_hung_up_is_taken_out_with_all_that_was_wanted_of_it() {
        let (mine, other) = (CallId(1), CallId(2));
        let mut held = Held::default();
        let search = held.hold("line");
        for command in [dial(mine), mute(mine), dial(other), mute(other)] {
            assert!(held.keep(command).is_none());
        }
        assert!(held.give_up(&Command::HangUp { call: CallId(3) }).is_empty());
        assert!(held.give_up(&mute(mine)).is_empty());
        let gone: Vec<_> = held.give_up(&Command::HangUp { call: mine }).into();
        let [Command::Dial { .. }, Command::Mute { .. }] = &gone[..] else { panic!("{gone:?}") };
        assert_eq!(held.release("line", search).unwrap().len(), 2);
    }

    #[test]
    fn the_answer_to_a_search_for_a_trunk_that_was_removed_is_of_no_use() {
        let mut held = Held::default();
        let first = held.hold("line");
        assert!(held.keep(dial(CallId(1))).is_none());
        assert_eq!(held.give_up(&remove()).len(), 1);
        assert!(held.release("line", first).is_none());
        let second = held.hold("line");
        assert!(held.release("line", first).is_none(), "not what is looked for");
        assert!(held.release("line", second).is_some());
    }

    /// A keyring that waits for its user.
    struct Slow(Mutex<mpsc::Receiver<()>>);

    impl SecretStore for Slow {
        fn password(&self, _: &TrunkAccount) -> Result<Option<Secret>, SecretError> {
            let _ = self.0.lock().unwrap().recv();
            Ok(None)
        }
    }

    /// A phone with a trunk whose password its keyring gives when it is told so.
    fn locked() -> (Engine, mpsc::Sender<()>) {
        let (unlock, locked) = mpsc::channel();
        let secrets = Arc::new(Slow(Mutex::new(locked)));
        let engine = Engine::start(Config { secrets, ..Config::default() }).unwrap();
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.user = "alice".into();
        // Nobody is there.
        trunk.trunk.domain = "127.0.0.1:9".into();
        trunk.trunk.register = false;
        engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        (engine, unlock)
    }

    async fn end_of_a_call(events: &mut Events) -> Box<CallReport> {
        let ended = async {
            loop {
                if let Some(Event::Ended { report }) = events.next().await {
                    return report;
                }
            }
        };
        tokio::time::timeout(LIMIT, ended).await.unwrap()
    }

    #[tokio::test]
    async fn a_call_that_waits_for_a_password_is_told_of_and_hung_up_at_once() {
        let (engine, unlock) = locked();
        let mut events = engine.subscribe();
        let call = engine.next_call();
        engine.command(dial(call));
        let calls = engine.snapshot().await.unwrap().calls;
        let seen: Vec<_> = calls.iter().map(|seen| (seen.report.call, seen.stage)).collect();
        assert_eq!(seen, [(call, CallStage::Dialling)]);
        assert_eq!(calls[0].report.to, "9000");
        engine.command(Command::HangUp { call });
        let report = end_of_a_call(&mut events).await;
        assert_eq!((report.call, report.outcome), (call, Outcome::Cancelled));
        assert!(engine.snapshot().await.unwrap().calls.is_empty());
        unlock.send(()).unwrap();
        assert!(engine.shutdown(LIMIT).await);
    }

    #[tokio::test]
    async fn why_a_trunk_cannot_be_used_is_not_hidden_by_its_registration() {
        let engine = Engine::start(Config::default()).unwrap();
        let mut events = engine.subscribe();
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        engine.command(Command::Register { trunk: "line".into() });
        let mut told = Vec::new();
        while let Some(event) = tokio::time::timeout(LIMIT, events.next()).await.unwrap() {
            let Event::TrunkFailed { why, .. } = event else { continue };
            if told.is_empty() {
                // What was asked for before has been done when it ends.
                assert!(engine.shutdown(LIMIT).await);
            }
            told.push(why);
        }
        let [why] = &told[..] else { panic!("{told:?}") };
        assert!(why.starts_with("`domain` is empty"), "{why}");
    }

    #[tokio::test]
    async fn a_trunk_that_waits_for_its_password_is_removed_at_once() {
        let (engine, unlock) = locked();
        let mut events = engine.subscribe();
        let call = engine.next_call();
        engine.command(dial(call));
        engine.command(remove());
        let report = end_of_a_call(&mut events).await;
        assert_eq!((report.call, report.outcome), (call, Outcome::Cancelled));
        let snapshot = engine.snapshot().await.unwrap();
        assert!(snapshot.trunks.is_empty() && snapshot.calls.is_empty(), "{snapshot:?}");
        unlock.send(()).unwrap();
        assert!(engine.shutdown(LIMIT).await);
    }
}
