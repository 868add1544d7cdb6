//! A trunk of the settings in the words of signalling.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use milliwatt_sip::{
    agent::{Account, AccountId, Extension, KeepAlive, Password},
    identity::{DidField, IdentityHeader},
    transport::Transport,
};
use milliwatt_store::settings::{Trunk, TrunkAccount};

use crate::api::{AutoAnswer, Registration};

/// A trunk in use.
#[derive(Debug)]
pub(super) struct Line {
    /// Its name in signalling.
    pub(super) account: AccountId,
    /// Its settings.
    pub(super) settings: Box<Trunk>,
    /// The domain that its flows are opened for.
    pub(super) domain: String,
    /// Whose places to try when nothing is known of the way to it: host and port.
    pub(super) next_hop: (String, Option<u16>),
    /// The transport to use.
    pub(super) transport: Transport,
    /// Address to show instead of our own, from the settings.
    pub(super) public: Option<IpAddr>,
    /// Where it was found: addresses that are no strangers'.
    pub(super) found_at: Vec<IpAddr>,
    /// Which of our addresses faces it.
    pub(super) local: Option<IpAddr>,
    /// The address at which it sees us.
    pub(super) seen: Option<SocketAddr>,
    /// Since when a registration is under way.
    pub(super) registering: Option<Duration>,
    /// It was told that the trunk is ready.
    pub(super) ready: bool,
    /// Where it listens, as that was told.
    pub(super) listen: Vec<String>,
    /// The registration as last told.
    pub(super) registration: Registration,
    /// Its round trip as last told, ms.
    pub(super) rtt_ms: Option<f64>,
    /// It is to be registered, and was not since this computer moved or slept.
    pub(super) unknown: bool,
    /// How its calls are taken without anybody's act.
    pub(super) auto_answer: Option<Box<AutoAnswer>>,
}

impl Line {
    /// A trunk that is not used yet.
    pub(super) fn new(id: AccountId, settings: Box<Trunk>, account: &Account) -> Self {
        let own = (account.domain.clone(), account.port);
        let next_hop = account.proxy.clone().or_else(|| account.registrar.clone()).unwrap_or(own);
        Self {
            account: id,
            domain: account.domain.clone(),
            next_hop,
            transport: account.transport,
            public: account.public_address.map(|address| address.ip()),
            settings,
            found_at: Vec::new(),
            local: None,
            seen: None,
            registering: None,
            ready: false,
            listen: Vec::new(),
            registration: Registration::Unregistered,
            rtt_ms: None,
            unknown: false,
            auto_answer: None,
        }
    }

    /// The address to write into SDP for sound that is received at `local`.
    pub(super) fn shown(&self, local: IpAddr) -> IpAddr {
        let learnt =
            self.seen.map(|seen| seen.ip()).filter(|seen| seen.is_ipv4() == local.is_ipv4());
        self.public.or(learnt).unwrap_or(local)
    }

    /// True where the settings name the address that it leaves from: it never moves.
    pub(super) fn is_bound(&self) -> bool {
        let bound = bind(&self.settings.trunk).ok().flatten();
        bound.is_some_and(|address| !address.ip().is_unspecified())
    }

    /// The number to show when a call names none.
    pub(super) fn first_number(&self) -> &str {
        self.settings.numbers.dids.first().unwrap_or(&self.settings.trunk.user)
    }
}

/// The account of a trunk.
///
/// # Errors
/// A sentence that names the key of the settings that is wrong.
pub(super) fn account(
    trunk: &Trunk,
    password: Option<Password>,
    user_agent: &str,
) -> Result<Account, String> {
    let t = &trunk.trunk;
    if trunk.media.srtp == "required" {
        return Err(
            "`srtp = \"required\"` cannot be kept: this version sends sound in clear only".into()
        );
    }
    let (domain, port) = host_and_port("domain", &t.domain)?
        .ok_or("`domain` is empty: name the trunk's SIP domain or address")?;
    let transport = Transport::from_token(&t.transport)
        .ok_or_else(|| format!("`transport` is `{}`: use udp, tcp, tls, ws or wss", t.transport))?;
    let public_address = public_address(t)?;
    Ok(Account {
        domain,
        registrar: host_and_port("registrar", t.registrar.as_deref().unwrap_or(""))?,
        proxy: host_and_port("proxy", t.proxy.as_deref().unwrap_or(""))?,
        port,
        transport,
        user: t.user.clone(),
        auth_user: t.auth_user.clone().filter(|user| !user.is_empty()),
        password,
        display_name: None,
        register: t.register,
        expires: t.expires,
        gin: t.gin,
        identity: trunk
            .numbers
            .identity
            .iter()
            .map(|name| identity(name))
            .collect::<Result<_, _>>()?,
        did_in: did_field(&trunk.numbers.did_in)?,
        reliable: extension(&t.reliable)?,
        session_expires: (t.session_expires > 0).then_some(t.session_expires),
        keep_alive: keep_alive(&t.keep_alive)?,
        keep_alive_every: (t.keep_alive_every > 0)
            .then(|| Duration::from_secs(t.keep_alive_every.into())),
        learn_address: public_address.is_none(),
        public_address,
        allow: t.allow.iter().map(|range| cidr(range)).collect::<Result<_, _>>()?,
        user_agent: user_agent.to_owned(),
        failover_after: Duration::from_secs(2),
    })
}

