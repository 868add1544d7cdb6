//! What the window may hand over. A page that was taken over by somebody else must not get more from
//! the phone than a person gets by its buttons.

use milliwatt_engine::api::{Command, Dial};
use milliwatt_store::{history::Filter, secret::Secret, settings};

use crate::sound;

/// Digits of one press, at most.
const DIGITS: usize = 64;
/// Characters of a number or an address, at most.
const NUMBER: usize = 512;
/// Characters of a trunk's name, at most, as the store has it.
const TRUNK: usize = 64;
/// Codecs of a call, at most.
const CODECS: usize = 32;
/// Characters of a codec's name, at most.
const CODEC: usize = 32;
/// Tone and pause of a digit, ms, at most.
const TONE_MS: u32 = 2000;
/// Rows of the history that are asked for at once, at most.
const ROWS: usize = 5000;
/// Bytes of a password, at most.
const PASSWORD: usize = 4096;
/// Lines that a call for help is tried on, at most.
const LINES: usize = 64;

/// A command that a person can give by the window.
///
/// # Errors
/// A sentence, for every other command and for what is too long.
pub(crate) fn checked(command: Command) -> Result<Command, String> {
    match command {
        Command::Dial { call, trunk, mut dial } => {
            sound::of_a_person(&dial.sound)?;
            if trunk.len() > TRUNK || !is_of_a_person(&dial) {
                return Err("this cannot be dialled".into());
            }
            dial.to = settings::destination(&dial.to)?;
            Ok(Command::Dial { call, trunk, dial })
        }
        Command::Answer { ref codecs, .. } if !are_codecs(codecs) => {
            Err("the window may not ask for this".into())
        }
        Command::Answer { ref sound, .. } => sound::of_a_person(sound).map(|()| command),
        Command::Reject { headers, .. } if !headers.is_empty() => {
            Err("a call is refused without headers".into())
        }
        Command::SendDtmf { ref digits, on_ms, off_ms, .. }
            if digits.len() > DIGITS || on_ms > TONE_MS || off_ms > TONE_MS =>
        {
            Err(format!("{DIGITS} digits of {TONE_MS} ms can be sent at once"))
        }
        command @ (Command::HangUp { .. }
        | Command::Hold { .. }
        | Command::Mute { .. }
        | Command::Register { .. }
        | Command::Reject { .. }
        | Command::Resume { .. }
        | Command::Ring { .. }
        | Command::SendDtmf { .. }
        | Command::Unregister { .. }) => Ok(command),
        Command::AddTrunk { .. }
        | Command::AutoAnswer { .. }
        | Command::Block { .. }
        | Command::EarlyMedia { .. }
        | Command::Record { .. }
        | Command::RemoveTrunk { .. }
        | Command::Request { .. }
        | Command::Shutdown => Err("the window may not ask for this".into()),
    }
}

/// Whom a call for help goes to, and by which lines: it is not refused for one too many.
///
/// # Errors
/// A sentence, for what is no number.
pub(crate) fn help(to: &str, mut lines: Vec<String>) -> Result<(String, Vec<String>), String> {
    if to.len() > NUMBER {
        return Err("this cannot be dialled".into());
    }
    lines.retain(|line| line.len() <= TRUNK);
    lines.truncate(LINES);
    Ok((settings::destination(to)?, lines))
}

/// True where all is of a length that a person comes to, and nothing is there that has no field.
fn is_of_a_person(dial: &Dial) -> bool {
    let numbers = [Some(&dial.to), dial.from.as_ref(), dial.diversion.as_ref()];
    numbers.into_iter().flatten().all(|number| number.len() <= NUMBER)
        && are_codecs(&dial.codecs)
        && dial.headers.is_empty()
}

/// True for as many names as a line can have codecs.
fn are_codecs(names: &[String]) -> bool {
    names.len() <= CODECS && names.iter().all(|name| name.len() <= CODEC)
}

/// A password as it was typed.
///
/// # Errors
/// A sentence, when it cannot be one.
pub(crate) fn password(text: String) -> Result<Secret, String> {
    let fits = text.len() <= PASSWORD && !text.contains(char::is_control);
    let secret = Secret::new(text);
    if fits { Ok(secret) } else { Err("a password is one line of text".into()) }
}

/// A filter that does not ask for everything there ever was.
pub(crate) fn filter(mut filter: Filter) -> Filter {
    filter.limit = Some(filter.limit.unwrap_or(ROWS).min(ROWS));
    filter
}

/// A name to propose for a file: no path, nothing hidden, nothing that cannot be seen.
pub(crate) fn file_name(text: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.');
    let name: String = text.chars().filter(kept).take(100).collect();
    let name = name.trim_matches(['.', ' ']);
    if name.is_empty() { "milliwatt".into() } else { name.into() }
}

