//! How the reading and the answering of a session description grow with each of its elements,
//! from 1 to 64 KiB.

use std::{hint::black_box, time::Duration};

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use milliwatt_media::{
    negotiate::{Local, Negotiation},
    sdp::Description,
};

/// Makes a description of about that many octets.
type Grow = fn(usize) -> String;

const ELEMENTS: &[(&str, Grow)] = &[
    ("attributes", |size| session("", &"a=x\r\n".repeat(size / 5))),
    ("session-lines", |size| session(&"b=AS:1\r\n".repeat(size / 8), "")),
    ("formats", |size| format!("{HEAD}m=audio 6000 RTP/AVP{}\r\n", " 0".repeat(size / 2))),
    ("rtpmaps", |size| session("", &"a=rtpmap:96 opus/48000/2\r\n".repeat(size / 26))),
    ("fmtp", |size| session("", &format!("a=fmtp:0 {}\r\n", "a=b;".repeat(size / 4)))),
    ("media", |size| session("", &"m=video 6002 RTP/AVP 31\r\n".repeat(size / 25))),
    ("candidates", |size| {
        let line = "a=candidate:1 1 UDP 1 192.0.2.9 6000 typ host\r\n";
        session("", &line.repeat(size / line.len()))
    }),
    ("no-equals", |size| session("", &"nonsense\r\n".repeat(size / 10))),
    ("line-feeds", |size| session("", &"\n".repeat(size))),
    ("one-line", |size| session("", &format!("a={}\r\n", "x".repeat(size)))),
];

const HEAD: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\n";

fn session(before: &str, after: &str) -> String {
    format!("{HEAD}{before}m=audio 6000 RTP/AVP 0 101\r\n{after}")
}

fn growth(criterion: &mut Criterion) {
    for (element, grow) in ELEMENTS {
        let mut group = criterion.benchmark_group(format!("growth/sdp-{element}"));
        for kib in [1, 2, 4, 8, 16, 32, 64] {
            let body = grow(kib * 1024);
            group.throughput(Throughput::Bytes(body.len() as u64));
            group.bench_with_input(BenchmarkId::from_parameter(kib), &body, |bencher, body| {
                bencher.iter(|| {
                    black_box(Description::parse(black_box(body.as_bytes())).is_ok());
                    let local = Local::new([192, 0, 2, 1].into(), 4000);
                    black_box(Negotiation::new(local, 7).answer(body.as_bytes()).is_ok());
                });
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(200))
        .measurement_time(Duration::from_millis(500))
        .sample_size(20);
    targets = growth
}
criterion_main!(benches);
