//! A flow that is lost, and what keeps it open.

use super::{super::*, lab::*};
use crate::transport::Transport;

#[test]
fn a_lost_flow_is_replaced_at_once() {
    let mut lab = Lab::registered("Expires: 600\r\n");
    lab.run(100, |_| ());
    lab.it.flow_lost(lab.now, FlowId(9), None);
    lab.run(101, |_| ());
    assert_eq!(lab.sent.len(), 1);
    lab.it.flow_lost(lab.now, FlowId(1), None);
    lab.run(102, |_| ());
    assert_eq!(lab.sent.last(), Some(&(secs(101), 3600)));
}

#[test]
fn a_datagram_that_found_nobody_elsewhere_is_no_loss() {
    let mut lab = Lab::registered("Expires: 600\r\n");
    let elsewhere = "192.0.2.8:5060".parse().unwrap();
    lab.run(100, |_| ());
    lab.it.flow_lost(lab.now, FlowId(1), Some(elsewhere));
    lab.run(200, |_| ());
    assert_eq!(lab.sent.len(), 1);
    lab.it.flow_lost(lab.now, FlowId(1), Some(lab.flow.remote));
    lab.run(201, |_| ());
    assert_eq!(lab.sent.last(), Some(&(secs(200), 3600)));
}

#[test]
fn udp_gets_crlf_about_every_25_s() {
    let mut lab = Lab::registered("Expires: 3600\r\n");
    lab.run(1000, |_| ());
    assert!((40..=50).contains(&lab.other.len()), "{}", lab.other.len());
    assert!(lab.other.iter().all(|(_, task)| *task == Task::Ping(lab.flow)));
    for pair in lab.other.windows(2) {
        assert!((secs(20)..=secs(25)).contains(&(pair[1].0 - pair[0].0)));
    }
}

/// Where a restart is found by nothing else, within the network of one's own, more is sent; not
/// where the trunk says how often, nor on a stream, which is closed by a restart.
#[test]
fn a_registrar_nearby_is_looked_after_every_2_s() {
    let said = Some(secs(25));
    for (transport, remote, set, least, most) in [
        (Transport::Udp, "10.1.2.3:5060", None, 1600, 2000),
        (Transport::Udp, "[fd00::9]:5060", None, 1600, 2000),
        (Transport::Udp, "[2001:db8::9]:5060", None, 20_000, 25_000),
        (Transport::Udp, "10.1.2.3:5060", said, 20_000, 25_000),
        (Transport::Tcp, "10.1.2.3:5060", None, 20_000, 25_000),
    ] {
        let mut lab = Lab::new(Settings { keep_alive_every: set, ..settings() });
        lab.flow.transport = transport;
        lab.flow.remote = remote.parse().unwrap();
        lab.it.start(lab.now);
        lab.drain();
        lab.answer(200, "");
        lab.run(100, |_| ());
        assert!(
            lab.other.len() >= 3 && lab.other.iter().all(|(_, it)| *it == Task::Ping(lab.flow))
        );
        for pair in lab.other.windows(2) {
            let apart = (pair[1].0 - pair[0].0).as_millis();
            assert!((least..=most).contains(&apart), "{remote} {transport} {set:?}: {apart} ms");
        }
    }
}

#[test]
fn udp_gets_options_or_nothing_where_the_trunk_wants_that() {
    for (keep_alive, count) in [(KeepAlive::Options, 4..=5), (KeepAlive::Off, 0..=0)] {
        let mut lab = Lab::new(Settings { keep_alive, ..settings() });
        lab.it.start(lab.now);
        lab.drain();
        lab.answer(200, "");
        for until in 1..=100 {
            lab.run(until, |_| ());
            lab.list(200, "");
        }
        assert!(count.contains(&lab.other.len()));
        assert!(lab.other.iter().all(|(_, task)| *task == Task::Options(lab.flow)));
    }
}

/// RFC 3261 §10.2.3: a registrar that answers without our contact has forgotten us, as often as it
/// does. Asterisk writes `Expires: 0` where nothing is bound.
#[test]
fn a_registrar_that_lists_us_no_more_is_told_of_us_at_once() {
    let listed = "Contact: <sip:alice@192.0.2.1:5060>;expires=3600\r\n";
    let mut lab = Lab::asking(listed);
    for _ in 0..5 {
        lab.asked_again();
        lab.list(200, listed);
    }
    assert_eq!((lab.sent.len(), lab.told.len()), (1, 2));
    for (times, empty) in [
        "Contact: <sip:bob@192.0.2.7:5060>;expires=60\r\n",
        "",
        "Expires: 0\r\n",
        "Contact: <sip:alice@192.0.2.1:5060>;expires=0\r\n",
    ]
    .into_iter()
    .enumerate()
    {
        lab.asked_again();
        lab.list(200, empty);
        lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, listed));
        assert_eq!(lab.sent.len(), times + 2, "{empty}");
        // Whoever looks at the registration sees that it was lost.
        let told = &lab.told[lab.told.len() - 2..];
        assert!(matches!(told, [Status::Registering, Status::Registered { .. }]), "{told:?}");
    }
}

