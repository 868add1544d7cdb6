//! Offers and answers while a call lives: hold, resume, and what the far end asks for.

use std::{path::PathBuf, time::Duration};

use bytes::Bytes;
use milliwatt_media::session::{Config, Control, Direction, MediaPlan};
use milliwatt_sip::agent::{Body, Command as Signal};

use super::{
    MediaCommand, Output, Phone,
    call::{Call, SoundLine, Stage},
    leg,
    moved::Anew,
    offer::{Ours, known},
};
use crate::api::{CallId, Event};

/// How the notice is called that the far end has changed a call that is up, be it by an UPDATE.
const RE_INVITE: &str = "re-invite";

/// True for a body that is a session description.
pub(super) fn is_sdp(body: &Body) -> bool {
    body.content_type == "application/sdp"
}

impl Phone {
    /// Our offer by the call as it stands; `None` while it has no port.
    pub(super) fn make_offer(&mut self, id: CallId) -> Option<Bytes> {
        let ours = self.ours(id)?;
        Some(self.calls.get_mut(&id)?.talk.offer(ours))
    }

    /// Our answer to their offer, and what both agree on. `tag` names the branch of a fork.
    pub(super) fn make_answer(
        &mut self,
        id: CallId,
        tag: Option<&str>,
        offer: &[u8],
    ) -> Result<(Bytes, MediaPlan), String> {
        let ours = self.ours(id).ok_or("no RTP port, or no codec that is known here")?;
        let call = self.calls.get_mut(&id).ok_or("no call")?;
        let (answer, plan) = call.talk_with(tag).answer(offer, ours)?;
        call.agreed_with(tag, &plan);
        Ok((answer, plan))
    }

    fn ours(&self, id: CallId) -> Option<Ours> {
        let call = self.calls.get(&id)?;
        let line = self.lines.get(&call.account)?;
        let port = call.line.port()?;
        let holding = call.hold.asking.unwrap_or(call.hold.local);
        let settings = &line.settings.media;
        let asked = &call.talk.codecs;
        let codecs = known(if asked.is_empty() { &settings.codecs } else { asked });
        (!codecs.is_empty()).then(|| Ours {
            shown: line.shown(call.local.unwrap_or(port.ip())),
            port: port.port(),
            direction: if holding { Direction::SendOnly } else { Direction::SendRecv },
            codecs,
            events: settings.dtmf == "rfc4733",
            session: call.id.0 & (u64::MAX >> 2),
        })
    }

