//! A trunk given as an address: `sip:alice@10.0.0.5:5060;transport=tcp`.

use milliwatt_store::settings::{self, Trunk, TrunkAccount};

/// Reads an address into the settings that it stands for.
pub(super) fn read(text: &str) -> Result<Trunk, String> {
    let wrong = |why: &str| {
        format!(
            "'{}' is not a SIP address such as sip:alice@sip.example.net;transport=tls: {why}",
            masked(text)
        )
    };
    let (scheme, rest) = text.split_once(':').ok_or_else(|| wrong("no scheme"))?;
    let (place, parameters) = rest.split_once(';').map_or((rest, ""), |(p, q)| (p, q));
    let (user, host) = place.rsplit_once('@').map_or(("", place), |(u, h)| (u, h));
    if user.contains(':') {
        return Err(wrong(
            "a password never stands in an argument: use MILLIWATT_PASSWORD or --password-file",
        ));
    }
    if host.is_empty() {
        return Err(wrong("no host"));
    }
    let mut account = TrunkAccount {
        name: settings::name(host),
        domain: host.to_owned(),
        user: if user.is_empty() { "anonymous".to_owned() } else { user.to_owned() },
        ..TrunkAccount::default()
    };
    if scheme.eq_ignore_ascii_case("sips") {
        account.transport = "tls".into();
    }
    for parameter in parameters.split(';').filter(|p| !p.is_empty()) {
        match parameter.split_once('=') {
            Some((name, value)) if name.eq_ignore_ascii_case("transport") => {
                account.transport = value.to_ascii_lowercase();
            }
            _ => return Err(wrong(&format!("the parameter '{parameter}' is not known here"))),
        }
    }
    Ok(Trunk { trunk: account, ..Trunk::default() })
}

/// The text without a password: it goes to a terminal, a file or the log of a build.
pub(super) fn masked(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let lower = before.to_ascii_lowercase();
    let scheme = ["sip:", "sips:"].into_iter().find(|scheme| lower.starts_with(scheme));
    let (scheme, user) = before.split_at(scheme.map_or(0, str::len));
    match user.split_once(':') {
        Some((user, _)) => format!("{scheme}{user}:***@{host}"),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_contract_shows() {
        let trunk = read("sip:alice@10.0.0.5:5060;transport=TCP").unwrap().trunk;
        assert_eq!((trunk.user.as_str(), trunk.domain.as_str()), ("alice", "10.0.0.5:5060"));
        assert_eq!(trunk.transport, "tcp");
        assert_eq!(read("sips:bob@[::1]:5061").unwrap().trunk.transport, "tls");
    }

    #[test]
    fn a_password_in_an_argument_is_refused() {
        assert!(read("sip:alice:secret@host").unwrap_err().contains("MILLIWATT_PASSWORD"));
        for (text, shown) in [
            ("sip:alice:s3cret@host", "sip:alice:***@host"),
            ("SIPS:alice:a@b:c@host:5061", "SIPS:alice:***@host:5061"),
            ("alice:s3cret@host", "alice:***@host"),
            ("sip:alice@[::1]:5061", "sip:alice@[::1]:5061"),
        ] {
            assert_eq!(masked(text), shown);
        }
        for wrong in ["sip:", "sip:alice@", "sip:a@b;color=red"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
