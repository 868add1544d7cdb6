//! OPTIONS to the trunk: is it there, how far away, what can it do? And to each of its servers.

use std::{net::SocketAddr, time::Duration};

use milliwatt_engine::{
    api::{Command, Event},
    probe,
};

use super::Hand;
use crate::{observation::Options, plan};

/// Timer F of RFC 3261 §17.1.2.2 and a little more.
const LIMIT: Duration = Duration::from_secs(35);
/// The name of the request to the first of the servers that are asked one by one.
const FIRST_SERVER: u64 = 1 << 32;

impl Hand<'_> {
    pub(super) async fn options(&mut self, plan: plan::Options) {
        for request in 0..u64::from(plan.count) {
            self.ask(request, None);
            let limit = self.patience(LIMIT);
            let answer = self.until(limit, |event| answered(event, request)).await;
            let answer = answer.unwrap_or_else(silence);
            let code = answer.code;
            self.seen.options.push(answer);
            // A second time-out of 32 s would tell nothing more, and a second refusal would count
            // against the account.
            if matches!(code, None | Some(401 | 407)) {
                break;
            }
        }
        if plan.each_server {
            self.each_server().await;
        }
    }

    /// Asks all servers at once that have not answered yet, without credentials: a password that is
    /// wrong would be wrong with each of them.
    async fn each_server(&mut self) {
        let heard = self.seen.options.iter().find_map(|options| options.remote);
        let mut servers = self.servers().await;
        if servers.len() == 1 {
            // It was the one that was asked.
            return;
        }
        servers.retain(|server| Some(*server) != heard);
        let mut asked: Vec<(SocketAddr, Option<Options>)> = Vec::new();
        for server in servers {
            if probe::has_route(server).await {
                asked.push((server, None));
            } else {
                self.seen.no_route.push(server);
            }
        }
        for ((server, _), request) in asked.iter().zip(FIRST_SERVER..) {
            self.ask(request, Some(*server));
        }
        let until = self.clock.now() + self.patience(LIMIT);
        while asked.iter().any(|(_, answer)| answer.is_none()) {
            let left = until.saturating_sub(self.clock.now());
            let answer = self.until(left, |event| match event {
                Event::Response { request, .. } => Some((*request, answered(event, *request)?)),
                _ => None,
            });
            let Some((request, answer)) = answer.await else { break };
            let place = request.checked_sub(FIRST_SERVER).and_then(|n| usize::try_from(n).ok());
            if let Some((_, place)) = place.and_then(|n| asked.get_mut(n)) {
                *place = Some(answer);
            }
        }
        let answers = asked.into_iter();
        self.seen
            .servers
            .extend(answers.map(|(server, answer)| (server, answer.unwrap_or_else(silence))));
    }

    fn ask(&self, request: u64, server: Option<SocketAddr>) {
        self.engine.command(Command::Request {
            request,
            trunk: self.trunk.clone(),
            method: "OPTIONS".into(),
            to: None,
            server,
            headers: Vec::new(),
            body: None,
        });
    }
}

fn silence() -> Options {
    Options { reason: "no answer came".into(), ..Options::default() }
}

fn answered(event: &Event, wanted: u64) -> Option<Options> {
    match event {
        Event::Response {
            request, code, reason, headers, took_ms, retransmits, remote, ..
        } if *request == wanted => Some(Options {
            code: *code,
            reason: reason.clone(),
            took_ms: *took_ms,
            retransmits: *retransmits,
            headers: headers.clone(),
            remote: remote.as_deref().and_then(address),
        }),
        _ => None,
    }
}

/// The address in `udp:ADDR:PORT`.
fn address(place: &str) -> Option<SocketAddr> {
    place.split_once(':')?.1.parse().ok()
}
