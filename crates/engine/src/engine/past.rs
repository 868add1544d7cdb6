//! The history as the loop has it: its troubles, and what a killed run left behind.

use std::{io, path::Path, sync::Arc};

use milliwatt_store::{
    history::History,
    recording::{self, Repair},
};
use tokio::sync::mpsc;

use super::run::Reply;

/// What becomes of the calls of before and of those to come.
#[derive(Clone, Debug)]
pub(super) enum Past {
    /// They are kept.
    Kept(History),
    /// They are not, although they were to be; why, in a sentence.
    Lost(Arc<str>),
    /// Nobody wants them kept.
    Unwanted,
}

impl Past {
    /// Opens the history, if one is wanted. What cannot be opened is left as it is.
    pub(super) fn open(path: Option<&Path>) -> Self {
        match path.map(History::open) {
            None => Self::Unwanted,
            Some(Ok(history)) => Self::Kept(history),
            Some(Err(why)) => Self::Lost(format!("calls are not kept: {why}").into()),
        }
    }

    pub(super) fn history(&self) -> Option<&History> {
        match self {
            Self::Kept(history) => Some(history),
            Self::Lost(_) | Self::Unwanted => None,
        }
    }

    pub(super) fn trouble(&self) -> Option<&str> {
        match self {
            Self::Lost(why) => Some(why),
            Self::Kept(_) | Self::Unwanted => None,
        }
    }

    /// Lets the loop know how the history fares, and repairs what the last run left behind.
    pub(super) fn tend(&self, replies: &mpsc::UnboundedSender<Reply>) {
        match self {
            Self::Kept(history) => tend(history, replies),
            Self::Lost(why) => drop(replies.send(Reply::History(Err(why.to_string())))),
            Self::Unwanted => {}
        }
    }

    /// What is answered where a call's row is asked for and nothing is written.
    pub(super) fn unwritten(&self) -> Result<(), String> {
        self.trouble().map_or(Ok(()), |why| Err(why.to_owned()))
    }
}

fn tend(history: &History, replies: &mpsc::UnboundedSender<Reply>) {
    let tell = replies.clone();
    history.watch(move |health| {
        let state = health.trouble.clone().map_or(Ok(()), Err);
        // The loop has ended: nobody wants it any more.
        drop(tell.send(Reply::History(state)));
    });
    // Before any call, which may be recorded into one of these files again.
    for (path, repair) in recording::repair_interrupted(history) {
        if let Some(text) = repaired(&path, &repair) {
            drop(replies.send(Reply::Repaired(text)));
        }
    }
}

/// What a user should know of a recording that a killed run left behind.
fn repaired(path: &Path, repair: &io::Result<Repair>) -> Option<String> {
    let path = path.display();
    match repair {
        Ok(Repair::Mended { .. }) => {
            Some(format!("The recording {path} of an interrupted call was repaired."))
        }
        Ok(Repair::Headless) => Some(format!("The recording {path} holds no sound.")),
        Ok(Repair::Sound) => None,
        // The call had not come to be recorded.
        Err(why) if why.kind() == io::ErrorKind::NotFound => None,
        Err(why) => Some(format!("The recording {path} cannot be repaired: {why}.")),
    }
}
