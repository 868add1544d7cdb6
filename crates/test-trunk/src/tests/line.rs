//! The carrier on virtual time, and phones that do what a test says and nothing else.

use std::{
    collections::VecDeque,
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_media::session::MediaPlan;
use milliwatt_sip::{
    digest::{Credentials, Login, Realm, Signed, challenges, choose},
    message::{Builder, Framing, Message, Method, Name},
    transport::{Flow, FlowId, Transport},
};

use crate::{
    Faults,
    carrier::Carrier,
    media::desk::{Desk, Talk},
    numbers::Answerer,
};

/// A desk without sockets that remembers what it was told.
#[derive(Default)]
pub(super) struct Notes {
    pub(super) opened: Vec<(Talk, usize)>,
    pub(super) aimed: Vec<(usize, SocketAddr)>,
    pub(super) played: Vec<(Answerer, MediaPlan)>,
    pub(super) pressed: String,
    pub(super) closed: Vec<Talk>,
    pub(super) heard: Option<Duration>,
}

impl Desk for Notes {
    fn open(&mut self, talk: Talk, side: usize, local: IpAddr) -> Option<SocketAddr> {
        self.opened.push((talk, side));
        Some(SocketAddr::new(local, 10_000 + 2 * u16::try_from(self.opened.len()).unwrap()))
    }

    fn aim(&mut self, _talk: Talk, side: usize, rtp: SocketAddr) {
        self.aimed.push((side, rtp));
    }

    fn play(&mut self, _talk: Talk, plan: MediaPlan, answerer: Answerer) {
        self.played.push((answerer, plan));
    }

    fn press(&mut self, _talk: Talk, digit: char) {
        self.pressed.push(digit);
    }

    fn heard(&self, _talk: Talk) -> Option<Duration> {
        self.heard
    }

    fn close(&mut self, talk: Talk) {
        if !self.closed.contains(&talk) {
            self.closed.push(talk);
        }
    }
}

/// The trunk and the lines to it.
pub(super) struct Line {
    carrier: Carrier,
    pub(super) desk: Notes,
    pub(super) now: Duration,
    sent: VecDeque<(SocketAddr, Message)>,
}

impl Line {
    pub(super) fn new(faults: &[&str]) -> Self {
        let mut set = Faults::default();
        for fault in faults {
            set.set(fault).unwrap();
        }
        let users = [("alice", "alice-secret"), ("bob", "bob-secret"), ("carol", "carol-secret")];
        let users = users.map(|(name, password)| (name.to_owned(), password.to_owned()));
        Self {
            carrier: Carrier::new(users.to_vec(), set, [7; 32]),
            desk: Notes::default(),
            now: Duration::from_secs(1000),
            sent: VecDeque::new(),
        }
    }

    fn collect(&mut self) {
        while let Some(send) = self.carrier.poll() {
            let message = Message::parse(send.bytes, Framing::Datagram).unwrap();
            assert!(message.fault().is_none(), "{message:?}");
            self.sent.push_back((send.remote, message));
        }
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(at) = self.carrier.wake_at().filter(|at| *at <= until) {
            self.now = at.max(self.now);
            self.carrier.wake(self.now, &mut self.desk);
            self.collect();
        }
        self.now = until;
    }

    /// True where the trunk has nothing on its mind, all of it having ended.
    pub(super) fn is_idle(&mut self) -> bool {
        self.pass(Duration::from_secs(400));
        self.sent.clear();
        self.carrier.is_idle() && self.desk.opened.iter().all(|(t, _)| self.desk.closed.contains(t))
    }
}

/// A phone at one address.
pub(super) struct Phone {
    pub(super) user: &'static str,
    password: String,
    flow: Flow,
    /// All branches, Call-IDs and tags come from here.
    count: u32,
    /// Further headers of each INVITE.
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) from: String,
}

/// One side of a dialog, seen from a phone.
#[derive(Clone, Debug)]
pub(super) struct Dialog {
    pub(super) call_id: String,
    local: String,
    remote: String,
    target: String,
    cseq: u32,
    branch: String,
}

pub(super) const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\n\
    t=0 0\r\nm=audio 4000 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";

impl Phone {
    pub(super) fn new(user: &'static str, host: u8) -> Self {
        let local = "198.18.0.1:5060".parse().unwrap();
        let remote = SocketAddr::from(([192, 0, 2, host], 5062));
        let flow = Flow::new(FlowId(host.into()), Transport::Udp, local, remote);
        let from = format!("<sip:{user}@test-trunk.invalid>");
        let password = format!("{user}-secret");
        Self { user, password, flow, count: 0, headers: Vec::new(), from }
    }

    fn draw(&mut self, what: &str) -> String {
        self.count += 1;
        format!("{what}{}{}", self.user, self.count)
    }