    /// Runs the sound by a plan: starts the session, or changes what it does.
    pub(super) fn run(&mut self, now: Duration, id: CallId, plan: MediaPlan) {
        let seed = self.seed();
        let wall_clock = self.wall_clock;
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.hung_up && !call.over) else {
            return;
        };
        call.report.codec = plan.codecs.first().map(|codec| codec.name.clone());
        call.report.remote = Some(plan.remote_rtp.to_string());
        let direction = plan.direction;
        if let Some(goes_on) = &mut call.goes_on {
            **goes_on = plan;
            return self.remote_hold(id, direction);
        }
        let command = match &call.line {
            SoundLine::Open(_) => MediaCommand::Start {
                plan: Box::new(plan.clone()),
                config: Box::new(Config { wall_clock, ..Config::default() }),
                seed,
                sound: call.sound.clone(),
            },
            SoundLine::Running(_, running) if **running == plan => {
                return self.remote_hold(id, direction);
            }
            SoundLine::Running(..) => MediaCommand::Control(Control::Plan(Box::new(plan.clone()))),
            SoundLine::Closed | SoundLine::Opening | SoundLine::Closing => return,
        };
        if let Some(port) = call.line.port() {
            call.line = SoundLine::Running(port, Box::new(plan));
            call.sounded = true;
        }
        self.out.push_back(Output::Media(id, command));
        self.name_recording(id);
        self.remote_hold(id, direction);
        tracing::debug!(call = id.0, at = ?now, ?direction, "sound runs");
    }

    /// The far end asks for another session than the one that runs. A change of ours is told by
    /// what it is for: a hold, or another address.
    fn tell_change(&mut self, id: CallId, plan: &MediaPlan) {
        let up = self.calls.get(&id).filter(|call| matches!(call.stage, Stage::Up));
        if up.and_then(|call| call.line.plan()).is_some_and(|running| running != plan) {
            self.notice(Some(id), RE_INVITE, "The far end has changed the session.");
        }
    }

    /// They hold the call when they take nothing from us: on hold or not, we offer to send.
    fn remote_hold(&mut self, id: CallId, direction: Direction) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let held = !direction.sends();
        if held == call.hold.remote {
            return;
        }
        call.hold.remote = held;
        call.silent_until = None;
        let local = call.hold.local;
        self.event(Event::Held { call: id, local, remote: held, refused: None });
    }

    /// A person holds or takes back.
    pub(super) fn hold(&mut self, now: Duration, id: CallId, on: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.hold.wanted = on;
        self.ask_hold(now, id);
    }

    /// Offers what is wanted, unless it is so already or an offer is under way.
    pub(super) fn ask_hold(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let on = call.hold.wanted;
        // Another offer is out, or the port moves: this one follows.
        let asking = call.hold.asking.is_some() || call.anew == Anew::Asking;
        let waits = asking || call.goes_on.is_some();
        let settled = call.hold.local == on || waits;
        if settled || !matches!(call.stage, Stage::Up) || call.hung_up || call.over {
            return;
        }
        call.hold.asking = Some(on);
        call.silent_until = None;
        if on {
            // The microphone closes with the wish, not with the far end's consent.
            self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(true))));
        }
        let offer = self.make_offer(id);
        self.tell_agent(now, Signal::Modify { call: leg(id), offer, update: false });
    }

    /// Our offer in the call was answered.
    pub(super) fn modified(
        &mut self,
        now: Duration,
        id: CallId,
        result: Result<Option<Body>, (u16, String)>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let outcome = match result {
            Ok(body) => match body.filter(is_sdp).map(|sdp| call.talk.accept(&sdp.bytes)) {
                Some(Ok(plan)) => Ok(Some(plan)),
                Some(Err(_)) => Err(488),
                None => Ok(None),
            },
            Err((code, _)) => {
                call.talk.withdraw();
                Err(code)
            }
        };
        // The answer to an offer that they asked for says nothing about a hold of ours.
        let lent = std::mem::take(&mut call.hold.lent);
        let asked = call.hold.asking.filter(|_| !lent);
        match outcome {
            Ok(plan) => {
                if let Some(plan) = plan {
                    if lent {
                        self.tell_change(id, &plan);
                    }
                    self.run(now, id, plan);
                }
                self.hold_settled(id, asked, None);
                if !lent {
                    self.anew_settled(now, id, None);
                }
            }
            Err(code) => {
                self.hold_settled(id, asked, Some(code));
                if !lent {
                    self.anew_settled(now, id, Some(code));
                }
            }
        }
        self.ask_hold(now, id);
    }

    fn hold_settled(&mut self, id: CallId, asked: Option<bool>, refused: Option<u16>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Some(asked) = asked else { return };
        call.hold.asking = None;
        if refused.is_none() {
            call.hold.local = asked;
        } else {
            call.hold.wanted = call.hold.local;
        }
        let mute = call.hold.local || call.muted;
        let (local, remote) = (call.hold.local, call.hold.remote);
        self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(mute))));
        self.event(Event::Held { call: id, local, remote, refused });
    }

    /// An offer of ours that was put off is due: the session may have changed since it was made, and
    /// so may what a person wants.
    pub(super) fn offer_needed(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.talk.withdraw();
        call.hold.asking = call.hold.asking.map(|_| call.hold.wanted);
        let offer = self.make_offer(id);
        self.tell_agent(now, Signal::FreshOffer { call: leg(id), offer });
    }

    /// The session was refreshed, and the far end has described its side anew.
    pub(super) fn refreshed(&mut self, now: Duration, id: CallId, body: &Body) {
        let Some(call) = self.calls.get(&id) else { return };
        // The answer to a change that waits for its turn will say all.
        if call.hold.asking.is_some() || !is_sdp(body) {
            return;
        }
        match call.talk.refreshed(&body.bytes) {
            Ok(plan) => {
                self.tell_change(id, &plan);
                self.run(now, id, plan);
            }
            Err(why) => tracing::debug!(call = id.0, why, "an answer to a refresh is of no use"),
        }
    }

    /// They offer, or ask us for an offer. `tag` names the branch of a fork.
    pub(super) fn offer_received(
        &mut self,
        now: Duration,
        id: CallId,
        tag: Option<&str>,
        body: Option<Body>,
    ) {
        if let Some(call) = self.calls.get_mut(&id).filter(|call| call.goes_on.is_some()) {
            call.put_off = Some((tag.map(str::to_owned), body));
            return;
        }
        let answer = match body {
            None => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.hold.lent = true;
                }
                self.make_offer(id)
            }
            Some(body) if is_sdp(&body) => match self.make_answer(id, tag, &body.bytes) {
                Ok((answer, plan)) => {
                    self.tell_change(id, &plan);
                    self.run(now, id, plan);
                    Some(answer)
                }
                Err(why) => {
                    let text =
                        format!("The far end offered what cannot be used, and was refused: {why}.");
                    self.finding(now, id, "offer-refused", text);
                    None
                }
            },
            Some(_) => None,
        };
        self.tell_agent(now, Signal::AnswerOffer { call: leg(id), body: answer });
    }

    /// Silence instead of the source.
    pub(super) fn mute(&mut self, id: CallId, on: bool) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.muted = on;
        if call.line.plan().is_some() && !call.hold.local && call.hold.asking != Some(true) {
            self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(on))));
        }
    }

    /// Plays and records what the call was given.
    pub(super) fn play(&mut self, id: CallId) {
        self.name_recording(id);
        let Some(call) = self.calls.get(&id).filter(|call| Self::may_sound(call)) else { return };
        let (sound, muted) = (call.sound.clone(), call.muted);
        self.out.push_back(Output::Media(id, MediaCommand::Sound(sound)));
        if muted {
            self.out.push_back(Output::Media(id, MediaCommand::Control(Control::Mute(true))));
        }
    }

    /// Records both sides, or stops that.
    pub(super) fn record(&mut self, id: CallId, into: Option<PathBuf>) {
        let call = self.calls.get_mut(&id);
        let Some(call) = call.filter(|call| Self::may_sound(call) && call.answered.is_some())
        else {
            return self.notice(Some(id), "recording", "Only a call that is up can be recorded.");
        };
        if into.is_some() {
            call.tape.clone_from(&into);
        }
        self.out.push_back(Output::Media(id, MediaCommand::Record(into)));
        self.name_recording(id);
    }

    fn may_sound(call: &Call) -> bool {
        !call.hung_up && !call.over && call.line.plan().is_some()
    }
}
