//! A trunk of two sockets, of which the test is the brain.

use std::{net::UdpSocket, time::Duration};

use serde_json::Value;

use super::{Milliwatt, Running};

const SECOND: Duration = Duration::from_secs(1);

/// A minimal trunk that calls once, is answered and stays silent; `--no-register` trusts it.
pub(crate) struct Caller {
    pub(crate) sip: UdpSocket,
    pub(crate) rtp: UdpSocket,
}

impl Caller {
    pub(crate) fn new() -> Self {
        let bound = || UdpSocket::bind("127.0.0.1:0").unwrap();
        let (sip, rtp) = (bound(), bound());
        sip.set_read_timeout(Some(20 * SECOND)).unwrap();
        Self { sip, rtp }
    }

    pub(crate) fn request(&self, method: &str, to: &str, more: &str, body: &str) -> String {
        let us = self.sip.local_addr().unwrap();
        let number = if method == "BYE" { 2 } else { 1 };
        format!(
            "{method} sip:alice@{to} SIP/2.0\r\nVia: SIP/2.0/UDP {us};branch=z9hG4bK{method}\r\n\
             Max-Forwards: 70\r\nFrom: <sip:caller@{us}>;tag=a\r\nTo: <sip:alice@{to}>{more}\r\n\
             Call-ID: one@{us}\r\nCSeq: {number} {method}\r\nContact: <sip:caller@{us}>\r\n\
             Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    }

    /// A phone that answers one call of this trunk; and where it listens.
    pub(crate) fn phone(&self, user: &Milliwatt, more: &str) -> (Running, String) {
        let trunk = self.sip.local_addr().unwrap();
        let line = format!(
            "answer sip:alice@{trunk} --no-register --bind 127.0.0.1:0 --count 1 --for 300s --jsonl - {more}"
        );
        let mut answer = user.start(&line);
        answer.wait_for("\"ready\"", 20 * SECOND);
        let printed = answer.stdout();
        let ready: Value = serde_json::from_str(printed.lines().next().unwrap()).unwrap();
        let listen = ready["listen"][0].as_str().unwrap().strip_prefix("udp:").unwrap().to_owned();
        (answer, listen)
    }

    /// Calls; returns the tag of the dialog and the port that the phone hears sound on.
    pub(crate) fn call(&self, phone: &str) -> (String, u16) {
        let port = self.rtp.local_addr().unwrap().port();
        let offer = format!(
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n\
             m=audio {port} RTP/AVP 0\r\n"
        );
        self.send(&self.request("INVITE", phone, "", &offer), phone);
        let answer = self.await_answer();
        let tag = answer.lines().find(|line| line.starts_with("To:")).unwrap();
        let tag = format!(";tag={}", tag.split(";tag=").nth(1).unwrap());
        self.send(&self.request("ACK", phone, &tag, ""), phone);
        let media = answer.lines().find(|line| line.starts_with("m=audio")).unwrap();
        (tag, media.split(' ').nth(1).unwrap().parse().unwrap())
    }

    fn await_answer(&self) -> String {
        let mut buffer = [0; 4096];
        loop {
            let length = self.sip.recv(&mut buffer).expect("the call is answered");
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.starts_with("SIP/2.0 200") {
                return text;
            }
        }
    }

    /// Waits for a BYE, and answers it.
    pub(crate) fn goodbye(&self) -> bool {
        let mut buffer = [0; 4096];
        while let Ok((length, phone)) = self.sip.recv_from(&mut buffer) {
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if let Some((_, rest)) = text.split_once("\r\n").filter(|(l, _)| l.starts_with("BYE "))
            {
                self.send(&format!("SIP/2.0 200 OK\r\n{rest}"), &phone.to_string());
                return true;
            }
        }
        false
    }

    pub(crate) fn send(&self, text: &str, to: &str) {
        self.sip.send_to(text.as_bytes(), to).unwrap();
    }
}

/// A packet of 20 ms of one G.711 value.
pub(crate) fn rtp(sequence: u16, ssrc: u32, payload: u8) -> Vec<u8> {
    let mut packet = vec![0x80, 0];
    packet.extend_from_slice(&sequence.to_be_bytes());
    packet.extend_from_slice(&(u32::from(sequence) * 160).to_be_bytes());
    packet.extend_from_slice(&ssrc.to_be_bytes());
    packet.extend_from_slice(&[payload; 160]);
    packet
}
