//! What several verbs take.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::span;
use crate::{exit::Failure, log, output, results::Results};

/// Codecs that this build speaks.
const CODECS: [&str; 2] = ["PCMU", "PCMA"];

/// Where results and evidence go.
#[derive(Clone, Debug, Args)]
pub(crate) struct Outputs {
    /// Write one JSON object at the end (`-` is stdout)
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<String>,
    /// Write one JSON object a line as things happen (`-` is stdout)
    #[arg(long, value_name = "FILE")]
    pub(crate) jsonl: Option<String>,
    /// Time for the whole verb, such as 5m
    #[arg(long, value_name = "TIME", value_parser = span)]
    pub(crate) timeout: Option<Duration>,
    /// Write all SIP messages, secrets masked, for Wireshark
    #[arg(long, visible_alias = "pcap", value_name = "FILE.pcap")]
    pub(crate) trace: Option<PathBuf>,
    /// Write what the program does, as JSON lines
    #[arg(long, value_name = "FILE")]
    pub(crate) log: Option<PathBuf>,
    /// Say more; twice for still more
    #[arg(short, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
}

impl Outputs {
    /// The JSON part.
    pub(crate) fn results(&self) -> Results {
        Results::new(self.json.clone(), self.jsonl.clone())
    }

    /// Name of the capture file, by which evidence in it is told.
    pub(crate) fn capture(&self) -> Option<String> {
        let name = self.trace.as_deref()?.file_name()?;
        Some(name.to_string_lossy().into_owned())
    }

    /// Looks whether the trace can be written, and starts the log.
    pub(crate) fn begin(&self) -> Result<(), Failure> {
        self.trace.as_deref().map_or(Ok(()), output::writable)?;
        log::start(self)
    }
}

/// What is played and kept of the sound.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Played {
    /// What to play: a WAV file, `tone`, `silence` or `milliwatt`
    #[arg(long, value_name = "SOUND")]
    pub(crate) play: Option<String>,
    /// Record what is heard; `answer` records its second call into FILE-2.wav, and so on
    #[arg(long, value_name = "FILE.wav")]
    pub(crate) record: Option<PathBuf>,
}

/// How the sound travels.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct Media {
    /// Codecs in order, such as PCMU,PCMA
    #[arg(long, value_name = "LIST", value_parser = parse_codecs)]
    pub(crate) codec: Option<Codecs>,
    /// How digits are sent
    #[arg(long, value_name = "MODE", value_parser = ["rfc4733", "inband", "info"])]
    pub(crate) dtmf_mode: Option<String>,
    /// Encryption of the sound: there is none yet, `required` ends with exit code 2
    #[arg(long, value_name = "POLICY", value_parser = ["off", "optional", "required"])]
    pub(crate) srtp: Option<String>,
    /// Ports for RTP, such as 10000-10100
    #[arg(long, value_name = "A-B", value_parser = ports)]
    pub(crate) rtp_ports: Option<(u16, u16)>,
}

/// Codecs in order; at least one.
pub(crate) type Codecs = Vec<String>;

/// Reads `PCMU,PCMA` in any case.
pub(crate) fn parse_codecs(text: &str) -> Result<Codecs, String> {
    text.split(',')
        .map(|name| {
            let name = name.trim();
            let known = CODECS.into_iter().find(|c| c.eq_ignore_ascii_case(name));
            known.map(str::to_owned).ok_or_else(|| {
                format!("codec '{name}' is not known here: choose from {}", CODECS.join(", "))
            })
        })
        .collect()
}

fn ports(text: &str) -> Result<(u16, u16), String> {
    let wrong = || format!("'{text}' is not a range of ports such as 10000-10100");
    let (first, last) = text.split_once('-').ok_or_else(wrong)?;
    let (first, last): (u16, u16) =
        (first.parse().map_err(|_| wrong())?, last.parse().map_err(|_| wrong())?);
    if first < 1024 || last <= first {
        return Err("ports are above 1023, the first below the last".into());
    }
    Ok((first, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_in_any_case_but_only_those_we_speak() {
        assert_eq!(parse_codecs("pcma,PCMU"), Ok(vec!["PCMA".into(), "PCMU".into()]));
        assert!(parse_codecs("opus").unwrap_err().contains("PCMU"));
        assert!(parse_codecs("").is_err());
    }

    #[test]
    fn a_range_of_ports() {
        assert_eq!(ports("10000-10100"), Ok((10000, 10100)));
        for wrong in ["10000", "5-6", "2000-1999", "a-b", "70000-70001"] {
            assert!(ports(wrong).is_err(), "{wrong}");
        }
    }
}
