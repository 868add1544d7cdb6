//! A trunk as signalling sees it.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use zeroize::Zeroizing;

use crate::{
    identity::{DidField, IdentityHeader},
    transport::Transport,
};

/// A trunk as signalling sees it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The domain of the address of record.
    pub domain: String,
    /// Host and optional port of the registrar, when it is not the domain.
    pub registrar: Option<(String, Option<u16>)>,
    /// Host and optional port of the outbound proxy: every request goes there.
    pub proxy: Option<(String, Option<u16>)>,
    /// Port of the domain, when the user gave one: RFC 3263 then skips NAPTR and SRV.
    pub port: Option<u16>,
    /// The transport to use.
    pub transport: Transport,
    /// User part of the address of record.
    pub user: String,
    /// User name for digest; the user when `None`.
    pub auth_user: Option<String>,
    /// Password for digest.
    pub password: Option<Password>,
    /// Display name in From.
    pub display_name: Option<String>,
    /// Register at the registrar; false for a trunk that knows us by address.
    pub register: bool,
    /// Registration time to ask for, in seconds.
    pub expires: u32,
    /// Ask for a bulk registration (RFC 6140).
    pub gin: bool,
    /// Headers that carry the chosen number, first the one that the trunk obeys.
    pub identity: Vec<IdentityHeader>,
    /// Which field of an incoming INVITE holds the dialled number.
    pub did_in: DidField,
    /// Reliable provisional responses (RFC 3262).
    pub reliable: Extension,
    /// Session-Expires to ask for, in seconds (RFC 4028); `None` offers no session timer.
    pub session_expires: Option<u32>,
    /// UDP keep-alive.
    pub keep_alive: KeepAlive,
    /// Time between two keep-alives; `None`: 25 s, and 2 s on UDP within the network of one's own.
    pub keep_alive_every: Option<Duration>,
    /// Address to write in Contact when the host's own is not the one that the trunk sees.
    pub public_address: Option<SocketAddr>,
    /// Learn the public address from `received` and `rport` of our own Via (RFC 3581).
    pub learn_address: bool,
    /// Sources besides registrar and proxy whose requests are heard: address and prefix length.
    pub allow: Vec<(IpAddr, u8)>,
    /// User-Agent and Server text.
    pub user_agent: String,
    /// How long one UDP target may stay silent before the next one is tried.
    pub failover_after: Duration,
}

/// A trunk over UDP that knows us by address; domain and user are still to be said.
impl Default for Account {
    fn default() -> Self {
        Self {
            domain: String::new(),
            registrar: None,
            proxy: None,
            port: None,
            transport: Transport::Udp,
            user: String::new(),
            auth_user: None,
            password: None,
            display_name: None,
            register: false,
            expires: 3600,
            gin: false,
            identity: vec![IdentityHeader::From],
            did_in: DidField::RequestUri,
            reliable: Extension::default(),
            session_expires: None,
            keep_alive: KeepAlive::Off,
            keep_alive_every: None,
            public_address: None,
            learn_address: false,
            allow: Vec::new(),
            user_agent: String::new(),
            failover_after: Duration::from_secs(2),
        }
    }
}

/// A secret that prints as dots and is wiped from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// Takes the text over; whoever made it wipes copies of its own.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }

    /// The text, for the digest alone.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How far an optional extension is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Extension {
    /// Not named at all.
    Off,
    /// Named in Supported.
    #[default]
    Supported,
    /// Named in Require.
    Required,
}

/// How UDP flows are kept open through NAT (RFC 5626 §3.5, and a request where a trunk wants it).
/// Streams always use the double CRLF.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeepAlive {
    /// A bare CRLF datagram.
    #[default]
    Crlf,
    /// Nothing.
    Off,
    /// An OPTIONS request to the registrar.
    Options,
    /// A REGISTER that changes nothing and asks what is registered (RFC 3261 §10.2.3). It tells of
    /// a registrar that has forgotten us, which no other keep-alive does.
    Register,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_wiped_and_does_not_print() {
        fn is_wiped(_: &impl zeroize::ZeroizeOnDrop) {}
        let password = Password::new("secret".into());
        is_wiped(&password.0);
        assert_eq!(
            (password.reveal(), format!("{password:?}").as_str()),
            ("secret", "Password(…)")
        );
    }
}
