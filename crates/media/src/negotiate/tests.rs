//! Both roles of RFC 3264, by the descriptions of real far ends.

use std::time::Duration;

use super::*;
use crate::{
    codec::{CODECS, Codec, Spec, g711},
    sdp::Origin,
};

const TAIL: &str = "a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n";

fn local() -> Local {
    Local::new("192.0.2.1".parse().unwrap(), 4000)
}

fn negotiation() -> Negotiation {
    Negotiation::new(local(), 7)
}

/// A far end's description with these lines for its media.
fn remote(media: &str) -> Vec<u8> {
    format!("v=0\r\no=- 5 5 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n{media}")
        .into()
}

fn answer(media: &str) -> (String, MediaPlan) {
    let (text, agreement) = negotiation().answer(&remote(media)).unwrap();
    (text, agreement.plan)
}

fn refusal(media: &str) -> Refusal {
    negotiation().answer(&remote(media)).unwrap_err()
}

fn answered(media: &str) -> Result<MediaPlan, Refusal> {
    let mut negotiation = negotiation();
    negotiation.offer();
    negotiation.answered(&remote(media)).map(|agreement| agreement.plan)
}

fn version(text: &str) -> u64 {
    Description::parse(text.as_bytes()).unwrap().origin().unwrap().version
}

fn media_lines(text: &str) -> Vec<&str> {
    text.lines().filter_map(|line| line.strip_prefix("m=")).collect()
}

fn codecs(plan: &MediaPlan) -> Vec<(&str, u8, u8)> {
    plan.codecs.iter().map(|c| (c.name.as_str(), c.send_pt, c.recv_pt)).collect()
}

#[test]
fn the_first_offer_says_all_that_we_can_do() {
    let expected = "v=0\r\no=- 7 7 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n\
        m=audio 4000 RTP/AVP 8 0 101 13\r\na=rtpmap:8 PCMA/8000\r\na=rtpmap:0 PCMU/8000\r\n\
        a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=rtpmap:13 CN/8000\r\n\
        a=ptime:20\r\na=rtcp-mux\r\na=sendrecv\r\n";
    assert_eq!(negotiation().offer(), expected);
    let parsed = Description::parse(expected.as_bytes()).unwrap();
    assert_eq!(parsed.deviations(), []);
}

#[test]
fn an_offer_and_its_answer_give_both_sides_the_same_plan() {
    let mut ours = negotiation();
    let mut far = Negotiation::new(Local::new("192.0.2.9".parse().unwrap(), 6000), 9);
    let (text, theirs) = far.answer(ours.offer().as_bytes()).unwrap();
    let agreed = ours.answered(text.as_bytes()).unwrap();
    assert_eq!((&agreed.deviations[..], &theirs.deviations[..]), (&[][..], &[][..]));
    let plan = agreed.plan;
    assert_eq!(codecs(&plan), [("PCMA", 8, 8), ("PCMU", 0, 0)]);
    assert_eq!(plan.codecs, theirs.plan.codecs);
    assert_eq!(plan.remote_rtp, "192.0.2.9:6000".parse().unwrap());
    assert_eq!(theirs.plan.remote_rtp, "192.0.2.1:4000".parse().unwrap());
    assert_eq!((plan.rtcp_mux, plan.remote_rtcp), (true, plan.remote_rtp));
    assert_eq!((plan.direction, plan.comfort_noise), (Direction::SendRecv, Some(13)));
    assert_eq!((plan.dtmf[0].send_pt, plan.dtmf[0].fmtp.as_deref()), (101, Some("0-15")));
    assert_eq!(plan.ptime, Duration::from_millis(20));
}

#[test]
fn payload_types_may_differ_by_direction() {
    let plan = answered(
        "m=audio 6000 RTP/AVP 97 0\r\na=rtpmap:97 telephone-event/8000\r\na=fmtp:97 0-15\r\n",
    );
    let plan = plan.unwrap();
    assert_eq!((plan.dtmf[0].send_pt, plan.dtmf[0].recv_pt), (97, 101));
    let plan = answered("m=audio 6000 RTP/AVP 100\r\na=rtpmap:100 pcmu/8000/1\r\n").unwrap();
    assert_eq!(codecs(&plan), [("PCMU", 100, 0)]);
    let (text, plan) = answer(
        "m=audio 6000 RTP/AVP 111 96\r\na=rtpmap:111 PCMA/8000\r\n\
        a=rtpmap:96 telephone-event/8000\r\n",
    );
    assert_eq!(codecs(&plan), [("PCMA", 111, 111)]);
    assert_eq!(media_lines(&text), ["audio 4000 RTP/AVP 111 96"]);
}

