//! A carrier by script: it registers whoever asks, answers calls and gives sound back. It reads SIP
//! as lines of text and shares no code with the phone.

use std::{
    cell::RefCell,
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    rc::Rc,
    time::Duration,
};

use bytes::Bytes;
use milliwatt_engine::drive::Peer;

pub(crate) const CARRIER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));
const RTP: u16 = 30_000;

/// What the carrier saw.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    /// When each REGISTER came, and for how long it was granted.
    pub(crate) registers: Vec<(Duration, u64)>,
    /// Datagrams of RTP.
    pub(crate) rtp: u64,
    /// When each INVITE came, and all of it.
    pub(crate) invites: Vec<(Duration, String)>,
    /// It has forgotten its calls: what is asked within one gets 481.
    pub(crate) forgetful: bool,
    /// How often it was asked within a call that it has forgotten.
    pub(crate) forgotten: u32,
    /// What every offer within a call gets.
    pub(crate) refuses: Option<&'static str>,
    /// What a REGISTER waits for its answer; until then offers within calls get 403 from there.
    pub(crate) slow: Duration,
    /// When each BYE came.
    pub(crate) byes: Vec<Duration>,
    /// When each offer within a call was refused.
    pub(crate) refused: Vec<Duration>,
    /// Datagrams that hold nothing but line ends.
    pub(crate) keep_alives: u64,
    /// The source that it tells in Via (RFC 3581 §4) where that is not the true one.
    pub(crate) stamps: Option<SocketAddr>,
}

/// The carrier.
pub(crate) struct Carrier {
    seen: Rc<RefCell<Seen>>,
    expires: u64,
    out: VecDeque<(SocketAddr, SocketAddr, Bytes)>,
    flood: Option<Flood>,
    bend: Bend,
    deaf: bool,
    /// Payload types of its answers.
    formats: &'static str,
    /// Whom it knows.
    contacts: Vec<(Duration, IpAddr)>,
    /// Answers that wait for their time.
    later: VecDeque<(Duration, (SocketAddr, SocketAddr, Bytes))>,
}

/// What becomes of the packet of this number on its way back.
type Bend = Box<dyn FnMut(u64, &Bytes) -> Option<Bytes>>;

/// Requests in a dialog, over and over.
struct Flood {
    to: SocketAddr,
    request: String,
    cseq: u32,
    next: Duration,
    every: Duration,
}

impl Carrier {
    /// Grants registrations for `expires` seconds.
    pub(crate) fn new(expires: u64) -> (Self, Rc<RefCell<Seen>>) {
        let seen = Rc::new(RefCell::new(Seen::default()));
        let carrier = Self {
            seen: Rc::clone(&seen),
            expires,
            out: VecDeque::new(),
            flood: None,
            bend: Box::new(|_, packet| Some(packet.clone())),
            deaf: false,
            formats: "0 101",
            contacts: Vec::new(),
            later: VecDeque::new(),
        };
        (carrier, seen)
    }

    /// Once a call is up, INFO requests come in it at this distance.
    pub(crate) fn flooding(mut self, every: Duration) -> Self {
        self.flood = Some(Flood {
            to: SocketAddr::new(CARRIER, 0),
            request: String::new(),
            cseq: 1,
            next: Duration::MAX,
            every,
        });
        self
    }

    /// Gives back of each packet what `bend` makes of it.
    pub(crate) fn bending(
        mut self,
        bend: impl FnMut(u64, &Bytes) -> Option<Bytes> + 'static,
    ) -> Self {
        self.bend = Box::new(bend);
        self
    }

    /// Reports by RTCP each two seconds, and never of anything that it heard.
    pub(crate) fn deaf(mut self) -> Self {
        self.deaf = true;
        self
    }

    /// Answers with these payload types; telephone events are 101.
    pub(crate) fn agreeing_to(mut self, formats: &'static str) -> Self {
        self.formats = formats;
        self
    }

    /// Takes a packet of sound and gives back what is made of it.
    fn rtp(&mut self, from: SocketAddr, to: SocketAddr, packet: &Bytes) {
        let number = self.seen.borrow().rtp;
        self.seen.borrow_mut().rtp += 1;
        let back = (self.bend)(number, packet).map(|packet| (to, from, packet));
        if let (true, Some((.., packet))) = (self.deaf && number % 100 == 99, &back) {
            // An empty receiver report (RFC 3550 §6.4.2) by the source of what is sent back.
            let report = [&[0x80, 201, 0, 1], &packet[8..12]].concat();
            let next = |at: SocketAddr| SocketAddr::new(at.ip(), at.port() + 1);
            self.out.push_back((next(to), next(from), report.into()));
        }
        self.out.extend(back);
    }

