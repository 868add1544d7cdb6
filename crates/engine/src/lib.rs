//! The phone without a face: sockets, TLS, DNS, the one loop, accounts, trace, probes.
//! Commands go in, events come out; see [`api`].

pub mod api;
