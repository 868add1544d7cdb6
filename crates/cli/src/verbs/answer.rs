//! `answer`: waits for inbound calls.

use milliwatt_engine::{
    Engine,
    api::{AutoAnswer, Command, Event, Sound},
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
    if arguments.reject.is_none() {
        let how = Some(Box::new(how(&arguments, sound)));
        phone.engine.command(Command::AutoAnswer { trunk: phone.trunk.clone(), how });
    }
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
    let reject = arguments.reject;
    let end = arguments.span.map(|span| wait::now() + span);
    let mut calls: Vec<Value> = Vec::new();
    let exit = loop {
        tokio::select! {
            event = phone.events.next() => match event {
                Some(Event::Ended { report }) => {
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
                Some(event) => note(&event, &phone.engine, reject),
                None => return Err(Failure::internal("the engine ended")),
            },
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

/// What the engine is told to do with every call.
fn how(arguments: &Answer, sound: Sound) -> AutoAnswer {
    let ring_ms = u64::try_from(arguments.ring.as_millis()).unwrap_or(u64::MAX);
    AutoAnswer { ring_ms, sound, codecs: arguments.media.codec.clone().unwrap_or_default() }
}

fn note(event: &Event, engine: &Engine, reject: Option<u16>) {
    match event {
        Event::Incoming { call, from, did, .. } => {
            if let Some(code) = reject {
                engine.command(Command::Reject { call: *call, code, headers: Vec::new() });
            }
            output::note(format!("call from {from} to {did}"));
        }
        Event::Digit { digit, .. } => output::note(format!("digit {digit}")),
        Event::Notice { text, .. } => output::note(text),
        Event::Stranger { from, method } => {
            output::note(format!("{method} of a stranger at {from} was not heard"));
        }
        _ => {}
    }
}
