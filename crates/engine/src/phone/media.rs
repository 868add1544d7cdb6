//! What the sound of a call tells.

use std::time::Duration;

use milliwatt_media::{
    session::{DtmfMode, MediaEvent, Quality},
    tone::Heard,
};

use super::{
    HistoryWrite, MediaNotice, Output, Phone, call::SoundLine, moved::AFTER_SLEEP, ms,
    quality::figures,
};
use crate::api::{CallId, Dtmf, Event, WRONG_PAYLOAD};

impl Phone {
    /// Takes a notice of the media side.
    pub(super) fn media(&mut self, now: Duration, id: CallId, notice: MediaNotice) {
        match notice {
            MediaNotice::Opened(port) => self.port_opened(now, id, port),
            MediaNotice::Event(event) => self.media_event(now, id, event),
            MediaNotice::Tone(heard, since) => self.tone(id, heard, since),
            MediaNotice::Broken { kind, text } => self.finding(now, id, kind, text),
            MediaNotice::Closed(total) => self.sound_closed(now, id, total.as_deref()),
        }
    }

    fn media_event(&mut self, now: Duration, id: CallId, event: MediaEvent) {
        match event {
            MediaEvent::FirstPacket => self.first_packet(now, id),
            MediaEvent::Digit { digit, mode, duration, unfinished } => {
                let mode = match mode {
                    DtmfMode::Inband => Dtmf::Inband,
                    DtmfMode::Rfc4733 => Dtmf::Rfc4733,
                };
                let duration_ms = u32::try_from(duration.as_millis()).unwrap_or(u32::MAX);
                if unfinished {
                    // Which one is not said: findings stand in the log and the history.
                    let text = "A digit came without its end.";
                    self.finding(now, id, "dtmf-unfinished", text);
                }
                self.digit(id, digit, mode, duration_ms);
            }
            MediaEvent::DtmfSent => self.event(Event::DtmfSent { call: id }),
            MediaEvent::DtmfRefused(refused) => {
                let text = format!("No digit was sent: {refused}.");
                self.finding(now, id, "digits-refused", text);
            }
            MediaEvent::Silent(for_so_long) => self.silent(now, id, for_so_long),
            MediaEvent::Resumed => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.silent_until = None;
                    self.notice(Some(id), "sound-again", "Sound comes again.");
                }
            }
            MediaEvent::Latched(from) => {
                if let Some(call) = self.calls.get_mut(&id) {
                    call.report.remote = Some(from.to_string());
                }
                let text = format!(
                    "The sound comes from {from} instead of the agreed address, and was followed."
                );
                self.finding(now, id, "source-changed", text);
            }
            MediaEvent::Intruder(from) => {
                let text = format!("Media from another address, {from}, is refused.");
                self.finding(now, id, "intruder", text);
            }
            MediaEvent::SsrcChanged => {
                let text = "The far end changed its sound source (SSRC).";
                self.finding(now, id, "ssrc-changed", text);
            }
            MediaEvent::UnexpectedPayload(pt) => {
                let text = format!(
                    "The far end sends payload type {pt}, which was not agreed; it is not played."
                );
                self.finding(now, id, WRONG_PAYLOAD, text);
            }
            MediaEvent::CodecChanged(pt) => {
                let text = format!("The far end changed to the agreed payload type {pt}.");
                self.finding(now, id, "codec-changed", text);
            }
            MediaEvent::Bye => tracing::debug!(call = id.0, "RTCP BYE"),
            MediaEvent::SourceEnded => {
                self.notice(Some(id), "source-ended", "What was to be played is at its end.");
            }
            MediaEvent::Tick(quality) => self.second(now, id, &quality),
        }
    }

    fn first_packet(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        match call.answered {
            Some(answered) => {
                let after = ms(now.saturating_sub(answered));
                call.report.timing_ms.first_rtp.get_or_insert(after);
            }
            None => {
                call.heard_early = true;
                self.finding(now, id, "early-media", "Sound came before the answer.");
            }
        }
    }

    /// No packet came for a while: told at once, and the call is given up after the trunk's time.
    fn silent(&mut self, now: Duration, id: CallId, for_so_long: Duration) {
        let Some(call) = self.calls.get_mut(&id).filter(|call| call.talking()) else { return };
        let limit = self.lines.get(&call.account).map_or(0, |line| line.settings.media.rtp_timeout);
        if limit > 0 && !call.emergency {
            let left = Duration::from_secs(u64::from(limit)).saturating_sub(for_so_long);
            let left = if call.slept { left.max(AFTER_SLEEP) } else { left };
            call.silent_until = Some(now + left);
        }
        let text = format!("No sound has come for {} s.", for_so_long.as_secs());
        self.finding(now, id, "no-sound", text);
    }

    fn second(&mut self, now: Duration, id: CallId, quality: &Quality) {
        if quality.received > 0 {
            self.outlived(id);
        }
        let Some(call) = self.calls.get_mut(&id) else { return };
        call.seconds = call.seconds.saturating_add(1);
        let (at, media) = (call.seconds, Box::new(figures(quality)));
        call.second = Some(media.clone());
        let write = HistoryWrite::Second(at, media.clone());
        self.out.push_back(Output::History(id, write));
        self.event(Event::Quality { call: id, media });
        self.heard_by_them(now, id, quality);
    }

    fn tone(&mut self, id: CallId, heard: Heard, since: Duration) {
        let Some(call) = self.calls.get(&id) else { return };
        let begun = since + heard.start;
        self.event(Event::Tone {
            call: id,
            hz: heard.hz,
            level_dbov: heard.level_dbov,
            snr_db: heard.snr_db,
            at_ms: call.answered.map_or(0.0, |answered| ms(begun.saturating_sub(answered))),
            duration_ms: ms(heard.duration),
        });
    }

    fn sound_closed(&mut self, now: Duration, id: CallId, total: Option<&Quality>) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let failed = matches!(call.line, SoundLine::Running(..));
        call.line = SoundLine::Closed;
        let over = call.over;
        if let Some(local) = call.moves_to.take() {
            return self.open_port(id, local);
        }
        if let Some(total) = total {
            call.report.media = figures(total);
            self.judge_sound(now, id, total);
        }
        if over {
            self.report(id);
        } else if failed {
            self.sound_failed(now, id);
        }
    }

    /// Nobody asked for the end of the sound. An emergency call stays up: its place may be known.
    fn sound_failed(&mut self, now: Duration, id: CallId) {
        let Some(call) = self.calls.get_mut(&id) else { return };
        let stays = call.emergency;
        call.report.advice.get_or_insert_with(|| {
            "The sound of this call failed inside the phone: call again; the log says what broke.".into()
        });
        self.finding(now, id, "sound-failed", "The sound of this call failed inside the phone.");
        if !stays {
            self.hang_up(now, id, None);
        }
    }
}
