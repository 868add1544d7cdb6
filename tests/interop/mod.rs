//! Against programs that nobody here wrote.

mod baresip;
mod dnsmasq;
mod kamailio;
mod pjsua;
mod sipp;
mod tshark;
