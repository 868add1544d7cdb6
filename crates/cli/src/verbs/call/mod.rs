//! `call`: one call from start to end.

mod guard;
mod schedule;

use milliwatt_engine::api::{
    CallId, CallReport, Command, Dial, Dtmf, Event, Finding, Media, Outcome, Timing,
};
use serde_json::json;

use self::schedule::Schedule;
use crate::{
    args::{Call, Expected},
    device,
    exit::{Exit, Failure},
    output,
    phone::Phone,
    results::Results,
    target::{self, Target},
    wait::Enough,
};

pub(super) async fn run(arguments: Call, results: &Results) -> Result<Exit, Failure> {
    let number = target::destination(&arguments.number)?;
    let from = arguments.from.as_deref().map(target::did).transpose()?;
    let target = Target::resolve(&arguments.trunk)?.with_media(&arguments.media)?;
    let sound = target::sound(&arguments.played, false)?;
    let mut card = device::card(&sound)?;
    let emergency = guard::emergency(&number, &target.trunk)?;
    let mut enough = Enough::after(arguments.outputs.timeout);
    let digits = Dtmf::of(&target.trunk);
    let mut phone = Phone::start(target, &arguments.outputs).await?;
    // Help is called whether the registrar lets us in or not.
    let logged_in = if emergency { Ok(()) } else { phone.log_in(&mut enough).await };
    if let Err(failure) = logged_in {
        let object = failed(&phone.trunk, &number, &failure);
        results.line(&object);
        results.object(&object);
        phone.finish(results).await;
        return Err(failure);
    }
    let dial = Dial {
        to: number,
        from,
        codecs: arguments.media.codec.clone().unwrap_or_default(),
        ring_timeout_ms: arguments
            .ring_timeout(emergency)
            .and_then(|limit| u64::try_from(limit.as_millis()).ok()),
        sound,
        ..Dial::default()
    };
    let call = phone.engine.next_call();
    if let Some(card) = &mut card {
        card.attach(&phone.engine, call);
    }
    let mut schedule = Schedule::new(&arguments, emergency, digits, call);
    let (report, early) = place(&mut phone, dial, &mut schedule, &mut enough, results).await?;
    let object = object(&report);
    results.line(&object);
    results.object(&object);
    results.say(summary(&report));
    if let Some(advice) = &report.advice {
        output::note(advice);
    }
    let silent = phone.cut_short(early);
    phone.finish(results).await;
    silent.map_or_else(|| Ok(early.worst(exit(&report, &arguments.expect))), Err)
}

/// The call from its INVITE to its end, and what ended it early.
async fn place(
    phone: &mut Phone,
    dial: Dial,
    schedule: &mut Schedule,
    enough: &mut Enough,
    results: &Results,
) -> Result<(CallReport, Exit), Failure> {
    let call = schedule.call();
    let trunk = phone.trunk.clone();
    phone.engine.command(Command::Dial { call, trunk, dial: Box::new(dial) });
    let mut early = Exit::Good;
    loop {
        tokio::select! {
            event = phone.events.next() => {
                let Some(event) = event else { return Err(Failure::internal("the engine ended")) };
                tell(&event, call);
                schedule.note(&event);
                match event {
                    Event::Ended { report } if report.call == call => return Ok((*report, early)),
                    Event::Quality { call: of, media } if of == call => {
                        results.line(&json!({ "version": 1, "event": "quality", "media": media }));
                    }
                    _ => {}
                }
            }
            () = schedule.due() => schedule.act(&phone.engine),
            why = enough.wait(), if early == Exit::Good => {
                early = why;
                phone.engine.command(Command::HangUp { call });
            }
        }
    }
}

/// The call as the contract prints it.
pub(super) fn object(report: &CallReport) -> serde_json::Value {
    let mut object = serde_json::to_value(report).unwrap_or_default();
    if let Some(all) = object.as_object_mut() {
        all.insert("version".into(), 1.into());
        all.insert("event".into(), "call".into());
    }
    output::null_where_empty(&mut object, &["did"]);
    object
}

