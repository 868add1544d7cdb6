//! `register`: does the log-in work?

use milliwatt_engine::api::{Event, Registration};
use serde_json::{Value, json};

use crate::{
    args::Register,
    exit::{Exit, Failure},
    output,
    phone::{Phone, judge},
    target::Target,
    wait,
};

pub(super) async fn run(arguments: Register) -> Result<Exit, Failure> {
    let sinks = arguments.outputs.sinks();
    sinks.check()?;
    let mut target = Target::resolve(&arguments.trunk)?;
    target.trunk.trunk.register = true;
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    let enough = wait::enough(arguments.outputs.timeout);
    tokio::pin!(enough);
    let (registration, mut exit) = tokio::select! {
        outcome = phone.register() => {
            let outcome = outcome?;
            let exit = judge(&outcome);
            (outcome, exit)
        }
        early = &mut enough => (Registration::Registering, phone.cut_short(early)),
    };
    let told = object(&phone.trunk, &registration);
    sinks.line(&told)?;
    if exit == Exit::Good {
        if !sinks.own_stdout() {
            output::say(sentence(&registration));
        }
        let stay = tokio::time::sleep(arguments.span);
        tokio::pin!(stay);
        loop {
            tokio::select! {
                () = &mut stay => break,
                early = &mut enough => { exit = early; break }
                event = phone.events.next() => match event {
                    Some(Event::Registration { registration, .. }) => {
                        sinks.line(&object(&phone.trunk, &registration))?;
                        output::note(sentence(&registration));
                    }
                    Some(_) => {}
                    None => break,
                },
            }
        }
    }
    sinks.object(&told)?;
    phone.finish().await?;
    Ok(exit)
}

fn object(trunk: &str, registration: &Registration) -> Value {
    let mut object = json!({ "version": 1, "event": "registration", "trunk": trunk });
    if let (Some(all), Ok(Value::Object(state))) =
        (object.as_object_mut(), serde_json::to_value(registration))
    {
        all.extend(state);
    }
    object
}

fn sentence(registration: &Registration) -> String {
    match registration {
        Registration::Registered { expires, took_ms, .. } => {
            format!("registered for {expires} s, in {took_ms:.0} ms")
        }
        Registration::Refused { code, reason, .. } => format!("refused: {code} {reason}"),
        Registration::Failed { why, retry_in_ms, .. } => {
            format!("not registered: {why}; next try in {:.1} s", *retry_in_ms as f64 / 1000.0)
        }
        Registration::Registering => "registering".into(),
        Registration::Unregistered => "unregistered".into(),
    }
}
