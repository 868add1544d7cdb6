//! A call to us: told, rung, answered, refused. Nothing is sent or captured before a command.

use std::time::Duration;

use milliwatt_sip::{
    agent::{AccountId, Body, Command as Signal, HeaderLine, Party},
    transport::Flow,
};

use super::{
    HistoryWrite, Output, Phone,
    call::{Call, Decision, SoundLine, Stage, blank_report, number_alone},
    leg, ms,
    renegotiate::is_sdp,
    shown,
};
use crate::api::{AutoAnswer, CallId, Event, Outcome, Side, Sound, Way};

/// What an INVITE of a trunk says.
pub(super) struct Invitation {
    pub(super) account: AccountId,
    pub(super) from: Party,
    pub(super) to: Party,
    pub(super) did: String,
    pub(super) call_id: String,
    pub(super) offer: Option<Body>,
    pub(super) flow: Flow,
    pub(super) headers: Vec<HeaderLine>,
}

impl Phone {
    /// Tells of a call that comes in.
    pub(super) fn incoming(&mut self, now: Duration, id: CallId, invitation: Invitation) {
        let Invitation { account, from, to, did, call_id, offer, flow, headers } = invitation;
        let Some(line) = self.lines.get_mut(&account) else {
            return self.tell_agent(
                now,
                Signal::Reject { call: leg(id), code: 404, reason: None, headers: Vec::new() },
            );
        };
        line.local = Some(flow.local.ip());
        let trunk = line.settings.trunk.name.clone();
        let mut report = blank_report(id, &trunk, Way::In);
        let caller = if from.user.is_empty() { from.uri } else { from.user };
        report.from.clone_from(&caller);
        report.to = if to.user.is_empty() { to.uri } else { to.user };
        report.did = number_alone(&did);
        report.call_id.clone_from(&call_id);
        report.outcome = Outcome::Cancelled;
        let mut call = Call::new(now, id, account, report);
        self.begin_row(&call.report, call.recording.clone());
        call.invited = true;
        call.local = Some(flow.local.ip());
        let offer = offer.filter(is_sdp);
        let sdp = offer.as_ref().map(|body| shown::body(&body.bytes));
        call.talk.theirs = offer.map(|body| body.bytes);
        self.calls.insert(id, call);
        self.event(Event::Incoming {
            call: id,
            trunk,
            from: caller,
            name: from.display_name,
            did,
            call_id,
            secure: flow.transport.is_secure(),
            headers: shown::headers(&headers),
            sdp,
        });
        self.take_or_ring(now, id, account);
    }

    /// From here on the calls of a trunk are taken without anybody's act, those that wait already
    /// too; or they are left alone.
    pub(super) fn auto_answer(&mut self, now: Duration, trunk: &str, how: Option<Box<AutoAnswer>>) {
        let Some(line) = self.line_mut(trunk) else { return self.unknown_trunk(trunk) };
        let account = line.account;
        line.auto_answer = how;
        let waits = |call: &&Call| call.account == account && matches!(call.stage, Stage::Offered);
        let waiting: Vec<_> = self.calls.values().filter(waits).map(|call| call.id).collect();
        for id in waiting {
            self.take_or_ring(now, id, account);
        }
    }

    fn take_or_ring(&mut self, now: Duration, id: CallId, account: AccountId) {
        let how = self.lines.get(&account).and_then(|line| line.auto_answer.as_deref());
        let (Some(how), Some(call)) = (how, self.calls.get_mut(&id)) else { return };
        call.sound = how.sound.clone();
        call.talk.codecs.clone_from(&how.codecs);
        if how.ring_ms == 0 {
            self.take(now, id);
        } else {
            call.answer_at = Some(now + Duration::from_millis(how.ring_ms));
            self.ring(now, id);
        }
    }

    /// Answers a call that nobody has decided on.
    pub(super) fn take(&mut self, now: Duration, id: CallId) {
        if let Some(call) = self.calls.get_mut(&id) {
            call.answer_at = None;
        }
        let Some(call) = self.undecided(id) else { return };
        // Not before: a caller who gives up while it rings leaves no gap in the numbers.
        if let Some(path) = call.sound.record.take() {
            let own = self.recordings.next(&path);
            if let Some(call) = self.calls.get_mut(&id) {
                call.sound.record = Some(own);
            }
        }
        self.decide(now, id, Decision::Answer);
    }

