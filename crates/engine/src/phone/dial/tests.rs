//! What INVITEs tell of the caller, and how they go on from one server to the next.

use milliwatt_sip::{
    locate::{DnsError, Kind, Record, RecordData},
    transport::{Flow, FlowId, Transport, TransportError},
};
use milliwatt_store::settings::Trunk;

use super::*;
use crate::{
    api::Command,
    net::{NetEvent, NetRequest},
    phone::{Input, MediaNotice},
};

const NOW: Duration = Duration::from_secs(1);
const US: [&str; 2] = ["192.0.2.1", "2001:db8::1"];

/// A network of a host with both families. At IPv6 there is nobody, or a server that plays
/// something and has no room. The INVITEs that left, and the addresses that sound was to come to.
fn run(phone: &mut Phone, plays: bool) -> (Vec<String>, Vec<IpAddr>) {
    let (mut invites, mut ports) = (Vec::new(), Vec::new());
    while let Some(output) = phone.poll() {
        let input = match output {
            Output::Net(NetRequest::Resolve(id, question)) => {
                let data = match question.kind {
                    Kind::A => Some(RecordData::A("192.0.2.7".parse().unwrap())),
                    Kind::Aaaa => Some(RecordData::Aaaa("2001:db8::7".parse().unwrap())),
                    Kind::Naptr | Kind::Srv => None,
                };
                let found = data.map(|data| vec![Record { ttl: 60, data }]);
                let found = found.ok_or(DnsError::NoRecords(question.name));
                Input::Net(NetEvent::Resolved(id, found))
            }
            Output::Net(NetRequest::Open(id, target)) => {
                let v6 = target.remote.is_ipv6();
                let local = SocketAddr::new(US[usize::from(v6)].parse().unwrap(), 5060);
                let flow = FlowId(u64::from(v6));
                let flow = Flow::new(flow, Transport::Udp, local, target.remote);
                Input::Net(NetEvent::Opened(id, flow))
            }
            Output::Net(NetRequest::Send { flow, remote, bytes, .. }) => {
                let text = String::from_utf8_lossy(&bytes).into_owned();
                if !text.starts_with("INVITE ") {
                    continue;
                }
                invites.push(text.clone());
                if remote.is_ipv4() {
                    continue;
                }
                if plays {
                    let local = SocketAddr::new(US[1].parse().unwrap(), 5060);
                    let flow = Flow::new(flow, Transport::Udp, local, remote);
                    let early = response(&text, "183 Session Progress", SDP);
                    phone.handle(NOW, Input::Net(NetEvent::Received { flow, bytes: early }));
                    let bytes = response(&text, "503 Service Unavailable", "");
                    Input::Net(NetEvent::Received { flow, bytes })
                } else {
                    Input::Net(NetEvent::FlowLost(flow, TransportError::Refused(remote)))
                }
            }
            Output::Media(call, MediaCommand::Pause) => {
                Input::Media(call, MediaNotice::Closed(None))
            }
            Output::Media(call, MediaCommand::Open { local, .. }) => {
                ports.push(local);
                let port = SocketAddr::new(local, 16_384);
                Input::Media(call, MediaNotice::Opened(Ok(port)))
            }
            Output::History(call, HistoryWrite::Begin { .. }) => Input::Row(call, Ok(())),
            Output::Event(_)
            | Output::Gone(_)
            | Output::Heard(..)
            | Output::History(..)
            | Output::Media(..)
            | Output::Net(_) => continue,
        };
        phone.handle(NOW, input);
    }
    (invites, ports)
}

/// The same of a call to 9000 by a trunk that `edit` changes.
fn dialled(edit: impl FnOnce(&mut Trunk), dial: Dial, plays: bool) -> (Vec<String>, Vec<IpAddr>) {
    let mut phone = Phone::new([1; 32], "test", Duration::ZERO);
    let mut trunk = Trunk::default();
    trunk.trunk.name = "line".into();
    trunk.trunk.user = "alice".into();
    trunk.trunk.domain = "sip.example.net".into();
    trunk.trunk.register = false;
    edit(&mut trunk);
    phone.handle(NOW, Input::Trunk(Box::new(trunk), None));
    let dial = Box::new(Dial { to: "9000".into(), ..dial });
    let command = Command::Dial { call: CallId(1), trunk: "line".into(), dial };
    phone.handle(NOW, Input::Command(command));
    run(&mut phone, plays)
}

