//! OPTIONS to the trunk: is it there, how far away, what can it do?

use std::time::Duration;

use milliwatt_engine::api::{Command, Event};

use super::Hand;
use crate::observation::Options;

/// Timer F of RFC 3261 §17.1.2.2 and a little more.
const LIMIT: Duration = Duration::from_secs(35);

impl Hand<'_> {
    pub(super) async fn options(&mut self, count: u32) {
        for request in 0..u64::from(count) {
            self.engine.command(Command::Request {
                request,
                trunk: self.trunk.clone(),
                method: "OPTIONS".into(),
                to: None,
                headers: Vec::new(),
                body: None,
            });
            let limit = self.patience(LIMIT);
            let answer = self.until(limit, |event| answered(event, request)).await;
            let answer = answer.unwrap_or_else(|| Options {
                reason: "no answer came".into(),
                ..Options::default()
            });
            let code = answer.code;
            self.seen.options.push(answer);
            // A second time-out of 32 s would tell nothing more; a second refusal would count
            // against the account.
            if matches!(code, None | Some(401 | 407)) {
                break;
            }
        }
    }
}

fn answered(event: &Event, wanted: u64) -> Option<Options> {
    match event {
        Event::Response { request, code, reason, headers, took_ms, retransmits, .. }
            if *request == wanted =>
        {
            Some(Options {
                code: *code,
                reason: reason.clone(),
                took_ms: *took_ms,
                retransmits: *retransmits,
                headers: headers.clone(),
            })
        }
        _ => None,
    }
}
