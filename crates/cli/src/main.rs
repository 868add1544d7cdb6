//! The headless face of Milliwatt: one verb a job, results on stdout, everything else on stderr.

#![forbid(unsafe_code)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "a verb follows the few events that it tells of"
)]

mod args;
mod device;
mod exit;
mod log;
mod output;
mod phone;
mod results;
mod target;
mod verbs;
mod wait;

use std::{
    panic::{self, AssertUnwindSafe},
    process::ExitCode,
    sync::atomic::{AtomicBool, Ordering},
};

use clap::Parser;

use crate::exit::{Exit, Failure};

fn main() -> ExitCode {
    if let Err(error) = milliwatt_engine::memory::forbid_core_dumps() {
        output::complain(format!("a crash may write passwords to a core dump: {error}"));
    }
    panic::set_hook(Box::new(|panic| {
        PANICKED.store(true, Ordering::Relaxed);
        output::complain(format!("internal error: {panic}"));
    }));
    match args::Arguments::try_parse() {
        Ok(arguments) => run(arguments.verb).into(),
        Err(error) => refuse(&error).into(),
    }
}

/// Something has panicked, on whatever thread.
static PANICKED: AtomicBool = AtomicBool::new(false);

fn run(verb: args::Verb) -> Exit {
    let mut results = verb.results();
    let ended = results.check().and_then(|()| to_its_end(verbs::perform(verb, &results)));
    results.close(ended)
}

/// Runs a verb. However it ends, no call is left up.
fn to_its_end(verb: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::could_not_run)?;
    let ended = panic::catch_unwind(AssertUnwindSafe(|| runtime.block_on(verb)));
    runtime.block_on(phone::leave_nothing());
    let bug = || Failure::internal("this is a bug: please report it with what is printed above");
    match ended {
        Ok(Ok(exit)) if PANICKED.load(Ordering::Relaxed) => Err(bug().worst(exit)),
        Ok(ended) => ended,
        Err(_) => Err(bug()),
    }
}

/// Tells what is wrong with the arguments; help and version come this way too.
fn refuse(error: &clap::Error) -> Exit {
    drop(error.print());
    if !error.use_stderr() {
        return Exit::Good;
    }
    if args::json_on_stdout(std::env::args_os().skip(1)) {
        let text = error.to_string();
        let why = text.lines().next().unwrap_or_default().trim_start_matches("error: ");
        drop(output::print(&results::error(Exit::Usage, why).to_string()));
    }
    Exit::Usage
}

#[cfg(test)]
mod tests {
    use std::{
        net::{SocketAddr, UdpSocket},
        time::Duration,
    };

    use milliwatt_engine::{
        Config,
        api::{Command, Dial, Event},
        settings::Trunk,
    };

    use super::*;

    /// Answers each request that comes; true once a BYE did.
    fn is_hung_up_at(carrier: &UdpSocket) -> bool {
        let us = carrier.local_addr().unwrap();
        let mut buffer = [0; 4096];
        while let Ok((length, from)) = carrier.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            // Sound comes here too, and ACK has no answer.
            if !buffer[0].is_ascii_uppercase() || text.starts_with("ACK ") {
                continue;
            }
            carrier.send_to(answer(&text, us).as_bytes(), from).unwrap();
            if text.starts_with("BYE ") {
                return true;
            }
        }
        false
    }

    fn answer(request: &str, us: SocketAddr) -> String {
        let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
        for line in request.lines() {
            let name = line.split(':').next().unwrap_or_default();
            if ["Via", "From", "To", "Call-ID", "CSeq"].contains(&name) {
                let tag = if name == "To" && !line.contains("tag=") { ";tag=1" } else { "" };
                answer += &format!("{line}{tag}\r\n");
            }
        }
        let sdp = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {} RTP/AVP 0\r\n",
            us.port()
        );
        let length = sdp.len();
        answer
            + &format!(
                "Contact: <sip:{us}>\r\nContent-Type: application/sdp\r\n\
             Content-Length: {length}\r\n\r\n{sdp}"
            )
    }

    #[test]
    fn a_panic_hangs_up_the_call_that_is_up_and_is_an_internal_error() {
        let carrier = UdpSocket::bind("127.0.0.1:0").unwrap();
        carrier.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.domain = carrier.local_addr().unwrap().to_string();
        trunk.trunk.register = false;
        let hung_up = std::thread::spawn(move || is_hung_up_at(&carrier));
        let ended = to_its_end(async {
            let engine = phone::engine(Config::default())?;
            let mut events = engine.subscribe();
            engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
            let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
            let call = engine.next_call();
            engine.command(Command::Dial { call, trunk: "line".into(), dial });
            while let Some(event) = events.next().await {
                assert!(!matches!(event, Event::Answered { .. }), "a surprise");
            }
            Ok(Exit::Good)
        });
        assert_eq!(ended.unwrap_err().exit, Exit::Internal);
        assert!(hung_up.join().unwrap());
    }
}
