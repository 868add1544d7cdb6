//! New offers and answers in mid-call.

use milliwatt_media::session::{Control, Direction, MediaEvent, MediaPlan};

use crate::{
    allocation,
    line::{Line, Network, codec, ms, plan, secs},
};

fn agree(line: &mut Line, change: impl Fn(&mut MediaPlan)) {
    let (mut to_a, mut to_b) = (plan(line.a.address), plan(line.b.address));
    change(&mut to_b);
    change(&mut to_a);
    to_a.direction = to_b.direction.reversed();
    line.a.session.control(line.now, Control::Plan(Box::new(to_b)));
    line.b.session.control(line.now, Control::Plan(Box::new(to_a)));
}

#[test]
fn hold_stops_sound_one_way_and_resume_brings_it_back() {
    let mut line = Line::new(Network { delay_ms: 10, ..Network::default() });
    line.run(secs(3));
    agree(&mut line, |plan| plan.direction = Direction::SendOnly);
    line.run(secs(4));
    let before = (line.a.session.quality(), line.b.session.quality());
    line.run(secs(69));
    let after = (line.a.session.quality(), line.b.session.quality());
    assert_eq!(after.0.received, before.0.received);
    assert_eq!(after.1.received, before.1.received + 65 * 50);
    assert_eq!(after.1.sent, before.1.sent);
    let held = line.a.port.heard.len() - 8000 * 60;
    assert!(line.a.port.heard[held..].iter().all(|sample| *sample == 0));
    agree(&mut line, |plan| plan.direction = Direction::SendRecv);
    line.run(secs(75));
    for end in [&line.a, &line.b] {
        let quality = end.session.quality();
        assert_eq!((quality.lost, quality.late, quality.one_way), (0, 0, None), "{quality:?}");
        assert!(!end.events.iter().any(|event| matches!(event, MediaEvent::Silent(_))));
        assert_eq!(end.ticks().last().unwrap().received, 50);
    }
}

#[test]
fn another_codec_is_sent_from_the_next_packet_on() {
    let mut line = Line::new(Network::default());
    line.run(secs(2));
    agree(&mut line, |plan| plan.codecs = vec![codec("PCMA", 8)]);
    line.b.keep_sent = true;
    line.run(secs(4));
    assert!(
        line.b
            .sent
            .iter()
            .filter(|(_, bytes)| bytes.len() == 172)
            .all(|(_, bytes)| bytes[1] & 0x7f == 8)
    );
    let tick = line.a.ticks().last().unwrap().clone();
    assert_eq!((tick.received, tick.lost, tick.concealed_percent), (50, 0, 0.0));
}

#[test]
fn payload_types_may_differ_by_direction() {
    let mut line = Line::new(Network::default());
    let dynamic = |send_pt, recv_pt| {
        vec![milliwatt_media::session::AgreedCodec { send_pt, recv_pt, ..codec("PCMU", 0) }]
    };
    let mut to_b = plan(line.b.address);
    to_b.codecs = dynamic(97, 105);
    let mut to_a = plan(line.a.address);
    to_a.codecs = dynamic(105, 97);
    line.a.session.control(line.now, Control::Plan(Box::new(to_b)));
    line.b.session.control(line.now, Control::Plan(Box::new(to_a)));
    line.run(secs(3));
    for end in [&line.a, &line.b] {
        assert!(end.session.quality().received > 140);
        assert_eq!(end.news(), [MediaEvent::FirstPacket]);
    }
}

#[test]
fn packets_of_10_30_and_60_ms_are_sent_and_heard() {
    for ptime in [10, 30, 60] {
        let mut line = Line::new(Network { jitter_ms: 5, ..Network::default() });
        agree(&mut line, |plan| plan.ptime = ms(ptime));
        line.run(secs(20));
        let quality = line.b.session.quality();
        assert!((quality.received as i64 - 20_000 / ptime as i64).abs() < 5, "{quality:?}");
        assert_eq!((quality.lost, quality.late, quality.concealed_percent), (0, 0, 0.0), "{ptime}");
    }
}

#[test]
fn with_rtcp_mux_reports_leave_from_the_rtp_port() {
    let mut line = Line::new(Network { delay_ms: 20, ..Network::default() });
    agree(&mut line, |plan| {
        plan.rtcp_mux = true;
        plan.remote_rtcp = plan.remote_rtp;
    });
    line.a.keep_sent = true;
    line.run(secs(15));
    let b = line.b.address;
    assert!(line.a.sent.iter().all(|(to, _)| *to == b));
    assert!(line.a.session.quality().rtt_ms.is_some());
}

#[test]
fn an_address_that_is_none_is_not_sent_to() {
    let mut line = Line::new(Network::default());
    agree(&mut line, |plan| {
        plan.remote_rtp = ([0, 0, 0, 0], 5000).into();
        plan.remote_rtcp = ([0, 0, 0, 0], 5001).into();
    });
    line.run(secs(10));
    assert_eq!(line.a.session.quality().sent, 0);
}

#[test]
fn a_thousand_holds_leave_nothing_behind() {
    let mut line = Line::new(Network::default());
    let mut live = 0;
    for round in 0..1000_u64 {
        let direction = if round % 2 == 0 { Direction::SendOnly } else { Direction::SendRecv };
        agree(&mut line, |plan| plan.direction = direction);
        line.run(line.now + ms(100));
        for end in [&mut line.a, &mut line.b] {
            end.events.clear();
            end.port.heard.clear();
            end.port.spoken.clear();
        }
        if round == 99 {
            live = allocation::live();
        }
    }
    assert!((allocation::live() - live).abs() < 16 * 1024, "{}", allocation::live() - live);
    assert_eq!(line.a.session.quality().lost, 0);
}
