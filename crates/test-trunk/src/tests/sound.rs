//! Packets on real sockets: between two phones, and with the trunk's own answerers.

use std::{
    collections::VecDeque,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use milliwatt_engine::{
    clock::SystemClock,
    media_io::{News, PortRange},
};
use milliwatt_media::{
    dtmf::{EventPayload, digit_of, event_of},
    rtp,
    session::{AgreedCodec, Direction, MediaPlan},
    tone::measure,
};
use tokio::{net::UdpSocket, time::timeout};

use crate::{
    Faults, Link, Netem,
    media::{
        Relay,
        desk::{Desk, Talk},
    },
    numbers::Answerer,
};

/// Longer than anything here takes on a busy machine.
const PATIENCE: Duration = Duration::from_secs(20);
const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const TALK: Talk = Talk(1);

fn relay(faults: &[&str]) -> (Relay, News) {
    let mut set = Faults::default();
    for fault in faults {
        set.set(fault).unwrap();
    }
    let (reporter, news) = News::channel();
    let clock = Arc::new(SystemClock::new());
    (Relay::start(clock, &reporter, &set, [3; 32]).unwrap(), news)
}

/// RTP and RTCP of a phone.
struct Phone {
    rtp: UdpSocket,
    rtcp: UdpSocket,
}

impl Phone {
    fn new() -> Self {
        let pair = PortRange::new(50_000, 59_999, [1; 32]).unwrap().open(HERE).unwrap();
        let [rtp, rtcp] = pair.into_sockets().map(|s| UdpSocket::from_std(s).unwrap());
        Self { rtp, rtcp }
    }

    fn address(&self) -> SocketAddr {
        self.rtp.local_addr().unwrap()
    }
}

async fn hear(socket: &UdpSocket) -> (Vec<u8>, SocketAddr) {
    let mut buffer = [0; 2048];
    let (len, from) = timeout(PATIENCE, socket.recv_from(&mut buffer)).await.unwrap().unwrap();
    (buffer[..len].to_vec(), from)
}

/// Two phones with a way between them: what each is shown.
fn join(relay: &mut Relay, phones: [&Phone; 2]) -> [SocketAddr; 2] {
    [0, 1].map(|side| {
        let shown = relay.open(TALK, side, HERE).unwrap();
        assert_eq!(relay.open(TALK, side, HERE), Some(shown), "open already");
        relay.aim(TALK, side, phones[side].address());
        shown
    })
}

fn packet(kind: u8, number: u16, payload: &[u8]) -> Vec<u8> {
    let [n0, n1] = number.to_be_bytes();
    let stamp = (u32::from(number) * 160).to_be_bytes();
    [&[0x80, kind, n0, n1], stamp.as_slice(), &[0, 0, 0, 9], payload].concat()
}

#[tokio::test]
async fn sound_and_reports_pass_both_ways() {
    let (mut relay, _news) = relay(&[]);
    let (a, b) = (Phone::new(), Phone::new());
    let shown = join(&mut relay, [&a, &b]);
    assert_eq!(relay.heard(TALK), None);
    a.rtp.send_to(&packet(0, 1, &[1; 160]), shown[0]).await.unwrap();
    assert_eq!(hear(&b.rtp).await, (packet(0, 1, &[1; 160]), shown[1]));
    assert!(relay.heard(TALK).is_some());
    b.rtp.send_to(&packet(0, 7, &[2; 160]), shown[1]).await.unwrap();
    assert_eq!(hear(&a.rtp).await, (packet(0, 7, &[2; 160]), shown[0]));
    let rtcp = shown.map(|at| SocketAddr::new(at.ip(), at.port() + 1));
    b.rtcp.send_to(&[0x80, 201, 0, 1, 0, 0, 0, 9], rtcp[1]).await.unwrap();
    assert_eq!(hear(&a.rtcp).await, (vec![0x80, 201, 0, 1, 0, 0, 0, 9], rtcp[0]));
}

#[tokio::test]
async fn a_source_behind_nat_is_followed_once() {
    let (mut relay, _news) = relay(&[]);
    let (a, nat, stranger, b) = (Phone::new(), Phone::new(), Phone::new(), Phone::new());
    let shown = join(&mut relay, [&a, &b]);
    nat.rtp.send_to(&packet(0, 1, &[1; 160]), shown[0]).await.unwrap();
    hear(&b.rtp).await;
    stranger.rtp.send_to(&packet(0, 66, &[6; 160]), shown[0]).await.unwrap();
    nat.rtp.send_to(&packet(0, 2, &[1; 160]), shown[0]).await.unwrap();
    assert_eq!(hear(&b.rtp).await.0, packet(0, 2, &[1; 160]), "the stranger is not heard");
    b.rtp.send_to(&packet(0, 3, &[2; 160]), shown[1]).await.unwrap();
    assert_eq!(hear(&nat.rtp).await.0, packet(0, 3, &[2; 160]));
}

/// What lies behind side 0 of the first talk, with `seed=5`.
fn network(link: Link) -> Netem {
    Netem::new(link, (5 * 1_000_003 + 1) * 4)
}

#[tokio::test]
async fn faults_and_the_network_lie_between() {
    let (mut relay, _news) = relay(&["loss=30", "delay=30ms", "wrong-payload", "seed=5"]);
    let (a, b) = (Phone::new(), Phone::new());
    let shown = join(&mut relay, [&a, &b]);
    for number in 0..200 {
        a.rtp.send_to(&packet(0, number, &[1; 160]), shown[0]).await.unwrap();
    }
    let link = Link { loss: 30.0, delay: Duration::from_millis(30), ..Link::default() };
    let mut expected = network(link);
    for number in (0..200).filter(|_| expected.pass(Duration::ZERO)[0].is_some()) {
        let header = rtp::read(&hear(&b.rtp).await.0).unwrap().header;
        assert_eq!((header.payload_type, header.sequence), (35, number));
    }
}

/// How far packets are overtaken is the clock's to say. Which ones, and which come twice, is the
/// seed's.
#[tokio::test]
async fn packets_are_overtaken_and_come_twice() {
    let (mut relay, _news) = relay(&["reorder=30", "duplicate=20", "seed=5"]);
    let (a, b) = (Phone::new(), Phone::new());
    let shown = join(&mut relay, [&a, &b]);
    for number in 0..100 {
        a.rtp.send_to(&packet(0, number, &[1; 160]), shown[0]).await.unwrap();
    }
    let mut network = network(Link { reorder: 30.0, duplicate: 20.0, ..Link::default() });
    let (mut expected, mut held) = (Vec::new(), Vec::new());
    for number in 0..100_u16 {
        for at in network.pass(Duration::ZERO).into_iter().flatten() {
            expected.push(number);
            if !at.is_zero() {
                held.push(number);
            }
        }
    }
    let (mut heard, mut overtaken, mut latest) = (Vec::new(), Vec::new(), 0_u16);
    for _ in &expected {
        let number = rtp::read(&hear(&b.rtp).await.0).unwrap().header.sequence;
        if number < latest {
            overtaken.push(number);
        }
        latest = latest.max(number);
        heard.push(number);
    }
    assert!(!overtaken.is_empty(), "{heard:?}");
    assert!(overtaken.iter().all(|number| held.contains(number)), "{heard:?}");
    heard.sort_unstable();
    assert_eq!(heard, expected);
}

#[tokio::test]
async fn a_side_that_is_held_the_old_way_hears_nothing() {
    let (mut relay, _news) = relay(&[]);
    let (a, b) = (Phone::new(), Phone::new());
    let shown = join(&mut relay, [&a, &b]);
    relay.aim(TALK, 1, "0.0.0.0:9".parse().unwrap());
    a.rtp.send_to(&packet(0, 1, &[1; 160]), shown[0]).await.unwrap();
    while relay.heard(TALK).is_none() {
        tokio::task::yield_now().await;
    }
    relay.aim(TALK, 1, b.address());
    a.rtp.send_to(&packet(0, 2, &[1; 160]), shown[0]).await.unwrap();
    assert_eq!(hear(&b.rtp).await.0, packet(0, 2, &[1; 160]));
}

#[tokio::test]
async fn ports_are_given_back() {
    let (mut relay, _news) = relay(&[]);
    let phone = Phone::new();
    let shown = relay.open(TALK, 0, HERE).unwrap();
    relay.play(TALK, plan(&phone), Answerer::Milliwatt);
    hear(&phone.rtp).await;
    relay.close(TALK);
    while UdpSocket::bind(shown).await.is_err() {
        tokio::task::yield_now().await;
    }
}

fn plan(phone: &Phone) -> MediaPlan {
    let codec = |name: &str, pt| AgreedCodec {
        name: name.into(),
        clock_rate: 8000,
        channels: 1,
        send_pt: pt,
        recv_pt: pt,
        fmtp: None,
    };
    MediaPlan {
        remote_rtp: phone.address(),
        remote_rtcp: phone.rtcp.local_addr().unwrap(),
        rtcp_mux: false,
        direction: Direction::SendRecv,
        codecs: vec![codec("PCMU", 0)],
        dtmf: vec![codec("telephone-event", 101)],
        comfort_noise: None,
        ptime: Duration::from_millis(20),
    }
}

/// Linear samples of mu-law (G.711 table 2a).
fn linear(code: u8) -> i16 {
    let code = !code;
    let magnitude = ((i16::from(code & 0x0f) << 3) + 0x84) << ((code >> 4) & 7);
    if code & 0x80 == 0 { magnitude - 0x84 } else { 0x84 - magnitude }
}

#[tokio::test]
async fn the_milliwatt_is_heard() {
    let (mut relay, _news) = relay(&[]);
    let phone = Phone::new();
    let shown = relay.open(TALK, 0, HERE).unwrap();
    relay.play(TALK, plan(&phone), Answerer::Milliwatt);
    let mut sound = Vec::new();
    while sound.len() < 4000 {
        let (bytes, from) = hear(&phone.rtp).await;
        assert_eq!(from, shown);
        sound.extend(rtp::read(&bytes).unwrap().payload.iter().map(|code| linear(*code)));
    }
    let tone = measure(&sound[800..], 8000, 1004.0).unwrap();
    assert!((tone.level_dbov + 6.2).abs() < 0.5 && tone.snr_db > 25.0, "{tone:?}");
}

#[tokio::test]
async fn the_echo_sends_back_what_it_hears() {
    let (mut relay, _news) = relay(&[]);
    let phone = Phone::new();
    let shown = relay.open(TALK, 0, HERE).unwrap();
    relay.play(TALK, plan(&phone), Answerer::Echo);
    let loud = |bytes: &[u8]| {
        let packet = rtp::read(bytes).unwrap();
        packet.header.payload_type == 0 && packet.payload.iter().all(|code| linear(*code) > 8000)
    };
    for number in 0.. {
        assert!(number < 500, "no echo");
        phone.rtp.send_to(&packet(0, number, &[0x90; 160]), shown).await.unwrap();
        if loud(&hear(&phone.rtp).await.0) {
            break;
        }
    }
}

/// Three reports of a key and three of its end, in ticks of 20 ms.
fn key(digit: char, first: u16) -> Vec<Vec<u8>> {
    let stamp = (u32::from(first) * 160).to_be_bytes();
    (0..6)
        .map(|n| {
            let duration = 160 * (n + 1).min(4);
            let event = event_of(digit).unwrap();
            let payload = EventPayload { event, end: n >= 3, volume: 10, duration }.encode();
            let mut packet = packet(101, first + n, &payload);
            packet[4..8].copy_from_slice(&stamp);
            packet
        })
        .collect()
}

/// What the IVR reads back of digits that are pressed.
async fn read_back(faults: &[&str], digits: &str) -> String {
    let (mut relay, mut news) = relay(faults);
    let phone = Phone::new();
    let shown = relay.open(TALK, 0, HERE).unwrap();
    relay.play(TALK, plan(&phone), Answerer::Ivr);
    let (mut told, mut last) = (String::new(), None);
    let keys = digits.chars().zip(0..).flat_map(|(digit, n)| key(digit, n * 10));
    let mut packets: VecDeque<Vec<u8>> = keys.collect();
    while told.len() < 4 {
        tokio::select! {
            biased;
            heard = news.next() => relay.news(&heard.unwrap()),
            (bytes, _) = hear(&phone.rtp) => {
                // One packet for each that comes: about as fast as keys are pressed.
                if let Some(packet) = packets.pop_front() {
                    phone.rtp.send_to(&packet, shown).await.unwrap();
                }
                let packet = rtp::read(&bytes).unwrap();
                if packet.header.payload_type == 101 && last != Some(packet.header.timestamp) {
                    last = Some(packet.header.timestamp);
                    let event = EventPayload::parse(packet.payload).unwrap().event;
                    told.push(digit_of(event).unwrap());
                }
            }
        }
    }
    told
}

#[tokio::test]
async fn the_ivr_reads_four_digits_back() {
    assert_eq!(read_back(&[], "1590").await, "1590");
}

#[tokio::test]
async fn a_digit_can_be_lost() {
    assert_eq!(read_back(&["dtmf-lost=4"], "142435").await, "1235");
}
