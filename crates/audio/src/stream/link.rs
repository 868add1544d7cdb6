//! The ring between a device's callback and everyone else. The callback's halves, [`Feed`] and
//! [`Drain`], never lock, allocate, log or wait.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU8, AtomicU32, AtomicU64, Ordering},
};

use rtrb::{Consumer, Producer, RingBuffer};

use super::stamp::Stamps;

/// What both sides of a ring know of each other.
#[derive(Debug, Default)]
pub(crate) struct Link {
    /// Frames that passed the callback, and the stamp of its last one, in one word so that they
    /// belong together.
    pulse: AtomicU64,
    /// Frames of the last block.
    block: AtomicU32,
    /// Samples that a speaker wanted and did not get once it had had some.
    missing: AtomicU32,
    over: AtomicBool,
    fault: AtomicU8,
}

/// Why a stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The device is held by another program.
    Busy,
    /// The device went away.
    Gone,
    /// Anything else: it has to be opened again.
    Invalid,
    /// No leave to use it.
    Refused,
}

impl Link {
    /// Frames that passed the callback so far, and when that was said.
    pub(crate) fn pulse(&self) -> (u32, u32) {
        let word = self.pulse.load(Ordering::Acquire);
        ((word >> 32) as u32, word as u32)
    }

    /// Samples that pass at `rate` since the callback's last block; none before the first.
    pub(super) fn passed(&self, stamps: &Stamps, rate: f64) -> f64 {
        let (frames, stamp) = self.pulse();
        if frames == 0 { 0.0 } else { stamps.samples_since(stamp, rate) }
    }

    /// Frames of the last block.
    pub(super) fn block(&self) -> u32 {
        self.block.load(Ordering::Relaxed)
    }

    /// Samples that were missing so far.
    pub(super) fn missing(&self) -> u32 {
        self.missing.load(Ordering::Relaxed)
    }

    /// From here on the callback plays silence and throws away what it hears.
    pub(crate) fn end(&self) {
        self.over.store(true, Ordering::Release);
    }

    /// What went wrong, if something did.
    pub(crate) fn fault(&self) -> Option<Fault> {
        match self.fault.load(Ordering::Acquire) {
            1 => Some(Fault::Busy),
            2 => Some(Fault::Gone),
            3 => Some(Fault::Invalid),
            4 => Some(Fault::Refused),
            _ => None,
        }
    }

    fn fail(&self, fault: Fault) {
        let code = match fault {
            Fault::Busy => 1,
            Fault::Gone => 2,
            Fault::Invalid => 3,
            Fault::Refused => 4,
        };
        self.fault.store(code, Ordering::Release);
    }

    fn beat(&self, frames: u32, block: usize, stamp: u32) {
        self.block.store(block as u32, Ordering::Relaxed);
        self.pulse.store(u64::from(frames) << 32 | u64::from(stamp), Ordering::Release);
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Acquire)
    }
}

/// The half of a microphone's callback.
#[derive(Debug)]
pub struct Feed {
    ring: Producer<f32>,
    link: Arc<Link>,
    stamps: Stamps,
    frames: u32,
}

impl Feed {
    /// Takes a block of interleaved sound; `to_float` gives a sample between -1 and 1. Channels are
    /// mixed to one. What finds no room is left out.
    pub fn take<T: Copy>(&mut self, block: &[T], channels: usize, to_float: impl Fn(T) -> f32) {
        let channels = channels.max(1);
        let frames = block.len() / channels;
        let room = frames.min(self.ring.slots());
        if !self.link.is_over()
            && let Ok(chunk) = self.ring.write_chunk_uninit(room)
        {
            let mono = block
                .chunks_exact(channels)
                .map(|all| all.iter().map(|s| to_float(*s)).sum::<f32>() / channels as f32);
            chunk.fill_from_iter(mono);
        }
        self.frames = self.frames.wrapping_add(frames as u32);
        self.link.beat(self.frames, frames, self.stamps.now());
    }

    /// For the error callback, which is called from elsewhere.
    pub fn alarm(&self) -> Alarm {
        Alarm(Arc::clone(&self.link))
    }
}

/// The half of a speaker's callback.
#[derive(Debug)]
pub struct Drain {
    ring: Consumer<f32>,
    link: Arc<Link>,
    stamps: Stamps,
    frames: u32,
    begun: bool,
}