    fn sip(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, text: &str) {
        let method = text.split(' ').next().unwrap_or("");
        match method {
            "REGISTER" => {
                let asked = header(text, "Expires").parse().unwrap_or(self.expires);
                let granted = asked.min(self.expires);
                self.seen.borrow_mut().registers.push((now, granted));
                let contact = header(text, "Contact");
                let contact = contact.split(";expires=").next().unwrap_or("");
                let more = format!("Contact: {contact};expires={granted}\r\n");
                self.respond(from, to, text, "200 OK", &more, "");
                let at = now + self.seen.borrow().slow;
                self.contacts.push((at, from.ip()));
                self.later.extend(self.out.pop_back().map(|answer| (at, answer)));
            }
            "INVITE" if header(text, "To").contains("tag=") && self.seen.borrow().forgetful => {
                self.seen.borrow_mut().forgotten += 1;
                let gone = "481 Call/Transaction Does Not Exist";
                self.respond(from, to, text, gone, "", "");
            }
            "INVITE"
                if header(text, "To").contains("tag=") && self.refused(now, from).is_some() =>
            {
                let why = self.refused(now, from).unwrap_or_default();
                self.seen.borrow_mut().refused.push(now);
                self.respond(from, to, text, why, "", "");
            }
            "INVITE" => {
                self.seen.borrow_mut().invites.push((now, text.to_owned()));
                let host = to.ip();
                let sdp = format!(
                    "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio {RTP} RTP/AVP {}\r\na=rtpmap:101 telephone-event/8000\r\na=ptime:20\r\n",
                    self.formats
                );
                let more =
                    format!("Contact: <sip:carrier@{to}>\r\nContent-Type: application/sdp\r\n");
                self.respond(from, to, text, "200 OK", &more, &sdp);
                self.aim(now, from, to, text);
            }
            "BYE" => {
                self.seen.borrow_mut().byes.push(now);
                if let Some(flood) = &mut self.flood {
                    flood.next = Duration::MAX;
                }
                self.respond(from, to, text, "200 OK", "", "");
            }
            "ACK" | "SIP/2.0" => {}
            _ => self.respond(from, to, text, "200 OK", "", ""),
        }
    }

    /// How it refuses an offer within a call that comes from there, if it does.
    fn refused(&self, now: Duration, from: SocketAddr) -> Option<&'static str> {
        let seen = self.seen.borrow();
        let known = |(since, ip): &(Duration, IpAddr)| *since <= now && *ip == from.ip();
        let stranger = !seen.slow.is_zero() && !self.contacts.iter().any(known);
        if stranger { Some("403 Forbidden") } else { seen.refuses }
    }

    /// Prepares the flood by the dialog of this INVITE.
    fn aim(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, invite: &str) {
        let Some(flood) = &mut self.flood else { return };
        let target = header(invite, "Contact");
        let target = target.trim_start_matches('<').split('>').next().unwrap_or("").to_owned();
        flood.to = from;
        flood.next = now + Duration::from_secs(1);
        flood.request = format!(
            "INFO {target} SIP/2.0\r\nVia: SIP/2.0/UDP {to};branch=z9hG4bKflood%\r\nMax-Forwards: 70\r\nFrom: {};tag=carrier\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: % INFO\r\nContent-Type: application/dtmf-relay\r\nContent-Length: 10\r\n\r\nSignal=1\r\n",
            header(invite, "To"),
            header(invite, "From"),
            header(invite, "Call-ID"),
        );
    }

    fn respond(
        &mut self,
        from: SocketAddr,
        to: SocketAddr,
        request: &str,
        status: &str,
        more: &str,
        body: &str,
    ) {
        let mut text = format!("SIP/2.0 {status}\r\n");
        let source = self.seen.borrow().stamps.unwrap_or(from);
        for line in request.lines().filter(|line| line.starts_with("Via:")) {
            let rport = format!(";received={};rport={}", source.ip(), source.port());
            text += &line.replace(";rport", &rport);
            text += "\r\n";
        }
        let their_to = header(request, "To");
        let tag = if their_to.contains("tag=") { "" } else { ";tag=carrier" };
        text += &format!(
            "From: {}\r\nTo: {their_to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n{more}Content-Length: {}\r\n\r\n{body}",
            header(request, "From"),
            header(request, "Call-ID"),
            header(request, "CSeq"),
            body.len(),
        );
        self.out.push_back((to, from, Bytes::from(text)));
    }
}

impl Peer for Carrier {
    fn receive(&mut self, now: Duration, from: SocketAddr, to: SocketAddr, bytes: &Bytes) {
        match to.port() {
            RTP => self.rtp(from, to, bytes),
            5060 if bytes.iter().all(u8::is_ascii_whitespace) => {
                self.seen.borrow_mut().keep_alives += 1
            }
            5060 => {
                let text = String::from_utf8_lossy(bytes).into_owned();
                self.sip(now, from, to, &text);
            }
            _ => {}
        }
    }

    fn poll(&mut self, now: Duration) -> Option<(SocketAddr, SocketAddr, Bytes)> {
        if let Some(flood) = self.flood.as_mut().filter(|flood| flood.next <= now) {
            flood.next += flood.every;
            flood.cseq += 1;
            let request = flood.request.replace('%', &flood.cseq.to_string());
            self.out.push_back((SocketAddr::new(CARRIER, 5060), flood.to, Bytes::from(request)));
        }
        if self.later.front().is_some_and(|(at, _)| *at <= now) {
            self.out.extend(self.later.pop_front().map(|(_, answer)| answer));
        }
        self.out.pop_front()
    }

    fn wake_at(&self) -> Option<Duration> {
        let flood = self.flood.as_ref().map(|flood| flood.next);
        let later = self.later.front().map(|(at, _)| *at);
        flood.filter(|next| *next != Duration::MAX).into_iter().chain(later).min()
    }
}

/// The value of the first header of that name.
fn header(text: &str, name: &str) -> String {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    value.map(|value| value.trim().to_owned()).unwrap_or_default()
}
