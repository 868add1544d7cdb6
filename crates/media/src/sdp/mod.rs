//! Session descriptions (SDP, RFC 8866): read with tolerance, kept in order, printed again.
//!
//! What the grammar does not allow is passed over and recorded as a [`Deviation`]; only what cannot
//! be bounded or is no SDP at all is refused. Parsing takes linear time.

mod attribute;
mod connection;
mod deviation;
mod format;
mod media;
mod origin;
mod parse;
mod section;

pub use connection::{Address, Connection};
pub use deviation::{Deviation, Fault};
pub use format::{Format, RtpMap};
pub use media::{Media, MediaLine};
pub use origin::Origin;
pub use parse::SdpError;
pub use section::{Line, Section};

use std::fmt;

/// Bytes of a description.
pub const MAX_BYTES: usize = 65_535;
/// Bytes of one line.
pub const MAX_LINE: usize = 8192;
/// `m=` lines.
pub const MAX_MEDIA: usize = 64;
/// `a=` lines of the whole description.
pub const MAX_ATTRIBUTES: usize = 1024;
/// All other lines of the whole description.
pub const MAX_OTHER_LINES: usize = 1024;
/// Formats of one `m=` line.
pub const MAX_FORMATS: usize = 128;
/// Deviations that are recorded; the ones after these are dropped.
pub const MAX_DEVIATIONS: usize = 64;

/// A session description: its own lines and its media.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The lines before the first `m=`.
    pub session: Section,
    /// The media in order.
    pub media: Vec<Media>,
    deviations: Vec<Deviation>,
}

impl Description {
    /// A description to be printed.
    pub fn new(session: Section, media: Vec<Media>) -> Self {
        Self { session, media, deviations: Vec::new() }
    }

    /// Reads a description.
    ///
    /// # Errors
    /// [`SdpError`] when a bound is broken, or when there is neither `v=` nor `m=`.
    pub fn parse(body: &[u8]) -> Result<Self, SdpError> {
        parse::parse(body)
    }

    /// What the grammar does not allow, in the order of the lines.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// `o=`, when it is there and well formed.
    pub fn origin(&self) -> Option<Origin> {
        self.session.first('o').and_then(Origin::parse)
    }

    /// The connection of a media section: its own `c=` or the session's.
    pub fn connection(&self, media: &Media) -> Option<Connection> {
        let own = media.section.first('c').and_then(Connection::parse);
        own.or_else(|| self.session.first('c').and_then(Connection::parse))
    }
}

impl fmt::Display for Description {
    /// CRLF after each line, as on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.session.fmt(f)?;
        self.media.iter().try_for_each(|media| media.fmt(f))
    }
}
