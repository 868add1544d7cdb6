//! A media thread allocates nothing for a packet.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use milliwatt_engine::{
    AudioPort, Config, Engine,
    api::{Command, Dial, Event, Sound, Source},
};

use crate::{
    loopback::{free_port, until},
    support::trunk,
};

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

thread_local! {
    /// This is the media thread that is looked at.
    static WATCHED: Cell<bool> = const { Cell::new(false) };
}

/// Allocations of watched threads.
static CALLS: AtomicU64 = AtomicU64::new(0);

fn count() {
    // At the end of a thread its mark is gone, and nobody counts any more.
    if WATCHED.try_with(Cell::get).unwrap_or(false) {
        CALLS.fetch_add(1, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator with the arguments it came with.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// A microphone that marks the thread which reads it.
struct Mark;

impl AudioPort for Mark {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        WATCHED.set(true);
        frame.fill(1000);
        true
    }

    fn playout(&mut self, _: Duration, _: &[i16]) {}
}

/// Both ends of a call run on the one media thread of one engine, over real sockets.
#[tokio::test]
async fn a_media_thread_allocates_nothing_for_a_packet() {
    let folder = tempfile::tempdir().unwrap();
    let engine = Engine::start(Config { media_threads: Some(1), ..Config::default() }).unwrap();
    let mut events = engine.subscribe();
    let (here, there) = (free_port(), free_port());
    for (name, own, other) in [("caller", here, there), ("callee", there, here)] {
        let mut line = trunk(name, name, &format!("127.0.0.1:{other}"));
        line.trunk.bind = Some(format!("127.0.0.1:{own}"));
        engine.command(Command::AddTrunk { trunk: Box::new(line) });
        until(&mut events, |event| matches!(event, Event::TrunkReady { .. }).then_some(())).await;
    }
    let out = engine.next_call();
    engine.attach_port(out, Box::new(Mark));
    let sound = Sound {
        source: Source::Port,
        record: Some(folder.path().join("r.wav")),
        listen: vec![1004.0],
    };
    let dial = Box::new(Dial { to: "callee".into(), sound, ..Dial::default() });
    engine.command(Command::Dial { call: out, trunk: "caller".into(), dial });
    let into = until(&mut events, |event| match event {
        Event::Incoming { call, .. } => Some(call),
        _ => None,
    })
    .await;
    let sound = Sound { source: Source::Milliwatt, ..Sound::default() };
    engine.command(Command::Answer { call: into, sound, codecs: Vec::new() });
    let mut seconds = async |wanted: u32| {
        let (mut told, mut received) = (0, 0);
        while told < wanted {
            received += until(&mut events, |event| match event {
                Event::Quality { media, .. } => Some(media.received),
                _ => None,
            })
            .await;
            told += 1;
        }
        received
    };
    // Buffers have come to their size after some seconds of both calls.
    seconds(6).await;
    let before = CALLS.load(Ordering::Relaxed);
    let told = 8;
    let received = seconds(told).await;
    let made = CALLS.load(Ordering::Relaxed) - before;
    assert!(before > 0, "the thread is watched");
    assert!(received > 100, "{received}");
    // Each second is told in a box of its own, through a queue that grows by blocks.
    assert!(made <= u64::from(4 * told), "{made} allocations for {received} packets");
    engine.command(Command::HangUp { call: out });
    assert!(engine.shutdown(Duration::from_secs(20)).await);
}
