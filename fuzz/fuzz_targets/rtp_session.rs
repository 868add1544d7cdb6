//! A session fed from the signalled address: each datagram of the input is a length, a channel, a
//! pause and its bytes. Whatever comes, frames go on, and afterwards a good stream is heard again.
#![no_main]

use std::{net::SocketAddr, time::Duration};

use libfuzzer_sys::fuzz_target;
use milliwatt_media::{
    frame::AudioPort,
    session::{AgreedCodec, Channel, Config, Direction, MediaPlan, Output, Packet, Session},
};

struct Ear(bool);

impl AudioPort for Ear {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _now: Duration, frame: &mut [i16]) -> bool {
        frame.fill(100);
        true
    }

    fn playout(&mut self, _now: Duration, frame: &[i16]) {
        self.0 |= frame.iter().any(|sample| sample.unsigned_abs() > 8000);
    }
}

fn codec(name: &str, payload_type: u8) -> AgreedCodec {
    AgreedCodec {
        name: name.to_owned(),
        clock_rate: 8000,
        channels: 1,
        send_pt: payload_type,
        recv_pt: payload_type,
        fmtp: None,
    }
}

fuzz_target!(|input: &[u8]| {
    let far = SocketAddr::from(([192, 0, 2, 2], 5000));
    let far_rtcp = SocketAddr::from(([192, 0, 2, 2], 5001));
    let plan = MediaPlan {
        remote_rtp: far,
        remote_rtcp: far_rtcp,
        rtcp_mux: false,
        direction: Direction::SendRecv,
        codecs: vec![codec("PCMU", 0), codec("PCMA", 8)],
        dtmf: vec![codec("telephone-event", 101)],
        comfort_noise: Some(13),
        ptime: Duration::from_millis(20),
    };
    let mut session = Session::new(Duration::ZERO, &Config::default(), plan, [1; 32]);
    let (mut ear, mut now, mut buffer) = (Ear(false), Duration::ZERO, [0; 1500]);
    let mut frame = |session: &mut Session, ear: &mut Ear, now: Duration| {
        session.run(now, ear);
        while let Some(output) = session.poll(&mut buffer) {
            if let Output::Rtp { to, .. } | Output::Rtcp { to, .. } = output {
                assert_eq!(to.ip(), far.ip());
            }
        }
    };
    let mut rest = input;
    while let [length, how, after @ ..] = rest {
        let (bytes, later) = after.split_at(usize::from(*length).min(after.len()));
        rest = later;
        let (channel, from) =
            if how & 1 == 0 { (Channel::Rtp, far) } else { (Channel::Rtcp, far_rtcp) };
        session.handle(now, Packet { from, channel, bytes });
        now += Duration::from_millis(u64::from(how >> 1));
        frame(&mut session, &mut ear, now);
    }
    for n in 0..200_u16 {
        let mut packet = [0x10; 172];
        packet[..4].copy_from_slice(&[0x80, 0, (n >> 8) as u8, n as u8]);
        packet[4..8].copy_from_slice(&(u32::from(n) * 160).to_be_bytes());
        packet[8..12].copy_from_slice(b"good");
        ear.0 = false;
        session.handle(now, Packet { from: far, channel: Channel::Rtp, bytes: &packet });
        now += Duration::from_millis(20);
        frame(&mut session, &mut ear, now);
    }
    assert!(ear.0, "the good stream is not heard");
});
