//! What the phone knows of one call.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use milliwatt_media::session::MediaPlan;
use milliwatt_sip::agent::{AccountId, Body};

use super::{digits::InfoDigits, fork::Branch, moved::Anew, offer::Talk};
use crate::api::{CallId, CallReport, Dial, Media, Outcome, Secure, Sound, Timing, Way};

/// One call leg.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) account: AccountId,
    pub(super) stage: Stage,
    pub(super) report: CallReport,
    pub(super) emergency: bool,
    /// No person waits for it.
    pub(super) unattended: bool,
    /// The first INVITE, or the command to dial before one is sent.
    pub(super) began: Duration,
    pub(super) invited: bool,
    pub(super) answered: Option<Duration>,
    pub(super) ring_timeout: Option<Duration>,
    /// When it is answered without anybody's act.
    pub(super) answer_at: Option<Duration>,
    /// What is to be played and recorded.
    pub(super) sound: Sound,
    /// The recording that the history row names.
    pub(super) recording: Option<PathBuf>,
    /// What both sides are recorded into by a person's wish, or were.
    pub(super) tape: Option<PathBuf>,
    /// A session was started, and with it the recording.
    pub(super) sounded: bool,
    /// Our address that the sound comes to.
    pub(super) local: Option<IpAddr>,
    pub(super) line: SoundLine,
    /// Where a port is opened as soon as the sound that runs has stopped.
    pub(super) moves_to: Option<IpAddr>,
    /// What the sound runs by again once that port is open.
    pub(super) goes_on: Option<Box<MediaPlan>>,
    /// This computer has moved since its early sound began: it moves when the call is up.
    pub(super) moved: bool,
    /// What the far end offered while the sound moved, and for which branch: it is answered then.
    pub(super) put_off: Option<(Option<String>, Option<Body>)>,
    /// It is to be offered anew: this computer has another address, or slept.
    pub(super) anew: Anew,
    pub(super) anew_tries: u8,
    /// This computer slept, and the far end has not been heard of since.
    pub(super) slept: bool,
    pub(super) talk: Talk,
    /// Before the answer: what was said with each branch of a fork.
    pub(super) branches: Vec<Branch>,
    pub(super) hold: Hold,
    pub(super) muted: bool,
    pub(super) info: Option<InfoDigits>,
    /// Seconds of sound told so far.
    pub(super) seconds: u32,
    /// Figures of the last one.
    pub(super) second: Option<Box<Media>>,
    /// Sound came before the answer.
    pub(super) heard_early: bool,
    /// When a call without RTP is given up.
    pub(super) silent_until: Option<Duration>,
    /// We have asked for the end ourselves.
    pub(super) hung_up: bool,
    /// Signalling has ended.
    pub(super) over: bool,
    /// When the report is told even if the media side has not said its last word.
    pub(super) report_by: Option<Duration>,
}

/// How far signalling is.
#[derive(Debug)]
pub(super) enum Stage {
    /// Dialled; the INVITE has not left.
    Preparing(Box<Preparing>),
    /// The INVITE is with the agent.
    Dialling,
    /// An incoming call that waits for a person.
    Offered,
    /// An incoming call for which a person has decided, and whose RTP port is being opened.
    Deciding(Decision),
    /// Our 200 is sent.
    Accepting,
    /// Both sides agree that it is up.
    Up,
}

/// What stands between a command to dial and the INVITE.
#[derive(Debug)]
pub(super) struct Preparing {
    pub(super) dial: Dial,
    /// Until when the history row is waited for; `None` when it is waited for no more.
    pub(super) row_by: Option<Duration>,
}

/// What a person wants of an incoming call.
#[derive(Debug)]
pub(super) enum Decision {
    /// 200.
    Answer,
    /// 183 with sound.
    EarlyMedia,
}

