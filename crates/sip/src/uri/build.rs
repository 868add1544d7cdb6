//! Making URIs.

use std::borrow::Cow;

use super::{Host, Part, Uri, UriError, escape};

/// Puts a SIP URI together; user and parameters are escaped as they go in.
///
/// ```
/// use milliwatt_sip::uri::UriBuilder;
///
/// let uri = UriBuilder::sip("example.net").user("a b").port(5070).param("transport", "tcp");
/// assert_eq!(uri.build().unwrap().as_str(), "sip:a%20b@example.net:5070;transport=tcp");
/// ```
#[derive(Clone, Debug)]
pub struct UriBuilder {
    scheme: String,
    user: Option<String>,
    password: Option<String>,
    host: String,
    port: Option<u16>,
    params: Vec<(String, Option<String>)>,
    headers: Vec<(String, String)>,
}

impl UriBuilder {
    /// A `sip:` URI of that host; an IPv6 address without brackets gets them.
    pub fn sip(host: &str) -> Self {
        let host = match host.parse().map(Host::V6) {
            Ok(address) => address.to_string(),
            Err(_) => host.to_owned(),
        };
        Self {
            scheme: "sip".to_owned(),
            user: None,
            password: None,
            host,
            port: None,
            params: Vec::new(),
            headers: Vec::new(),
        }
    }

    pub(super) fn from_uri(uri: &Uri) -> Self {
        let scheme = uri.as_str().split(':').next().unwrap_or_default().to_owned();
        let owned = |(name, value): (&str, Option<&str>)| (name.into(), value.map(str::to_owned));
        Self {
            scheme,
            user: uri.user().map(str::to_owned),
            password: uri.password().map(str::to_owned),
            host: uri.host().map(|host| host.to_string()).unwrap_or_default(),
            port: uri.port(),
            params: uri.params().map(owned).collect(),
            headers: uri.headers().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }

    /// `sips:` in place of `sip:`.
    #[must_use]
    pub fn secure(mut self) -> Self {
        "sips".clone_into(&mut self.scheme);
        self
    }

    /// The user, escaped where it must be.
    #[must_use]
    pub fn user(mut self, user: &str) -> Self {
        self.user = Some(escape(user, Part::User).into_owned());
        self
    }

    /// Host and port in place of those that it has.
    #[must_use]
    pub fn host_port(mut self, host: Host<'_>, port: Option<u16>) -> Self {
        self.host = host.to_string();
        self.port = port;
        self
    }

    /// The port.
    #[must_use]
    pub fn port(mut self, port: u16) -> Self {
        self.port = Some(port);
        self
    }

    /// Sets a parameter, escaped where it must be; an empty value stands for a parameter without
    /// one, such as `lr`.
    #[must_use]
    pub fn param(mut self, name: &str, value: &str) -> Self {
        self = self.without_param(name);
        let value = (!value.is_empty()).then(|| escape(value, Part::Param).into_owned());
        self.params.push((escape(name, Part::Param).into_owned(), value));
        self
    }

    /// Takes a parameter away.
    #[must_use]
    pub fn without_param(mut self, name: &str) -> Self {
        self.params.retain(|(found, _)| !found.eq_ignore_ascii_case(name));
        self
    }

    /// Takes all parameters away.
    #[must_use]
    pub fn without_params(mut self) -> Self {
        self.params.clear();
        self
    }

    /// Takes all headers away: a Request-URI must have none.
    #[must_use]
    pub fn without_headers(mut self) -> Self {
        self.headers.clear();
        self
    }

    /// The URI.
    ///
    /// # Errors
    ///
    /// When the host is none.
    pub fn build(self) -> Result<Uri, UriError> {
        let mut text = format!("{}:", self.scheme);
        if let Some(user) = &self.user {
            text.push_str(user);
        }
        if let Some(password) = &self.password {
            text.extend([":", password]);
        }
        if !self.host.is_empty() {
            text.push_str(if self.user.is_some() { "@" } else { "" });
            text.push_str(&self.host);
        }
        if let Some(port) = self.port {
            text.extend([Cow::Borrowed(":"), port.to_string().into()]);
        }
        for (name, value) in &self.params {
            text.extend([";", name]);
            text.extend(value.iter().flat_map(|value| ["=", value]));
        }
        for (index, (name, value)) in self.headers.iter().enumerate() {
            text.extend([if index == 0 { "?" } else { "&" }, name, "=", value]);
        }
        Uri::parse(&text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn editing_keeps_the_rest() {
        for text in [
            "sip:a:b@example.com:5080;lr;x=y?Subject=hi&A=",
            "tel:+1-555;phone-context=+1",
            "sips:[2001:db8::1]",
        ] {
            let uri = Uri::parse(text).unwrap();
            assert_eq!(uri.edit().build().unwrap().as_str(), text);
        }
        let uri = Uri::parse("sip:a@example.com;lr;x=y?Subject=hi").unwrap();
        let bare = uri.edit().without_params().without_headers().user("ü#").port(1);
        assert_eq!(bare.build().unwrap().as_str(), "sip:%C3%BC%23@example.com:1");
        assert_eq!(UriBuilder::sip("::1").build().unwrap().as_str(), "sip:[::1]");
        assert_eq!(UriBuilder::sip("a b").build(), Err(UriError::Character));
    }
}