#[test]
fn a_number_that_means_something_else_to_us_is_not_taken_over() {
    let mut negotiation = negotiation();
    negotiation.offer();
    let offer = remote(
        "m=audio 6000 RTP/AVP 101 102\r\na=rtpmap:101 PCMU/8000\r\n\
        a=rtpmap:102 telephone-event/8000\r\n",
    );
    let (text, agreement) = negotiation.answer(&offer).unwrap();
    let pcmu = &agreement.plan.codecs[0];
    assert_eq!((pcmu.send_pt, pcmu.recv_pt), (101, 0));
    let event = &agreement.plan.dtmf[0];
    assert_eq!((event.send_pt, event.recv_pt), (102, 102));
    assert_eq!(media_lines(&text), ["audio 4000 RTP/AVP 0 102"]);
}

#[test]
fn the_offers_order_is_kept_and_the_answers_first_codec_is_sent() {
    let (_, plan) = answer("m=audio 6000 RTP/AVP 18 0 8\r\n");
    assert_eq!(codecs(&plan), [("PCMU", 0, 0), ("PCMA", 8, 8)]);
    assert_eq!(codecs(&answered("m=audio 6000 RTP/AVP 0 8\r\n").unwrap())[0], ("PCMU", 0, 0));
}

#[test]
fn unknown_media_are_refused_with_port_0_in_their_place() {
    let (text, plan) = answer(&format!(
        "m=video 5000 RTP/AVP 31 34\r\nm=audio 6000 RTP/AVP 0 101\r\n{TAIL}m=image 7000 udptl t38\r\n\
         m=audio 8000 RTP/AVP 0\r\n"
    ));
    let expected = [
        "video 0 RTP/AVP 31",
        "audio 4000 RTP/AVP 0 101",
        "image 0 udptl t38",
        "audio 0 RTP/AVP 0",
    ];
    assert_eq!(media_lines(&text), expected);
    assert_eq!(plan.remote_rtp.port(), 6000);
    assert_eq!(plan.comfort_noise, None);
}

#[test]
fn a_re_offer_keeps_media_and_payload_types_and_raises_the_version_on_change() {
    let mut negotiation = negotiation();
    let offer = remote(
        "m=video 5000 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 0 96\r\n\
        a=rtpmap:96 telephone-event/8000\r\n",
    );
    let (first, _) = negotiation.answer(&offer).unwrap();
    let again = negotiation.offer();
    assert_eq!(media_lines(&again), ["video 0 RTP/AVP 31", "audio 4000 RTP/AVP 8 0 96 13"]);
    assert_eq!((version(&first), version(&again)), (7, 8));
    assert_eq!(version(&negotiation.offer()), 8);
    negotiation.set_direction(Direction::SendOnly);
    let hold = negotiation.offer();
    assert!(hold.contains("a=sendonly\r\n"));
    assert_eq!(version(&hold), 9);
    let answer = remote(
        "m=video 0 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 0 96\r\na=recvonly\r\n\
        a=rtpmap:96 telephone-event/8000\r\n",
    );
    let plan = negotiation.answered(&answer).unwrap().plan;
    assert_eq!((plan.direction, plan.dtmf[0].recv_pt), (Direction::SendOnly, 96));
    negotiation.set_direction(Direction::SendRecv);
    assert_eq!(version(&negotiation.offer()), 10);
}

#[test]
fn a_re_offer_may_bring_another_codec_and_another_address() {
    let mut negotiation = negotiation();
    negotiation.offer();
    negotiation.set_local(Local { codecs: vec![&g711::PCMU], rtp_port: 4100, ..local() });
    let offer = negotiation.offer();
    assert_eq!(media_lines(&offer), ["audio 4100 RTP/AVP 0 101 13"]);
    assert!(offer.contains("a=rtcp:4001\r\n"));
    assert_eq!(version(&offer), 8);
    assert_eq!(negotiation.answered(&remote("m=audio 1 RTP/AVP 8\r\n")), Err(Refusal::NoCodec));
}

