//! The headless face of Milliwatt.

fn main() {}
