//! `answer`: waits for inbound calls.

mod handset;

use std::{collections::BTreeSet, time::Duration};

use milliwatt_engine::{
    Engine,
    api::{AutoAnswer, CallId, Command, Event, Sound},
};
use serde_json::{Value, json};

use self::handset::Handset;
use super::call::{object, summary};
use crate::{
    args::Answer,
    device,
    exit::{Exit, Failure},
    output,
    phone::Phone,
    results::Results,
    target::{self, Target},
    wait::{self, Enough},
};

/// How long a far end that says nothing to our BYE is waited for (RFC 3261, Timer F).
const HANG_UP: Duration = Duration::from_secs(33);

pub(super) async fn run(arguments: Answer, results: &Results) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let target = Target::resolve(&arguments.trunk)?
        .with_media(&arguments.media)?
        .with_allowed(&arguments.allow)?;
    let sound = target::sound(&arguments.played, arguments.echo)?;
    let card = device::card(&sound)?;
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    let mut calls = Calls::default();
    match card {
        _ if arguments.reject.is_some() => {}
        Some(card) => calls.handset = Some(Handset::new(card, &arguments, sound)),
        None => {
            let how = Some(Box::new(how(&arguments, sound)));
            phone.engine.command(Command::AutoAnswer { trunk: phone.trunk.clone(), how });
        }
    }
    let ended = match phone.log_in(&mut enough).await {
        Ok(()) => calls.take(&mut phone, &arguments, &mut enough, results).await,
        Err(failure) => {
            // Whoever waits for the ready line hears of it.
            results.line(&failure.object());
            Err(failure)
        }
    };
    calls.hang_up(&mut phone, results).await;
    results.object(&json!({ "version": 1, "event": "answered", "calls": calls.told }));
    phone.finish(results).await;
    let exit = ended?;
    match arguments.count.filter(|count| calls.counted() < *count as usize) {
        Some(count) => {
            output::complain(format!("{} of {count} calls came", calls.counted()));
            Ok(exit.worst(Exit::Failed))
        }
        None => Ok(exit),
    }
}

/// What the engine is told to do with every call.
fn how(arguments: &Answer, sound: Sound) -> AutoAnswer {
    let ring_ms = u64::try_from(arguments.ring.as_millis()).unwrap_or(u64::MAX);
    AutoAnswer { ring_ms, sound, codecs: arguments.media.codec.clone().unwrap_or_default() }
}

/// The calls that came.
#[derive(Default)]
struct Calls {
    /// Under way.
    live: BTreeSet<CallId>,
    /// Over, as they are told.
    told: Vec<Value>,
    /// Takes them, where they go through the sound card.
    handset: Option<Handset>,
    /// Refused because another had the sound card.
    busy: usize,
}

impl Calls {
    /// Takes calls until there were enough, or the time is over.
    async fn take(
        &mut self,
        phone: &mut Phone,
        arguments: &Answer,
        enough: &mut Enough,
        results: &Results,
    ) -> Result<Exit, Failure> {
        let (listen, registered) = (&phone.listen, phone.registers);
        results.line(
            &json!({ "version": 1, "event": "ready", "listen": listen, "registered": registered }),
        );
        output::note(format!("waiting for calls at {}", listen.join(", ")));
        let end = arguments.span.map(|span| wait::now() + span);
        while arguments.count.is_none_or(|count| self.counted() < count as usize) {
            tokio::select! {
                event = phone.next() => {
                    let Some(event) = event else {
                        return Err(Failure::internal("the engine ended"));
                    };
                    self.note(&event, results);
                    if let Event::Incoming { call, .. } = event {
                        self.decide(&phone.engine, call, arguments.reject);
                    }
                }
                () = self.due() => self.pick_up(&phone.engine),
                () = wait::until(end) => break,
                early = enough.wait() => return Ok(early),
            }
        }
        Ok(Exit::Good)
    }

    /// What becomes of a call that the engine does not take by itself.
    fn decide(&mut self, engine: &Engine, call: CallId, reject: Option<u16>) {
        if let Some(code) = reject {
            engine.command(Command::Reject { call, code, headers: Vec::new() });
        } else if let Some(handset) = &mut self.handset {
            self.busy += usize::from(!handset.take(engine, call));
        }
    }

    /// Ends when a call has rung long enough.
    async fn due(&self) {
        match &self.handset {
            Some(handset) => handset.due().await,
            None => std::future::pending().await,
        }
    }

    fn pick_up(&mut self, engine: &Engine) {
        if let Some(handset) = &mut self.handset {
            handset.pick_up(engine);
        }
    }

    /// Those that are over and were ours to take.
    fn counted(&self) -> usize {
        self.told.len().saturating_sub(self.busy)
    }

    /// Ends what is still up, and waits for its report.
    async fn hang_up(&mut self, phone: &mut Phone, results: &Results) {
        phone.engine.command(Command::AutoAnswer { trunk: phone.trunk.clone(), how: None });
        for call in &self.live {
            phone.engine.command(Command::HangUp { call: *call });
        }
        let last = Some(wait::now() + HANG_UP);
        while !self.live.is_empty() {
            tokio::select! {
                event = phone.next() => match event {
                    Some(Event::Incoming { call, .. }) => {
                        phone.engine.command(Command::HangUp { call });
                    }
                    Some(event) => self.note(&event, results),
                    None => return,
                },
                () = wait::until(last) => return,
            }
        }
    }

    fn note(&mut self, event: &Event, results: &Results) {
        if let Some(handset) = &mut self.handset {
            handset.note(event);
        }
        match event {
            Event::Incoming { call, from, did, .. } => {
                self.live.insert(*call);
                output::note(format!("call from {from} to {did}"));
            }
            Event::Ended { report } => {
                self.live.remove(&report.call);
                let told = object(report);
                results.line(&told);
                self.told.push(told);
                results.say(summary(report));
            }
            Event::Digit { digit, .. } => output::note(format!("digit {digit}")),
            Event::Notice { text, .. } => output::note(text),
            Event::Stranger { from, method } => {
                output::note(format!("{method} of a stranger at {from} was not heard"));
            }
            _ => {}
        }
    }
}