    pub(super) fn contact(&self) -> String {
        format!("sip:{}@{};ob", self.user, self.flow.remote)
    }

    fn via(&self, branch: &str) -> String {
        format!("SIP/2.0/UDP {};branch={branch};rport", self.flow.remote)
    }

    /// Says something to the trunk.
    pub(super) fn say(&self, line: &mut Line, bytes: &Bytes) {
        line.carrier.receive(line.now, self.flow, bytes, &mut line.desk);
        line.collect();
    }

    /// All that the trunk has said to this phone since it was asked last.
    pub(super) fn hears(&self, line: &mut Line) -> Vec<Message> {
        let (mine, rest): (Vec<_>, Vec<_>) =
            line.sent.drain(..).partition(|(to, _)| *to == self.flow.remote);
        line.sent = rest.into();
        mine.into_iter().map(|(_, message)| message).collect()
    }

    /// The only thing that the trunk has said to it.
    #[track_caller]
    pub(super) fn hears_one(&self, line: &mut Line) -> Message {
        let all = self.hears(line);
        let shown: Vec<_> = all.iter().map(|m| m.start_line().into_owned()).collect();
        assert_eq!(all.len(), 1, "{shown:?}");
        all.into_iter().next().unwrap()
    }

    /// The start lines of what the trunk has said to it: method or code.
    pub(super) fn hears_kinds(&self, line: &mut Line) -> Vec<String> {
        self.hears(line).iter().map(kind).collect()
    }