/// A registrar that lists us and does not in turn gets no storm, whatever times it asks for.
#[test]
fn questions_and_registrations_are_a_second_apart() {
    let listed = "Contact: <sip:alice@192.0.2.1:5060>;expires=3600\r\nFlow-Timer: 1\r\n";
    let mut lab = Lab::asking(listed);
    let mut asked = 0;
    for n in 0..200 {
        lab.run(lab.now.as_secs() + 1, |lab| lab.answer(200, listed));
        let questions = lab.questions();
        if questions > asked {
            asked = questions;
            lab.list(200, if n % 2 == 0 { listed } else { "" });
        }
    }
    let questions = lab.other.iter().filter(|(_, task)| matches!(task, Task::Bindings(_)));
    let mut all: Vec<_> = questions.map(|(at, _)| *at).collect();
    all.extend(lab.sent.iter().map(|(at, _)| *at));
    all.sort();
    assert!(lab.sent.len() > 10 && asked > 20, "{} {asked}", lab.sent.len());
    assert!(all.windows(2).all(|pair| pair[1] - pair[0] >= PACE), "{all:?}");
}

/// Retry-After is obeyed by the question as by a registration (fault 13); CRLF keeps the way open.
#[test]
fn a_registrar_that_wants_peace_is_asked_nothing() {
    let mut lab = Lab::asking("Expires: 3600\r\n");
    lab.asked_again();
    lab.list(503, "Retry-After: 300\r\n");
    let (now, asked) = (lab.now.as_secs(), lab.questions());
    lab.run(now + 299, |_| ());
    assert_eq!((lab.questions(), lab.sent.len()), (asked, 1));
    assert!(lab.other.iter().any(|(_, task)| *task == Task::Ping(lab.flow)));
    lab.run(now + 330, |_| ());
    assert_eq!(lab.questions(), asked + 1);
    // The same where a registration was told so.
    lab.list(200, "");
    lab.run(lab.now.as_secs() + 2, |lab| lab.answer(503, "Retry-After: 300\r\n"));
    let (now, asked) = (lab.now.as_secs(), lab.questions());
    lab.run(now + 290, |_| ());
    assert_eq!((lab.questions(), lab.sent.len()), (asked, 2));
}

/// The answer of a registrar that was left says nothing of the one that holds us now.
#[test]
fn an_answer_on_another_flow_is_not_heard() {
    let mut lab = Lab::asking("Expires: 3600\r\n");
    lab.asked_again();
    let before = lab.flow;
    lab.it.flow_lost(lab.now, FlowId(1), None);
    lab.flow = flow(2, Transport::Udp);
    lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, "Expires: 3600\r\n"));
    assert_eq!(lab.sent.len(), 2);
    lab.asked_again();
    let here = std::mem::replace(&mut lab.flow, before);
    lab.list(200, "");
    lab.flow = here;
    lab.run(lab.now.as_secs() + 5, |_| ());
    assert_eq!(lab.sent.len(), 2);
}

/// A question that was lost on the way is asked again, and its first answer is kept (RFC 3261
/// §17.2.2): it is of a time before the refresh.
#[test]
fn an_answer_from_before_a_refresh_is_not_heard() {
    let listed = "Contact: <sip:alice@192.0.2.1:5060>;expires=3600\r\n";
    let mut lab = Lab::asking(listed);
    lab.asked_again();
    lab.list(200, listed);
    lab.asked_again();
    lab.it.renew(lab.now);
    lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, listed));
    assert_eq!(lab.sent.len(), 2);
    lab.list(200, "");
    lab.run(lab.now.as_secs() + 2, |_| ());
    assert_eq!(lab.sent.len(), 2);
    assert!(lab.it.is_registered());
}

/// What a gateway on the way has made of our contact is ours.
#[test]
fn a_contact_that_was_rewritten_is_found_again() {
    let rewritten = "Contact: <sip:alice@198.51.100.7:31000>;expires=3600\r\n";
    let mut lab = Lab::asking(rewritten);
    lab.asked_again();
    lab.list(200, rewritten);
    lab.asked_again();
    lab.list(200, rewritten);
    assert_eq!(lab.sent.len(), 1);
}

