//! What a message costs: allocations of an ordinary INVITE, memory of hostile ones.

use allocation_counter::measure;
use bytes::Bytes;
use milliwatt_sip::message::{Framing, Message};

use crate::{
    grown::{ELEMENTS, read_all},
    invite::INVITE,
};

#[test]
fn an_invite_with_its_headers_read_costs_at_most_ten_allocations() {
    assert_eq!(INVITE.len(), 1260);
    let cost = measure(|| {
        let message =
            Message::parse(Bytes::copy_from_slice(INVITE.as_bytes()), Framing::Datagram).unwrap();
        assert!(message.deviations().is_empty(), "{:?}", message.deviations());
        assert!(message.from().is_some() && message.to().is_some() && message.contact().is_some());
        assert!(message.top_via().is_some() && message.cseq().is_some());
        assert!(message.call_id().is_some() && message.content_length() == Some(356));
    });
    assert!(cost.count_total <= 10, "{cost:?}");
}

/// 64 KiB of one element: nothing panics, and the message with all that is read of it never takes
/// more than a small multiple of its own size.
#[test]
fn memory_is_bounded_whatever_grows() {
    for (element, grow) in ELEMENTS {
        for size in [0, 1, 1024, 8 * 1024, 64 * 1024 - 512, 64 * 1024, 80 * 1024] {
            let raw = Bytes::from(grow(size));
            let length = raw.len() as u64;
            let cost = measure(|| {
                read_all(raw);
            });
            let most = 8 * length + 64 * 1024;
            assert!(cost.bytes_max <= most, "{element} of {size}: {cost:?}");
        }
    }
}
