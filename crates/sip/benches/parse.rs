//! One INVITE with SDP, 1260 octets, with From, To, Via, CSeq, Contact, Call-ID and Content-Length
//! read: ours, rsip and sipx-sip side by side. Then how each element grows from 1 to 64 KiB.

#![allow(clippy::expect_used, missing_docs, reason = "a bench may fail, and explains itself")]

use std::{hint::black_box, time::Duration};

use bytes::Bytes;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use milliwatt_sip::message::{Framing, Message};

#[path = "../tests/parser/grown.rs"]
mod grown;
#[path = "../tests/parser/invite.rs"]
mod invite;

fn side_by_side(criterion: &mut Criterion) {
    let raw = Bytes::from_static(invite::INVITE.as_bytes());
    let mut group = criterion.benchmark_group("invite-1260");
    group.throughput(Throughput::Bytes(raw.len() as u64));
    group.bench_function("milliwatt", |bencher| {
        bencher.iter(|| milliwatt(Bytes::copy_from_slice(black_box(&raw))));
    });
    group.bench_function("rsip", |bencher| bencher.iter(|| rsip(black_box(&raw))));
    group.bench_function("sipx-sip", |bencher| {
        bencher.iter(|| sipx(Bytes::copy_from_slice(black_box(&raw))));
    });
    group.finish();
}

fn milliwatt(raw: Bytes) {
    let message = Message::parse(raw, Framing::Datagram).expect("a message");
    black_box((message.from(), message.to(), message.top_via(), message.cseq()));
    black_box((message.contact(), message.call_id(), message.content_length()));
}

fn rsip(raw: &[u8]) {
    use rsip::{
        message::HeadersExt,
        prelude::{HasHeaders, ToTypedHeader, UntypedHeader},
    };

    let message = rsip::SipMessage::try_from(raw).expect("a message");
    let request = rsip::Request::try_from(message).expect("a request");
    black_box(request.from_header().expect("From").typed().expect("From"));
    black_box(request.to_header().expect("To").typed().expect("To"));
    black_box(request.via_header().expect("Via").typed().expect("Via"));
    black_box(request.cseq_header().expect("CSeq").typed().expect("CSeq"));
    black_box(request.contact_header().expect("Contact").typed().expect("Contact"));
    black_box(request.call_id_header().expect("Call-ID").value());
    let length = request.headers().iter().find_map(|header| {
        if let rsip::Header::ContentLength(length) = header { length.length().ok() } else { None }
    });
    black_box(length.expect("Content-Length"));
}

fn sipx(raw: Bytes) {
    use sipx_sip::{Limits, headers};

    let message = sipx_sip::parse_datagram(raw, &Limits::datagram()).expect("a message");
    let headers = message.headers();
    black_box(headers.typed::<headers::From>().expect("From").expect("From"));
    black_box(headers.typed::<headers::To>().expect("To").expect("To"));
    black_box(headers.typed::<headers::Via>().expect("Via").expect("Via"));
    black_box(headers.typed::<headers::CSeq>().expect("CSeq").expect("CSeq"));
    black_box(headers.typed::<headers::Contact>().expect("Contact").expect("Contact"));
    black_box(headers.typed::<headers::CallId>().expect("Call-ID").expect("Call-ID"));
    black_box(headers.typed::<headers::ContentLength>().expect("length").expect("length"));
}

fn growth(criterion: &mut Criterion) {
    for (element, grow) in grown::ELEMENTS {
        let mut group = criterion.benchmark_group(format!("growth/{element}"));
        for kib in [1, 2, 4, 8, 16, 32, 64] {
            let raw = Bytes::from(grow(kib * 1024));
            group.throughput(Throughput::Bytes(raw.len() as u64));
            group.bench_with_input(BenchmarkId::from_parameter(kib), &raw, |bencher, raw| {
                bencher.iter(|| black_box(grown::read_all(raw.clone())));
            });
        }
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1000));
    targets = side_by_side, growth
}
criterion_main!(benches);
