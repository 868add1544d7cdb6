//! Every timer goes off at the instant that RFC 3261 table 4 and RFC 6026 give it.

use super::*;

/// Timer A: T1, 2·T1, 4·T1 and so on, until 64·T1.
const A: [u64; 7] = [0, 500, 1500, 3500, 7500, 15_500, 31_500];
/// Timers E and G: doubling up to T2.
const E: [u64; 11] = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

#[test]
fn a_and_b_invite_without_an_answer() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    clock.request(&bytes);
    clock.run(100_000);
    assert_eq!(clock.told(), then(then(each("INVITE", &A), 32_000, "timed out"), 32_000, "ended"));
    assert!(clock.sent.iter().all(|sent| *sent == bytes));
    assert!(clock.layer.is_empty());
    assert_eq!(clock.layer.counters().requests_sent_again, 6);
}

#[test]
fn b_alone_where_the_transport_repeats_by_itself() {
    for transport in [Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss] {
        let mut clock = Clock::new(transport);
        clock.request(&request("INVITE", "z9hG4bKa"));
        clock.run(100_000);
        let expected = then(then(each("INVITE", &[0]), 32_000, "timed out"), 32_000, "ended");
        assert_eq!(clock.told(), expected);
    }
}

#[test]
fn a_larger_t1_stretches_all() {
    let timers = Timers { t1: ms(1000), ..Timers::default() };
    let mut clock = Clock::with(Transport::Udp, timers, Limits::default());
    clock.request(&request("INVITE", "z9hG4bKa"));
    clock.run(100_000);
    let expected = each("INVITE", &A.map(|at| at * 2));
    assert_eq!(clock.told(), then(then(expected, 64_000, "timed out"), 64_000, "ended"));
}

#[test]
fn a_provisional_response_stops_a_and_b_for_good() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    clock.run(700);
    assert_eq!(clock.receive(&response(&bytes, 180, "b")), Incoming::Response(id));
    clock.run(3_600_000);
    assert_eq!(clock.told(), each("INVITE", &[0, 500]));
    assert_eq!(clock.layer.sent_again(id), 1);
    assert_eq!(clock.receive(&response(&bytes, 200, "b")), Incoming::Response(id));
}

#[test]
fn d_acknowledges_each_repeated_refusal() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    clock.run(100);
    let busy = response(&bytes, 486, "b");
    assert_eq!(clock.receive(&busy), Incoming::Response(id));
    clock.run(600);
    assert_eq!(clock.receive(&busy), Incoming::Retransmission);
    clock.run(32_000);
    assert_eq!(clock.receive(&busy), Incoming::Retransmission);
    clock.run(100_000);
    let acks = each("ACK", &[100, 600, 32_000]);
    let expected = [each("INVITE", &[0]), acks, each("ended", &[32_100])].concat();
    assert_eq!(clock.told(), expected);
    assert_eq!(clock.sent[1], clock.sent[2]);
    assert_eq!(clock.layer.counters().responses_repeated, 2);
}

#[test]
fn d_is_at_least_32_s_and_grows_with_t1() {
    for (t1, ended) in [(100, 32_100), (1000, 64_100)] {
        let timers = Timers { t1: ms(t1), ..Timers::default() };
        let mut clock = Clock::with(Transport::Udp, timers, Limits::default());
        let bytes = request("INVITE", "z9hG4bKa");
        clock.request(&bytes);
        clock.run(100);
        clock.receive(&response(&bytes, 603, "b"));
        clock.run(100_000);
        assert_eq!(clock.told().last(), Some(&(ended, "ended".to_owned())));
    }
}

#[test]
fn d_is_zero_on_a_stream() {
    let mut clock = Clock::new(Transport::Tcp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    clock.run(100);
    assert_eq!(clock.receive(&response(&bytes, 486, "b")), Incoming::Response(id));
    let expected = [each("INVITE", &[0]), each("ACK", &[100]), each("ended", &[100])].concat();
    assert_eq!(clock.told(), expected);
}

#[test]
fn m_lets_every_2xx_of_a_fork_up() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut clock = Clock::new(transport);
        let bytes = request("INVITE", "z9hG4bKa");
        let id = clock.request(&bytes);
        clock.run(100);
        for tag in ["b", "c", "b"] {
            assert_eq!(clock.receive(&response(&bytes, 200, tag)), Incoming::Response(id));
        }
        assert_eq!(clock.receive(&response(&bytes, 486, "d")), Incoming::Retransmission);
        clock.run(100_000);
        assert_eq!(clock.told(), then(each("INVITE", &[0]), 32_100, "ended"));
        let late = clock.receive(&response(&bytes, 200, "b"));
        assert_eq!(late, Incoming::StrayResponse(Stray::NoTransaction));
    }
}

