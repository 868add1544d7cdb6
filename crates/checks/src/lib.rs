//! The acceptance test book of a trunk.