#[cfg(test)]
mod tests {
    use milliwatt_engine::api::{CallId, Dtmf, Sound, Source};

    use super::*;
    use crate::samples::trunk;

    const CALL: CallId = CallId(1);

    fn dial(to: &str, sound: Sound) -> Result<Command, String> {
        let dial = Box::new(Dial { to: to.into(), sound, ..Dial::default() });
        checked(Command::Dial { call: CALL, trunk: "a".into(), dial })
    }

    /// To the echo through the sound card, so changed.
    fn changed(change: impl FnOnce(&mut Dial)) -> Result<Command, String> {
        let mut dial = Box::new(Dial { to: "9000".into(), sound: card(), ..Dial::default() });
        change(&mut dial);
        checked(Command::Dial { call: CALL, trunk: "a".into(), dial })
    }

    fn card() -> Sound {
        Sound { source: Source::Port, ..Sound::default() }
    }

    #[test]
    fn a_person_dials() {
        let Ok(Command::Dial { dial, .. }) = dial("+1 555 0100", card()) else { panic!() };
        assert_eq!(dial.to, "+15550100");
    }

    #[test]
    fn a_call_for_help_is_not_refused_for_its_lines() {
        let all: Vec<String> = (0..70).map(|line| "x".repeat(line)).collect();
        let (to, lines) = help("112", all).unwrap();
        assert_eq!((to.as_str(), lines.len()), ("112", LINES));
        assert!(lines.iter().all(|line| line.len() <= TRUNK));
        assert!(help("sip: a", Vec::new()).is_err());
        assert!(help(&"1".repeat(NUMBER + 1), Vec::new()).is_err());
    }

    #[test]
    fn no_file_is_read_or_written_for_the_window() {
        let read = Sound { source: Source::File("/etc/passwd".into()), ..Sound::default() };
        let write = Sound { record: Some("/tmp/x".into()), ..card() };
        for sound in [read, write] {
            assert!(dial("9000", sound.clone()).is_err());
            assert!(checked(Command::Answer { call: CALL, sound, codecs: Vec::new() }).is_err());
        }
    }

    #[test]
    fn what_nobody_would_type_is_not_dialled() {
        let long = || "1".repeat(NUMBER + 1);
        assert!(changed(|dial| dial.from = Some("1".repeat(NUMBER))).is_ok());
        assert!(changed(|dial| dial.from = Some(long())).is_err());
        assert!(changed(|dial| dial.diversion = Some(long())).is_err());
        assert!(changed(|dial| dial.to = long()).is_err());
        let dial = Box::new(Dial { to: "9000".into(), sound: card(), ..Dial::default() });
        let trunk = "a".repeat(TRUNK + 1);
        assert!(checked(Command::Dial { call: CALL, trunk, dial }).is_err());
    }

    #[test]
    fn codecs_are_so_many_and_so_long() {
        let answer = |codecs| checked(Command::Answer { call: CALL, sound: card(), codecs });
        let most = vec!["x".repeat(CODEC); CODECS];
        assert!(changed(|dial| dial.codecs = most.clone()).is_ok());
        assert!(answer(most).is_ok());
        for codecs in [vec!["opus".into(); CODECS + 1], vec!["x".repeat(CODEC + 1)]] {
            assert!(changed(|dial| dial.codecs = codecs.clone()).is_err());
            assert!(answer(codecs).is_err());
        }
    }

    #[test]
    fn what_has_no_button_is_refused() {
        for command in [
            Command::Shutdown,
            Command::Block { targets: Vec::new() },
            Command::AddTrunk { trunk: Box::new(trunk("a")) },
            Command::RemoveTrunk { trunk: "a".into() },
            Command::Record { call: CALL, into: Some("/tmp/x".into()) },
            Command::Reject { call: CALL, code: 486, headers: vec![("A".into(), "b".into())] },
            Command::SendDtmf {
                call: CALL,
                digits: "1".repeat(65),
                mode: Dtmf::Info,
                on_ms: 100,
                off_ms: 100,
            },
        ] {
            assert!(checked(command.clone()).is_err(), "{command:?}");
        }
        assert!(checked(Command::HangUp { call: CALL }).is_ok());
    }

    #[test]
    fn a_file_is_proposed_by_a_plain_name() {
        assert_eq!(file_name("../../.bashrc"), "bashrc");
        assert_eq!(file_name("call\u{202e}fdp.exe"), "callfdp.exe");
        assert_eq!(file_name("///"), "milliwatt");
        assert_eq!(file_name("contacts 2026.csv"), "contacts 2026.csv");
    }
}
