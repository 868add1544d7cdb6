//! The lexical rules of RFC 3261 §25.1 that every header shares: character classes, linear white
//! space, quoted strings, comma lists, parameters.

pub(crate) mod chars;
mod list;
mod notes;
mod params;
mod quoted;
mod span;

pub use params::Params;
pub use quoted::unquote;

pub(crate) use chars::{
    cut, find, is_blank, is_call_id, is_token, is_token_byte, lossy, trim, trim_blanks,
    trim_counted,
};
pub(crate) use list::{next_element, unfold};
pub(crate) use notes::Notes;
pub(crate) use params::scan_params;
pub(crate) use quoted::{quote, quoted_end};
pub(crate) use span::{Span, Text};
