//! A call that goes on from an IPv6 server to an IPv4 one: what it offers, and what of its sound is
//! kept.

use std::{
    cell::RefCell,
    net::{IpAddr, Ipv6Addr},
    rc::Rc,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use milliwatt_engine::{
    AudioPort,
    api::{CallId, CallReport, Command, Dial, Sound, Source},
    drive::{PhoneId, World},
};
use milliwatt_sip::locate::{Kind, Question, Record, RecordData};

use crate::{
    carrier::CARRIER,
    script::{Answer, Got, Script},
    support::{ALICE, SECOND, notices, reports, trunk},
};

const ALICE_6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 1));
const CARRIER_6: IpAddr = IpAddr::V6(Ipv6Addr::new(0xfd00, 0, 0, 0, 0, 0, 0, 9));
const NAME: &str = "sip.example.net";

/// A call of Alice, who has both families, to a trunk with a server of each.
struct Call {
    world: World,
    alice: PhoneId,
    call: CallId,
    /// What the IPv6 server was sent, and the IPv4 one.
    got: [Rc<RefCell<Got>>; 2],
}

impl Call {
    /// `port` stands for `Source::Port`.
    fn place(answers: [Vec<Answer>; 2], dial: Dial, port: Option<Box<dyn AudioPort>>) -> Self {
        let mut world = World::new([5; 32]);
        let alice = world.phone(ALICE).unwrap();
        world.address(alice, ALICE_6);
        let mut got = Vec::new();
        for (ip, answers) in [CARRIER_6, CARRIER].into_iter().zip(answers) {
            let (script, seen) = Script::new(answers);
            world.peer(ip, Box::new(script));
            let (kind, data) = match ip {
                IpAddr::V4(ip) => (Kind::A, RecordData::A(ip)),
                IpAddr::V6(ip) => (Kind::Aaaa, RecordData::Aaaa(ip)),
            };
            let question = Question { name: NAME.into(), kind };
            world.name(question, vec![Record { ttl: 3600, data }]);
            got.push(seen);
        }
        world.trunk(alice, trunk("line", "alice", NAME), None);
        let call = world.next_call();
        if let Some(port) = port {
            world.attach_port(alice, call, port);
        }
        let dial = Box::new(Dial { to: "+15550100".into(), ..dial });
        world.command(alice, Command::Dial { call, trunk: "line".into(), dial });
        let got = got.try_into().unwrap();
        Self { world, alice, call, got }
    }

    /// Lets them talk for a second more and hangs up.
    fn end(mut self) -> (CallReport, Vec<String>) {
        self.world.run_for(SECOND);
        self.world.command(self.alice, Command::HangUp { call: self.call });
        self.world.run_for(3 * SECOND);
        let report = reports(&self.world, self.alice).remove(0);
        (report, notices(&self.world, self.alice))
    }
}

const BUSY: Answer = Answer {
    after: "INVITE",
    status: "503 Service Unavailable",
    tag: "six",
    headers: "",
    sdp: None,
};

const ANSWER: Answer = Answer {
    after: "INVITE",
    status: "200 OK",
    tag: "four",
    headers: "Contact: <sip:x@10.0.0.9>\r\n",
    sdp: Some(30_000),
};

/// A second of sound, then a refusal.
fn plays_and_refuses(headers: &'static str) -> Vec<Answer> {
    let early = Answer { status: "183 Session Progress", headers, sdp: Some(31_000), ..BUSY };
    vec![early, Answer { after: "SOUND", ..BUSY }]
}

const EARLY: &str = "Contact: <sip:x@[fd00::9]>\r\n";
const RELIABLE: &str = "Contact: <sip:x@[fd00::9]>\r\nRequire: 100rel\r\nRSeq: 1\r\n";

/// Where the sound that `message` asks for is to come.
fn connection(message: &str) -> Option<&str> {
    message.lines().find_map(|line| line.strip_prefix("c="))
}