#[test]
fn every_direction_meets_every_wish() {
    use Direction::{Inactive, RecvOnly, SendOnly, SendRecv};
    let far = [
        ("sendrecv", SendRecv),
        ("sendonly", SendOnly),
        ("recvonly", RecvOnly),
        ("inactive", Inactive),
    ];
    for wanted in [SendRecv, SendOnly, RecvOnly, Inactive] {
        for (name, theirs) in far {
            let mut negotiation = negotiation();
            negotiation.set_direction(wanted);
            let offer = remote(&format!("m=audio 6000 RTP/AVP 0\r\na={name}\r\n"));
            let (text, agreement) = negotiation.answer(&offer).unwrap();
            let direction = agreement.plan.direction;
            assert_eq!(direction.sends(), wanted.sends() && theirs.receives(), "{wanted:?} {name}");
            assert_eq!(
                direction.receives(),
                wanted.receives() && theirs.sends(),
                "{wanted:?} {name}"
            );
            let said = Description::parse(text.as_bytes()).unwrap();
            assert_eq!(said.media[0].section.direction(), Some(direction));
        }
    }
}

#[test]
fn the_old_hold_stops_our_sending() {
    let old = "v=0\r\no=- 5 6 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\n\
        m=audio 6000 RTP/AVP 0\r\n";
    let (text, agreement) = negotiation().answer(old.as_bytes()).unwrap();
    assert_eq!(agreement.plan.direction, Direction::RecvOnly);
    assert!(text.contains("a=recvonly\r\n"));
    let inactive = old.replace("\r\nm=", "\r\na=inactive\r\nm=");
    let plan = negotiation().answer(inactive.as_bytes()).unwrap().1.plan;
    assert_eq!(plan.direction, Direction::Inactive);
    let mut ours = Negotiation::new(Local { legacy_hold: true, ..local() }, 7);
    ours.set_direction(Direction::SendOnly);
    assert!(ours.offer().contains("101 13\r\nc=IN IP4 0.0.0.0\r\n"));
    ours.set_direction(Direction::SendRecv);
    assert!(!ours.offer().contains("0.0.0.0"));
}

#[test]
fn a_direction_of_the_session_counts_where_the_medium_has_none() {
    let offer = "v=0\r\nc=IN IP4 192.0.2.9\r\na=sendonly\r\nm=audio 6000 RTP/AVP 0\r\n";
    let plan = negotiation().answer(offer.as_bytes()).unwrap().1.plan;
    assert_eq!(plan.direction, Direction::RecvOnly);
    let offer = format!("{offer}a=sendrecv\r\n");
    let plan = negotiation().answer(offer.as_bytes()).unwrap().1.plan;
    assert_eq!(plan.direction, Direction::SendRecv);
}

#[test]
fn packet_times_are_met_within_what_both_take() {
    let ms = |lines: &str| {
        let (text, plan) = answer(&format!("m=audio 6000 RTP/AVP 0\r\n{lines}"));
        assert!(text.contains(&format!("a=ptime:{}\r\n", plan.ptime.as_millis())));
        plan.ptime.as_millis()
    };
    assert_eq!((ms(""), ms("a=ptime:30\r\n"), ms("a=ptime:10\r\n")), (20, 30, 10));
    assert_eq!((ms("a=maxptime:10\r\n"), ms("a=ptime:40\r\na=maxptime:30\r\n")), (10, 30));
    assert_eq!((ms("a=ptime:200\r\n"), ms("a=ptime:25\r\n"), ms("a=ptime:5\r\n")), (60, 20, 10));
    assert_eq!((ms("a=ptime:0\r\n"), ms("a=ptime:4294967316\r\n")), (20, 20));
    let longest = Some(Duration::from_millis(30));
    let ours = Local { max_ptime: longest, ptime: Duration::from_millis(40), ..local() };
    let offer = Negotiation::new(ours, 7).offer();
    assert!(offer.contains("a=ptime:30\r\na=maxptime:30\r\n"));
}

#[test]
fn rtcp_goes_where_the_far_end_says() {
    let rtcp = |lines: &str| answer(&format!("m=audio 6000 RTP/AVP 0\r\n{lines}")).1.remote_rtcp;
    assert_eq!(rtcp(""), "192.0.2.9:6001".parse().unwrap());
    assert_eq!(rtcp("a=rtcp:7000\r\n"), "192.0.2.9:7000".parse().unwrap());
    let other = "192.0.2.10:7000".parse().unwrap();
    assert_eq!(rtcp("a=rtcp:7000 IN IP4 192.0.2.10\r\n"), other);
    assert_eq!(rtcp("a=rtcp:7000\r\na=rtcp-mux\r\n"), "192.0.2.9:6000".parse().unwrap());
    assert_eq!(rtcp("a=rtcp:0\r\n"), "192.0.2.9:6001".parse().unwrap());
    let (text, plan) = answer("m=audio 65535 RTP/AVP 0\r\n");
    assert!(!plan.rtcp_mux && !text.contains("rtcp-mux"));
    assert_eq!(plan.remote_rtcp.port(), 65535);
}

