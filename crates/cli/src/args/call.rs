//! `call`, `answer`, `register`, `options`.

use std::time::Duration;

use clap::Args;

use super::{Media, Outputs, Played, TrunkArg, span};

/// Place one call.
#[derive(Debug, Args)]
#[command(mut_arg("play", |play| play.help(PLAY)))]
pub(crate) struct Call {
    #[command(flatten)]
    pub(crate) trunk: TrunkArg,
    /// Whom to call: a number or a SIP address
    pub(crate) number: String,
    /// The number to show
    #[arg(long, value_name = "DID")]
    pub(crate) from: Option<String>,
    /// Hang up after so long [default: 15s; an emergency call: never]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) duration: Option<Duration>,
    /// Give up when nobody has answered by then [default: 60s; an emergency call: never]
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) ring_timeout: Option<Duration>,
    /// How the call must end: `answered` or SIP codes, such as 486,603
    #[arg(long, value_name = "END", default_value = "answered", value_delimiter = ',', value_parser = expected)]
    pub(crate) expect: Vec<Expected>,
    /// Digits to send once the call is up
    #[arg(long, value_name = "DIGITS", value_parser = digits)]
    pub(crate) dtmf: Option<String>,
    /// Put the far end on hold after so long
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) hold_after: Option<Duration>,
    /// Take it back after so long on hold
    #[arg(long, value_name = "TIME", value_parser = span, requires = "hold_after")]
    pub(crate) resume_after: Option<Duration>,
    #[command(flatten)]
    pub(crate) played: Played,
    #[command(flatten)]
    pub(crate) media: Media,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// This verb and `answer` alone have a sound card.
const PLAY: &str =
    "What to play: a WAV file, `tone`, `silence`, `milliwatt`, or the sound card, `device`";

const ANSWER_PLAY: &str = "What to play: a WAV file, `tone`, `silence`, `milliwatt`, or the sound card, \
    `device` (one call at a time: another is refused with 486)";

impl Call {
    /// When to hang up. An emergency call is ended by a person only.
    pub(crate) fn duration(&self, emergency: bool) -> Option<Duration> {
        self.duration.or((!emergency).then_some(Duration::from_secs(15)))
    }

    /// How long it may ring. An emergency call is given up by a person only.
    pub(crate) fn ring_timeout(&self, emergency: bool) -> Option<Duration> {
        self.ring_timeout.or((!emergency).then_some(Duration::from_secs(60)))
    }
}

/// An end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    /// 200.
    Answered,
    /// This final response.
    Code(u16),
}

fn expected(text: &str) -> Result<Expected, String> {
    match text.parse() {
        _ if text == "answered" => Ok(Expected::Answered),
        Ok(code @ 300..=699) => Ok(Expected::Code(code)),
        _ => Err(format!("'{text}' is neither `answered` nor a SIP code of 300 to 699")),
    }
}

fn digits(text: &str) -> Result<String, String> {
    let upper = text.to_ascii_uppercase();
    match upper.chars().find(|c| !"0123456789*#ABCD,".contains(*c)) {
        Some(wrong) => {
            Err(format!("'{wrong}' is no key: use 0-9, *, #, A-D, and a comma to wait a second"))
        }
        None => Ok(upper),
    }
}

/// Wait for inbound calls.
#[derive(Debug, Args)]
#[command(mut_arg("play", |play| play.help(ANSWER_PLAY)))]
pub(crate) struct Answer {
    #[command(flatten)]
    pub(crate) trunk: TrunkArg,
    /// End after so many calls
    #[arg(long, value_name = "N")]
    pub(crate) count: Option<u32>,
    /// End after so long
    #[arg(long = "for", value_name = "TIME", value_parser = span)]
    pub(crate) span: Option<Duration>,
    /// Ring so long before answering
    #[arg(long, value_name = "TIME", default_value = "0s", value_parser = span)]
    pub(crate) ring: Duration,
    /// Refuse every call with this SIP code
    #[arg(long, value_name = "CODE", value_parser = clap::value_parser!(u16).range(300..=699))]
    pub(crate) reject: Option<u16>,
    /// Send back what is heard
    #[arg(long, conflicts_with = "play")]
    pub(crate) echo: bool,
    /// Hear this network too; more than once for more
    #[arg(long, value_name = "CIDR")]
    pub(crate) allow: Vec<String>,
    #[command(flatten)]
    pub(crate) played: Played,
    #[command(flatten)]
    pub(crate) media: Media,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// Register for a while.
#[derive(Debug, Args)]
pub(crate) struct Register {
    #[command(flatten)]
    pub(crate) trunk: TrunkArg,
    /// Stay registered so long
    #[arg(long = "for", value_name = "TIME", default_value = "0s", value_parser = span)]
    pub(crate) span: Duration,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

/// Ask with OPTIONS.
#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(flatten)]
    pub(crate) trunk: TrunkArg,
    #[command(flatten)]
    pub(crate) outputs: Outputs,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        call: Call,
    }

    #[test]
    fn an_emergency_call_has_no_end_of_its_own() {
        let call = |more: &[&str]| {
            let words = ["call", "sip:a@b", "112"].iter().chain(more);
            Line::try_parse_from(words).unwrap().call
        };
        let seconds = |n| Some(Duration::from_secs(n));
        let plain = call(&[]);
        assert_eq!((plain.duration(false), plain.ring_timeout(false)), (seconds(15), seconds(60)));
        assert_eq!((plain.duration(true), plain.ring_timeout(true)), (None, None));
        let asked = call(&["--duration", "5s", "--ring-timeout", "9s"]);
        assert_eq!((asked.duration(true), asked.ring_timeout(true)), (seconds(5), seconds(9)));
    }

    #[test]
    fn ends_and_keys() {
        assert_eq!(expected("answered"), Ok(Expected::Answered));
        assert_eq!(expected("486"), Ok(Expected::Code(486)));
        assert!(expected("200").is_err());
        assert_eq!(digits("12a,#"), Ok("12A,#".into()));
        assert!(digits("12x").is_err());
    }
}
