//! `register`: does the log-in work?

use std::time::Duration;

use milliwatt_engine::api::{Event, Registration};
use serde_json::{Value, json};

use crate::{
    args::Register,
    exit::{Exit, Failure},
    output,
    phone::{Phone, judge},
    results::Results,
    target::Target,
    wait::Enough,
};

pub(super) async fn run(arguments: Register, results: &Results) -> Result<Exit, Failure> {
    let mut enough = Enough::after(arguments.outputs.timeout);
    let mut target = Target::resolve(&arguments.trunk)?;
    target.trunk.trunk.register = true;
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    let first = phone.register(&mut enough).await;
    let (now, ended) = match first {
        Ok(outcome) => (outcome.clone(), judge(&outcome)),
        Err(failure) => (Registration::Registering, Err(failure)),
    };
    let mut stay = Stay { now, lost: 0 };
    results.line(&stay.object(&phone.trunk));
    let ended = match ended {
        Err(failure) => Err(failure),
        Ok(()) => {
            results.say(sentence(&stay.now));
            let early = stay.watch(&mut phone, arguments.span, &mut enough, results).await;
            stay.judge().map(|exit| exit.worst(early)).map_err(|failure| failure.worst(early))
        }
    };
    results.object(&stay.object(&phone.trunk));
    phone.finish(results).await;
    ended
}

/// A registration while we stay.
struct Stay {
    /// Its state.
    now: Registration,
    /// How often it was lost.
    lost: u32,
}

impl Stay {
    /// Looks at it until the time is over, or the user has had enough.
    async fn watch(
        &mut self,
        phone: &mut Phone,
        span: Duration,
        enough: &mut Enough,
        results: &Results,
    ) -> Exit {
        let over = tokio::time::sleep(span);
        tokio::pin!(over);
        loop {
            tokio::select! {
                () = &mut over => return Exit::Good,
                early = enough.wait() => return early,
                event = phone.events.next() => match event {
                    Some(Event::Registration { registration: Registration::Registering, .. }) => {}
                    Some(Event::Registration { registration, .. }) => {
                        self.turn(registration);
                        results.line(&self.object(&phone.trunk));
                        output::note(sentence(&self.now));
                    }
                    Some(_) => {}
                    None => return Exit::Internal,
                },
            }
        }
    }

    fn turn(&mut self, to: Registration) {
        let held = |state: &Registration| matches!(state, Registration::Registered { .. });
        self.lost += u32::from(held(&self.now) && !held(&to));
        self.now = to;
    }

    /// One that was lost has failed, even when it came back.
    fn judge(&self) -> Result<Exit, Failure> {
        judge(&self.now)?;
        match self.lost {
            0 => Ok(Exit::Good),
            lost => Err(Failure::failed(format!("the registration was lost {lost} times"))),
        }
    }

    fn object(&self, trunk: &str) -> Value {
        let lost = self.lost;
        let mut object =
            json!({ "version": 1, "event": "registration", "trunk": trunk, "lost": lost });
        if let (Some(all), Ok(Value::Object(state))) =
            (object.as_object_mut(), serde_json::to_value(&self.now))
        {
            all.extend(state);
        }
        object
    }
}

fn sentence(registration: &Registration) -> String {
    match registration {
        Registration::Registered { expires, took_ms, associated, .. } => {
            format!("registered for {expires} s, in {took_ms:.0} ms{}", ours(associated))
        }
        Registration::Refused { code, reason, .. } => format!("refused: {code} {reason}"),
        Registration::Failed { why, retry_in_ms, .. } => {
            format!("not registered: {why}; next try in {:.1} s", *retry_in_ms as f64 / 1000.0)
        }
        Registration::Registering => "registering".into(),
        Registration::Unregistered => "unregistered".into(),
    }
}

/// What the trunk says is ours: the first few of it, as there may be thousands.
fn ours(associated: &[String]) -> String {
    const SHOWN: usize = 10;
    const LONGEST: usize = 64;
    if associated.is_empty() {
        return String::new();
    }
    let first: Vec<String> =
        associated.iter().take(SHOWN).map(|uri| uri.chars().take(LONGEST).collect()).collect();
    let more = match associated.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("; the trunk says that these are ours: {}{more}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_numbers_that_the_trunk_knows_are_told() {
        assert_eq!(ours(&[]), "");
        let many: Vec<String> = (0..12).map(|n| format!("<tel:{n}>")).collect();
        let told = ours(&many);
        assert!(
            told.contains("<tel:0>, <tel:1>") && told.ends_with("<tel:9> and 2 more"),
            "{told}"
        );
    }

    fn registered() -> Registration {
        Registration::Registered {
            expires: 60,
            contact: String::new(),
            contacts: Vec::new(),
            associated: Vec::new(),
            path: Vec::new(),
            took_ms: 1.0,
        }
    }

    #[test]
    fn a_registration_that_was_lost_has_failed() {
        let mut stay = Stay { now: registered(), lost: 0 };
        stay.turn(registered());
        assert_eq!(stay.judge().unwrap(), Exit::Good);
        stay.turn(Registration::Failed { code: None, why: "silent".into(), retry_in_ms: 1 });
        assert_eq!(stay.judge().unwrap_err().exit, Exit::CouldNotRun);
        stay.turn(Registration::Failed { code: None, why: "silent".into(), retry_in_ms: 1 });
        stay.turn(registered());
        assert_eq!(stay.judge().unwrap_err().exit, Exit::Failed);
        assert_eq!(stay.object("office")["lost"], 1);
    }
}
