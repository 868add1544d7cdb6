//! What a description does that the standards do not allow, told and not taken amiss.

/// One deviation and where it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deviation {
    /// The line, from 1; 0 for the description as a whole.
    pub line: u32,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a description.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer takes a format that was not offered.
    AnswerFormat,
    /// The answer has not as many `m=` lines as the offer.
    AnswerMediaCount,
    /// A line ends with a CR alone.
    BareCr,
    /// A line ends with an LF alone.
    BareLf,
    /// An attribute that is in use here has no readable value.
    BadAttribute,
    /// `c=` is malformed.
    BadConnection,
    /// `m=` is malformed; the medium counts as refused.
    BadMedia,
    /// `o=` is malformed.
    BadOrigin,
    /// The version of `v=` is not 0.
    BadVersion,
    /// A control character in a value.
    Control,
    /// A line is empty.
    EmptyLine,
    /// A medium has no `c=`, neither its own nor the session's.
    NoConnection,
    /// `o=` is missing.
    NoOrigin,
    /// `s=` is missing.
    NoSessionName,
    /// `t=` is missing.
    NoTime,
    /// A line is not of the form `x=`; it is left out.
    NoType,
    /// `v=` is not the first line.
    NoVersion,
    /// Bytes that are not UTF-8; they are replaced.
    NotUtf8,
    /// The last line has no end.
    NoLastLineEnd,
    /// Lines are not in the order of the grammar.
    Order,
}

impl Fault {
    /// The clause that it breaks.
    pub fn reference(self) -> &'static str {
        match self {
            Self::AnswerFormat | Self::AnswerMediaCount => "RFC 3264 §6",
            Self::BareCr | Self::BareLf | Self::NoLastLineEnd => "RFC 8866 §5",
            Self::BadAttribute => "RFC 8866 §6",
            Self::BadConnection | Self::NoConnection => "RFC 8866 §5.7",
            Self::BadMedia => "RFC 8866 §5.14",
            Self::BadOrigin | Self::NoOrigin => "RFC 8866 §5.2",
            Self::BadVersion | Self::NoVersion => "RFC 8866 §5.1",
            Self::Control | Self::NotUtf8 => "RFC 8866 §9",
            Self::EmptyLine | Self::NoType | Self::Order => "RFC 8866 §5",
            Self::NoSessionName => "RFC 8866 §5.3",
            Self::NoTime => "RFC 8866 §5.9",
        }
    }
}
