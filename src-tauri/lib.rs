//! The desktop face of Milliwatt.
