//! An INVITE that is taken back at the first provisional response above 100: is our log-in good for
//! calls, without paying for one?

use std::time::Duration;

use milliwatt_engine::api::{Command, Dial, Event};

use super::{Hand, call::subject_of, place::Whose, sounds::INVITE};
use crate::{
    observation::{Challenges, Invite, Leg},
    plan::Plan,
};

/// A call that has not ended by then never will.
const LIMIT: Duration = Duration::from_secs(40);

impl Hand<'_> {
    pub(super) async fn challenge(&mut self) {
        if !self.register_for_calls().await {
            return;
        }
        let Some(number) = self.subject.destination().map(str::to_owned) else { return };
        let dial = Dial {
            to: number.clone(),
            ring_timeout_ms: Some(8000),
            sound: self.sounds.of_invite(),
            ..Dial::default()
        };
        let Some(placed) = self.place(&Plan::Challenge, dial).await else { return };
        let call = placed.call;
        let limit = self.patience(LIMIT);
        let mut seen = Invite::default();
        let wait = async {
            while let Some(event) = self.events.next().await {
                self.note_obstacle(&event, call);
                match &event {
                    Event::Incoming { call, .. } => match self.whose(&event, &number) {
                        // Our own number is dialled: its bell is not answered.
                        Some(Whose::Ours) => self.engine.command(Command::Ring { call: *call }),
                        Some(Whose::Strangers) => self.turn_away(*call),
                        Some(Whose::AnotherTrunks) | None => {}
                    },
                    Event::Challenged { challenges, chosen, .. } => seen
                        .challenges
                        .push(Challenges { values: challenges.clone(), chosen: chosen.clone() }),
                    Event::Progress { code: code @ 101.., .. }
                        if subject_of(&event) == Some(call) =>
                    {
                        seen.progress = seen.progress.max(Some(*code));
                        self.engine.command(Command::HangUp { call });
                    }
                    // Answered without ringing: that was enough.
                    Event::Answered { call: of, .. } if *of == call => {
                        seen.answered = true;
                        self.engine.command(Command::HangUp { call });
                    }
                    Event::Ended { report } if report.call == call => {
                        seen.report = Some((**report).clone());
                        return;
                    }
                    _ => {}
                }
            }
        };
        if tokio::time::timeout(limit, wait).await.is_err() {
            self.engine.command(Command::HangUp { call });
        } else {
            self.up.clear();
        }
        self.note_refusal(seen.report.as_ref());
        let heard = Leg { answered: seen.answered, report: seen.report.clone(), ..Leg::default() };
        seen.recordings = self.sounds.kept(INVITE, &heard, None);
        self.seen.challenge = Some(seen);
    }
}