/// A call that was not placed because the trunk let nobody in.
fn failed(trunk: &str, number: &str, why: &Failure) -> serde_json::Value {
    json!({
        "version": 1, "event": "call", "trunk": trunk, "way": "out", "outcome": "failed",
        "code": null, "reason": why.why(), "cause": null, "call_id": null, "from": null,
        "to": number, "did": null, "codec": null, "remote": null, "secure": null,
        "timing_ms": Timing::default(), "media": Media::default(), "dtmf_received": null, "hangup_by": null,
        "findings": [], "advice": null,
    })
}

fn exit(report: &CallReport, expected: &[Expected]) -> Exit {
    let as_expected = expected.iter().any(|end| match end {
        Expected::Answered => report.outcome == Outcome::Answered,
        Expected::Code(code) => report.outcome != Outcome::Answered && report.code == Some(*code),
    });
    if as_expected {
        Exit::Good
    } else if report.authentication_refused {
        Exit::Refused
    } else if report.unreachable {
        Exit::CouldNotRun
    } else {
        Exit::Failed
    }
}

/// Progress for a person.
fn tell(event: &Event, call: CallId) {
    match event {
        Event::Progress { call: of, code, reason, at_ms, .. } if *of == call => {
            output::note(format!("{code} {reason} after {at_ms:.0} ms"));
        }
        Event::Answered { call: of, codec, remote, .. } if *of == call => {
            let codec = codec.as_deref().unwrap_or("no sound");
            output::note(format!(
                "answered, {codec}, sound to {}",
                remote.as_deref().unwrap_or("nowhere")
            ));
        }
        Event::Digit { call: of, digit, .. } if *of == call => {
            output::note(format!("digit {digit}"))
        }
        Event::Notice { call: of, text, .. } if of.is_none_or(|of| of == call) => {
            output::note(text)
        }
        _ => {}
    }
}

/// The call in a few lines for a person.
pub(super) fn summary(report: &CallReport) -> String {
    let word = match report.outcome {
        Outcome::Answered => "answered",
        Outcome::Cancelled => "cancelled",
        Outcome::Failed => "failed",
        Outcome::Rejected => "rejected",
        Outcome::TimedOut => "timed out",
    };
    let code = report.code.map(|c| format!(" {c}")).unwrap_or_default();
    let reason =
        report.reason.as_deref().map(|r| format!(" {}", output::shown(r))).unwrap_or_default();
    let mut text = format!("{word}{code}{reason}, {}", output::shown(&report.to));
    if report.outcome != Outcome::Answered {
        return text;
    }
    let media = &report.media;
    let figure = |value: Option<f64>, unit: &str| {
        value.map_or_else(|| "unknown".to_owned(), |v| format!("{v:.2}{unit}"))
    };
    text.push_str(&format!(
        "\nsound      {} sent, {} received, {} lost ({}), jitter {}\nquality    R {}, MOS {} (estimated, G.107)",
        media.sent,
        media.received,
        media.lost,
        figure(media.loss_percent, " %"),
        figure(media.jitter_ms, " ms"),
        figure(media.r_factor, ""),
        figure(media.mos_cq, ""),
    ));
    if media.lost + media.late > 0 {
        text.push_str(&format!(
            "\nloss       longest run {}, burst ratio {}, {} within bursts, {} between them",
            media.longest_loss,
            figure(media.burst_ratio, ""),
            figure(media.burst_density_percent, " %"),
            figure(media.gap_density_percent, " %"),
        ));
    }
    text.push_str(&format!(
        "\nlevel      {} in, {} out, {} silence, {} clipped",
        figure(media.level_in_dbov, " dBov"),
        figure(media.level_out_dbov, " dBov"),
        figure(media.silence_percent, " %"),
        figure(media.clipped_percent, " %"),
    ));
    if !report.dtmf_received.is_empty() {
        text.push_str(&format!("\ndigits     {}", report.dtmf_received));
    }
    text.extend(report.findings.iter().map(found));
    text
}

/// What was noticed, a line each.
fn found(finding: &Finding) -> String {
    let text = output::shown(&finding.text);
    let times =
        if finding.count > 1 { format!(", {} times", finding.count) } else { String::new() };
    format!("\nfound      {text} ({:.1} s{times})", finding.at_ms / 1000.0)
}
