//! The signalling user agent without I/O: wire parser, transactions, dialogs, registration, calls.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

pub mod identity;
pub mod locate;
pub mod transaction;
pub mod transport;
