//! What the loop hears of the history: its troubles, and what a killed run left behind.

use std::{io, path::Path};

use milliwatt_store::{
    history::History,
    recording::{self, Repair},
};
use tokio::sync::mpsc;

use super::run::Reply;

/// Lets the loop know how the history fares, and repairs what the last run left behind.
pub(super) fn tend(history: &History, replies: &mpsc::UnboundedSender<Reply>) {
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