const SDP: &str = "v=0\r\no=- 1 1 IN IP6 2001:db8::7\r\ns=-\r\nc=IN IP6 2001:db8::7\r\nt=0 0\r\n\
                   m=audio 30000 RTP/AVP 0\r\n";

fn response(invite: &str, status: &str, sdp: &str) -> bytes::Bytes {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in invite.lines().take_while(|line| !line.is_empty()) {
        let name = line.split(':').next().unwrap_or_default();
        if ["Via", "From", "To", "Call-ID", "CSeq"].contains(&name) {
            let tag = if name == "To" { ";tag=early" } else { "" };
            text += &format!("{line}{tag}\r\n");
        }
    }
    text += "Contact: <sip:[2001:db8::7]>\r\nContent-Type: application/sdp\r\n";
    text += &format!("Content-Length: {}\r\n\r\n{sdp}", sdp.len());
    text.into()
}

/// Also after a server at IPv6 was heard, whose sound had begun.
#[test]
fn an_invite_that_goes_on_to_ipv4_offers_sound_at_ipv4() {
    for plays in [false, true] {
        goes_on_to_ipv4(plays);
    }
}

fn goes_on_to_ipv4(plays: bool) {
    let dial = Dial { diversion: Some("+15550199".into()), ..Dial::default() };
    let (invites, ports) = dialled(|_| {}, dial, plays);
    assert_eq!(ports, [US[1], US[0]].map(|ip| ip.parse::<IpAddr>().unwrap()));
    let [first, second] = &invites[..] else { panic!("{invites:#?}") };
    for (invite, us, family) in [(first, US[1], "IP6"), (second, US[0], "IP4")] {
        assert!(invite.starts_with("INVITE "), "{invite}");
        assert!(invite.contains(&format!("\r\nc=IN {family} {us}\r\n")), "{invite}");
        assert!(invite.contains("\r\nDiversion: <sip:+15550199@"), "{invite}");
    }
    let call_id =
        |invite: &str| invite.lines().find(|line| line.starts_with("Call-ID:")).map(str::to_owned);
    assert_eq!(call_id(first), call_id(second));
}

/// Neither the order of the headers nor the wish to be hidden is lost between settings and wire.
#[test]
fn an_invite_tells_who_calls_as_the_settings_want_it() {
    let did = "<sip:+15550100@sip.example.net>";
    for (private, from, privacy) in [
        (false, "<sip:alice@sip.example.net>", "off"),
        (true, "\"Anonymous\" <sip:anonymous@anonymous.invalid>", "full"),
    ] {
        let edit = |trunk: &mut Trunk| {
            trunk.numbers.dids = vec!["+15550100".into(), "+15550101".into()];
            trunk.numbers.identity = vec!["rpid".into(), "ppi".into(), "pai".into()];
        };
        let (invites, _) = dialled(edit, Dial { private, ..Dial::default() }, false);
        let mut expected = vec![
            format!("From: {from}"),
            format!("Remote-Party-ID: {did};party=calling;screen=no;privacy={privacy}"),
            format!("P-Preferred-Identity: {did}"),
            format!("P-Asserted-Identity: {did}"),
        ];
        expected.extend(private.then(|| "Privacy: id".to_owned()));
        let [first, second] = &invites[..] else { panic!("{invites:#?}") };
        for invite in [first, second] {
            assert_eq!(caller(invite), expected, "{invite}");
        }
    }
}

/// The headers that tell who calls, without the tag of From.
fn caller(invite: &str) -> Vec<&str> {
    let tells = |line: &&str| {
        let name = line.split(':').next().unwrap_or_default();
        matches!(name, "From" | "Privacy" | "Remote-Party-ID") || name.ends_with("-Identity")
    };
    let headers = invite.lines().filter(tells);
    headers.map(|line| line.split(";tag=").next().unwrap_or_default()).collect()
}
