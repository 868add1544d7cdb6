//! What the phone is told, and what it wants done.

use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    time::Duration,
};

use milliwatt_media::{
    session::{Config, Control, MediaEvent, MediaPlan, Quality},
    tone::Heard,
};
use milliwatt_sip::agent::{AccountId, Password};
use milliwatt_store::settings::Trunk;

use crate::{
    api::{CallId, CallReport, Command, Dial, Event, Media, Sound, Way},
    media_io::MediaNews,
    net::{NetEvent, NetRequest},
};

/// What the phone is told.
#[derive(Debug)]
pub enum Input {
    /// A person or a program wants something. `Command::AddTrunk` comes as `Trunk` instead.
    Command(Command),
    /// A call was given up before the password of its trunk was found: who was to be called, on which.
    GivenUp(CallId, String, Box<Dial>),
    /// A trunk with the password that the shell has found for it.
    Trunk(Box<Trunk>, Option<Password>),
    /// Something happened on the network.
    Net(NetEvent),
    /// Something happened in a call's sound.
    Media(CallId, MediaNotice),
    /// The row of `HistoryWrite::Begin` is on disk, or why it is not.
    Row(CallId, Result<(), String>),
    /// The history is written again, or why it is not.
    History(Result<(), String>),
    /// This computer slept, or this program was stopped, for so long by the time of day. Comes before
    /// all else that is told after it.
    Slept(Duration),
    /// The time of `wake_at` has come.
    Wake,
}

/// What the media side tells of a call.
#[derive(Clone, Debug)]
pub enum MediaNotice {
    /// The RTP port of `MediaCommand::Open`, or why there is none.
    Opened(Result<SocketAddr, String>),
    /// From the session.
    Event(MediaEvent),
    /// A tone of `Sound::listen` was heard; its start counts from this time on the owner's clock.
    Tone(Heard, Duration),
    /// The source or the recording cannot be used; the call goes on with silence or without it.
    Broken {
        /// A word for programs.
        kind: &'static str,
        /// A sentence for people.
        text: String,
    },
    /// All is stopped and the port given back; the figures of the whole call, when it had sound.
    Closed(Option<Box<Quality>>),
}

impl MediaNotice {
    /// News of the media threads, and whose they are.
    pub fn of(news: MediaNews) -> (CallId, Self) {
        match news {
            MediaNews::Event(call, event) => (call, Self::Event(event)),
            MediaNews::Failed(call) => (call, Self::Closed(None)),
            MediaNews::Stopped(call, total) => (call, Self::Closed(Some(total))),
            MediaNews::Tone { call, heard, since } => (call, Self::Tone(heard, since)),
            MediaNews::RecordingFailed { call, kind, text } => (call, Self::Broken { kind, text }),
        }
    }
}

/// What the phone wants done, or tells.
#[derive(Debug)]
pub enum Output {
    /// For the network.
    Net(NetRequest),
    /// For the sound of a call.
    Media(CallId, MediaCommand),
    /// For the history.
    History(CallId, HistoryWrite),
    /// For whoever listens.
    Event(Box<Event>),
    /// Of the message that was just handed in: whose it is, and what is wrong with it. Comes before
    /// all that follows from it.
    Heard(Option<AccountId>, Option<String>),
    /// A removed trunk of that name is gone: nothing more will be heard of it.
    Gone(String),
}

/// What happens to the sound of a call.
#[derive(Clone, Debug)]
pub enum MediaCommand {
    /// Take an RTP port, and the next one for RTCP; answered with `Opened`.
    Open {
        /// The address to bind.
        local: IpAddr,
        /// First and last port.
        ports: Option<(u16, u16)>,
    },
    /// Run a session on the port. What comes is recorded and listened to; nothing of the source is
    /// sent before `Sound`.
    Start {
        /// What was agreed.
        plan: Box<MediaPlan>,
        /// Its set-up.
        config: Box<Config>,
        /// Its chance.
        seed: [u8; 32],
        /// What is to be played and recorded.
        sound: Sound,
    },
    /// Send the source of this sound from here on; another one than that of `Start` takes its place.
    Sound(Sound),
    /// Record both sides into this file too, or stop that.
    Record(Option<PathBuf>),
    /// Do this to the session.
    Control(Control),
    /// Stop the session and give the port back, and keep the sound for the next `Start`, which goes on
    /// with it; answered with `Closed`.
    Pause,
    /// Stop capture and playout at once and give the port back; answered with `Closed`.
    Close,
}

/// What the history keeps.
#[derive(Clone, Debug)]
pub enum HistoryWrite {
    /// A call begins; answered with `Input::Row` when it is on disk.
    Begin {
        /// Name of the trunk.
        trunk: String,
        /// Which way.
        way: Way,
        /// Caller.
        from: String,
        /// Callee.
        to: String,
        /// Our number in it.
        did: String,
        /// SIP Call-ID.
        call_id: String,
        /// File that it is to be recorded into.
        recording: Option<PathBuf>,
    },
    /// It was answered.
    Answered,
    /// It is recorded into this file, or into none after all.
    Recording(Option<PathBuf>),
    /// One second of its sound, with the seconds since the answer.
    Second(u32, Box<Media>),
    /// It is over.
    End(Box<CallReport>),
}