#[test]
fn e_and_f_non_invite_without_an_answer() {
    let mut clock = Clock::new(Transport::Udp);
    clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.run(100_000);
    let expected = then(then(each("OPTIONS", &E), 32_000, "timed out"), 32_000, "ended");
    assert_eq!(clock.told(), expected);

    let mut clock = Clock::new(Transport::Tls);
    clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.run(100_000);
    let expected = then(then(each("OPTIONS", &[0]), 32_000, "timed out"), 32_000, "ended");
    assert_eq!(clock.told(), expected);
}

#[test]
fn e_goes_on_at_t2_after_a_provisional_response_and_f_stays() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("REGISTER", "z9hG4bKa");
    clock.request(&bytes);
    clock.run(600);
    clock.receive(&response(&bytes, 100, "b"));
    clock.run(100_000);
    let at = [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500];
    let expected = then(then(each("REGISTER", &at), 32_000, "timed out"), 32_000, "ended");
    assert_eq!(clock.told(), expected);
}

#[test]
fn k_absorbs_repeated_answers_for_t4() {
    for (transport, ended) in [(Transport::Udp, 5100), (Transport::Tcp, 100)] {
        let mut clock = Clock::new(transport);
        let bytes = request("BYE", "z9hG4bKa");
        let id = clock.request(&bytes);
        clock.run(100);
        let ok = response(&bytes, 200, "b");
        assert_eq!(clock.receive(&ok), Incoming::Response(id));
        if transport == Transport::Udp {
            assert_eq!(clock.receive(&ok), Incoming::Retransmission);
        }
        clock.run(100_000);
        assert_eq!(clock.told(), then(each("BYE", &[0]), ended, "ended"));
    }
}

#[test]
fn trying_goes_out_200_ms_after_an_invite_without_a_response() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.accept(&bytes);
    clock.run(150);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    clock.run(500);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    clock.respond(id, &response(&bytes, 180, "b"));
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    clock.run(600_000);
    assert_eq!(clock.told(), [each("100", &[200, 500]), each("180", &[500, 500])].concat());
    assert_eq!(message(&clock.sent[0]).to().unwrap().tag(), None);
    assert_eq!(clock.layer.counters().requests_repeated, 3);
    assert_eq!(clock.layer.counters().responses_sent_again, 2);
}

#[test]
fn a_quick_response_keeps_trying_in() {
    for code in [180, 200, 404] {
        let mut clock = Clock::new(Transport::Tcp);
        let bytes = request("INVITE", "z9hG4bKa");
        let id = clock.accept(&bytes);
        clock.run(199);
        clock.respond(id, &response(&bytes, code, "b"));
        clock.run(30_000);
        assert_eq!(clock.told(), each(&code.to_string(), &[199]));
    }
}

#[test]
fn g_and_h_a_refusal_without_an_ack() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.accept(&bytes);
    let busy = response(&bytes, 486, "b");
    clock.respond(id, &busy);
    clock.run(100_000);
    let expected = then(then(each("486", &E), 32_000, "no ack"), 32_000, "ended");
    assert_eq!(clock.told(), expected);
    assert!(clock.sent.iter().all(|sent| *sent == busy));

    let mut clock = Clock::new(Transport::Tcp);
    let id = clock.accept(&bytes);
    clock.respond(id, &busy);
    clock.run(100_000);
    let expected = then(then(each("486", &[0]), 32_000, "no ack"), 32_000, "ended");
    assert_eq!(clock.told(), expected);
}

#[test]
fn i_absorbs_repeated_acks_for_t4() {
    for (transport, ended) in [(Transport::Udp, 5600), (Transport::Tcp, 600)] {
        let mut clock = Clock::new(transport);
        let bytes = request("INVITE", "z9hG4bKa");
        let id = clock.accept(&bytes);
        clock.respond(id, &response(&bytes, 486, "b"));
        clock.run(600);
        let ack = request("ACK", "z9hG4bKa");
        assert_eq!(clock.receive(&ack), Incoming::Ack(id));
        if transport == Transport::Udp {
            assert_eq!(clock.receive(&ack), Incoming::Ack(id));
            assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
        }
        clock.run(100_000);
        let sent: &[u64] = if transport == Transport::Udp { &[0, 500] } else { &[0] };
        assert_eq!(clock.told(), then(each("486", sent), ended, "ended"));
    }
}

