//! The signalling user agent without I/O: wire parser, transactions, dialogs, registration, calls.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail"))]

pub mod agent;
mod call;
pub mod chance;
mod dialog;
pub mod digest;
pub mod grammar;
pub mod header;
pub mod identity;
pub mod interop;
pub mod locate;
pub mod message;
pub mod registration;
pub mod stream;
pub mod transaction;
pub mod transport;
pub mod uri;
