//! The port's side: frames at the port's rate, converted to and from those of the codecs.

use std::time::Duration;

use crate::{frame::AudioPort, rate::Converter};

/// Buffers and converters of one port.
#[derive(Debug, Default)]
pub(super) struct Side {
    capture: Way,
    playout: Way,
    /// The source has told its end.
    pub(super) ended: bool,
}

/// One direction.
#[derive(Debug, Default)]
struct Way {
    rates: (u32, u32),
    converter: Option<Converter>,
    frame: Vec<i16>,
    converted: Vec<i16>,
}

impl Side {
    /// 20 ms of the port's sound at `rate`, and whether the source came to its end just then.
    pub(super) fn capture(
        &mut self,
        at: Duration,
        port: &mut dyn AudioPort,
        rate: u32,
    ) -> (&mut [i16], bool) {
        let way = &mut self.capture;
        way.fit(port.sample_rate(), rate);
        way.frame.clear();
        way.frame.resize(port.sample_rate() as usize / 50, 0);
        let goes_on = port.capture(at, &mut way.frame);
        let ends = !goes_on && !self.ended;
        self.ended = !goes_on;
        (way.convert(), ends)
    }

    /// Gives 20 ms of sound at `rate` to the port.
    pub(super) fn playout(
        &mut self,
        at: Duration,
        port: &mut dyn AudioPort,
        rate: u32,
        sound: &[i16],
    ) {
        let way = &mut self.playout;
        way.fit(rate, port.sample_rate());
        way.frame.clear();
        way.frame.extend_from_slice(sound);
        port.playout(at, way.convert());
    }

    /// 20 ms of silence for the port.
    pub(super) fn silence(&mut self, at: Duration, port: &mut dyn AudioPort) {
        let frame = &mut self.playout.frame;
        frame.clear();
        frame.resize(port.sample_rate() as usize / 50, 0);
        port.playout(at, frame);
    }
}

impl Way {
    /// A rate that has no frames of 20 ms gives silence.
    fn fit(&mut self, from: u32, to: u32) {
        if self.rates == (from, to) {
            return;
        }
        self.rates = (from, to);
        self.converter = Converter::new(from, to).ok();
        self.converted = vec![0; to as usize / 50];
    }

    fn convert(&mut self) -> &mut [i16] {
        let written = match &mut self.converter {
            Some(converter) => converter.convert(&self.frame, &mut self.converted),
            None => 0,
        };
        if let Some(rest) = self.converted.get_mut(written..) {
            rest.fill(0);
        }
        &mut self.converted
    }
}
