//! `dtmf.neg`: are telephone events agreed?

use milliwatt_engine::api::Dtmf;

use crate::{
    check::{Check, Level, Page},
    observation::{Leg, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Are telephone events agreed?
pub(super) struct DtmfAgreed;

impl Check for DtmfAgreed {
    fn id(&self) -> &'static str {
        "dtmf.neg"
    }

    fn page(&self) -> Page {
        Page {
            title: "key tones are agreed",
            what: "Looks for telephone-event in the SDP of both sides: its clock rate, its digits, its number.",
            why: "The trunk does not offer telephone events, or for another clock rate or not for all keys: digits can only be sent as sound.",
            pass: "telephone-event with the clock rate of the codec, for the events 0-15, under the number that was offered.",
            reference: "RFC 4733 §2.4, §7.1",
        }
    }

    fn gate(&self) -> bool {
        true
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        match Dtmf::of(&subject.trunk) {
            Dtmf::Rfc4733 => Call::answered().plan(subject),
            mode @ (Dtmf::Inband | Dtmf::Info) => Err(Finding::not_applicable(format!(
                "digits are sent as {}: telephone events are not offered",
                mode.name()
            ))),
        }
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let Some((call, called)) = seen.talk() else {
            return Finding::nothing_to_see("no call was answered");
        };
        let sides = [&call.calling, called];
        let described = sides.map(|leg| Described::of(leg.sdp.as_deref(), leg));
        let [answer, offer] = &described;
        let offered = Described::of(call.calling.sent_sdp.as_deref(), &call.calling);
        let finding = if let Some(other) = described.iter().find_map(Described::other_clock) {
            Finding::fail(
                Fault::Provider,
                format!(
                    "Key tones are offered at {other} Hz, and the codec runs at another rate: menus may not work. Set `dtmf` to inband or info."
                ),
            )
        } else if !sides.iter().all(|leg| leg.dtmf_agreed) {
            Finding::fail(
                Fault::Provider,
                "Key tones are not agreed: menus may not work. Set `dtmf` to inband or info.",
            )
        } else if let Some(missing) = described.iter().find_map(Described::missing) {
            missing
        } else if let Some((ours, theirs)) = answer.renumbered(&offered) {
            Finding::warn(format!(
                "The trunk forces payload type {theirs} on key tones that were offered as {ours}: a phone that does not follow loses them."
            ))
        } else {
            Finding::pass()
        };
        finding
            .measured("calling", call.calling.dtmf_agreed)
            .measured("called", called.dtmf_agreed)
            .measured("offered_as", offered.payload_type())
            .measured("payload_type", answer.payload_type())
            .measured("events", answer.events())
            .measured("offered_events", offer.events())
    }
}

/// What an SDP says of its sound: the clock rate of the codec that was agreed, and telephone-event in
/// each form.
#[derive(Default)]
struct Described {
    codec_hz: u32,
    events: Vec<Events>,
}

/// One telephone-event format.
struct Events {
    payload_type: u8,
    hz: u32,
    /// Its `a=fmtp`; all sixteen digits where there is none (RFC 4733 §2.4.1).
    fmtp: Option<String>,
}

impl Described {
    /// Reads an SDP of this side's. An offer has codecs before the one that was agreed, with clocks of
    /// their own.
    fn of(sdp: Option<&str>, leg: &Leg) -> Self {
        let mut lines = sdp
            .unwrap_or_default()
            .lines()
            .map(str::trim)
            .skip_while(|line| !line.starts_with("m=audio"));
        let formats = lines.next().unwrap_or_default().split_whitespace().skip(3);
        let formats: Vec<u8> = formats.filter_map(|number| number.parse().ok()).collect();
        let audio: Vec<&str> = lines.take_while(|line| !line.starts_with("m=")).collect();
        let attribute = |name: &str, number: u8| {
            let wanted = format!("a={name}:{number} ");
            audio.iter().find_map(|line| line.strip_prefix(&wanted)).map(str::trim)
        };
        let mut described = Self { codec_hz: G711_HZ, events: Vec::new() };
        let mut codec = None;
        for number in &formats {
            let map = attribute("rtpmap", *number).unwrap_or_default();
            let (name, rest) = map.split_once('/').unwrap_or_default();
            let hz = rest.split('/').next().and_then(|hz| hz.parse().ok());
            if name.eq_ignore_ascii_case("telephone-event") {
                described.events.push(Events {
                    payload_type: *number,
                    hz: hz.unwrap_or_default(),
                    fmtp: attribute("fmtp", *number).map(str::to_owned),
                });
            } else if leg.codec.as_deref().is_none_or(|agreed| name.eq_ignore_ascii_case(agreed)) {
                codec.get_or_insert(hz.unwrap_or(G711_HZ));
            }
        }
        described.codec_hz = codec.unwrap_or(G711_HZ);
        described
    }

    fn fitting(&self) -> Option<&Events> {
        self.events.iter().find(|events| events.hz == self.codec_hz)
    }

    /// The clock rate of telephone events where none has the codec's (RFC 4733 §2.1).
    fn other_clock(&self) -> Option<u32> {
        self.events.first().filter(|_| self.fitting().is_none()).map(|events| events.hz)
    }

    fn payload_type(&self) -> Option<u8> {
        self.fitting().map(|events| events.payload_type)
    }

    fn events(&self) -> Option<&str> {
        self.fitting()?.fmtp.as_deref()
    }

    /// What is said where not all sixteen digits are taken.
    fn missing(&self) -> Option<Finding> {
        let fmtp = self.events()?;
        let takes = |wanted: u16| {
            fmtp.split(',').any(|range| {
                let (first, last) = range.split_once('-').unwrap_or((range, range));
                let bound = |text: &str| text.trim().parse::<u16>().ok();
                bound(first).zip(bound(last)).is_some_and(|(a, b)| (a..=b).contains(&wanted))
            })
        };
        if !(0..=LAST_KEY).all(takes) {
            let advice = format!(
                "The trunk takes the events {fmtp} alone: some keys of a telephone are lost. Set `dtmf` to inband or info."
            );
            return Some(Finding::fail(Fault::Provider, advice));
        }
        let letters = (LAST_KEY..=LAST_DIGIT).all(takes);
        let advice = format!("The trunk takes the events {fmtp}: the keys A to D are lost.");
        (!letters).then(|| Finding::warn(advice))
    }

    /// Our number for telephone events and the trunk's, where it answered with another.
    fn renumbered(&self, offered: &Self) -> Option<(u8, u8)> {
        let both = offered.payload_type().zip(self.payload_type());
        both.filter(|(ours, theirs)| ours != theirs)
    }
}

/// The clock of formats without a map: RFC 3551 §6 numbers PCMU, PCMA and G722 so.
const G711_HZ: u32 = 8000;
/// The event codes of `#` and of `D` (RFC 4733 §3.2).
const LAST_KEY: u16 = 11;
const LAST_DIGIT: u16 = 15;