#[test]
fn l_absorbs_invites_and_lets_acks_and_further_2xx_through() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut clock = Clock::new(transport);
        let bytes = request("INVITE", "z9hG4bKa");
        let id = clock.accept(&bytes);
        let ok = response(&bytes, 200, "b");
        clock.respond(id, &ok);
        assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
        clock.run(500);
        clock.respond(id, &ok);
        clock.respond(id, &response(&bytes, 486, "b"));
        clock.respond(id, &response(&bytes, 180, "b"));
        assert_eq!(clock.receive(&request("ACK", "z9hG4bKa")), Incoming::Ack2xx(Some(id)));
        assert_eq!(clock.receive(&request("ACK", "z9hG4bKb")), Incoming::Ack2xx(None));
        clock.run(100_000);
        assert_eq!(clock.told(), then(each("200", &[0, 500]), 32_000, "ended"));
    }
}

#[test]
fn j_repeats_the_answer_octet_for_octet() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("OPTIONS", "z9hG4bKa");
    let id = clock.accept(&bytes);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    clock.run(100);
    let ok = response(&bytes, 200, "b");
    clock.respond(id, &ok);
    clock.respond(id, &response(&bytes, 500, "b"));
    clock.run(20_000);
    assert_eq!(clock.receive(&bytes), Incoming::Retransmission);
    clock.run(100_000);
    assert_eq!(clock.told(), then(each("200", &[100, 20_000]), 32_100, "ended"));
    assert!(clock.sent.iter().all(|sent| *sent == ok));
    assert_eq!(clock.receive(&bytes), Incoming::Request(ServerId(id.0 + 1)));
}

#[test]
fn j_is_zero_on_a_stream() {
    let mut clock = Clock::new(Transport::Ws);
    let bytes = request("MESSAGE", "z9hG4bKa");
    let id = clock.accept(&bytes);
    clock.respond(id, &response(&bytes, 200, "b"));
    assert_eq!(clock.told(), then(each("200", &[0]), 0, "ended"));
}

#[test]
fn a_request_that_is_never_answered_does_not_stay() {
    let mut clock = Clock::new(Transport::Tcp);
    clock.accept(&request("MESSAGE", "z9hG4bKa"));
    clock.run(100_000);
    assert_eq!(clock.told(), each("ended", &[32_000]));
}

#[test]
fn a_request_that_was_given_up_is_silent_and_still_acknowledges() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    clock.run(2000);
    clock.layer.give_up(clock.now, id);
    clock.run(5000);
    assert_eq!(clock.receive(&response(&bytes, 180, "b")), Incoming::Response(id));
    assert_eq!(clock.receive(&response(&bytes, 503, "b")), Incoming::Response(id));
    let expected = [each("INVITE", &[0, 500, 1500]), each("ACK", &[5000])].concat();
    assert_eq!(clock.told(), expected);
}

#[test]
fn a_cancelled_invite_ends_64_t1_later_though_it_rings() {
    let mut clock = Clock::new(Transport::Udp);
    let bytes = request("INVITE", "z9hG4bKa");
    let id = clock.request(&bytes);
    clock.receive(&response(&bytes, 180, "b"));
    clock.run(60_000);
    clock.layer.give_up(clock.now, id);
    clock.receive(&response(&bytes, 180, "b"));
    clock.run(200_000);
    let expected = then(then(each("INVITE", &[0]), 92_000, "timed out"), 92_000, "ended");
    assert_eq!(clock.told(), expected);
}

#[test]
fn a_late_wake_up_sends_once_and_goes_on_from_there() {
    let mut clock = Clock::new(Transport::Udp);
    clock.request(&request("OPTIONS", "z9hG4bKa"));
    clock.now = ms(20_000);
    clock.layer.wake(clock.now);
    clock.drain();
    clock.run(100_000);
    let at = [0, 20_000, 21_000, 23_000, 27_000, 31_000];
    let expected = then(then(each("OPTIONS", &at), 32_000, "timed out"), 32_000, "ended");
    assert_eq!(clock.told(), expected);
}
