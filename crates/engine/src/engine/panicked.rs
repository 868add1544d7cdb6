//! A loop that panics hangs up before it ends: nobody is left in a call that no one can end.

use std::{
    future::poll_fn,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    task::Poll,
};

use super::run::Loop;

/// The loop has panicked.
struct Panicked;

impl Loop {
    /// Runs until all is over. After a panic, which the process's hook has told of, calls are hung up
    /// as if the last handle had been dropped.
    pub(super) async fn run_to_its_end(&mut self) {
        if caught(self.run()).await.is_ok() {
            return;
        }
        tracing::error!("the engine panicked: its calls are hung up");
        let farewell = async {
            self.abandoned();
            self.run().await;
        };
        // What was broken may break this too: then there is nothing left to try.
        drop(caught(farewell).await);
    }
}

async fn caught(work: impl Future<Output = ()>) -> Result<(), Panicked> {
    let mut work = pin!(work);
    // The state after a panic is looked at to say goodbye and for nothing else.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
        Ok(poll) => poll.map(Ok),
        Err(_) => Poll::Ready(Err(Panicked)),
    })
    .await
}

#[cfg(test)]
mod tests {
    use std::{
        net::{SocketAddr, UdpSocket},
        time::Duration,
    };

    use milliwatt_store::settings::Trunk;

    use crate::{
        Config, Engine,
        api::{Command, Dial, Event},
    };

    const LIMIT: Duration = Duration::from_secs(30);

    /// A carrier that answers every request, on a real socket.
    struct Carrier(UdpSocket);

    impl Carrier {
        /// Answers until a request of that method came.
        fn serve_until(&self, method: &str) {
            loop {
                let mut buffer = [0; 4096];
                let (length, from) = self.0.recv_from(&mut buffer).expect(method);
                let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
                // Sound comes here too.
                let request = buffer[0].is_ascii_uppercase();
                if request && !text.starts_with("ACK ") {
                    self.answer(&text, from);
                }
                if text.starts_with(&format!("{method} ")) {
                    return;
                }
            }
        }

        fn answer(&self, request: &str, from: SocketAddr) {
            let us = self.0.local_addr().unwrap();
            let kept = ["Via:", "From:", "To:", "Call-ID:", "CSeq:"];
            let mut answer = "SIP/2.0 200 OK\r\n".to_owned();
            for line in request.lines().filter(|line| kept.iter().any(|k| line.starts_with(k))) {
                let tag = line.starts_with("To:") && !line.contains("tag=");
                answer += &format!("{line}{}\r\n", if tag { ";tag=1" } else { "" });
            }
            let (ip, port) = (us.ip(), us.port());
            let sdp = format!(
                "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n\
                 m=audio {port} RTP/AVP 0\r\n"
            );
            answer += &format!(
                "Contact: <sip:{us}>\r\nContent-Type: application/sdp\r\n\
                 Content-Length: {}\r\n\r\n{sdp}",
                sdp.len()
            );
            self.0.send_to(answer.as_bytes(), from).unwrap();
        }
    }

    #[tokio::test]
    async fn a_loop_that_panics_hangs_up_its_calls() {
        let carrier = Carrier(UdpSocket::bind("127.0.0.1:0").unwrap());
        carrier.0.set_read_timeout(Some(LIMIT)).unwrap();
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.user = "alice".into();
        trunk.trunk.domain = carrier.0.local_addr().unwrap().to_string();
        trunk.trunk.bind = Some("127.0.0.1:0".into());
        trunk.trunk.register = false;
        let config = Config { media_threads: Some(1), ..Config::default() };
        let engine = Engine::start(config).unwrap();
        let mut events = engine.subscribe();
        engine.command(Command::AddTrunk { trunk: Box::new(trunk) });
        for _ in 0..2 {
            let call = engine.next_call();
            let dial = Box::new(Dial { to: "9000".into(), ..Dial::default() });
            engine.command(Command::Dial { call, trunk: "line".into(), dial });
            carrier.serve_until("ACK");
        }
        engine.panic();
        carrier.serve_until("BYE");
        carrier.serve_until("BYE");
        let mut ended = 0;
        while let Some(event) = events.next().await {
            ended += usize::from(matches!(event, Event::Ended { .. }));
        }
        assert_eq!(ended, 2, "each call is told as over, and the engine ends");
        assert!(engine.shutdown(LIMIT).await);
    }
}
