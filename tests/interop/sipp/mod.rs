//! SIPp 3.6: its own caller and callee, and flows that real trunks have and phones get wrong.

mod calls;
pub(crate) mod script;
