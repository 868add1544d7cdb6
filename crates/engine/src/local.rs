//! What this computer has, for a user who looks for the cause of a fault.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    path::Path,
};

use milliwatt_media::codec;
use milliwatt_store::settings::Trunk;

use crate::net::{Roots, verifier};

/// Looks whether a UDP socket can be had at an address.
///
/// # Errors
/// The system's own, when it cannot.
pub fn can_bind(address: SocketAddr) -> io::Result<()> {
    UdpSocket::bind(address).map(drop)
}

/// The DNS servers that the system is set to.
///
/// # Errors
/// A sentence, when the system's settings cannot be read or name none.
pub fn name_servers() -> Result<Vec<String>, String> {
    let (config, _) = hickory_resolver::system_conf::read_system_conf()
        .map_err(|e| format!("the system's DNS settings cannot be read: {e}"))?;
    let servers: Vec<String> = config.name_servers().iter().map(|s| s.ip.to_string()).collect();
    if servers.is_empty() {
        return Err("the system names no DNS server: only addresses can be called".into());
    }
    Ok(servers)
}

/// Looks whether a PEM file holds certificates that a trunk's can be verified with.
///
/// # Errors
/// A sentence that names the file, when it cannot be read or holds none.
pub fn authorities(path: &Path) -> Result<(), String> {
    verifier(&Roots::File(path.to_owned())).map(drop).map_err(|e| e.to_string())
}

/// Transports that this build speaks.
const TRANSPORTS: [&str; 3] = ["udp", "tcp", "tls"];

/// Looks whether this build can do what a trunk's settings ask for.
///
/// # Errors
/// A sentence that says what it cannot do, or what is wrong with the trunk's authorities.
pub fn offered(trunk: &Trunk) -> Result<(), String> {
    let transport = trunk.trunk.transport.as_str();
    if !TRANSPORTS.contains(&transport) {
        return Err(format!(
            "this build does not speak the transport {transport}: choose from {}",
            TRANSPORTS.join(", ")
        ));
    }
    if trunk.media.srtp == "required" {
        return Err("this build does not encrypt sound, and media.srtp is \"required\": nothing \
                    is sent in clear instead"
            .into());
    }
    let named = &trunk.media.codecs;
    if !named.iter().any(|name| codec::by_name(name).is_some()) {
        return Err(format!(
            "this build speaks none of the codecs {} of media.codecs: add one of {}",
            named.join(", "),
            codecs().collect::<Vec<_>>().join(", ")
        ));
    }
    trunk.tls.ca.as_deref().map_or(Ok(()), |ca| authorities(Path::new(ca)))
}

/// Names of the codecs that this build speaks, the preferred first.
pub fn codecs() -> impl Iterator<Item = &'static str> {
    codec::CODECS.iter().map(|spec| spec.name)
}
