//! RTP (RFC 3550, RFC 3551): the header, what sequence numbers and arrival times tell, and who is
//! believed to be the source.

mod header;
mod interarrival;
mod latch;
mod sequence;

pub use header::{Header, MAX_HEADER, Malformed, Packet, is_rtcp, is_rtp_or_rtcp, read, write};
pub use interarrival::Interarrival;
pub use latch::{Latch, Verdict};
pub use sequence::{Arrival, Sequence};
