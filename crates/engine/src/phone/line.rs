//! Trunks: taken into use, registered, asked, forgotten.

use std::{
    net::{IpAddr, SocketAddr},
    time::Duration,
};

use bytes::Bytes;
use milliwatt_sip::{
    agent::{self, AccountId, Command as Signal, Password},
    transport::{Target, Transport, TransportError},
};
use milliwatt_store::settings::Trunk;

use super::{
    Output, Phone, advice,
    trunk::{self, Line},
};
use crate::{
    api::{Event, Registration},
    net::{NetRequest, Roots},
    phone::ms,
};

/// What is asked outside a call.
pub(super) struct Question {
    pub(super) method: String,
    pub(super) to: Option<String>,
    pub(super) server: Option<SocketAddr>,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<(String, String)>,
}

impl Phone {
    /// Takes a trunk into use, or changes one that is.
    pub(super) fn add_trunk(
        &mut self,
        now: Duration,
        settings: Box<Trunk>,
        password: Option<Password>,
    ) {
        let name = settings.trunk.name.clone();
        let made = trunk::account(&settings, password, &self.user_agent)
            .and_then(|account| Ok((account, trunk::bind(&settings.trunk)?)));
        let (account, local) = match made {
            Ok(made) => made,
            Err(why) => return self.event(Event::TrunkFailed { trunk: name, why }),
        };
        let id = self.line(&name).map(|line| line.account).unwrap_or_else(|| {
            self.next_account += 1;
            AccountId(self.next_account)
        });
        let ca = settings.tls.ca.as_deref().filter(|path| !path.is_empty());
        let roots = ca.map_or(Roots::System, |path| Roots::File(path.into()));
        let mut line = Line::new(id, settings, &account);
        if let Some(before) = self.lines.remove(&id) {
            line.auto_answer = before.auto_answer;
            line.registration = before.registration;
            line.rtt_ms = before.rtt_ms;
            line.unknown = before.unknown;
        }
        self.lines.insert(id, line);
        self.net(NetRequest::Bind { account: id, local, roots });
        self.tell_agent(now, Signal::AddAccount(id, Box::new(account)));
        self.trust();
    }

    /// Forgets a trunk; the agent gives its registration back.
    pub(super) fn remove_trunk(&mut self, now: Duration, name: &str) {
        let Some(id) = self.line(name).map(|line| line.account) else { return };
        let calls: Vec<_> =
            self.calls.values().filter(|call| call.account == id).map(|call| call.id).collect();
        for call in calls {
            self.hang_up(now, call, None);
        }
        self.leave(now, id);
    }

    /// Takes a trunk out of use. Its sockets stay until its registration is given back.
    fn leave(&mut self, now: Duration, id: AccountId) {
        let Some(line) = self.lines.remove(&id) else { return };
        self.leaving.insert(id, line.settings.trunk.name);
        self.tell_agent(now, Signal::RemoveAccount(id));
        self.trust();
    }

    /// Nothing more comes of a trunk that was taken out of use.
    pub(super) fn gone(&mut self, id: AccountId) {
        self.net(NetRequest::Unbind(id));
        if let Some(name) = self.leaving.remove(&id)
            && self.line(&name).is_none()
        {
            self.out.push_back(Output::Gone(name));
        }
    }

    /// A trunk was found at these addresses.
    pub(super) fn found_at(&mut self, id: AccountId, addresses: Vec<IpAddr>) {
        if let Some(line) = self.lines.get_mut(&id) {
            line.found_at = addresses;
            self.trust();
        }
    }

    /// Registers, or gives the registration back.
    pub(super) fn register(&mut self, now: Duration, name: &str, on: bool) {
        let Some(line) = self.line_mut(name) else { return self.unknown_trunk(name) };
        line.registering = on.then_some(now);
        let id = line.account;
        self.tell_agent(now, if on { Signal::Register(id) } else { Signal::Unregister(id) });
    }

