//! The desktop face of Milliwatt.
#![forbid(unsafe_code)]
