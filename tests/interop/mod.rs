//! Against programs that nobody here wrote.

mod baresip;
mod clocks;
mod dnsmasq;
mod history;
mod kamailio;
mod pjsua;
mod sipp;
mod tshark;
