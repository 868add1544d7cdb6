//! A carrier in a box.