#[test]
fn mux_is_not_agreed_without_our_offering_it() {
    let mut negotiation = Negotiation::new(Local { rtcp_mux: false, ..local() }, 7);
    assert!(!negotiation.offer().contains("mux"));
    let plan = negotiation.answered(&remote("m=audio 6000 RTP/AVP 0\r\na=rtcp-mux\r\n"));
    assert!(!plan.unwrap().plan.rtcp_mux);
}

#[test]
fn a_medium_has_its_own_address_and_v6_works() {
    let (_, plan) = answer("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 198.51.100.7\r\n");
    assert_eq!(plan.remote_rtp, "198.51.100.7:6000".parse().unwrap());
    assert_eq!(
        refusal("m=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n"),
        Refusal::AddressFamily
    );
    assert_eq!(refusal("m=audio 6000 RTP/AVP 0\r\nc=IN IP4 host.example\r\n"), Refusal::Connection);
    let ours = Local::new("2001:db8::1".parse().unwrap(), 4000);
    let mut v6 = Negotiation::new(ours, 7);
    let offer = remote("m=audio 6000 RTP/AVP 0\r\nc=IN IP6 2001:db8::9\r\n");
    let (text, agreement) = v6.answer(&offer).unwrap();
    assert!(text.contains("c=IN IP6 2001:db8::1\r\n"));
    assert_eq!(agreement.plan.remote_rtp, "[2001:db8::9]:6000".parse().unwrap());
}

#[test]
fn a_refusal_tells_why_and_leaves_the_session_alone() {
    let cases = [
        ("m=audio 6000 RTP/AVP 18 4\r\n", Refusal::NoCodec, 488, 305),
        (
            "m=audio 6000 RTP/AVP 101\r\na=rtpmap:101 telephone-event/8000\r\n",
            Refusal::NoCodec,
            488,
            305,
        ),
        ("m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/16000\r\n", Refusal::NoCodec, 488, 305),
        ("m=audio 6000 RTP/SAVP 0\r\n", Refusal::Encrypted, 488, 302),
        ("m=audio 6000 TCP/RTP/AVP 0\r\n", Refusal::Transport, 488, 302),
        ("m=video 6000 RTP/AVP 31\r\n", Refusal::NoAudio, 488, 304),
        ("m=audio 0 RTP/AVP 0\r\n", Refusal::NoAudio, 488, 304),
        ("", Refusal::NoAudio, 488, 304),
    ];
    for (media, why, code, warning) in cases {
        let mut negotiation = negotiation();
        let offer = negotiation.offer();
        assert_eq!(negotiation.answer(&remote(media)), Err(why), "{media}");
        assert_eq!((why.code(), why.warning().0), (code, warning));
        assert_eq!(negotiation.offer(), offer);
    }
    let malformed = negotiation().answer(b"hello").unwrap_err();
    assert_eq!(malformed.code(), 400);
}

#[test]
fn a_secure_alternative_beside_plain_sound_does_no_harm() {
    let (text, _) = answer("m=audio 6002 RTP/SAVP 0\r\nm=audio 6000 RTP/AVP 0\r\n");
    assert_eq!(media_lines(&text), ["audio 0 RTP/SAVP 0", "audio 4000 RTP/AVP 0"]);
}

#[test]
fn what_follows_a_refused_offer_has_a_version_of_its_own() {
    let mut negotiation = negotiation();
    let first = version(&negotiation.offer());
    negotiation.rejected();
    assert_eq!(version(&negotiation.offer()), first + 1);
    assert_eq!(version(&negotiation.offer()), first + 1);
}

#[test]
fn an_answer_is_held_to_the_offer() {
    assert_eq!(
        negotiation().answered(&remote("m=audio 1 RTP/AVP 0\r\n")),
        Err(Refusal::NotOffered)
    );
    assert_eq!(answered("m=audio 0 RTP/AVP 0\r\n"), Err(Refusal::Rejected));
    assert_eq!(answered("m=video 6000 RTP/AVP 0\r\n"), Err(Refusal::NoAudio));
    assert_eq!(answered("m=audio 6000 RTP/SAVP 0\r\n"), Err(Refusal::Encrypted));
    let mut negotiation = negotiation();
    negotiation.offer();
    let answer = remote("m=video 0 RTP/AVP 31\r\nm=audio 6000 RTP/AVP 18 0\r\n");
    let agreement = negotiation.answered(&answer).unwrap();
    let faults: Vec<_> = agreement.deviations.iter().map(|d| d.fault).collect();
    assert_eq!(faults, [Fault::AnswerMediaCount, Fault::AnswerFormat]);
    assert_eq!(codecs(&agreement.plan), [("PCMU", 0, 0)]);
    assert!(negotiation.answered(&answer).is_ok(), "200 after 183");
    negotiation.rejected();
    assert_eq!(negotiation.answered(&answer), Err(Refusal::NotOffered));
}

