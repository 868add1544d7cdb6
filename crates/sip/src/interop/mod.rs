//! Conversions to and from the types of other libraries, for code that already speaks them.

#[cfg(feature = "rsip")]
pub mod rsip;
