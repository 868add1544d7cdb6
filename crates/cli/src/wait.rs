//! Waiting: for a time of the engine's clock, for Ctrl-C, for the end of `--timeout`.

use std::{sync::OnceLock, time::Duration};

use milliwatt_engine::clock::{Clock, SystemClock};

use crate::exit::Exit;

/// The one clock of this program.
pub(crate) fn clock() -> &'static SystemClock {
    static CLOCK: OnceLock<SystemClock> = OnceLock::new();
    CLOCK.get_or_init(SystemClock::new)
}

/// Time since the program first asked, monotonic.
pub(crate) fn now() -> Duration {
    clock().now()
}

/// Ends when the clock shows this time; never when there is none.
pub(crate) async fn until(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time.saturating_sub(now())).await,
        None => std::future::pending().await,
    }
}

/// When the user has had enough, or the time of the verb is up. Either way the run is ended
/// properly: calls hung up, the report written.
pub(crate) struct Enough {
    interrupts: Interrupts,
    end: Option<Duration>,
}

impl Enough {
    /// From here on Ctrl-C is heard, and the time runs.
    pub(crate) fn after(limit: Option<Duration>) -> Self {
        Self { interrupts: Interrupts::new(), end: limit.map(|limit| now() + limit) }
    }

    /// Ends with the reason. Nothing is lost when it is not waited for to its end.
    pub(crate) async fn wait(&mut self) -> Exit {
        tokio::select! {
            biased;
            () = self.interrupts.next() => Exit::Interrupted,
            () = until(self.end) => Exit::TimeUp,
        }
    }
}

#[cfg(unix)]
use unix::Interrupts;

#[cfg(unix)]
mod unix {
    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// SIGINT, SIGTERM, and SIGHUP of a terminal that is closed.
    pub(super) struct Interrupts([Option<Signal>; 3]);

    impl Interrupts {
        pub(super) fn new() -> Self {
            // A signal that cannot be caught ends the program as the system does.
            let ends = [SignalKind::interrupt(), SignalKind::terminate()];
            let [interrupt, terminate] = ends.map(|kind| signal(kind).ok());
            let hangup = if hangup_is_ignored() { None } else { signal(SignalKind::hangup()).ok() };
            Self([interrupt, terminate, hangup])
        }

        pub(super) async fn next(&mut self) {
            let [interrupt, terminate, hangup] = &mut self.0;
            tokio::select! {
                () = caught(interrupt) => {}
                () = caught(terminate) => {}
                () = caught(hangup) => {}
            }
        }
    }

    /// True where `nohup` or a service manager wants it so, and where that is not known.
    fn hangup_is_ignored() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        mask.is_none_or(|mask| mask & 1 == 1)
    }

    async fn caught(signal: &mut Option<Signal>) {
        match signal {
            Some(signal) => drop(signal.recv().await),
            None => std::future::pending().await,
        }
    }
}

#[cfg(not(unix))]
struct Interrupts;

#[cfg(not(unix))]
impl Interrupts {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        drop(tokio::signal::ctrl_c().await);
    }
}
