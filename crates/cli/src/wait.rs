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

/// Ends when the user has had enough, or when the time of the verb is up. Either way the run is
/// ended properly: calls hung up, the report written.
pub(crate) async fn enough(limit: Option<Duration>) -> Exit {
    tokio::select! {
        () = interrupted() => Exit::Interrupted,
        () = until(limit.map(|limit| now() + limit)) => Exit::TimeUp,
    }
}

#[cfg(unix)]
async fn interrupted() {
    use tokio::signal::unix::{SignalKind, signal};
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => drop(signal.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}

#[cfg(not(unix))]
async fn interrupted() {
    drop(tokio::signal::ctrl_c().await);
}
