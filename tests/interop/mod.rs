//! Against programs that nobody here wrote.

mod address;
mod baresip;
mod clocks;
mod dnsmasq;
mod history;
mod kamailio;
#[cfg(target_os = "linux")]
mod keyring;
mod keys;
mod pjsua;
mod sipp;
#[cfg(target_os = "linux")]
mod sound_card;
#[cfg(target_os = "linux")]
mod sound_events;
mod tshark;