impl Drain {
    /// Fills a block of interleaved sound, every channel alike; `from_float` takes a sample between
    /// -1 and 1. Where sound is missing, there is silence.
    pub fn give<T: Copy>(
        &mut self,
        block: &mut [T],
        channels: usize,
        from_float: impl Fn(f32) -> T,
    ) {
        let channels = channels.max(1);
        let frames = block.len() / channels;
        let over = self.link.is_over();
        let there = if over { 0 } else { frames.min(self.ring.slots()) };
        let (sound, silence) = block.split_at_mut(there * channels);
        if let Ok(chunk) = self.ring.read_chunk(there) {
            for (all, sample) in sound.chunks_exact_mut(channels).zip(chunk) {
                all.fill(from_float(sample));
            }
        }
        silence.fill(from_float(0.0));
        self.begun |= there > 0;
        if self.begun && there < frames {
            self.link.missing.fetch_add((frames - there) as u32, Ordering::Relaxed);
        }
        self.frames = self.frames.wrapping_add(frames as u32);
        self.link.beat(self.frames, frames, self.stamps.now());
    }

    /// For the error callback, which is called from elsewhere.
    pub fn alarm(&self) -> Alarm {
        Alarm(Arc::clone(&self.link))
    }
}

/// Tells that a stream failed.
#[derive(Clone, Debug)]
pub struct Alarm(Arc<Link>);

impl Alarm {
    /// The stream is to be opened anew, there or elsewhere.
    pub fn raise(&self, fault: Fault) {
        self.0.fail(fault);
    }
}

/// A ring of `capacity` samples for a microphone.
pub(crate) fn capture_ring(capacity: usize, stamps: &Stamps) -> (Feed, Consumer<f32>, Arc<Link>) {
    let (producer, consumer) = RingBuffer::new(capacity);
    let link = Arc::new(Link::default());
    let (stamps, own) = (stamps.clone(), Arc::clone(&link));
    (Feed { ring: producer, link: own, stamps, frames: 0 }, consumer, link)
}

/// A ring of `capacity` samples for a speaker.
pub(crate) fn playback_ring(capacity: usize, stamps: &Stamps) -> (Drain, Producer<f32>, Arc<Link>) {
    let (producer, consumer) = RingBuffer::new(capacity);
    let link = Arc::new(Link::default());
    let (stamps, own) = (stamps.clone(), Arc::clone(&link));
    (Drain { ring: consumer, link: own, stamps, frames: 0, begun: false }, producer, link)
}

#[cfg(test)]
mod tests {
    use assert_no_alloc::assert_no_alloc;

    use super::*;

    #[test]
    fn the_callbacks_never_allocate() {
        let stamps = Stamps::system();
        let (mut feed, mut heard, _) = capture_ring(4800, &stamps);
        let (mut drain, mut said, link) = playback_ring(4800, &stamps);
        let (sound, mut out) = ([1000_i16; 960], [0_i16; 960]);
        for n in 0..50 {
            // Full rings and empty ones too: nobody reads before the tenth block.
            if n > 10 {
                while heard.pop().is_ok_and(|sample| said.push(sample).is_ok()) {}
            }
            assert_no_alloc(|| {
                feed.take(&sound, 2, |s| f32::from(s) / 32_768.0);
                drain.give(&mut out, 2, |s| (s * 32_768.0) as i16);
                feed.alarm().raise(Fault::Gone);
            });
        }
        assert_eq!(out, sound);
        assert_eq!((link.pulse().0, link.block()), (50 * 480, 480));
    }

    #[test]
    fn channels_are_mixed_to_one_and_all_get_the_same() {
        let stamps = Stamps::system();
        let (mut feed, mut heard, link) = capture_ring(100, &stamps);
        feed.take(&[0.2_f32, 0.4, 0.6, 0.0], 2, |s| s);
        assert!((heard.pop().unwrap() - 0.3).abs() < 1e-6);
        assert!((heard.pop().unwrap() - 0.3).abs() < 1e-6);
        assert_eq!(link.fault(), None);
        feed.alarm().raise(Fault::Refused);
        assert_eq!(link.fault(), Some(Fault::Refused));

        let (mut drain, mut said, link) = playback_ring(100, &stamps);
        let mut block = [9.0_f32; 6];
        drain.give(&mut block, 3, |s| s);
        assert_eq!((block, link.missing()), ([0.0; 6], 0), "nothing is missed before the first");
        said.push(0.5).unwrap();
        drain.give(&mut block, 3, |s| s);
        assert_eq!((block, link.missing()), ([0.5, 0.5, 0.5, 0.0, 0.0, 0.0], 1));
    }

    #[test]
    fn a_line_that_is_over_is_silent_at_once() {
        let stamps = Stamps::system();
        let (mut drain, mut said, link) = playback_ring(100, &stamps);
        said.push_entire_slice(&[0.5; 50]).unwrap();
        link.end();
        let mut block = [9.0_f32; 10];
        drain.give(&mut block, 1, |s| s);
        assert_eq!(block, [0.0; 10]);
        let (mut feed, heard, link) = capture_ring(100, &stamps);
        link.end();
        feed.take(&[1.0_f32; 10], 1, |s| s);
        assert_eq!(heard.slots(), 0);
    }
}
