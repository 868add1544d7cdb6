//! `test-trunk`: the carrier in a box, as a server of its own.

use milliwatt_test_trunk::{Config, Faults, TestTrunk};
use serde_json::json;

use crate::{
    args,
    exit::{Exit, Failure},
    output,
    wait::Enough,
};

pub(super) async fn run(arguments: args::TestTrunk) -> Result<Exit, Failure> {
    let mut enough = Enough::after(None);
    if let Some(path) = &arguments.ca_out {
        output::writable(path)?;
    }
    let mut faults = Faults::default();
    for fault in &arguments.fault {
        faults.set(fault).map_err(Failure::usage)?;
    }
    if faults.want_dns() && arguments.dns.is_none() {
        return Err(Failure::usage(
            "a DNS fault without DNS does nothing: say where to serve it with --dns ADDR:PORT",
        ));
    }
    if faults.want_stun() && arguments.stun.is_none() {
        return Err(Failure::usage(
            "a STUN fault without STUN does nothing: say where to serve it with --stun ADDR:PORT",
        ));
    }
    let mut config = Config {
        listen: arguments.listen,
        dns: arguments.dns,
        stun: arguments.stun,
        faults,
        ..Config::default()
    };
    for user in &arguments.user {
        let (name, password) = user
            .split_once(':')
            .ok_or_else(|| Failure::usage(format!("'{user}' is not NAME:PASSWORD")))?;
        config.users.push((name.to_owned(), password.to_owned()));
    }
    let trunk = TestTrunk::start(config).await.map_err(Failure::could_not_run)?;
    if let Some(path) = &arguments.ca_out {
        output::write(path, trunk.ca_pem().as_bytes())?;
    }
    let dns = trunk.dns_address().map(|dns| dns.to_string());
    let ready = json!({
        "version": 1, "event": "ready", "udp": trunk.address(), "tcp": trunk.address(),
        "tls": trunk.tls_address(), "dns": dns, "stun": trunk.stun_addresses(),
    });
    output::say(ready.to_string());
    output::note(
        "users alice/alice-secret and bob/bob-secret; 9000 echoes, 9001 plays 1004 Hz; Ctrl-C ends it",
    );
    let exit = enough.wait().await;
    trunk.stop().await;
    Ok(exit)
}
