//! What either side changes in a call that is up: hold, UPDATE, session timers, glare.

use std::time::Duration;

use super::{
    SECOND, answered, call,
    script::{LOG, SDP, Script, passed},
    takes,
};
use crate::harness::{Milliwatt, free_port};

#[test]
fn they_hold_and_resume() {
    let held = SDP.to_owned() + "a=sendonly\n";
    let flow = Script::new()
        .invite()
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .pause(SECOND / 2)
        .request("INVITE", 7, &[], &held)
        .maybe(100)
        .response_with(200, &["a=recvonly"])
        .request("ACK", 7, &[], "")
        .pause(SECOND / 2)
        .request("INVITE", 8, &[], SDP)
        .maybe(100)
        .response_with(200, &["m=audio"])
        .request("ACK", 8, &[], "")
        .receive("BYE")
        .reply("200 OK", &[], "");
    call(&flow, "--duration 3s", 0);
}

#[test]
fn we_hold_and_resume() {
    let flow = Script::new()
        .invite()
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .invite_with(&["a=sendonly"])
        .answer("200 OK*", &[], &(SDP.to_owned() + "a=recvonly\n"))
        .receive("ACK")
        .invite_with(&["m=audio"])
        .answer("200 OK*", &[], SDP);
    call(&answered(flow), "--duration 4s --hold-after 1s --resume-after 1s", 0);
}

#[test]
fn an_update_in_the_call() {
    let flow = Script::new()
        .invite_with(&["Allow:.*UPDATE"])
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .pause(SECOND / 2)
        .request("UPDATE", 9, &[], SDP)
        .response_with(200, &["m=audio"])
        .receive("BYE")
        .reply("200 OK", &[], "");
    call(&flow, "--duration 2s", 0);
}

#[test]
fn a_session_that_we_refresh() {
    let flow = Script::new()
        .invite_with(&["Supported:.*timer"])
        .answer(
            "200 OK",
            &[
                "Require: timer",
                "Session-Expires: 90;refresher=uac",
                "Allow: INVITE, ACK, BYE, UPDATE",
            ],
            SDP,
        )
        .receive("ACK")
        .receive_with("UPDATE", &["Session-Expires: 90"])
        .reply("200 OK", &["Session-Expires: 90;refresher=uac"], "")
        .receive("BYE")
        .reply("200 OK", &[], "");
    call(&flow, "--duration 47s", 0);
}

/// The far end of our call refreshes: the session lives on by its terms.
#[test]
fn a_session_that_they_refresh() {
    let terms = "Session-Expires: 90;refresher=uas";
    // In its own request it is the client: the same side under another name (RFC 4028 §7.4).
    let again = "Session-Expires: 90;refresher=uac";
    let flow = Script::new()
        .invite_with(&["Supported:.*timer"])
        .answer("200 OK", &["Require: timer", terms, "Allow: INVITE, ACK, BYE, UPDATE"], SDP)
        .receive("ACK")
        .pause(SECOND / 2)
        .request("UPDATE", 7, &["Supported: timer", again], "")
        .response_with(200, &[again])
        .pause(SECOND / 2)
        .request("INVITE", 8, &["Supported: timer", again], SDP)
        .maybe(100)
        .response_with(200, &[again, "m=audio"])
        .request("ACK", 8, &[], "")
        .receive("BYE")
        .reply("200 OK", &[], "");
    call(&flow, "--duration 4s", 0);
}

/// The caller refreshes a session that it asked for.
#[test]
fn a_session_that_the_caller_refreshes() {
    let terms = "Session-Expires: 90;refresher=uac";
    let flow = Script::new()
        .place_with(&["Supported: timer", terms])
        .maybe(100)
        .maybe(180)
        .partner_with(200, &[terms, "Require:.*timer"])
        .ask("ACK", 1, &[], "")
        .pause(SECOND / 2)
        .ask("UPDATE", 2, &["Supported: timer", terms], "")
        .response_with(200, &["CSeq: 2 UPDATE", terms])
        .pause(SECOND / 2)
        .ask("BYE", 3, &[], "")
        .response_with(200, &["CSeq: 3 BYE"]);
    takes("", &flow);
}

/// We are called and refresh: after half of the interval.
#[test]
fn a_session_that_the_callee_refreshes() {
    let terms = "Session-Expires: 90;refresher=uas";
    let flow = Script::new()
        .place_with(&["Supported: timer", "Allow: INVITE, ACK, BYE, UPDATE", terms])
        .maybe(100)
        .maybe(180)
        .partner_with(200, &[terms])
        .ask("ACK", 1, &[], "")
        .receive_with("UPDATE", &["Session-Expires: 90;refresher=uac"])
        .reply("200 OK", &["Session-Expires: 90;refresher=uac"], "")
        .pause(SECOND / 2)
        .ask("BYE", 2, &[], "")
        .response_with(200, &["CSeq: 2 BYE"]);
    let Some(call) = takes("", &flow) else { return };
    let time = |name: &str| call["timing_ms"][name].as_f64().unwrap();
    assert!(time("total") - time("answered") >= 45_000.0, "{call}");
}

/// Our change is refused because theirs is said to be under way: it is asked for again.
#[test]
fn a_change_that_has_to_wait() {
    let flow = Script::new()
        .invite()
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .invite_with(&["a=sendonly"])
        .answer("491 Request Pending*", &[], "")
        .receive("ACK")
        .invite_with(&["a=sendonly"])
        .answer("200 OK*", &[], &(SDP.to_owned() + "a=recvonly\n"));
    call(&answered(flow), "--duration 7s --hold-after 1s", 0);
}

/// Both ask before either has answered (RFC 3261 §14.1): both are refused, theirs comes again first,
/// ours after 2.1 to 4 s, and both hold.
#[test]
fn both_sides_change_at_once() {
    let flow = Script::new()
        .invite()
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .invite_with(&["a=sendonly"])
        .request("INVITE*", 7, &[], SDP)
        .maybe(100)
        .response_with(491, &["CSeq: 7 INVITE"])
        .give_in(7, 3)
        .answer("491 Request Pending*", &[], "")
        .receive("ACK")
        .pause(SECOND)
        .request("INVITE*", 8, &[], SDP)
        .maybe(100)
        .response_with(200, &["CSeq: 8 INVITE", "m=audio"])
        .request("ACK*", 8, &[], "")
        .invite_with(&["a=sendonly"])
        .answer("200 OK*", &[], &(SDP.to_owned() + "a=recvonly\n"));
    let Some(mut sipp) = answered(flow).play(free_port(), &LOG) else { return };
    let line = format!(
        "call sip:alice@{} 5550100 --no-register --duration 8s --hold-after 1s --json -",
        sipp.address()
    );
    Milliwatt::new().run(&line).expect(0);
    sipp.expect_success();
    let refused = sipp.times("SIP/2.0 491 ");
    let asked = sipp.times("INVITE ");
    let again = passed(refused[1], *asked.last().unwrap());
    assert!(again >= Duration::from_millis(2_050), "{again:?}");
    assert!(passed(asked[1], *asked.last().unwrap()) <= 5 * SECOND, "not settled: {asked:?}");
}