    /// A registration changed.
    pub(super) fn registration(
        &mut self,
        now: Duration,
        id: AccountId,
        state: agent::Registration,
    ) {
        let due = self.registers_in_ms(now, id);
        let Some(line) = self.lines.get_mut(&id) else { return };
        line.rtt_ms = None;
        let registration = match state {
            agent::Registration::Registering => {
                line.registering.get_or_insert(now);
                Registration::Registering
            }
            agent::Registration::Registered {
                expires,
                contact,
                contacts,
                associated,
                path,
                round_trip,
            } => {
                line.rtt_ms = Some(ms(round_trip));
                let since = line.registering.take();
                // A refresh is told of when it is granted, and not before.
                let took_ms = ms(since.map_or(round_trip, |since| now.saturating_sub(since)));
                Registration::Registered { expires, contact, contacts, associated, path, took_ms }
            }
            agent::Registration::Refused { code, reason } => {
                line.registering = None;
                let advice = advice::for_registration(code).to_owned();
                Registration::Refused { code, reason, advice }
            }
            agent::Registration::Failed { code, why, retry_in } => {
                Registration::Failed { code, why, retry_in_ms: whole_ms(retry_in) }
            }
            agent::Registration::Unregistered => Registration::Unregistered,
        };
        let trunk = line.settings.trunk.name.clone();
        line.registration.clone_from(&registration);
        line.unknown &=
            matches!(registration, Registration::Registering | Registration::Failed { .. });
        let registered = matches!(registration, Registration::Registered { .. });
        let rtt_ms = line.rtt_ms;
        let refresh_in_ms = due.filter(|_| registered);
        self.event(Event::Registration { trunk, registration, rtt_ms, refresh_in_ms });
        if registered {
            self.offer_all_anew(now, id);
        }
    }

    /// The registration of a trunk with the time until its next try, and the time until it is
    /// refreshed, ms, both as of `now`.
    pub(super) fn registration_at(
        &self,
        now: Duration,
        line: &Line,
    ) -> (Registration, Option<u64>) {
        let due = self.registers_in_ms(now, line.account);
        match &line.registration {
            Registration::Failed { code, why, .. } => {
                let (code, why) = (*code, why.clone());
                // Where none is due, one is under way.
                let retry_in_ms = due.unwrap_or_default();
                (Registration::Failed { code, why, retry_in_ms }, None)
            }
            Registration::Registered { .. } => (line.registration.clone(), due),
            Registration::Refused { .. }
            | Registration::Registering
            | Registration::Unregistered => (line.registration.clone(), None),
        }
    }

    /// Until the next REGISTER of an account leaves, ms; `None` where none is due.
    fn registers_in_ms(&self, now: Duration, id: AccountId) -> Option<u64> {
        self.agent.registers_at(id).map(|at| whole_ms(at.saturating_sub(now)))
    }

    /// A trunk's own sockets are open, or cannot be.
    pub(super) fn bound(
        &mut self,
        now: Duration,
        id: AccountId,
        listen: Result<Vec<(Transport, SocketAddr)>, TransportError>,
    ) {
        let Some(line) = self.lines.get_mut(&id) else { return };
        if std::mem::replace(&mut line.ready, true) {
            return;
        }
        let trunk = line.settings.trunk.name.clone();
        match listen {
            Ok(addresses) => {
                let listen: Vec<String> = addresses.iter().map(|(t, a)| place(*t, *a)).collect();
                line.listen.clone_from(&listen);
                self.event(Event::TrunkReady { trunk, listen });
            }
            Err(error) => {
                self.leave(now, id);
                self.event(Event::TrunkFailed { trunk, why: advice::for_transport(&error) });
            }
        }
    }

    /// Sends a request outside a call.
    pub(super) fn request(&mut self, now: Duration, request: u64, trunk: &str, question: Question) {
        let Some(line) = self.line(trunk) else {
            return self.event(Event::Response {
                request,
                code: None,
                reason: format!("there is no trunk `{trunk}`"),
                headers: Vec::new(),
                body: None,
                took_ms: 0.0,
                retransmits: 0,
                remote: None,
            });
        };
        let (account, domain) = (line.account, trunk::in_uri(&line.settings.trunk.domain));
        let Question { method, to, server, headers, body } = question;
        let uri = to.map(|to| match (to.contains(':'), to.contains('@')) {
            (true, _) => to,
            (false, true) => format!("sip:{to}"),
            (false, false) => format!("sip:{to}@{domain}"),
        });
        let body = body.map(|(content_type, text)| (content_type, Bytes::from(text)));
        let target = server.map(|remote| Target {
            transport: line.transport,
            remote,
            domain: line.domain.clone(),
            account,
        });
        let id = agent::RequestId(request);
        let signal = Signal::Request { id, account, method, uri, headers, body, target };
        self.tell_agent(now, signal);
    }

