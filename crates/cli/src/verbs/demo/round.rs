//! The demo's call: out through the embedded trunk, in again, answered with an echo.

use milliwatt_engine::{
    Engine,
    api::{CallReport, Command, Dial, Event, Registration, Sound, Source},
};
use milliwatt_store::settings::Trunk;

use super::{NAME, ready, register};
use crate::{exit::Failure, output, phone::judge, wait};

/// Talk, enough for the figures to settle.
const TALK: std::time::Duration = std::time::Duration::from_secs(5);
/// What the calling side plays and hears again, Hz.
const TONE: f32 = 440.0;

/// Registers, calls our own number, listens for our own tone, hangs up.
pub(super) async fn call(engine: &Engine, trunk: Trunk) -> Result<CallReport, Failure> {
    let mut events = engine.subscribe();
    let number = trunk.numbers.dids.first().cloned().unwrap_or_default();
    engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
    ready(&mut events).await?;
    register(engine);
    let call = engine.next_call();
    let mut end = None;
    let mut heard = false;
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Registration { registration: state @ (Registration::Failed { .. } | Registration::Refused { .. }), .. }) => {
                    judge(&state)?;
                }
                Some(Event::Registration { registration: Registration::Registered { took_ms, .. }, .. }) => {
                    output::note(format!("registered in {took_ms:.0} ms"));
                    let sound = Sound { source: Source::Tone(TONE), record: None, listen: vec![TONE] };
                    let dial = Dial { to: number.clone(), sound, unattended: true, ..Dial::default() };
                    engine.command(Command::Dial { call, trunk: NAME.into(), dial: Box::new(dial) });
                }
                Some(Event::Incoming { call, did, .. }) => {
                    output::note(format!("the call comes in for {did}: answered with an echo"));
                    let sound = Sound { source: Source::Echo, ..Sound::default() };
                    engine.command(Command::Answer { call, sound, codecs: Vec::new() });
                }
                Some(Event::Answered { call: of, .. }) if of == call => end = Some(wait::now() + TALK),
                Some(Event::Tone { call: of, snr_db, .. }) if of == call && !heard => {
                    heard = true;
                    output::note(format!("our own tone came back, {snr_db:.0} dB over everything else"));
                }
                Some(Event::Ended { report }) if report.call == call => {
                    return if heard { Ok(*report) } else {
                        Err(Failure::could_not_run(format!("the call was {:?}, but nothing was heard", report.outcome)))
                    };
                }
                Some(Event::Notice { call: None, text, .. }) => output::note(text),
                Some(_) => {}
                None => return Err(Failure::internal("the engine ended")),
            },
            () = wait::until(end) => {
                end = None;
                engine.command(Command::HangUp { call });
            }
        }
    }
}