/// The local address of `bind`.
pub(super) fn bind(trunk: &TrunkAccount) -> Result<Option<SocketAddr>, String> {
    let Some(text) = trunk.bind.as_deref().filter(|text| !text.is_empty()) else { return Ok(None) };
    text.parse()
        .or_else(|_| text.parse().map(|ip: IpAddr| SocketAddr::new(ip, 0)))
        .map(Some)
        .map_err(|_| format!("`bind` is `{text}`: use ADDRESS or ADDRESS:PORT"))
}

fn public_address(trunk: &TrunkAccount) -> Result<Option<SocketAddr>, String> {
    let Some(text) = trunk.public_address.as_deref().filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    let port =
        bind(trunk)?.map_or(5060, |bound| if bound.port() == 0 { 5060 } else { bound.port() });
    text.parse()
        .or_else(|_| text.parse().map(|ip: IpAddr| SocketAddr::new(ip, port)))
        .map(Some)
        .map_err(|_| format!("`public_address` is `{text}`: use ADDRESS or ADDRESS:PORT"))
}

/// The servers of a trunk that are written as addresses, each as a range of one.
pub(super) fn addresses(trunk: &TrunkAccount) -> Vec<(IpAddr, u8)> {
    [Some(&trunk.domain), trunk.registrar.as_ref(), trunk.proxy.as_ref()]
        .into_iter()
        .flatten()
        .filter_map(|text| host_and_port("", text).ok()??.0.parse::<IpAddr>().ok())
        .map(alone)
        .collect()
}

/// An address as a range of one.
pub(super) fn alone(ip: IpAddr) -> (IpAddr, u8) {
    (ip, if ip.is_ipv4() { 32 } else { 128 })
}

/// `host`, `host:port`, `[v6]` or `[v6]:port`; nothing for an empty text.
fn host_and_port(key: &str, text: &str) -> Result<Option<(String, Option<u16>)>, String> {
    let wrong = || format!("`{key}` is `{text}`: use HOST or HOST:PORT");
    if text.is_empty() {
        return Ok(None);
    }
    if let Ok(ip) = text.parse::<IpAddr>() {
        return Ok(Some((ip.to_string(), None)));
    }
    let (host, rest) = match text.strip_prefix('[') {
        Some(inner) => inner.split_once(']').ok_or_else(wrong)?,
        None => text.find(':').map_or((text, ""), |at| text.split_at(at)),
    };
    let port = match rest.strip_prefix(':') {
        Some(port) => Some(port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?),
        None if rest.is_empty() => None,
        None => return Err(wrong()),
    };
    if host.is_empty() || host.contains([' ', '@', '/']) {
        return Err(wrong());
    }
    Ok(Some((host.to_owned(), port)))
}

/// A host of the settings as it stands in a URI: a bare IPv6 address in brackets.
pub(super) fn in_uri(host: &str) -> String {
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V6(ip)) => format!("[{ip}]"),
        Ok(IpAddr::V4(_)) | Err(_) => host.to_owned(),
    }
}