    /// Name of the trunk of that account; of the only trunk where it is nobody's. Empty when it
    /// cannot be told.
    pub(crate) fn trunk_of(&self, account: AccountId) -> &str {
        if let Some(leaving) = self.leaving.get(&account) {
            return leaving;
        }
        let only = || self.lines.values().next().filter(|_| self.lines.len() == 1);
        let line = self.lines.get(&account).or_else(only);
        line.map_or("", |line| &line.settings.trunk.name)
    }

    /// True where there is a trunk of that name.
    pub(crate) fn has_line(&self, name: &str) -> bool {
        self.line(name).is_some()
    }

    /// The trunk of that name.
    pub(super) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.values().find(|line| line.settings.trunk.name == name)
    }

    pub(super) fn line_mut(&mut self, name: &str) -> Option<&mut Line> {
        self.lines.values_mut().find(|line| line.settings.trunk.name == name)
    }

    pub(super) fn unknown_trunk(&mut self, name: &str) {
        let why = format!("there is no trunk `{name}`: add it first");
        self.event(Event::TrunkFailed { trunk: name.to_owned(), why });
    }

    /// Tells the network who is no stranger: the networks that the settings allow, a trunk that they
    /// name by address, and the addresses where one was found that they name by name.
    fn trust(&mut self) {
        let settings = || self.lines.values().map(|line| &line.settings.trunk);
        let allowed = settings().flat_map(|trunk| &trunk.allow);
        let allowed = allowed.filter_map(|range| trunk::cidr(range).ok());
        let found = self.lines.values().flat_map(|line| &line.found_at);
        let found = found.copied().map(trunk::alone);
        let ranges = allowed.chain(settings().flat_map(trunk::addresses)).chain(found).collect();
        self.net(NetRequest::Trust(ranges));
    }
}

