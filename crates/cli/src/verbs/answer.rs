//! `answer`: waits for inbound calls.

use std::{collections::HashMap, time::Duration};

use milliwatt_engine::{
    Engine,
    api::{CallId, Command, Event, Sound},
};
use serde_json::{Value, json};

use super::call::{object, summary};
use crate::{
    args::Answer,
    exit::{Exit, Failure},
    output,
    phone::{Phone, judge},
    target::{self, Target},
    wait,
};

pub(super) async fn run(arguments: Answer) -> Result<Exit, Failure> {
    let sinks = arguments.outputs.sinks();
    sinks.check()?;
    let target = Target::resolve(&arguments.trunk)?
        .with_media(&arguments.media)?
        .with_allowed(&arguments.allow)?;
    let sound = target::sound(&arguments.media, arguments.echo)?;
    let registers = target.trunk.trunk.register;
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    let enough = wait::enough(arguments.outputs.timeout);
    tokio::pin!(enough);
    if registers {
        let bad = tokio::select! {
            outcome = phone.register() => Some(judge(&outcome?)).filter(|exit| *exit != Exit::Good),
            early = &mut enough => Some(phone.cut_short(early)),
        };
        if let Some(exit) = bad {
            phone.finish().await?;
            return Ok(exit);
        }
    }
    let ready =
        json!({ "version": 1, "event": "ready", "listen": phone.listen, "registered": registers });
    sinks.line(&ready)?;
    output::note(format!("waiting for calls at {}", phone.listen.join(", ")));
    let mut bell = Bell { arguments: &arguments, sound, due: HashMap::new() };
    let end = arguments.span.map(|span| wait::now() + span);
    let mut calls: Vec<Value> = Vec::new();
    let exit = loop {
        tokio::select! {
            event = phone.events.next() => match event {
                Some(Event::Ended { report }) => {
                    bell.due.remove(&report.call);
                    let told = object(&report);
                    sinks.line(&told)?;
                    calls.push(told);
                    if !sinks.own_stdout() {
                        output::say(summary(&report));
                    }
                    if arguments.count.is_some_and(|count| calls.len() >= count as usize) {
                        break Exit::Good;
                    }
                }
                Some(event) => bell.note(&event, &phone.engine),
                None => return Err(Failure::internal("the engine ended")),
            },
            () = bell.due() => bell.answer(&phone.engine),
            () = wait::until(end) => break Exit::Good,
            early = &mut enough => break early,
        }
    };
    sinks.object(&json!({ "version": 1, "event": "answered", "calls": calls }))?;
    phone.finish().await?;
    match arguments.count.filter(|count| calls.len() < *count as usize) {
        Some(count) => {
            output::complain(format!("{} of {count} calls came", calls.len()));
            Ok(exit.worst(Exit::Failed))
        }
        None => Ok(exit),
    }
}

/// Which calls ring, and until when.
struct Bell<'a> {
    arguments: &'a Answer,
    sound: Sound,
    due: HashMap<CallId, Duration>,
}

impl Bell<'_> {
    fn note(&mut self, event: &Event, engine: &Engine) {
        match event {
            Event::Incoming { call, from, did, .. } => {
                output::note(format!("call from {from} to {did}"));
                if let Some(code) = self.arguments.reject {
                    engine.command(Command::Reject { call: *call, code, headers: Vec::new() });
                } else {
                    if !self.arguments.ring.is_zero() {
                        engine.command(Command::Ring { call: *call });
                    }
                    self.due.insert(*call, wait::now() + self.arguments.ring);
                    if self.arguments.ring.is_zero() {
                        self.answer(engine);
                    }
                }
            }
            Event::Digit { digit, .. } => output::note(format!("digit {digit}")),
            Event::Notice { text, .. } => output::note(text),
            Event::Stranger { from, method } => {
                output::note(format!("{method} of a stranger at {from} was not heard"));
            }
            _ => {}
        }
    }

    async fn due(&self) {
        wait::until(self.due.values().min().copied()).await;
    }

    fn answer(&mut self, engine: &Engine) {
        let Some((&call, _)) = self.due.iter().min_by_key(|(_, at)| **at) else { return };
        self.due.remove(&call);
        let codecs = self.arguments.media.codec.clone().unwrap_or_default();
        engine.command(Command::Answer { call, sound: self.sound.clone(), codecs });
    }
}
