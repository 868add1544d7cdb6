//! The whole trunk: on virtual time with scripted phones, and with real sockets.

mod answerers;
mod calls;
mod engine;
mod faults;
mod line;
mod registrar;
mod sound;
mod wire;
