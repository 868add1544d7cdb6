//! `nat.alg`: does a router rewrite SIP on the way?

use milliwatt_engine::trace::Echo;

use crate::{
    check::{Check, Level, Page},
    guard,
    observation::{Leg, Observation},
    plan::{Call, Plan},
    subject::Subject,
    verdict::{Fault, Finding, Limits},
};

/// Does a router rewrite SIP on the way?
pub(super) struct Alg;

impl Check for Alg {
    fn id(&self) -> &'static str {
        "nat.alg"
    }

    fn page(&self) -> Page {
        Page {
            title: "nobody rewrites our messages",
            what: "Compares what comes back with what we sent: the Contact that the registrar lists, the Via of the responses, and the origin of the session descriptions on both sides of a call to ourselves.",
            why: "A router has a SIP helper (ALG) that changes addresses inside messages. Where the signalling is encrypted no router can: then it is the trunk.",
            pass: "What comes back is what was sent. An origin that the trunk replaced as a whole is no fault. One in which the address alone differs is a warning: a helper does that, and so does a trunk's media relay. The call is left out where it may not be placed.",
            reference: "RFC 3261 §8.2.6.2, §10.3, RFC 4566 §5.2",
        }
    }

    fn level(&self) -> Level {
        Level::Billed
    }

    fn plan(&self, subject: &Subject) -> Result<Plan, Finding> {
        // Contact and Via can be compared without a call: none is asked for.
        if subject.own_number().is_some_and(|number| guard::lets_through(subject, number))
            && let Ok(call) = Call::answered().plan(subject)
        {
            return Ok(call);
        }
        Plan::registration(subject).or(Ok(Plan::options(1)))
    }

    fn judge(&self, seen: &Observation, _limits: Limits) -> Finding {
        let parts =
            [("contact", seen.contact.clone()), ("via", seen.via.clone()), ("sdp", sdp(seen))];
        let echoes: Vec<(&str, Echo)> =
            parts.into_iter().filter_map(|(part, echo)| Some((part, echo?))).collect();
        if echoes.is_empty() {
            return Finding::nothing_to_see("nothing of what we sent came back");
        }
        let is_changed = |part: &str| echoes.iter().any(|(p, e)| *p == part && e.is_changed());
        let finding = match (is_changed("contact") || is_changed("via"), is_changed("sdp")) {
            (true, _) if seen.secure => Finding::fail(
                Fault::Provider,
                "The trunk does not give back our Contact or Via as we sent it: no router can change what is encrypted. Ask the provider.",
            ),
            (true, _) => Finding::fail(
                Fault::Network,
                "Something on the way rewrites SIP (a SIP helper or ALG in a router): switch it off, or use TLS.",
            ),
            (false, true) if seen.secure => Finding::warn(
                "The trunk puts its own address in the origin of our session descriptions, as a media relay does: no harm, where sound passes.",
            ),
            (false, true) => Finding::warn(
                "The address in the origin of our session descriptions is changed on the way: by the trunk's media relay, which does no harm, or by a SIP helper (ALG) in a router, which should be switched off.",
            ),
            (false, false) => Finding::pass(),
        };
        let compared: Vec<&str> = echoes.iter().map(|(part, _)| *part).collect();
        let changed = echoes.iter().filter(|(_, echo)| echo.is_changed());
        changed.fold(finding.measured("compared", compared), |finding, (part, echo)| {
            finding
                .measured(&format!("{part}_sent"), echo.sent.clone())
                .measured(&format!("{part}_shown"), echo.shown.clone())
        })
    }
}

/// The address in the origin of a session description that crossed the trunk: one that was changed,
/// if there is one.
fn sdp(seen: &Observation) -> Option<Echo> {
    let (call, called) = seen.talk()?;
    let ways = [crossed(&call.calling, called), crossed(called, &call.calling)];
    ways.into_iter().flatten().max_by_key(Echo::is_changed)
}

fn crossed(from: &Leg, to: &Leg) -> Option<Echo> {
    let (session, sent) = origin(from.sent_sdp.as_deref()?)?;
    let (same, shown) = origin(to.sdp.as_deref()?)?;
    // A trunk that describes sessions in its own words names them otherwise.
    (session == same).then(|| Echo { sent: sent.to_owned(), shown: shown.to_owned() })
}

/// User and session id of an origin, and its address.
fn origin(sdp: &str) -> Option<((&str, &str), &str)> {
    let mut words = sdp.lines().find_map(|line| line.strip_prefix("o="))?.split(' ');
    Some(((words.next()?, words.next()?), words.nth(3)?.trim_end()))
}