    /// 180.
    pub(super) fn ring(&mut self, now: Duration, id: CallId) {
        if let Some(call) = self.undecided(id) {
            call.report.timing_ms.ringing.get_or_insert(ms(now.saturating_sub(call.began)));
            self.tell_agent(now, Signal::Ring { call: leg(id), code: 180, body: None });
        }
    }

    /// 183 with sound.
    pub(super) fn early_media(&mut self, now: Duration, id: CallId, sound: Sound) {
        let Some(call) = self.undecided(id) else { return };
        if call.talk.theirs.is_none() {
            let text = "The caller made no offer: sound cannot come before the answer.";
            return self.notice(Some(id), "early-media", text);
        }
        call.sound = sound;
        self.decide(now, id, Decision::EarlyMedia);
    }

    /// 200.
    pub(super) fn answer(&mut self, now: Duration, id: CallId, sound: Sound, codecs: Vec<String>) {
        let Some(call) = self.undecided(id) else { return };
        call.sound = sound;
        if !codecs.is_empty() {
            call.talk.codecs = codecs;
        }
        self.decide(now, id, Decision::Answer);
    }

    /// 3xx to 6xx.
    pub(super) fn reject(
        &mut self,
        now: Duration,
        id: CallId,
        code: u16,
        headers: Vec<(String, String)>,
    ) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        if matches!(call.stage, Stage::Offered | Stage::Deciding(_)) && !call.hung_up {
            call.hung_up = true;
            call.report.outcome = Outcome::Rejected;
            self.close_sound(id);
            let code = code.clamp(300, 699);
            self.tell_agent(now, Signal::Reject { call: leg(id), code, reason: None, headers });
        }
    }

    /// Carries out a decision; the port may have to be opened first.
    fn decide(&mut self, now: Duration, id: CallId, decision: Decision) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.stage = Stage::Deciding(decision);
        match (&call.line, call.local) {
            (SoundLine::Closed, Some(local)) => self.open_port(id, local),
            (SoundLine::Open(_) | SoundLine::Running(..), _) => self.decided(now, id),
            (SoundLine::Opening | SoundLine::Closing | SoundLine::Closed, _) => {}
        }
    }

    /// The port is open: answers the offer, or makes one.
    pub(super) fn decided(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let Stage::Deciding(decision) = std::mem::replace(&mut call.stage, Stage::Offered) else {
            return;
        };
        let (body, plan) = match (call.talk.given(), call.talk.theirs.clone()) {
            // RFC 3261 §13.3.1.4: the answer of a reliable 183 is repeated unchanged.
            (Some(given), _) => (given, None),
            (None, None) => match self.make_offer(id) {
                Some(offer) => (offer, None),
                None => return,
            },
            (None, Some(offer)) => match self.make_answer(id, None, &offer) {
                Ok((answer, plan)) => (answer, Some(plan)),
                Err(why) => {
                    if let Some(call) = self.calls.get_mut(&id) {
                        call.report.advice =
                            Some(format!("No common sound with the caller: {why}."));
                    }
                    return self.reject(now, id, 488, Vec::new());
                }
            },
        };
        match decision {
            Decision::EarlyMedia => {
                let body = Some(body);
                self.tell_agent(now, Signal::Ring { call: leg(id), code: 183, body });
            }
            Decision::Answer => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.stage = Stage::Accepting;
                    call.answered = Some(now);
                    call.report.timing_ms.answered = Some(ms(now.saturating_sub(call.began)));
                }
                self.tell_agent(now, Signal::Answer { call: leg(id), body });
            }
        }
        // The caller waits for the response, nobody yet for the sound.
        self.drain_agent(now);
        if let Some(plan) = plan {
            self.run(now, id, plan);
        }
        self.play(id);
    }

    /// Our 200 was acknowledged.
    pub(super) fn acknowledged(&mut self, now: Duration, id: CallId, body: Option<Body>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.stage = Stage::Up;
        call.report.outcome = Outcome::Answered;
        (call.report.code, call.report.reason) = (Some(200), Some("OK".into()));
        self.out.push_back(Output::History(id, HistoryWrite::Answered));
        if call.line.plan().is_some() || call.goes_on.is_some() {
            return self.moves_late(now, id);
        }
        let accepted = match body.filter(is_sdp) {
            Some(sdp) => call.talk.accept(&sdp.bytes),
            None => Err("the ACK has none".into()),
        };
        match accepted {
            Ok(plan) => {
                self.run(now, id, plan);
                self.play(id);
            }
            Err(why) => {
                call.report.advice =
                    Some(format!("The caller's answer in the ACK cannot be used: {why}."));
                self.hang_up(now, id, Some(88));
                if let Some(call) = self.calls.get_mut(&id) {
                    call.report.outcome = Outcome::Failed;
                    call.report.hangup_by = Some(Side::Local);
                }
            }
        }
    }

    /// An incoming call that can still be decided on.
    fn undecided(&mut self, id: CallId) -> Option<&mut Call> {
        let open =
            |call: &&mut Call| matches!(call.stage, Stage::Offered) && !call.hung_up && !call.over;
        self.calls.get_mut(&id).filter(open)
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use bytes::Bytes;
    use milliwatt_sip::transport::{FlowId, Transport};
    use milliwatt_store::settings::Trunk;

    use super::*;
    use crate::{
        net::{NetEvent, NetRequest},
        phone::{Input, MediaCommand, MediaNotice},
    };

    const NOW: Duration = Duration::from_secs(1);
    const THEM: &str = "192.0.2.7:5060";

    fn invite() -> NetEvent {
        let sdp = "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\n\
                   m=audio 40000 RTP/AVP 0\r\n";
        let text = format!(
            "INVITE sip:alice@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {THEM};branch=z9hG4bK1\r\n\
             Max-Forwards: 70\r\nFrom: <sip:bob@192.0.2.7>;tag=1\r\nTo: <sip:alice@192.0.2.1>\r\n\
             Call-ID: 1\r\nCSeq: 1 INVITE\r\nContact: <sip:bob@{THEM}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{sdp}",
            sdp.len()
        );
        let local = "192.0.2.1:5060".parse().unwrap();
        let flow = Flow::new(FlowId(1), Transport::Udp, local, THEM.parse().unwrap());
        NetEvent::Received { flow, bytes: Bytes::from(text) }
    }

    /// A phone that takes every call at once.
    fn answering() -> Phone {
        let mut phone = Phone::new([1; 32], "test", Duration::ZERO);
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.user = "alice".into();
        trunk.trunk.domain = "192.0.2.7".into();
        trunk.trunk.register = false;
        phone.handle(NOW, Input::Trunk(Box::new(trunk), None));
        let how = Some(Box::default());
        let command = crate::api::Command::AutoAnswer { trunk: "line".into(), how };
        phone.handle(NOW, Input::Command(command));
        while phone.poll().is_some() {}
        phone
    }

    #[test]
    fn the_caller_has_its_answer_before_any_sound_is_set_up() {
        let mut phone = answering();
        phone.handle(NOW, Input::Net(invite()));
        let mut order = Vec::new();
        while let Some(output) = phone.poll() {
            match output {
                Output::Media(call, MediaCommand::Open { local, .. }) => {
                    let port = MediaNotice::Opened(Ok(SocketAddr::new(local, 16_384)));
                    phone.handle(NOW, Input::Media(call, port));
                }
                Output::Media(_, MediaCommand::Start { .. }) => order.push("sound"),
                Output::Net(NetRequest::Send { bytes, .. })
                    if bytes.starts_with(b"SIP/2.0 200") =>
                {
                    order.push("200");
                }
                Output::Event(_)
                | Output::Gone(_)
                | Output::Heard(..)
                | Output::History(..)
                | Output::Media(..)
                | Output::Net(_) => {}
            }
        }
        assert_eq!(order, ["200", "sound"]);
    }
}