/// An address range, `ADDRESS` or `ADDRESS/PREFIX`.
pub(super) fn cidr(range: &str) -> Result<(IpAddr, u8), String> {
    let wrong = || format!("`allow` has `{range}`: use ADDRESS or ADDRESS/PREFIX");
    let (address, prefix) = range.split_once('/').map_or((range, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = match prefix {
        Some(prefix) => prefix.parse().ok().filter(|bits| *bits <= longest).ok_or_else(wrong)?,
        None => longest,
    };
    Ok((address, prefix))
}

fn identity(name: &str) -> Result<IdentityHeader, String> {
    match name {
        "from" => Ok(IdentityHeader::From),
        "pai" => Ok(IdentityHeader::Pai),
        "ppi" => Ok(IdentityHeader::Ppi),
        "rpid" => Ok(IdentityHeader::Rpid),
        other => Err(format!("`identity` has `{other}`: use from, pai, ppi or rpid")),
    }
}

fn did_field(name: &str) -> Result<DidField, String> {
    match name {
        "request-uri" => Ok(DidField::RequestUri),
        "to" => Ok(DidField::To),
        "p-called-party-id" => Ok(DidField::PCalledPartyId),
        "diversion" => Ok(DidField::Diversion),
        other => Err(format!(
            "`did_in` is `{other}`: use request-uri, to, p-called-party-id or diversion"
        )),
    }
}

fn extension(name: &str) -> Result<Extension, String> {
    match name {
        "off" => Ok(Extension::Off),
        "supported" => Ok(Extension::Supported),
        "required" => Ok(Extension::Required),
        other => Err(format!("`reliable` is `{other}`: use off, supported or required")),
    }
}

fn keep_alive(name: &str) -> Result<KeepAlive, String> {
    match name {
        "crlf" => Ok(KeepAlive::Crlf),
        "options" => Ok(KeepAlive::Options),
        "register" => Ok(KeepAlive::Register),
        "off" => Ok(KeepAlive::Off),
        other => Err(format!("`keep_alive` is `{other}`: use crlf, options, register or off")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trunk(edit: impl Fn(&mut Trunk)) -> Result<Account, String> {
        let mut trunk = Trunk::default();
        trunk.trunk.domain = "sip.example.net:5080".into();
        trunk.trunk.user = "alice".into();
        edit(&mut trunk);
        account(&trunk, None, "test")
    }

    #[test]
    fn the_settings_become_an_account() {
        let made = trunk(|t| {
            t.trunk.registrar = Some("[2001:db8::1]:5070".into());
            t.trunk.proxy = Some(String::new());
            t.trunk.allow = vec!["10.0.0.0/8".into(), "192.0.2.1".into()];
            t.trunk.session_expires = 0;
            t.trunk.keep_alive_every = 2;
            t.trunk.bind = Some("192.0.2.9:5090".into());
            t.trunk.public_address = Some("198.51.100.1".into());
        })
        .expect("an account");
        assert_eq!((made.domain.as_str(), made.port), ("sip.example.net", Some(5080)));
        assert_eq!(made.registrar, Some(("2001:db8::1".into(), Some(5070))));
        assert_eq!((made.proxy, made.session_expires), (None, None));
        assert_eq!(made.keep_alive_every, Some(Duration::from_secs(2)));
        assert_eq!(made.allow.iter().map(|a| a.1).collect::<Vec<_>>(), [8, 32]);
        assert_eq!(made.public_address, "198.51.100.1:5090".parse().ok());
        assert!(!made.learn_address);
    }

    #[test]
    fn servers_written_as_addresses_are_known() {
        let mut trunk = TrunkAccount { domain: "10.0.0.5:5070".into(), ..TrunkAccount::default() };
        trunk.registrar = Some("sip.example.net".into());
        trunk.proxy = Some("[2001:db8::1]:5061".into());
        let all: Vec<String> =
            addresses(&trunk).into_iter().map(|(ip, prefix)| format!("{ip}/{prefix}")).collect();
        assert_eq!(all, ["10.0.0.5/32", "2001:db8::1/128"]);
    }

    #[test]
    fn each_wrong_value_is_named() {
        type Edit = fn(&mut Trunk);
        let cases: [(&str, Edit); 9] = [
            ("`domain`", |t| t.trunk.domain = String::new()),
            ("`domain`", |t| t.trunk.domain = "host:0".into()),
            ("`transport`", |t| t.trunk.transport = "sctp".into()),
            ("`allow`", |t| t.trunk.allow = vec!["10.0.0.0/33".into()]),
            ("`identity`", |t| t.numbers.identity = vec!["x".into()]),
            ("`did_in`", |t| t.numbers.did_in = "x".into()),
            ("`reliable`", |t| t.trunk.reliable = "x".into()),
            ("`keep_alive`", |t| t.trunk.keep_alive = "x".into()),
            ("`srtp", |t| t.media.srtp = "required".into()),
        ];
        for (key, edit) in cases {
            let why = trunk(edit).expect_err(key);
            assert!(why.starts_with(key), "{why}");
        }
    }

    #[test]
    fn the_learnt_address_is_shown_unless_the_settings_name_one() {
        let settings = Trunk::default();
        let account = trunk(|_| ()).expect("an account");
        let mut line = Line::new(AccountId(1), Box::new(settings), &account);
        let own: IpAddr = "10.0.0.2".parse().expect("an address");
        assert_eq!(line.shown(own), own);
        line.seen = "198.51.100.7:1024".parse().ok();
        assert_eq!(line.shown(own).to_string(), "198.51.100.7");
        line.public = "203.0.113.1".parse().ok();
        assert_eq!(line.shown(own).to_string(), "203.0.113.1");
    }
}
