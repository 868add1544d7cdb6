//! The signalling user agent without I/O: wire parser, transactions, dialogs, registration, calls.

pub mod transport;
