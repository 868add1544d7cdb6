//! Hostile RTP and RTCP from the very address that was signalled: nothing panics, memory stays
//! flat, and the call is heard again as soon as good packets come.

use milliwatt_media::session::{Channel, Packet};

use crate::{
    allocation,
    line::{End, address, ms, plan, rtp, rtp_with},
};

type Case = (&'static str, Vec<u8>);

/// 52 datagrams for the RTP port. `n` varies what a hostile sender would vary.
fn rtp_cases(n: u32) -> Vec<Case> {
    let good = rtp(0, n as u16, n.wrapping_mul(160), 7);
    let flags = |first: u8| {
        let mut bytes = good.clone();
        bytes[0] = first;
        bytes
    };
    let with = |flags: u8, rest: &[u8]| {
        let mut bytes = rtp_with(0, n as u16, n.wrapping_mul(160), 7, rest);
        bytes[0] = flags;
        bytes
    };
    let chance = |k: u32| n.wrapping_mul(2_654_435_761).wrapping_add(k.wrapping_mul(40_503));
    vec![
        ("empty", vec![]),
        ("one byte", vec![0x80]),
        ("two bytes", good[..2].to_vec()),
        ("three bytes", good[..3].to_vec()),
        ("half a header", good[..6].to_vec()),
        ("header less one", good[..11].to_vec()),
        ("header alone", good[..12].to_vec()),
        ("one sample", good[..13].to_vec()),
        ("version 0", flags(0x00)),
        ("version 1", flags(0x40)),
        ("version 3", flags(0xc0)),
        ("fifteen CSRCs that are not there", with(0x8f, &[])),
        ("fifteen CSRCs and one byte short", with(0x8f, &[0; 59])),
        ("fifteen CSRCs and no payload", with(0x8f, &[0; 60])),
        ("padding flag on nothing", with(0xa0, &[])),
        ("padding of zero", with(0xa0, &[1, 2, 3, 0])),
        ("padding of all", with(0xa0, &[1, 2, 3, 4])),
        ("padding of more than all", with(0xa0, &[1, 2, 3, 5])),
        ("padding of 255", with(0xa0, &[255])),
        ("extension that is not there", with(0x90, &[])),
        ("half an extension header", with(0x90, &[0xbe, 0xde])),
        ("extension without length", with(0x90, &[0xbe, 0xde, 0, 0])),
        ("extension longer than the packet", with(0x90, &[0xbe, 0xde, 0xff, 0xff, 1, 2])),
        ("one-byte element past its block", with(0x90, &[0xbe, 0xde, 0, 1, 0x1f, 0, 0, 0])),
        ("one-byte element with id 15", with(0x90, &[0xbe, 0xde, 0, 1, 0xff, 1, 2, 3])),
        ("two-byte element past its block", with(0x90, &[0x10, 0, 0, 1, 1, 255, 0, 0])),
        ("extension of zeros", with(0x90, &[0xbe, 0xde, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])),
        ("CSRCs, extension and padding at once", with(0xbf, &[0xff; 200])),
        ("everything set and nothing there", vec![0xbf; 12]),
        ("STUN", [&[0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42][..], &[0; 12]].concat()),
        ("DTLS", vec![22, 254, 253, 0, 0, 0, 0, 0, 0, 0, 0, 0, 10]),
        ("SIP on the media port", b"INVITE sip:a@b SIP/2.0\r\n\r\n".to_vec()),
        ("RTCP on the RTP port", vec![0x80, 200, 0, 1, 0, 0, 0, 7]),
        ("the reserved types", rtp(72, n as u16, n, 7)),
        ("a type never agreed", rtp(127, n as u16, n, 7)),
        ("no payload", rtp_with(0, n as u16, n * 160, 7, &[])),
        ("65 000 bytes of payload", rtp_with(0, n as u16, n * 160, 7, &vec![0; 65_000])),
        ("2049 bytes of payload", rtp_with(0, n as u16, n * 160, 7, &[0; 2049])),
        ("2048 bytes of payload", rtp_with(0, n as u16, n * 160, 7, &[0; 2048])),
        ("random numbers", rtp(0, chance(1) as u16, n * 160, 7)),
        ("random timestamps", rtp(0, n as u16, chance(2), 7)),
        ("random numbers and timestamps", rtp(0, chance(3) as u16, chance(4), 7)),
        ("random sources", rtp(0, n as u16, n * 160, chance(5))),
        ("the same packet for ever", rtp(0, 1, 160, 7)),
        ("numbers that fall", rtp(0, 60_000_u16.wrapping_sub(n as u16), n * 160, 7)),
        ("timestamps that fall", rtp(0, n as u16, u32::MAX - n.wrapping_mul(160), 7)),
        ("timestamps that stand", rtp(0, n as u16, 5, 7)),
        ("timestamps a day apart", rtp(0, n as u16, n.wrapping_mul(691_200_000), 7)),
        ("every second number", rtp(0, (n * 2) as u16, n * 320, 7)),
        ("a jump of 3000 each", rtp(0, n.wrapping_mul(3000) as u16, n * 160, 7)),
        ("an event of no bytes", rtp_with(101, n as u16, n * 160, 7, &[])),
        (
            "an event of every code",
            rtp_with(101, n as u16, chance(6), 7, &[n as u8, 0x80, 0xff, 0xff]),
        ),
    ]
}

/// 44 datagrams for the RTCP port.
fn rtcp_cases(n: u32) -> Vec<Case> {
    let packet = |first: u8, kind: u8, length: u16, body: &[u8]| {
        [&[first, kind][..], &length.to_be_bytes(), body].concat()
    };
    let ssrc = [0, 0, 0, 7];
    let chance = n.wrapping_mul(2_654_435_761).to_be_bytes();
    let sr = packet(0x80, 200, 6, &[&ssrc[..], &[chance[0]; 20]].concat());
    let rr = packet(0x81, 201, 7, &[&ssrc[..], &[chance[1]; 24]].concat());
    let sdes = |body: &[u8]| packet(0x81, 202, (body.len() / 4) as u16, body);
    let compound = |tail: &[u8]| [&sr[..], tail].concat();
    let mut cases = vec![
        ("empty", vec![]),
        ("one byte", vec![0x80]),
        ("three bytes", vec![0x80, 200, 0]),
        ("a header alone", packet(0x80, 200, 0, &[])),
        ("a report without sender", packet(0x80, 201, 0, &[])),
        ("a length past the end", packet(0x80, 200, 0xffff, &[0; 24])),
        ("a length of one too few", packet(0x80, 200, 5, &[0; 20])),
        ("31 blocks that are not there", packet(0x9f, 200, 6, &[0; 24])),
        ("31 blocks in a receiver report", packet(0x9f, 201, 1, &ssrc)),
        ("31 blocks that are there", packet(0x9f, 201, 187, &[0xff; 748])),
        ("version 0", packet(0x00, 200, 6, &[0; 24])),
        ("version 1", packet(0x40, 200, 6, &[0; 24])),
        ("version 3", packet(0xc0, 200, 6, &[0; 24])),
        ("padding of all", packet(0xa0, 200, 6, &[0xff; 24])),
        ("padding of zero", packet(0xa0, 203, 1, &[0, 0, 0, 0])),
        ("a good sender report", sr.clone()),
        ("a good receiver report", rr),
        ("a hundred reports in one", sr.repeat(50)),
        ("headers alone, 16 000 of them", [0x80, 204, 0, 0].repeat(16_000)),
        ("a tail of one byte", compound(&[0x80])),
        ("a tail of version 0", compound(&[0, 0, 0, 0])),
        ("BYE of nobody", packet(0x80, 203, 0, &[])),
        ("BYE of 31 that are not there", packet(0x9f, 203, 1, &ssrc)),
        ("BYE of 31", packet(0x9f, 203, 31, &[9; 124])),
        ("BYE with a reason past the end", packet(0x81, 203, 2, &[0, 0, 0, 9, 255, 1, 2, 3])),
        ("BYE with an empty reason", packet(0x81, 203, 2, &[0, 0, 0, 9, 0, 0, 0, 0])),
        ("BYE of a stranger", compound(&packet(0x81, 203, 1, &chance))),
        ("SDES without an end", sdes(&[0, 0, 0, 7, 1, 2, b'a', b'b'])),
        ("SDES past the end", sdes(&[0, 0, 0, 7, 1, 255, b'a', b'b'])),
        ("SDES of 31 chunks", packet(0x9f, 202, 1, &ssrc)),
        ("SDES of unknown items", sdes(&[0, 0, 0, 7, 99, 0, 0, 0])),
        ("SDES that is no UTF-8", sdes(&[0, 0, 0, 7, 1, 2, 0xff, 0xfe, 0, 0, 0, 0])),
        ("APP", packet(0x80, 204, 2, &[0, 0, 0, 7, b'n', b'a', b'm', b'e'])),
        ("APP without a name", packet(0x80, 204, 1, &ssrc)),
        ("RPSI", packet(0x83, 206, 3, &[0, 0, 0, 7, 0, 0, 0, 8, 0xff, 0xff, 0xff, 0xff])),
        ("RPSI without its fields", packet(0x83, 206, 0, &[])),
        ("NACK", packet(0x81, 205, 3, &[0, 0, 0, 7, 0, 0, 0, 8, 0, 1, 0xff, 0xff])),
        ("XR of no block", packet(0x80, 207, 1, &ssrc)),
        ("XR block past the end", packet(0x80, 207, 2, &[0, 0, 0, 7, 7, 0, 0xff, 0xff])),
        ("XR of every type", packet(0x80, 207, 2, &[0, 0, 0, 7, n as u8, 0, 0, 0])),
        ("an unknown type", packet(0x80, 195, 1, &ssrc)),
        ("RTP on the RTCP port", rtp(0, n as u16, n, 7)),
    ];
    let ours = |word: u32| {
        let mut body = [0_u8; 28];
        body[..4].copy_from_slice(&ssrc);
        for (at, byte) in body[8..].iter_mut().enumerate() {
            *byte = word.to_be_bytes()[at % 4];
        }
        packet(0x81, 201, 7, &body)
    };
    cases.push(("figures that are all ones", ours(u32::MAX)));
    cases.push(("figures at random", ours(n.wrapping_mul(2_654_435_761))));
    cases
}

/// Ten seconds of a good call, then each case 500 times over ten seconds, then the call again.
fn survives(name: &str, channel: Channel, case: impl Fn(u32) -> Vec<u8>) {
    let far = address(2, 5000);
    let from = if channel == Channel::Rtcp { address(2, 5001) } else { far };
    let mut end = End::new(ms(0), address(1, 4000), plan(far), 1);
    let mut n = 0_u32;
    let mut second = |end: &mut End, hostile: u32, good: bool| {
        for _ in 0..50 {
            let now = ms(u64::from(n) * 20);
            if good {
                end.packet(now, far, &rtp(0, n as u16, n * 160, 0x7777));
            }
            for k in 0..hostile {
                let bytes = case(n * 10 + k);
                end.session.handle(now, Packet { from, channel, bytes: &bytes });
            }
            end.session.run(now, &mut end.port);
            end.drain();
            end.port.heard.clear();
            end.port.spoken.clear();
            n += 1;
        }
    };
    for _ in 0..3 {
        second(&mut end, 0, true);
    }
    for _ in 0..2 {
        second(&mut end, 10, false);
    }
    end.events.clear();
    let live = allocation::live();
    for _ in 0..4 {
        second(&mut end, 10, false);
        end.events.clear();
    }
    assert!(allocation::live() - live < 600 * 1024, "{name}: {}", allocation::live() - live);
    for _ in 0..15 {
        second(&mut end, 0, true);
    }
    let last = end.ticks().last().unwrap();
    assert_eq!((last.received, last.lost), (50, 0), "{name}: {last:?}");
    assert!(last.concealed_percent == 0.0 && last.buffer_ms < 120.0, "{name}: {last:?}");
}

#[test]
fn fifty_two_rtp_cases() {
    assert_eq!(rtp_cases(0).len(), 52);
    for at in 0..52 {
        survives(rtp_cases(0)[at].0, Channel::Rtp, |n| rtp_cases(n).swap_remove(at).1);
    }
}

#[test]
fn forty_four_rtcp_cases() {
    assert_eq!(rtcp_cases(0).len(), 44);
    for at in 0..44 {
        survives(rtcp_cases(0)[at].0, Channel::Rtcp, |n| rtcp_cases(n).swap_remove(at).1);
    }
}

/// A million good datagrams, RTP and RTCP, each with a few bytes changed, cut or grown.
#[test]
fn a_million_mangled_datagrams() {
    let far = address(2, 5000);
    let mut end = End::new(ms(0), address(1, 4000), plan(far), 1);
    let mut state = 11_u64;
    let mut chance = move || {
        state =
            state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32
    };
    let rtcp: Vec<_> =
        rtcp_cases(3).into_iter().map(|(_, bytes)| bytes).filter(|b| b.len() < 200).collect();
    let mut live = 0;
    for n in 0..1_000_000_u32 {
        let (channel, from) =
            if n % 4 == 0 { (Channel::Rtcp, address(2, 5001)) } else { (Channel::Rtp, far) };
        let mut bytes = match channel {
            Channel::Rtcp => rtcp[chance() as usize % rtcp.len()].clone(),
            Channel::Rtp => rtp([0, 8, 13, 101][chance() as usize % 4], n as u16, n * 160, 7),
        };
        for _ in 0..chance() % 4 {
            let at = chance() as usize % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(at.min(40)) {
                *byte = chance() as u8;
            }
        }
        if chance() % 8 == 0 {
            bytes.truncate(chance() as usize % (bytes.len() + 1));
        }
        let now = ms(u64::from(n) * 2);
        end.session.handle(now, Packet { from, channel, bytes: &bytes });
        if n % 10 == 0 {
            end.session.run(now, &mut end.port);
            end.drain();
            end.events.clear();
            end.port.heard.clear();
            end.port.spoken.clear();
        }
        if n == 100_000 {
            live = allocation::live();
        }
    }
    assert!(allocation::live() - live < 256 * 1024, "{}", allocation::live() - live);
}
