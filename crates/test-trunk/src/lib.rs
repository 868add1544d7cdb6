//! A carrier in a box: registrar, DID routing, answerers, fault switches, a seeded bad network.

#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]
