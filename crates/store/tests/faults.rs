//! Faults that the store survives: a process killed at any moment, a disk without room.
//!
//! Each test starts this very program again as a child that works until it is killed or stopped.

#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test that panics has failed")]

mod faults {
    mod child;
    #[cfg(target_os = "linux")]
    mod disk_full;
    mod killed;
}