/// A number of ours; nothing where the user's name stands in for one.
pub(super) fn number_alone(text: &str) -> String {
    let number = text.contains(|c: char| c.is_ascii_digit()) && !text.contains(char::is_alphabetic);
    if number { text.to_owned() } else { String::new() }
}

/// How far the sound is.
#[derive(Debug)]
pub(super) enum SoundLine {
    /// No port.
    Closed,
    /// A port was asked for.
    Opening,
    /// A port is held, nothing runs.
    Open(SocketAddr),
    /// A session runs.
    Running(SocketAddr, Box<MediaPlan>),
    /// Stopped; the last figures are awaited.
    Closing,
}

impl SoundLine {
    /// The RTP port, while there is one.
    pub(super) fn port(&self) -> Option<SocketAddr> {
        match self {
            Self::Open(port) | Self::Running(port, _) => Some(*port),
            Self::Closed | Self::Opening | Self::Closing => None,
        }
    }

    /// What the session runs by.
    pub(super) fn plan(&self) -> Option<&MediaPlan> {
        match self {
            Self::Running(_, plan) => Some(plan),
            Self::Closed | Self::Opening | Self::Open(_) | Self::Closing => None,
        }
    }
}

/// Who holds the call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Hold {
    /// We do.
    pub(super) local: bool,
    /// They do.
    pub(super) remote: bool,
    /// What a person wants last.
    pub(super) wanted: bool,
    /// An offer of ours is under way, for this.
    pub(super) asking: Option<bool>,
    /// They asked for an offer of ours, whose answer comes with the ACK.
    pub(super) lent: bool,
}

impl Call {
    /// A call that has just begun.
    pub(super) fn new(now: Duration, id: CallId, account: AccountId, report: CallReport) -> Self {
        Self {
            id,
            account,
            stage: Stage::Offered,
            report,
            emergency: false,
            unattended: false,
            began: now,
            invited: false,
            answered: None,
            ring_timeout: None,
            answer_at: None,
            sound: Sound::default(),
            recording: None,
            tape: None,
            sounded: false,
            local: None,
            line: SoundLine::Closed,
            moves_to: None,
            goes_on: None,
            moved: false,
            put_off: None,
            anew: Anew::No,
            anew_tries: 0,
            slept: false,
            talk: Talk::default(),
            branches: Vec::new(),
            hold: Hold::default(),
            muted: false,
            info: None,
            seconds: 0,
            second: None,
            heard_early: false,
            silent_until: None,
            hung_up: false,
            over: false,
            report_by: None,
        }
    }

    /// The next time that something of this call is due.
    pub(super) fn wake_at(&self) -> Option<Duration> {
        let row = match &self.stage {
            Stage::Preparing(preparing) => preparing.row_by,
            Stage::Dialling
            | Stage::Offered
            | Stage::Deciding(_)
            | Stage::Accepting
            | Stage::Up => None,
        };
        let digit = self.info.as_ref().map(|info| info.due);
        let own = [self.answer_at, self.silent_until, self.report_by, self.anew.due()];
        [row, digit].into_iter().chain(own).flatten().min()
    }

    /// True while RTP must come: up, and held by nobody.
    pub(super) fn talking(&self) -> bool {
        self.answered.is_some() && !self.over && !self.hold.local && !self.hold.remote
    }
}

/// A report that knows nothing yet.
pub(crate) fn blank_report(call: CallId, trunk: &str, way: Way) -> CallReport {
    CallReport {
        call,
        trunk: trunk.to_owned(),
        way,
        outcome: Outcome::Failed,
        code: None,
        reason: None,
        cause: None,
        call_id: String::new(),
        from: String::new(),
        to: String::new(),
        did: String::new(),
        codec: None,
        remote: None,
        secure: Secure::None,
        authentication_refused: false,
        unreachable: false,
        timing_ms: Timing::default(),
        media: Media::default(),
        dtmf_received: String::new(),
        hangup_by: None,
        findings: Vec::new(),
        advice: None,
    }
}
