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

#[test]
fn udp_gets_options_or_nothing_where_the_trunk_wants_that() {
    for (keep_alive, count) in [(KeepAlive::Options, 4..=5), (KeepAlive::Off, 0..=0)] {
        let mut lab = Lab::new(Settings { keep_alive, ..settings() });
        lab.it.start(lab.now);
        lab.drain();
        lab.answer(200, "");
        lab.run(100, |_| ());
        assert!(count.contains(&lab.other.len()));
        assert!(lab.other.iter().all(|(_, task)| *task == Task::Options(lab.flow)));
    }
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
