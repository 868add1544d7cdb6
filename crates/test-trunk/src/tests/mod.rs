//! The whole trunk: on virtual time with scripted phones, and with real sockets.

mod wire;
