//! The carrier in a box: a trunk to try the phone on, with no account and no network.

use std::{fs, net::SocketAddr};

use milliwatt_engine::api::{Event, Registration};
use milliwatt_store::{secret::Secret, settings::Trunk};
use milliwatt_test_trunk::{Config, TestTrunk};

use crate::{api::TryNow, phone::Phone, secrets::Passwords, trunks};

/// Its name in the window.
pub(crate) const NAME: &str = "built-in-trunk";
/// The number on it that sends back what it hears.
pub(crate) const ECHO: &str = "9000";
/// Time for its registration, all of it on this computer.
const PATIENCE: std::time::Duration = std::time::Duration::from_secs(5);

/// Starts it, unless it runs already, and waits until the phone is registered at it.
///
/// # Errors
/// A sentence, when this computer gives no sockets or no file for its certificate.
pub(crate) async fn try_now(phone: &Phone) -> Result<TryNow, String> {
    let mut carrier = phone.carrier.lock().await;
    if carrier.is_none() {
        let listen = SocketAddr::from(([127, 0, 0, 1], 0));
        let config = Config { listen, ..Config::default() };
        let started = TestTrunk::start(config).await.map_err(|why| why.to_string())?;
        *carrier = Some(connect(phone, started).await?);
    }
    let line = trunks::line(phone, NAME).await?;
    Ok(TryNow { line, echo: ECHO })
}

async fn connect(phone: &Phone, carrier: TestTrunk) -> Result<TestTrunk, String> {
    let ca = phone.folders.data.join("built-in-trunk.pem");
    fs::create_dir_all(&phone.folders.data)
        .and_then(|()| fs::write(&ca, carrier.ca_pem()))
        .map_err(|why| format!("{}: {why}", ca.display()))?;
    give_password(&phone.passwords);
    let mut events = phone.engine.subscribe();
    trunks::bring_up(phone, settings(&carrier, ca.display().to_string()), true);
    let registered = async {
        while let Some(event) = events.next().await {
            let Event::Registration { trunk, registration, .. } = event else { continue };
            if trunk == NAME && matches!(registration, Registration::Registered { .. }) {
                break;
            }
        }
    };
    // A line that is not registered is shown as it is, with the reason.
    drop(tokio::time::timeout(PATIENCE, registered).await);
    Ok(carrier)
}

fn settings(carrier: &TestTrunk, ca: String) -> Trunk {
    let mut trunk = account();
    trunk.trunk.domain = carrier.tls_address().to_string();
    trunk.trunk.transport = "tls".into();
    trunk.tls.ca = Some(ca);
    trunk
}

/// One of its users, without the way to it.
pub(crate) fn account() -> Trunk {
    let mut trunk = Trunk::default();
    trunk.trunk.name = NAME.into();
    trunk.trunk.user = "alice".into();
    trunk.numbers.dids = vec!["+15550100".into()];
    trunk.numbers.country = Some("US".into());
    trunk.numbers.did_in = "to".into();
    trunk.test.billed = Some(false);
    trunk
}

/// Gives the password of [`account`].
pub(crate) fn give_password(passwords: &Passwords) {
    passwords.give(NAME, Secret::new("alice-secret".into()));
}
