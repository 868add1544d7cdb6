//! Anything in any order (bug classes 11 and 24): the session opens only by the owner's act, every
//! call ends, and nothing is left.