#[test]
fn a_registrar_that_never_lists_us_is_told_of_us_once() {
    let mut lab = Lab::asking("Expires: 3600\r\n");
    for _ in 0..10 {
        lab.asked_again();
        lab.list(200, "");
        lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, "Expires: 3600\r\n"));
    }
    assert_eq!(lab.sent.len(), 2);
    assert!(lab.told.iter().filter(|told| **told == Status::Registering).count() == 1);
}

#[test]
fn one_question_at_a_time() {
    let mut lab = Lab::asking("Expires: 3600\r\n");
    lab.asked_again();
    let asked = lab.other.len();
    lab.run(lab.now.as_secs() + 200, |_| ());
    assert_eq!(lab.other.len(), asked);
    // Busy: it is asked again. Silent: it may have forgotten us.
    lab.list(503, "");
    lab.asked_again();
    assert_eq!(lab.sent.len(), 1);
    lab.it.kept_alive(lab.now, None);
    lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, "Expires: 3600\r\n"));
    assert_eq!(lab.sent.len(), 2);
}

/// One that refuses the question may not know us any more: it is told once, and asked no more while
/// this flow stands.
#[test]
fn a_registrar_that_refuses_the_question_gets_crlf() {
    let mut lab = Lab::asking("Expires: 3600\r\n");
    lab.asked_again();
    lab.list(403, "");
    lab.other.clear();
    lab.run(lab.now.as_secs() + 100, |lab| lab.answer(200, "Expires: 3600\r\n"));
    assert!(lab.other.len() >= 4 && lab.sent.len() == 2);
    assert!(lab.other.iter().all(|(_, task)| *task == Task::Ping(lab.flow)));
    lab.it.flow_lost(lab.now, FlowId(1), None);
    lab.run(lab.now.as_secs() + 2, |lab| lab.answer(200, "Expires: 3600\r\n"));
    lab.asked_again();
}

/// A refresh that is under way says what the question would.
#[test]
fn nothing_is_asked_while_a_refresh_is_under_way() {
    let mut lab = Lab::asking("Expires: 60\r\n");
    lab.asked_again();
    lab.it.renew(lab.now);
    lab.run(lab.now.as_secs() + 2, |_| ());
    assert_eq!(lab.sent.len(), 2);
    lab.list(200, "");
    let asked = lab.questions();
    lab.run(lab.now.as_secs() + 100, |_| ());
    assert_eq!((lab.questions(), lab.sent.len()), (asked, 2));
    lab.answer(200, "Expires: 3600\r\n");
    lab.asked_again();
}

#[test]
fn flow_timer_makes_it_more_frequent() {
    let mut lab = Lab::registered("Flow-Timer: 5\r\n");
    lab.run(100, |_| ());
    assert!((20..=25).contains(&lab.other.len()), "{}", lab.other.len());
}

#[test]
fn a_stream_whose_pongs_stop_is_closed_after_10_s() {
    let mut lab = Lab::started();
    lab.flow = flow(3, Transport::Tls);
    lab.answer(200, "Expires: 3600\r\n");
    lab.run(20, |_| ());
    while lab.other.is_empty() {
        let next = lab.it.wake_at().unwrap().as_secs() + 1;
        lab.run(next, |_| ());
    }
    lab.it.pong(FlowId(3));
    lab.run(200, |lab| {
        lab.flow = flow(4, Transport::Tls);
        lab.answer(200, "Expires: 3600\r\n");
    });
    let (closed, _) = lab.other.iter().find(|(_, task)| *task == Task::Close(FlowId(3))).unwrap();
    let ping = |id| {
        move |(at, task): &(Duration, Task)| {
            matches!(task, Task::Ping(flow) if flow.id == FlowId(id)).then_some(*at)
        }
    };
    let last_ping = lab.other.iter().filter_map(ping(3)).max().unwrap();
    assert_eq!(*closed, last_ping + secs(10));
    assert_eq!(lab.sent[1].0, *closed);
    assert!(lab.other.iter().filter_map(ping(4)).count() > 3);
}

#[test]
fn a_stream_that_never_ponged_is_not_expected_to() {
    let mut lab = Lab::started();
    lab.flow = flow(3, Transport::Tcp);
    lab.answer(200, "Expires: 3600\r\n");
    lab.run(1000, |_| ());
    assert!(lab.other.iter().all(|(_, task)| *task == Task::Ping(lab.flow)));
    assert_eq!(lab.sent.len(), 1);
}
