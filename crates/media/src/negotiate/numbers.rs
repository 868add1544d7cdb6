//! Payload types: which number means what in this session. A number keeps its meaning for the
//! session's life (RFC 3264 §8.3.2).

use super::{agree::Offered, local::Local};
use crate::codec::comfort_noise;

/// What we have called things so far, the latest first. Each number is there once at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Numbers {
    known: Vec<Offered>,
}

impl Numbers {
    /// All that we offer, numbered: codecs, telephone events at each clock rate, comfort noise.
    pub(super) fn offer(&mut self, local: &Local) -> Vec<Offered> {
        let mut offered: Vec<Offered> = Vec::new();
        for spec in &local.codecs {
            if offered.iter().any(|o| o.is(spec.name, spec.clock_rate, spec.channels)) {
                continue;
            }
            offered.extend(self.own(spec.name, spec.clock_rate, spec.channels, spec.payload_type));
        }
        let codecs = offered.len();
        if local.dtmf {
            for n in 0..codecs {
                let Some(rate) = offered.get(n).map(|codec| codec.clock_rate) else { continue };
                if !offered.iter().skip(codecs).any(|event| event.clock_rate == rate) {
                    offered.extend(self.own(EVENT, rate, 1, None));
                }
            }
        }
        let free = offered.iter().all(|codec| codec.payload_type != comfort_noise::PAYLOAD_TYPE);
        if local.comfort_noise && free && offered.iter().any(|codec| codec.clock_rate == 8000) {
            offered.push(Offered::new(NOISE, 8000, 1, comfort_noise::PAYLOAD_TYPE));
        }
        offered
    }

    /// Our number for what the far end calls `theirs`: the same, unless it means something else to
    /// us already.
    pub(super) fn answer(
        &mut self,
        name: &str,
        clock_rate: u32,
        channels: u8,
        theirs: u8,
    ) -> Option<u8> {
        let other = |o: &Offered| o.payload_type == theirs && !o.is(name, clock_rate, channels);
        if self.known.iter().any(other) {
            return self.own(name, clock_rate, channels, None).map(|own| own.payload_type);
        }
        self.known.retain(|known| known.payload_type != theirs);
        self.known.insert(0, Offered::new(name, clock_rate, channels, theirs));
        Some(theirs)
    }

    /// The number that we have for it, or a new one.
    fn own(
        &mut self,
        name: &str,
        clock_rate: u32,
        channels: u8,
        fixed: Option<u8>,
    ) -> Option<Offered> {
        let known = self.known.iter().find(|known| known.is(name, clock_rate, channels));
        if let Some(known) = known {
            return Some(known.clone());
        }
        let free = |number: &u8| self.known.iter().all(|known| known.payload_type != *number);
        let usual = (name == EVENT).then_some(USUAL_EVENT);
        let number = fixed.into_iter().chain(usual).chain(DYNAMIC).find(free)?;
        let own = Offered::new(name, clock_rate, channels, number);
        self.known.push(own.clone());
        Some(own)
    }
}

/// RFC 4733's encoding name.
pub(super) const EVENT: &str = "telephone-event";
/// RFC 3389's encoding name.
pub(super) const NOISE: &str = "CN";
/// Far ends that ignore `a=rtpmap` take telephone events to be this.
const USUAL_EVENT: u8 = 101;
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