    /// Says a request outside a dialog, answers one challenge after the other as far as `rounds`
    /// go, and gives the dialog it makes and the last response.
    #[track_caller]
    fn ask(
        &mut self,
        line: &mut Line,
        (method, uri, to): (&Method, &str, &str),
        headers: &[(&str, String)],
        body: &str,
        rounds: u32,
    ) -> (Dialog, Vec<Message>) {
        let tag = self.draw("tag");
        let mut dialog = Dialog {
            call_id: self.draw("call"),
            local: format!("{};tag={tag}", self.from),
            remote: to.to_owned(),
            target: uri.to_owned(),
            cseq: 0,
            branch: String::new(),
        };
        let mut credentials: Option<(Name<'static>, String)> = None;
        for round in 0..=rounds {
            dialog.cseq += 1;
            dialog.branch = self.draw("z9hG4bK");
            let mut request = self.start(method, &dialog);
            for (name, value) in headers {
                request = request.header(*name, value);
            }
            if let Some((name, value)) = &credentials {
                request = request.header(*name, value);
            }
            self.say(line, &request.body("application/sdp", body.to_owned()).build());
            let heard = self.hears(line);
            let asked = heard.iter().find(|m| matches!(m.status(), Some(401 | 407)));
            let Some(asked) = asked.filter(|_| round < rounds) else {
                return (dialog, heard);
            };
            if *method == Method::Invite {
                self.acknowledge_refusal(line, &dialog, asked);
            }
            let realm = if asked.status() == Some(401) { Realm::Server } else { Realm::Proxy };
            let offered = challenges(asked, realm);
            let Some(challenge) = choose(&offered) else { return (dialog, heard) };
            let signed = Signed { method, uri, body: body.as_bytes() };
            let login = Login { user: self.user, password: &self.password };
            let answer = Credentials::answer(challenge, login, signed, "cnonce", 1);
            credentials = Some((realm.credentials_header(), answer.to_string()));
        }
        panic!("no end of challenges");
    }

    fn start(&self, method: &Method, dialog: &Dialog) -> Builder {
        Builder::request(method, &dialog.target)
            .header(Name::Via, self.via(&dialog.branch))
            .header(Name::MaxForwards, "70")
            .header(Name::From, &dialog.local)
            .header(Name::To, &dialog.remote)
            .header(Name::CallId, &dialog.call_id)
            .header(Name::CSeq, format!("{} {method}", dialog.cseq))
            .header(Name::Contact, format!("<{}>", self.contact()))
    }

    pub(super) fn acknowledge_refusal(&self, line: &mut Line, dialog: &Dialog, refusal: &Message) {
        let ack = self
            .start(&Method::Ack, dialog)
            .set(Name::To, refusal.to().unwrap().to_string())
            .remove(Name::Contact);
        self.say(line, &ack.build());
    }

    /// REGISTER with up to `rounds` answers to challenges: all that was said to the last of them.
    #[track_caller]
    pub(super) fn registers_with(
        &mut self,
        line: &mut Line,
        headers: &[(&str, String)],
        rounds: u32,
    ) -> Message {
        let to = self.from.clone();
        let what = (&Method::Register, "sip:test-trunk.invalid", to.as_str());
        // REGISTER brings the Contact that it is about itself.
        let (_, heard) = self.ask(line, what, headers, "", rounds);
        assert_eq!(heard.len(), 1, "{heard:?}");
        heard.into_iter().next().unwrap()
    }

    /// Registers for ten minutes.
    #[track_caller]
    pub(super) fn registers(&mut self, line: &mut Line) {
        let told = self.registers_with(line, &[("Expires", "600".into())], 2);
        assert_eq!(told.status(), Some(200), "{told:?}");
    }

    /// INVITE: the dialog, and what was said to it at once.
    #[track_caller]
    pub(super) fn dials(
        &mut self,
        line: &mut Line,
        number: &str,
        sdp: &str,
    ) -> (Dialog, Vec<Message>) {
        let uri = format!("sip:{number}@test-trunk.invalid");
        let to = format!("<{uri}>");
        let headers = self.headers.clone();
        self.ask(line, (&Method::Invite, &uri, &to), &headers, sdp, 2)
    }

    /// Dials a number that answers at once, and acknowledges it.
    #[track_caller]
    pub(super) fn talks_to(&mut self, line: &mut Line, number: &str) -> Dialog {
        let (mut dialog, heard) = self.dials(line, number, SDP);
        let answer = heard.iter().find(|m| m.status() == Some(200));
        let answer = answer.unwrap_or_else(|| panic!("{heard:?}"));
        self.acknowledges(line, &mut dialog, answer, "");
        dialog
    }

    /// ACK of a 2xx; the dialog is up from here on.
    pub(super) fn acknowledges(
        &mut self,
        line: &mut Line,
        dialog: &mut Dialog,
        answer: &Message,
        sdp: &str,
    ) {
        dialog.follow(answer);
        let number = answer.cseq().unwrap().number;
        let branch = self.draw("z9hG4bK");
        let acknowledged = Dialog { cseq: number, branch, ..dialog.clone() };
        let ack = self.start(&Method::Ack, &acknowledged).remove(Name::Contact);
        self.say(line, &ack.body("application/sdp", sdp.to_owned()).build());
    }

    /// A request inside the dialog.
    pub(super) fn asks(
        &mut self,
        line: &mut Line,
        dialog: &mut Dialog,
        method: &Method,
        headers: &[(&str, &str)],
        body: (&str, &str),
    ) {
        dialog.cseq += 1;
        dialog.branch = self.draw("z9hG4bK");
        let mut request = self.start(method, dialog);
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        self.say(line, &request.body(body.0, body.1.to_owned()).build());
    }

    #[track_caller]
    pub(super) fn hangs_up(
        &mut self,
        line: &mut Line,
        dialog: &mut Dialog,
        headers: &[(&str, &str)],
    ) {
        self.asks(line, dialog, &Method::Bye, headers, ("", ""));
        assert_eq!(self.hears_one(line).status(), Some(200));
    }

    /// CANCEL of the INVITE of that dialog.
    pub(super) fn cancels(&self, line: &mut Line, dialog: &Dialog, headers: &[(&str, &str)]) {
        let mut cancel = self.start(&Method::Cancel, dialog).remove(Name::Contact);
        for (name, value) in headers {
            cancel = cancel.header(*name, value);
        }
        self.say(line, &cancel.build());
    }

    /// Answers a request of the trunk, and gives the dialog of it, seen from here.
    pub(super) fn answers(
        &self,
        line: &mut Line,
        request: &Message,
        code: u16,
        headers: &[(&str, &str)],
        sdp: &str,
    ) -> Dialog {
        let tag = format!("tag{}", self.user);
        let mut response = Builder::response_to(request, code, "", Some(&tag))
            .header(Name::Contact, format!("<{}>", self.contact()));
        for (name, value) in headers {
            response = response.header(*name, value);
        }
        self.say(line, &response.body("application/sdp", sdp.to_owned()).build());
        Dialog {
            call_id: request.call_id().unwrap().into_owned(),
            local: request.to().unwrap().with_tag(&tag).to_string(),
            remote: request.from().unwrap().to_string(),
            target: request.contact().unwrap_or_else(|| request.from().unwrap()).uri().to_string(),
            cseq: 100,
            branch: String::new(),
        }
    }
}

impl Dialog {
    /// Takes over tag and target of a response.
    pub(super) fn follow(&mut self, response: &Message) {
        self.remote = response.to().unwrap().to_string();
        if let Some(contact) = response.contact() {
            self.target = contact.uri().to_string();
        }
    }
}

/// Method or code.
pub(super) fn kind(message: &Message) -> String {
    match (message.method(), message.status()) {
        (Some(method), _) => method.as_str().to_owned(),
        (None, code) => code.unwrap_or_default().to_string(),
    }
}

/// Its codes, of an answer that is one final response or one after provisionals.
pub(super) fn kinds(heard: &[Message]) -> Vec<String> {
    heard.iter().map(kind).collect()
}

/// The text of a body.
pub(super) fn body(message: &Message) -> String {
    String::from_utf8(message.body().to_vec()).unwrap()
}
