//! A call from us: history row, our address, RTP port, offer, INVITE, and what comes back.

use std::{net::IpAddr, net::SocketAddr, time::Duration};

use milliwatt_sip::{
    agent::{self, Body, Command as Signal},
    message::Name,
};

use super::{
    HistoryWrite, MediaCommand, Output, Phone,
    call::{Call, Preparing, SoundLine, Stage, blank_report, number_alone},
    history::ROW_WAIT,
    leg, ms,
    offer::known,
    renegotiate::is_sdp,
};
use crate::{
    api::{CallId, CallReport, Dial, Event, Outcome, Side, Way},
    emergency::{Nations, is_emergency, needs_a_person},
};

impl Phone {
    /// Begins a call: asks for its row and its port.
    pub(super) fn dial(&mut self, now: Duration, id: CallId, trunk: String, dial: Dial) {
        if self.calls.contains_key(&id) {
            return self.notice(Some(id), "in-use", "this call exists already");
        }
        let mut report = blank_report(id, &trunk, Way::Out);
        report.to.clone_from(&dial.to);
        let Some(line) = self.line(&trunk).filter(|_| !self.stopping) else {
            report.advice = Some(format!("There is no trunk `{trunk}`: add it first."));
            return self.event(Event::Ended { report: Box::new(report) });
        };
        let codecs =
            if dial.codecs.is_empty() { &line.settings.media.codecs } else { &dial.codecs };
        if known(codecs).is_empty() {
            report.advice =
                Some(format!("None of the codecs {} is known here.", codecs.join(", ")));
            return self.event(Event::Ended { report: Box::new(report) });
        }
        let refused =
            called(&dial).find(|to| dial.unattended && needs_a_person(to, &line.settings));
        if let Some(to) = refused {
            report.advice =
                Some(format!("{to} may reach an emergency service: a program never dials it."));
            return self.event(Event::Ended { report: Box::new(report) });
        }
        report.from = dial.from.clone().unwrap_or_else(|| line.first_number().to_owned());
        report.did = number_alone(&report.from);
        let (account, local) = (line.account, line.local);
        let emergency = is_emergency(&dial.to, Nations::of(&line.settings));
        report.call_id = self.agent.draw_call_id();
        let mut call = Call::new(now, id, account, report);
        call.emergency = emergency;
        call.unattended = dial.unattended && !emergency;
        call.sound = dial.sound.clone();
        call.talk.codecs.clone_from(&dial.codecs);
        call.ring_timeout = dial.ring_timeout_ms.map(Duration::from_millis);
        let row_by = (!call.emergency).then_some(now + ROW_WAIT);
        call.stage = Stage::Preparing(Box::new(Preparing { dial, row_by }));
        call.recording.clone_from(&call.sound.record);
        self.begin_row(&call.report, call.recording.clone());
        self.calls.insert(id, call);
        match local {
            Some(local) => self.open_port(id, local),
            None => self.find_route(now, account),
        }
    }

