//! One session with its sockets and its sound.

use std::{io, time::Duration};

use milliwatt_media::{
    frame::AudioPort,
    session::{Channel, Control, MediaEvent, Output, Packet, Quality, Session},
};
use mio::{Interest, Registry, Token, net::UdpSocket};

use super::Start;
use crate::api::CallId;

pub(super) struct Leg {
    pub(super) call: CallId,
    session: Session,
    port: Box<dyn AudioPort>,
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

/// Datagrams read from one socket in one turn, so that a flood of one call leaves time to others.
const TURN: usize = 64;

impl Leg {
    /// A session that begins at `now`, its sockets registered under `rtp` and `rtcp`.
    pub(super) fn new(
        now: Duration,
        start: Start,
        registry: &Registry,
        tokens: (Token, Token),
    ) -> io::Result<Self> {
        let Start { call, sockets, port, plan, config, seed } = start;
        let mut leg = Self {
            call,
            session: Session::new(now, &config, plan, seed),
            port,
            rtp: UdpSocket::from_std(sockets.rtp),
            rtcp: UdpSocket::from_std(sockets.rtcp),
        };
        registry.register(&mut leg.rtp, tokens.0, Interest::READABLE)?;
        registry.register(&mut leg.rtcp, tokens.1, Interest::READABLE)?;
        Ok(leg)
    }

    /// Reads what waits at one of the sockets. True when more may wait.
    pub(super) fn read(&mut self, now: Duration, channel: Channel, buffer: &mut [u8]) -> bool {
        for _ in 0..TURN {
            let socket = match channel {
                Channel::Rtcp => &self.rtcp,
                Channel::Rtp => &self.rtp,
            };
            match socket.recv_from(buffer) {
                Ok((len, from)) => {
                    let bytes = buffer.get(..len).unwrap_or_default();
                    self.session.handle(now, Packet { from, channel, bytes });
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return false,
                // The far end's port is closed, or the network is down: its silence is told as such.
                Err(_) => {}
            }
        }
        true
    }

    /// Moves the frames that are due.
    pub(super) fn run(&mut self, now: Duration) {
        self.session.run(now, &mut *self.port);
    }

    /// Does what the owner wants.
    pub(super) fn control(&mut self, now: Duration, control: Control) {
        self.session.control(now, control);
    }

    /// Sends what is to be sent and hands out what is to be told.
    pub(super) fn drain(&mut self, buffer: &mut [u8], mut tell: impl FnMut(CallId, MediaEvent)) {
        while let Some(output) = self.session.poll(buffer) {
            let (socket, to, len) = match output {
                Output::Event(event) => {
                    tell(self.call, event);
                    continue;
                }
                Output::Rtcp { to, len } => (&self.rtcp, to, len),
                Output::Rtp { to, len } => (&self.rtp, to, len),
            };
            let bytes = buffer.get(..len).unwrap_or_default();
            // A datagram that cannot leave is lost, as any may be on its way.
            if let Err(e) = socket.send_to(bytes, to) {
                tracing::trace!(%e, "RTP send");
            }
        }
    }

    /// When `run` is due; `None` when the session is over.
    pub(super) fn wake_at(&self) -> Option<Duration> {
        self.session.wake_at()
    }

    /// Closes the sockets, drops the port, and gives the figures of the whole call.
    pub(super) fn finish(mut self, registry: &Registry) -> Quality {
        // A socket that was never registered has nothing to take back.
        drop(registry.deregister(&mut self.rtp));
        drop(registry.deregister(&mut self.rtcp));
        self.session.quality()
    }
}
