//! Sessions on threads of their own.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};

use tokio::{
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

use super::{worker::tests::plan, *};
use crate::clock::SystemClock;

/// Longer than a thread takes to come to its sessions on a busy machine.
const LIMIT: Duration = Duration::from_secs(20);

/// A silent port that tells once which thread it is driven by.
struct Told {
    call: u64,
    told: Option<UnboundedSender<(u64, String)>>,
}

impl AudioPort for Told {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        if let Some(told) = self.told.take() {
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            told.send((self.call, thread)).unwrap();
        }
        frame.fill(0);
        true
    }

    fn playout(&mut self, _now: Duration, _frame: &[i16]) {}
}

/// The calls of each thread, once so many have told.
async fn driven(
    told: &mut UnboundedReceiver<(u64, String)>,
    calls: usize,
) -> BTreeMap<String, Vec<u64>> {
    let mut threads: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    for _ in 0..calls {
        let (call, thread) = timeout(LIMIT, told.recv()).await.unwrap().unwrap();
        threads.entry(thread).or_default().push(call);
    }
    threads
}

#[tokio::test]
async fn sessions_are_spread_evenly_over_the_threads() {
    let (reporter, mut news) = News::channel();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let threads = MediaThreads::start(Some(3), &clock, &reporter).unwrap();
    let mut range = PortRange::new(41_000, 46_999, [8; 32]).unwrap();
    let (tell, mut told) = unbounded_channel();
    let mut begin = |call: u64| {
        let sockets = range.open(IpAddr::V4(Ipv4Addr::LOCALHOST)).unwrap();
        let plan = plan(sockets.address());
        let port = Box::new(Told { call, told: Some(tell.clone()) });
        let (call, config, seed) = (CallId(call), Config::default(), [7; 32]);
        threads.begin(Start { call, sockets, port, plan, config, seed });
    };
    (0..6).for_each(&mut begin);
    let spread = driven(&mut told, 6).await;
    let loads: Vec<usize> = spread.values().map(Vec::len).collect();
    assert_eq!(loads, [2, 2, 2], "{spread:?}");
    assert_eq!(threads.sessions(), 6);
    // A thread whose calls have ended is the one that the next calls go to.
    let (freed, ended) = spread.into_iter().nth(1).unwrap();
    for call in &ended {
        threads.control(CallId(*call), &Control::Stop);
    }
    let mut stopped = 0;
    while stopped < ended.len() {
        let news = timeout(LIMIT, news.next()).await.unwrap().unwrap();
        stopped += usize::from(matches!(news, MediaNews::Stopped(..)));
    }
    assert_eq!(threads.sessions(), 4);
    (6..8).for_each(&mut begin);
    let next = driven(&mut told, 2).await;
    assert_eq!(next.keys().collect::<Vec<_>>(), [&freed], "{next:?}");
}