/// The answer to the late offer of the second server names an address that it reaches, whatever the
/// first one was told.
#[test]
fn a_late_offer_is_answered_in_the_family_of_the_server_that_made_it() {
    for (refuses, in_prack) in
        [(vec![BUSY], None), (plays_and_refuses(RELIABLE), Some("IN IP6 fd00::1"))]
    {
        let late = Dial { late_offer: true, ..Dial::default() };
        let mut call = Call::place([refuses, vec![ANSWER]], late, None);
        call.world.run_for(3 * SECOND);
        let [six, four] = call.got.each_ref().map(|got| got.borrow());
        let pracks = six.requests("PRACK");
        assert_eq!(pracks.first().and_then(|prack| connection(prack)), in_prack);
        let invites = four.requests("INVITE");
        assert_eq!((invites.len(), connection(invites[0])), (1, None));
        assert_eq!(connection(four.requests("ACK")[0]), Some("IN IP4 10.0.0.1"));
        assert!(four.rtp.get(&30_000).is_some_and(|packets| *packets > 50), "{:?}", four.rtp);
        drop((six, four));
        let (report, told) = call.end();
        assert_eq!(report.code, Some(200), "{told:?}");
    }
}

/// A microphone that counts the frames that it was read for, and a loudspeaker that counts those
/// that it was given.
#[derive(Clone, Default)]
struct Headset(Arc<[AtomicU64; 2]>);

impl Headset {
    fn frames(&self) -> [u64; 2] {
        self.0.each_ref().map(|count| count.load(Ordering::SeqCst))
    }
}

impl AudioPort for Headset {
    fn sample_rate(&self) -> u32 {
        8000
    }

    fn capture(&mut self, _: Duration, frame: &mut [i16]) -> bool {
        self.0[0].fetch_add(1, Ordering::SeqCst);
        frame.fill(1000);
        true
    }

    fn playout(&mut self, _: Duration, _: &[i16]) {
        self.0[1].fetch_add(1, Ordering::SeqCst);
    }
}

/// The first server is heard for a second; the second one answers.
#[test]
fn the_microphone_and_the_recording_outlive_the_server_that_was_left() {
    let folder = tempfile::tempdir().unwrap();
    let record = folder.path().join("r.wav");
    let sound = Sound { source: Source::Port, record: Some(record.clone()), ..Sound::default() };
    let headset = Headset::default();
    let port: Box<dyn AudioPort> = Box::new(headset.clone());
    let answers = [plays_and_refuses(EARLY), vec![ANSWER]];
    let mut call = Call::place(answers, Dial { sound, ..Dial::default() }, Some(port));
    call.world.run_for(SECOND / 2);
    assert_eq!(headset.frames()[0], 0, "no microphone before the answer");
    // No more than a recording takes in before its thread looks: four seconds in all.
    call.world.run_for(SECOND / 2 * 3);
    let [six, four] = call.got.each_ref().map(|got| got.borrow());
    for (got, wanted) in [(&six, "IN IP6 fd00::1"), (&four, "IN IP4 10.0.0.1")] {
        let invites = got.requests("INVITE");
        assert_eq!((invites.len(), connection(invites[0])), (1, Some(wanted)));
    }
    drop((six, four));
    assert!(headset.frames()[0] > 40, "{:?}", headset.frames());
    let (report, told) = call.end();
    assert_eq!(report.code, Some(200));
    assert_eq!(told, ["one-way-in"], "the servers play nothing, and nothing else went wrong");
    let [_, heard] = headset.frames();
    assert!(heard > 140, "{heard} frames before and after the change");
    // Dropped with the call, as the world was.
    assert_eq!(Arc::strong_count(&headset.0), 1);
    let samples = hound::WavReader::open(&record).unwrap().duration();
    assert_eq!(u64::from(samples), heard * 160, "one recording, of all that was heard");
}

/// Nothing of a call that is hung up in the middle of the change is left behind.
#[test]
fn a_call_that_ends_without_a_second_server_drops_its_sound() {
    let headset = Headset::default();
    let sound = Sound { source: Source::Port, ..Sound::default() };
    let port: Box<dyn AudioPort> = Box::new(headset.clone());
    let answers = [plays_and_refuses(EARLY), vec![BUSY]];
    let mut call = Call::place(answers, Dial { sound, ..Dial::default() }, Some(port));
    call.world.run_for(40 * SECOND);
    assert_eq!((call.world.calls(call.alice), call.world.sessions(call.alice)), (0, 0));
    assert_eq!(reports(&call.world, call.alice)[0].code, Some(503));
    assert_eq!(Arc::strong_count(&headset.0), 1);
}