#[test]
fn events_without_a_map_in_the_answer_are_what_we_called_so() {
    let plan = answered("m=audio 6000 RTP/AVP 0 101\r\n").unwrap();
    assert_eq!((plan.dtmf[0].send_pt, plan.dtmf[0].clock_rate), (101, 8000));
}

#[test]
fn the_answer_has_the_offers_time() {
    let offer = String::from_utf8(remote("m=audio 6000 RTP/AVP 0\r\n")).unwrap();
    let answer = |time: &str| {
        let offer = offer.replace("t=0 0", time);
        negotiation().answer(offer.as_bytes()).unwrap().0
    };
    assert!(answer("t=2873397496 2873404696").contains("\r\nt=2873397496 2873404696\r\n"));
    assert!(answer("t=x\u{1}").contains("\r\nt=0 0\r\n"));
}

struct Wide;

impl Codec for Wide {
    fn spec(&self) -> &'static Spec {
        &WIDE
    }

    fn encode(&mut self, _: &[i16], _: &mut [u8]) -> Result<usize, crate::codec::CodecError> {
        Ok(0)
    }

    fn decode(&mut self, _: &[u8], _: &mut [i16]) -> Result<usize, crate::codec::CodecError> {
        Ok(0)
    }

    fn samples(&self, _: &[u8]) -> usize {
        0
    }
}

static WIDE: Spec = Spec {
    name: "opus",
    payload_type: None,
    clock_rate: 48_000,
    sample_rate: 48_000,
    channels: 2,
    ie: 0.0,
    bpl: 20.0,
    open: |_| Box::new(Wide),
};

#[test]
fn telephone_events_come_at_each_clock_rate() {
    let mut codecs = CODECS.to_vec();
    codecs.insert(0, &WIDE);
    let mut negotiation = Negotiation::new(Local { codecs, ..local() }, 7);
    let offer = negotiation.offer();
    assert_eq!(media_lines(&offer), ["audio 4000 RTP/AVP 96 8 0 101 97 13"]);
    assert!(offer.contains("a=rtpmap:96 opus/48000/2\r\n"));
    assert!(offer.contains("a=rtpmap:101 telephone-event/48000\r\na=fmtp:101 0-15\r\n"));
    assert!(offer.contains("a=rtpmap:97 telephone-event/8000\r\n"));
    let wide = "m=audio 6000 RTP/AVP 120 121 122\r\na=rtpmap:120 OPUS/48000/2\r\n\
        a=rtpmap:121 telephone-event/48000\r\na=rtpmap:122 telephone-event/8000\r\n";
    let plan = negotiation.answered(&remote(wide)).unwrap().plan;
    let events: Vec<_> = plan.dtmf.iter().map(|e| (e.clock_rate, e.send_pt, e.recv_pt)).collect();
    assert_eq!(events, [(48_000, 121, 101)]);
    assert_eq!(
        (plan.codecs[0].send_pt, plan.codecs[0].recv_pt, plan.codecs[0].channels),
        (120, 96, 2)
    );
    let narrow = wide.replace("a=rtpmap:121 telephone-event/48000\r\n", "");
    let plan = negotiation.answered(&remote(&narrow)).unwrap().plan;
    assert_eq!(plan.dtmf[0].clock_rate, 8000, "a far end that knows 8000 Hz alone");
}

#[test]
fn origins_are_ours_in_offer_and_answer() {
    let mut negotiation = negotiation();
    let (text, _) = negotiation.answer(&remote("m=audio 6000 RTP/AVP 0\r\n")).unwrap();
    let origin = |text: &str| Description::parse(text.as_bytes()).unwrap().origin();
    let ours =
        |origin: Option<Origin>| origin.map(|o| (o.session, o.user)) == Some((7, "-".into()));
    assert!(ours(origin(&text)) && ours(origin(&negotiation.offer())));
}