    /// Asks for an RTP port.
    pub(super) fn open_port(&mut self, id: CallId, local: IpAddr) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let ports = self.lines.get(&call.account).and_then(|line| line.settings.media.rtp_ports);
        call.local = Some(local);
        call.line = SoundLine::Opening;
        self.out.push_back(Output::Media(id, MediaCommand::Open { local, ports }));
    }

    /// The way to a trunk is known: calls that waited for it go on.
    pub(super) fn route_found(&mut self, account: agent::AccountId, local: IpAddr) {
        if let Some(line) = self.lines.get_mut(&account) {
            line.local = Some(local);
        }
        for id in self.waiting_for_route(account) {
            self.open_port(id, local);
        }
    }

    /// There is no way to a trunk: calls that waited for it end as the agent would end them.
    pub(super) fn route_failed(
        &mut self,
        now: Duration,
        account: agent::AccountId,
        ending: &agent::Ending,
    ) {
        for id in self.waiting_for_route(account) {
            self.unsent(now, id, |report| {
                report.outcome = Outcome::Failed;
                report.unreachable = true;
                report.advice = super::advice::for_ending(ending, 0);
            });
        }
    }

    fn waiting_for_route(&self, account: agent::AccountId) -> Vec<CallId> {
        let waits = |call: &&Call| {
            call.account == account
                && matches!(call.stage, Stage::Preparing(_))
                && matches!(call.line, SoundLine::Closed)
        };
        self.calls.values().filter(waits).map(|call| call.id).collect()
    }

    /// Sends the INVITE when the row is written or waited for no more, and the port is open.
    pub(super) fn invite_if_ready(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Stage::Preparing(preparing) = &call.stage else { return };
        if preparing.row_by.is_some() || call.line.port().is_none() {
            return;
        }
        let dial = preparing.dial.clone();
        let offer = if dial.late_offer { None } else { self.make_offer(id) };
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.stage = Stage::Dialling;
        call.began = now;
        let signal = agent::Dial {
            to: dial.to,
            from: Some(call.report.from.clone()).filter(|number| !number.is_empty()),
            display_name: None,
            private: dial.private,
            diversion: dial.diversion,
            offer,
            local: call.local,
            headers: dial.headers,
            ring_timeout: call.ring_timeout,
            unattended: call.unattended,
            emergency: call.emergency,
            call_id: Some(call.report.call_id.clone()),
        };
        let account = call.account;
        self.tell_agent(now, Signal::Dial(leg(id), account, Box::new(signal)));
    }

    /// The INVITE goes over the other address family: its sound has to come there as well.
    pub(super) fn offer_wanted(&mut self, id: CallId, local: IpAddr) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !matches!(call.stage, Stage::Dialling) || call.hung_up || call.over {
            return;
        }
        match call.line {
            SoundLine::Open(_) => self.open_port(id, local),
            // A server that was left has been heard: nothing of what was agreed with it counts.
            SoundLine::Running(..) => {
                call.branches.clear();
                call.heard_early = false;
                call.moves_to = Some(local);
                call.line = SoundLine::Closing;
                self.out.push_back(Output::Media(id, MediaCommand::Pause));
            }
            SoundLine::Closed | SoundLine::Opening | SoundLine::Closing => {}
        }
    }

    /// The port of the other family is open.
    fn offer_again(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get(&id) else { return };
        let Some(local) = call.local else { return };
        // Where the far end is asked for its offer, it goes on to be asked.
        let body = if call.talk.offered() { self.make_offer(id) } else { None };
        self.tell_agent(now, Signal::Offer { call: leg(id), local, body });
    }

    /// The INVITE left, or left again.
    pub(super) fn invite_sent(&mut self, now: Duration, id: CallId, call_id: String) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !call.invited {
            call.invited = true;
            call.began = now;
        }
        call.report.call_id = call_id;
    }

    /// 1xx to our INVITE.
    pub(super) fn provisional(
        &mut self,
        now: Duration,
        id: CallId,
        (code, reason): (u16, String),
        tag: Option<String>,
        (body, reliable): (Option<Body>, bool),
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let at_ms = ms(now.saturating_sub(call.began));
        let timing = &mut call.report.timing_ms;
        let first = if code == 100 { &mut timing.trying } else { &mut timing.ringing };
        first.get_or_insert(at_ms);
        let sdp = body.filter(is_sdp);
        let early_media = sdp.is_some();
        self.event(Event::Progress { call: id, code, reason, early_media, at_ms });
        let Some(sdp) = sdp else { return };
        let Some(call) = self.calls.get_mut(&id).filter(|call| !call.hung_up) else { return };
        let talk = call.talk_with(tag.as_deref());
        if talk.offered() {
            // An unusable early answer costs nothing: the one that counts comes with the 200.
            if let Ok(plan) = talk.accept(&sdp.bytes) {
                call.agreed_with(tag.as_deref(), &plan);
                self.run(now, id, plan);
            }
        } else if reliable
            && talk.given().is_none()
            && let Some(body) = self.answer_late(now, id, tag.as_deref(), &sdp.bytes)
        {
            self.tell_agent(now, Signal::AnswerLate { call: leg(id), tag, body });
        }
    }

    /// 2xx to our INVITE.
    pub(super) fn dialled_up(
        &mut self,
        now: Duration,
        id: CallId,
        tag: Option<String>,
        body: Option<Body>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let early = call.answered_by(tag.as_deref());
        call.stage = Stage::Up;
        call.answered = Some(now);
        call.report.outcome = Outcome::Answered;
        call.report.timing_ms.answered = Some(ms(now.saturating_sub(call.began)));
        if call.heard_early {
            call.report.timing_ms.first_rtp = Some(0.0);
        }
        (call.report.code, call.report.reason) = (Some(200), Some("OK".into()));
        self.out.push_back(Output::History(id, HistoryWrite::Answered));
        let sdp = body.filter(is_sdp);
        let settled = match sdp {
            Some(sdp) if call.talk.offered() => match call.talk.accept(&sdp.bytes) {
                Ok(plan) => {
                    self.run(now, id, plan);
                    true
                }
                Err(why) => {
                    self.unusable(id, &why);
                    false
                }
            },
            Some(sdp) if call.talk.given().is_none() => {
                match self.answer_late(now, id, None, &sdp.bytes) {
                    Some(body) => {
                        self.tell_agent(now, Signal::AnswerLate { call: leg(id), tag, body });
                        true
                    }
                    None => false,
                }
            }
            // All was said with this branch before; another one may have been heard since.
            Some(_) | None => match early {
                Some(plan) => {
                    self.run(now, id, plan);
                    true
                }
                None => {
                    call.report.advice = Some(NO_DESCRIPTION.into());
                    false
                }
            },
        };
        if settled {
            self.play(id);
            self.moves_late(now, id);
        } else {
            self.hang_up(now, id, Some(INCOMPATIBLE));
            if let Some(call) = self.calls.get_mut(&id) {
                call.report.outcome = Outcome::Failed;
            }
        }
    }

    /// Answers an offer that came to our INVITE without one, and starts the sound.
    fn answer_late(
        &mut self,
        now: Duration,
        id: CallId,
        tag: Option<&str>,
        offer: &[u8],
    ) -> Option<bytes::Bytes> {
        match self.make_answer(id, tag, offer) {
            Ok((answer, plan)) => {
                self.run(now, id, plan);
                Some(answer)
            }
            Err(why) => {
                self.unusable(id, &why);
                None
            }
        }
    }

    fn unusable(&mut self, id: CallId, why: &str) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.report.advice = Some(format!(
            "The far end's SDP cannot be used ({why}): compare `codecs` and `srtp` with the provider's guide."
        ));
    }

    /// A call whose INVITE never left is over.
    pub(super) fn unsent(&mut self, now: Duration, id: CallId, tell: impl FnOnce(&mut CallReport)) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        tell(&mut call.report);
        call.report.hangup_by = Some(Side::Local);
        self.over(now, id);
    }

    /// The RTP port of a call is open.
    pub(super) fn port_opened(
        &mut self,
        now: Duration,
        id: CallId,
        port: Result<SocketAddr, String>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if !matches!(call.line, SoundLine::Opening) {
            return;
        }
        match port {
            Ok(port) => {
                call.line = SoundLine::Open(port);
                match &call.stage {
                    Stage::Preparing(_) => self.invite_if_ready(now, id),
                    Stage::Deciding(_) => self.decided(now, id),
                    Stage::Dialling => self.offer_again(now, id),
                    Stage::Accepting | Stage::Up => self.sound_goes_on(now, id),
                    Stage::Offered => {}
                }
            }
            Err(why) => {
                call.line = SoundLine::Closed;
                let advice = format!("No RTP port can be opened ({why}): check `rtp_ports`.");
                self.no_port(now, id, advice);
            }
        }
    }

    fn no_port(&mut self, now: Duration, id: CallId, advice: String) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.report.advice = Some(advice);
        let up = matches!(call.stage, Stage::Accepting | Stage::Up);
        if !up {
            call.report.outcome = Outcome::Failed;
        }
        match call.stage {
            Stage::Preparing(_) => self.unsent(now, id, |report| report.unreachable = true),
            // It has moved to an address where it can have no sound; of an emergency a person decides.
            Stage::Accepting | Stage::Up if call.emergency => {}
            Stage::Accepting | Stage::Dialling | Stage::Up => self.hang_up(now, id, None),
            Stage::Deciding(_) | Stage::Offered => self.reject(now, id, 500, Vec::new()),
        }
    }
}

/// Whom a call may reach: whom it is for, and whom the owner's headers say. There are trunks that go
/// by To, and Route leads anywhere.
fn called(dial: &Dial) -> impl Iterator<Item = &str> {
    let headers = dial.headers.iter().filter(|(name, _)| {
        let name = Name::from(name.as_str());
        name == Name::To || name == Name::Route
    });
    std::iter::once(dial.to.as_str()).chain(headers.flat_map(|(_, value)| value.split(',')))
}

/// Q.850 cause 88, incompatible destination.
const INCOMPATIBLE: u8 = 88;

/// RFC 3264 §5: an offer in an INVITE is answered in its 200 at the latest.
const NO_DESCRIPTION: &str = "The call was answered without a word on where its sound goes (SDP), so it was ended: give the provider the Call-ID.";

#[cfg(test)]
mod tests;
