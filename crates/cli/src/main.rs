//! The headless face of Milliwatt.
#![forbid(unsafe_code)]

fn main() {}
