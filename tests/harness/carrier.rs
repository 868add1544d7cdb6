//! The embedded trunk as a process of its own.

use std::time::Duration;

use serde_json::Value;

use super::{Milliwatt, Running};

/// A running `milliwatt test-trunk` on a port of its own.
pub(crate) struct Carrier {
    _running: Running,
    ready: Value,
}

impl Carrier {
    /// Starts one with further arguments, split at spaces.
    pub(crate) fn start(arguments: &str) -> Self {
        let user = Milliwatt::new();
        let mut running = user.start(&format!("test-trunk --listen 127.0.0.1:0 {arguments}"));
        running.wait_for("\"ready\"", Duration::from_secs(20));
        let printed = running.stdout();
        let ready = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
        Self { _running: running, ready }
    }

    /// Its user alice as TRUNK.
    pub(crate) fn alice(&self) -> String {
        format!("sip:alice@{}", self.address())
    }

    /// Its address for TLS.
    pub(crate) fn tls_address(&self) -> &str {
        self.ready["tls"].as_str().unwrap()
    }

    /// Its address for UDP and TCP.
    pub(crate) fn address(&self) -> &str {
        self.ready["udp"].as_str().unwrap()
    }
}
