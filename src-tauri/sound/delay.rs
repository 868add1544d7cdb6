//! How long sound takes from mouth to ear: a call through a carrier in a box to its echo, by the devices
//! that are chosen. What the speaker plays comes to the microphone through the room at once, and once
//! more through the call.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use milliwatt_audio::Audio;
use milliwatt_engine::{
    Config, Engine, Events,
    api::{CallId, Command, Dial, Event},
};
use milliwatt_test_trunk::{Config as CarrierConfig, TestTrunk};

use super::{Handset, check::measured, handset};
use crate::{api::DelayCheck, embedded, phone::Phone, secrets::Passwords};

/// Time for the answer, all of it on this computer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Time for goodbyes at the end.
const FAREWELL: Duration = Duration::from_secs(2);

/// Measures it on an engine of its own, so that the call is none of the history's.
///
/// # Errors
/// A sentence, when a device is missing or in a call, or the call cannot be made.
pub(crate) async fn delay(phone: &Arc<Phone>) -> Result<DelayCheck, String> {
    let cancelled = phone.can_be_cancelled("delay_check");
    phone.handset.is_free()?;
    let listen = SocketAddr::from(([127, 0, 0, 1], 0));
    let carrier = TestTrunk::start(CarrierConfig { listen, ..CarrierConfig::default() });
    let carrier = carrier.await.map_err(|why| why.to_string())?;
    let passwords = Arc::new(Passwords::beside(phone.folders.passwords()));
    embedded::give_password(&passwords);
    let config = Config { secrets: passwords, ..Config::default() };
    let engine = Engine::start(config).map_err(|why| why.to_string())?;
    let answered = tokio::time::timeout(PATIENCE, call_echo(&engine, &carrier, &phone.handset));
    let measured = match answered.await {
        Ok(Ok(())) => measured(phone, cancelled, Audio::delay).await,
        Ok(Err(why)) => Err(why),
        Err(_) => Err("the carrier in a box does not answer: try again".into()),
    };
    engine.shutdown(FAREWELL).await;
    Ok(DelayCheck { mouth_to_ear_ms: measured?.map(f64::from) })
}

/// Calls the echo, with the microphone's sound cleaned as in a person's calls.
async fn call_echo(engine: &Engine, carrier: &TestTrunk, through: &Handset) -> Result<(), String> {
    let mut trunk = embedded::account();
    trunk.trunk.domain = carrier.address().to_string();
    trunk.trunk.transport = "udp".into();
    trunk.trunk.register = false;
    let name = trunk.trunk.name.clone();
    let mut events = engine.subscribe();
    engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
    let call = engine.next_call();
    let (port, _) = through.audio.call(through.cleaning());
    engine.attach_port(call, Box::new(port));
    let dial = Dial { to: embedded::ECHO.into(), sound: handset(), ..Dial::default() };
    engine.command(Command::Dial { call, trunk: name, dial: Box::new(dial) });
    answered(&mut events, call).await
}

async fn answered(events: &mut Events, wanted: CallId) -> Result<(), String> {
    while let Some(event) = events.next().await {
        if matches!(event, Event::Answered { call, .. } if call == wanted) {
            return Ok(());
        }
        if let Event::Ended { report } = event
            && report.call == wanted
        {
            return Err(report.advice.unwrap_or("the echo does not answer: try again".into()));
        }
    }
    Err("the engine has ended".into())
}
