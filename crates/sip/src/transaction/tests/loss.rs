//! Over a wire that loses, doubles and reorders, each user hears each thing once.

use super::{
    pair::{End, Pair, Weather},
    *,
};

fn foul() -> Weather {
    Weather { loss: 30, duplicates: 10, delay: (ms(5), ms(120)) }
}

fn heard(pair: &Pair, end: End) -> Vec<&str> {
    pair.heard.iter().filter(|(at, _)| *at == end).map(|(_, what)| what.as_str()).collect()
}

#[test]
fn over_a_clear_wire_nothing_is_repeated() {
    let calm = Weather { loss: 0, duplicates: 0, delay: (ms(20), ms(20)) };
    let mut pair = Pair::new(1, calm, |method| if method == "INVITE" { 486 } else { 200 });
    pair.request(request("INVITE", "z9hG4bKa"));
    pair.request(request("OPTIONS", "z9hG4bKb"));
    pair.drive();
    assert_eq!(heard(&pair, End::Server), ["INVITE", "OPTIONS"]);
    assert_eq!(heard(&pair, End::Client), ["486", "200"]);
    assert_eq!(pair.sent, [3, 2]);
    assert_eq!(pair.client.counters(), Counters::default());
    assert_eq!(pair.server.counters(), Counters::default());
}

#[test]
fn a_refused_invite_is_heard_once_on_both_sides() {
    for seed in 0..100 {
        let mut pair = Pair::new(seed, foul(), |_| 486);
        pair.request(request("INVITE", "z9hG4bKa"));
        pair.drive();
        assert_eq!(heard(&pair, End::Server), ["INVITE"], "seed {seed}");
        assert_eq!(heard(&pair, End::Client), ["486"], "seed {seed}");
        assert!(pair.client.is_empty() && pair.server.is_empty());
        let (client, server) = (pair.client.counters(), pair.server.counters());
        let acks = pair.sent[0] - 1 - client.requests_sent_again;
        assert_eq!(acks, 1 + client.responses_repeated, "seed {seed}");
        assert_eq!(pair.sent[1], 1 + server.responses_sent_again, "seed {seed}");
    }
}

#[test]
fn a_question_is_heard_once_on_both_sides() {
    for seed in 0..100 {
        let mut pair = Pair::new(seed, foul(), |_| 200);
        for n in 0..5 {
            pair.request(request("OPTIONS", &format!("z9hG4bK{n}")));
        }
        let end = pair.drive();
        assert_eq!(heard(&pair, End::Server), ["OPTIONS"; 5], "seed {seed}");
        assert_eq!(heard(&pair, End::Client), ["200"; 5], "seed {seed}");
        assert!(pair.client.is_empty() && pair.server.is_empty());
        assert!(end < ms(100_000));
    }
}

#[test]
fn a_dead_wire_ends_all_in_64_t1() {
    let dead = Weather { loss: 100, duplicates: 0, delay: (ms(5), ms(5)) };
    let mut pair = Pair::new(1, dead, |_| 200);
    pair.request(request("INVITE", "z9hG4bKa"));
    pair.request(request("BYE", "z9hG4bKb"));
    assert_eq!(pair.drive(), ms(32_000));
    assert_eq!(heard(&pair, End::Client), ["timed out", "timed out"]);
    assert_eq!(pair.sent, [7 + 11, 0]);
}

#[test]
fn the_same_seed_tells_the_same_story() {
    let story = |seed| {
        let mut pair = Pair::new(seed, foul(), |_| 486);
        pair.request(request("INVITE", "z9hG4bKa"));
        let end = pair.drive();
        (end, pair.sent, pair.client.counters(), pair.server.counters())
    };
    assert_eq!(story(3), story(3));
    assert!((0..10).any(|seed| story(seed) != story(3)));
}