/// Milliseconds without their fraction.
fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// `udp:ADDRESS:PORT`.
pub(super) fn place(transport: Transport, address: SocketAddr) -> String {
    format!("{}:{address}", transport.via_token().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use milliwatt_sip::{
        locate::{DnsError, Kind, Record, RecordData},
        transport::{Flow, FlowId},
    };

    use super::*;
    use crate::{
        api::{Command, TrunkState},
        net::NetEvent,
        phone::Input,
    };

    const NOW: Duration = Duration::from_secs(1);

    fn with_trunk(domain: &str) -> Phone {
        let mut phone = Phone::new([1; 32], "test", Duration::ZERO);
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.user = "alice".into();
        trunk.trunk.domain = domain.into();
        trunk.trunk.register = false;
        phone.handle(NOW, Input::Trunk(Box::new(trunk), None));
        phone
    }

    /// What the phone wants done, its questions to DNS answered with one address.
    fn settle(phone: &mut Phone, address: &str) -> Vec<Output> {
        let mut outputs = Vec::new();
        while let Some(output) = phone.poll() {
            if let Output::Net(NetRequest::Resolve(id, question)) = &output {
                let found = match question.kind {
                    Kind::A => {
                        Ok(vec![Record { ttl: 60, data: RecordData::A(address.parse().unwrap()) }])
                    }
                    Kind::Aaaa | Kind::Naptr | Kind::Srv => {
                        Err(DnsError::NoRecords(question.name.clone()))
                    }
                };
                phone.handle(NOW, Input::Net(NetEvent::Resolved(*id, found)));
            }
            outputs.push(output);
        }
        outputs
    }

    /// What was told of a registration: it, its round trip, and when it is refreshed.
    type Told = (Registration, Option<f64>, Option<u64>);

    /// A phone that registers; the test is its registrar.
    struct Registering {
        phone: Phone,
        now: Duration,
        /// The last REGISTER.
        request: String,
        told: Option<Told>,
    }

    impl Registering {
        fn new() -> Self {
            let mut trunk = Trunk::default();
            trunk.trunk.name = "line".into();
            trunk.trunk.user = "alice".into();
            trunk.trunk.domain = "192.0.2.7".into();
            trunk.trunk.register = true;
            trunk.trunk.keep_alive = "off".into();
            let phone = Phone::new([1; 32], "test", Duration::ZERO);
            let mut it = Self { phone, now: NOW, request: String::new(), told: None };
            it.give(Input::Trunk(Box::new(trunk), Some(Password::new("secret".into()))));
            it.give(Input::Command(Command::Register { trunk: "line".into() }));
            it
        }

        fn flow() -> Flow {
            let local = "192.0.2.1:5060".parse().unwrap();
            Flow::new(FlowId(1), Transport::Udp, local, "192.0.2.7:5060".parse().unwrap())
        }

        /// Hands it in, and does what the phone wants done.
        fn give(&mut self, input: Input) {
            self.phone.handle(self.now, input);
            while let Some(output) = self.phone.poll() {
                if let Output::Net(NetRequest::Open(id, _)) = output {
                    self.phone.handle(self.now, Input::Net(NetEvent::Opened(id, Self::flow())));
                } else if let Output::Net(NetRequest::Send { bytes, .. }) = output {
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    if text.starts_with("REGISTER ") {
                        self.request = text;
                    }
                } else if let Output::Event(event) = output
                    && let Event::Registration { registration, rtt_ms, refresh_in_ms, .. } = *event
                {
                    self.told = Some((registration, rtt_ms, refresh_in_ms));
                }
            }
        }

        /// Answers the last REGISTER after so many ms; what was told then.
        fn answer(&mut self, wait: u64, status: &str, more: &str) -> Told {
            self.now += Duration::from_millis(wait);
            let mut answer = format!("SIP/2.0 {status}\r\n");
            for name in ["Via:", "From:", "To:", "Call-ID:", "CSeq:", "Contact:", "Expires:"] {
                let line = self.request.lines().find(|line| line.starts_with(name)).unwrap();
                answer.push_str(line);
                answer.push_str(if name == "To:" { ";tag=r\r\n" } else { "\r\n" });
            }
            answer.push_str(more);
            answer.push_str("Content-Length: 0\r\n\r\n");
            let (flow, bytes) = (Self::flow(), Bytes::from(answer));
            self.give(Input::Net(NetEvent::Received { flow, bytes }));
            self.told.clone().unwrap()
        }

        /// Lets time pass until a REGISTER leaves; after how long it does.
        fn awaited(&mut self) -> Duration {
            let since = self.now;
            self.request.clear();
            while self.request.is_empty() {
                self.now = self.now.max(self.phone.wake_at().unwrap());
                self.give(Input::Wake);
            }
            self.now - since
        }

        /// What a window is told of the line that opens in so many seconds.
        fn shown_in(&self, secs: u64) -> TrunkState {
            let mut trunks = self.phone.snapshot(self.now + Duration::from_secs(secs)).trunks;
            trunks.remove(0)
        }
    }

    fn took_ms(told: &Told) -> Option<f64> {
        let Registration::Registered { took_ms, .. } = &told.0 else { return None };
        Some(*took_ms)
    }

    /// Of the two that a challenge makes it is the second; a refresh has its own.
    #[test]
    fn the_round_trip_is_that_of_the_register_that_was_granted() {
        let mut it = Registering::new();
        let challenge = "WWW-Authenticate: Digest realm=\"x\", nonce=\"n\", algorithm=SHA-256\r\n";
        it.answer(500, "401 Unauthorized", challenge);
        let told = it.answer(250, "200 OK", "");
        assert_eq!((took_ms(&told), told.1), (Some(750.0), Some(250.0)));
        it.awaited();
        let told = it.answer(125, "200 OK", "");
        assert_eq!((took_ms(&told), told.1), (Some(125.0), Some(125.0)));
        assert_eq!(it.shown_in(9).rtt_ms, Some(125.0));
    }

    /// A window counts down from what it is told, whenever it opens.
    #[test]
    fn the_next_register_leaves_when_that_was_told() {
        let mut it = Registering::new();
        assert_eq!(it.shown_in(0).refresh_in_ms, None, "it is not registered");
        let (.., refresh) = it.answer(20, "200 OK", "");
        let refresh = refresh.unwrap();
        assert_eq!(it.shown_in(100).refresh_in_ms, Some(refresh - 100_000));
        assert_eq!(whole_ms(it.awaited()), refresh);
        assert_eq!(it.shown_in(0).refresh_in_ms, None, "it is under way");

        let told = it.answer(20, "503 Service Unavailable", "Retry-After: 30\r\n");
        assert!(matches!(told, (Registration::Failed { retry_in_ms: 30_000, .. }, None, None)));
        let shown = it.shown_in(10);
        let retry = matches!(shown.registration, Registration::Failed { retry_in_ms: 20_000, .. });
        assert!(retry && shown.refresh_in_ms.is_none(), "{shown:?}");
        assert_eq!(it.awaited(), Duration::from_secs(30));

        it.answer(20, "200 OK", "");
        it.now += Duration::from_secs(5);
        it.give(Input::Net(NetEvent::FlowLost(FlowId(1), TransportError::Closed)));
        assert_eq!(it.shown_in(0).refresh_in_ms, Some(0));
        assert_eq!(it.awaited(), Duration::ZERO);
    }

    fn trusted(outputs: &[Output]) -> Option<&[(IpAddr, u8)]> {
        outputs.iter().rev().find_map(|output| match output {
            Output::Net(NetRequest::Trust(ranges)) => Some(ranges.as_slice()),
            Output::Event(_)
            | Output::Gone(_)
            | Output::Heard(..)
            | Output::History(..)
            | Output::Media(..)
            | Output::Net(_) => None,
        })
    }

    #[test]
    fn the_network_is_told_where_a_trunk_was_found_by_name() {
        let mut phone = with_trunk("sip.example.net");
        let outputs = settle(&mut phone, "192.0.2.7");
        assert_eq!(trusted(&outputs), Some(&[("192.0.2.7".parse().unwrap(), 32)][..]));
    }

    #[test]
    fn a_removed_trunk_gives_back_its_sockets_and_is_trusted_no_more() {
        let mut phone = with_trunk("sip.example.net");
        settle(&mut phone, "192.0.2.7");
        phone.handle(NOW, Input::Command(Command::RemoveTrunk { trunk: "line".into() }));
        let outputs = settle(&mut phone, "192.0.2.7");
        assert_eq!(trusted(&outputs), Some(&[][..]));
        let unbound = |output: &Output| matches!(output, Output::Net(NetRequest::Unbind(_)));
        assert!(outputs.iter().any(unbound), "{outputs:?}");
        let gone = |output: &Output| matches!(output, Output::Gone(name) if name == "line");
        assert!(outputs.iter().any(gone), "{outputs:?}");
        // Under the same name a new one begins.
        let mut trunk = Trunk::default();
        trunk.trunk.name = "line".into();
        trunk.trunk.domain = "sip.example.net".into();
        phone.handle(NOW, Input::Trunk(Box::new(trunk), None));
        assert!(phone.line("line").is_some());
    }

    #[test]
    fn an_ipv6_domain_is_bracketed_in_what_is_asked_of_it() {
        let mut phone = with_trunk("2001:db8::7");
        settle(&mut phone, "192.0.2.7");
        let command = Command::Request {
            request: 1,
            trunk: "line".into(),
            method: "OPTIONS".into(),
            to: Some("9000".into()),
            server: None,
            headers: Vec::new(),
            body: None,
        };
        phone.handle(NOW, Input::Command(command));
        let opened = settle(&mut phone, "192.0.2.7").into_iter().find_map(|output| {
            let Output::Net(NetRequest::Open(id, target)) = output else { return None };
            Some((id, target))
        });
        let (id, target) = opened.unwrap();
        assert_eq!(target.remote, "[2001:db8::7]:5060".parse().unwrap());
        let flow = Flow::new(
            FlowId(1),
            Transport::Udp,
            "[2001:db8::1]:5060".parse().unwrap(),
            target.remote,
        );
        phone.handle(NOW, Input::Net(NetEvent::Opened(id, flow)));
        let sent = settle(&mut phone, "192.0.2.7").into_iter().find_map(|output| {
            let Output::Net(NetRequest::Send { bytes, .. }) = output else { return None };
            Some(bytes)
        });
        let sent = String::from_utf8_lossy(&sent.unwrap()).into_owned();
        assert!(sent.starts_with("OPTIONS sip:9000@[2001:db8::7] SIP/2.0\r\n"), "{sent}");
        assert!(sent.contains("\r\nVia: SIP/2.0/UDP [2001:db8::1]:5060;"), "{sent}");
        assert!(sent.contains("\r\nTo: <sip:9000@[2001:db8::7]>\r\n"), "{sent}");
    }
}
