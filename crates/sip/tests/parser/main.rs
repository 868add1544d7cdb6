//! The parser against the torture messages of the RFCs, other parsers, and malformed input.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may fail")]
#![allow(clippy::disallowed_methods, reason = "the messages are files")]

mod corpus;
mod cost;
mod differential;
mod grown;
mod hostile;
mod invite;
mod kept;
mod scanned;
mod sections;
mod torture;
