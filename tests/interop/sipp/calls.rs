//! Calls placed to SIPp, and taken from it.

use super::{
    SECOND, answered, call,
    script::{LOG, SDP, Script, Sipp, passed},
    takes,
};
use crate::harness::{Milliwatt, finish, free_port, sound, trace::messages};

#[test]
fn its_own_callee() {
    let Some(mut sipp) = Sipp::built_in("uas", free_port(), &[]) else { return };
    let line =
        format!("call sip:alice@{} 5550100 --no-register --duration 1s --json -", sipp.address());
    let out = Milliwatt::new().run(&line).expect(0).json();
    sipp.expect_success();
    assert_eq!(out["outcome"], "answered");
    assert_eq!(out["code"], 200);
    assert_eq!(out["hangup_by"], "local");
}

#[test]
fn its_own_caller() {
    let (ours, theirs) = (free_port(), free_port());
    let user = Milliwatt::new();
    let mut answer = user.start(&format!(
        "answer sip:alice@127.0.0.1:{theirs} --no-register --bind 127.0.0.1:{ours} --count 1 --for 30s --jsonl -"
    ));
    answer.wait_for("\"ready\"", 10 * SECOND);
    let target = format!("127.0.0.1:{ours}");
    let Some(mut sipp) = Sipp::built_in("uac", theirs, &[&target]) else { return };
    sipp.expect_success();
    let out = finish(answer).expect(0);
    let call: serde_json::Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"remote".into()));
}

/// Twenty seconds to its echo: the report, what was played and what was heard.
fn twenty_seconds() -> Option<(serde_json::Value, Vec<i16>, Vec<i16>)> {
    let mut sipp = Sipp::built_in("uas", free_port(), &["-rtp_echo"])?;
    let user = Milliwatt::new();
    let (played, heard) = (user.folder().join("played.wav"), user.folder().join("heard.wav"));
    let speech = sound::speech_like(20.0, 1);
    sound::write(&played, &speech);
    let line = format!(
        "call sip:alice@{} 5550100 --no-register --duration 20s --codec PCMU --play {} --record {} --json -",
        sipp.address(),
        played.display(),
        heard.display()
    );
    let out = user.run(&line).expect(0).json();
    sipp.expect_success();
    let (recorded, rate) = sound::read(&heard);
    assert_eq!(rate, sound::RATE);
    assert!(out["media"]["one_way"].is_null(), "{out}");
    // What was played last has not come back when the call ends.
    let played = speech[..(19.5 * sound::RATE as f32) as usize].to_vec();
    Some((out, played, recorded))
}

#[test]
fn twenty_seconds_to_its_echo() {
    let Some((call, played, recorded)) = twenty_seconds() else { return };
    let media = &call["media"];
    let count = |name: &str| media[name].as_f64().unwrap();
    let time = |name: &str| call["timing_ms"][name].as_f64().unwrap();
    // The sound ends when the user hangs up, the call with the answer to BYE.
    let due = (time("total") - time("answered")) / 20.0;
    assert!(count("sent") <= due + 1.0, "{due} packets were due: {call}");
    // A frame that is late is made up for, unless it is late by more than 200 ms: then it is skipped.
    assert!(count("sent") >= due * 0.95, "{due} packets were due: {call}");
    assert!((count("received") - count("sent")).abs() <= 1.0, "{media}");
    assert_eq!((count("lost"), count("duplicated")), (0.0, 0.0), "{media}");
    // What was skipped or came late is the computer's doing, and is heard. That nothing is made up
    // otherwise is held on virtual time, and on an idle computer below.
    if count("late") == 0.0 && count("sent") + 2.0 >= due {
        assert!(count("mos_cq") >= 4.3, "{media}");
        let (good, all) = sound::pieces_heard(&played, &recorded, 4000, 4000, 0.99);
        assert!(good + 1 >= all, "{good} of {all} pieces are heard as they were played: {call}");
    }
}

/// What a computer with nothing else to do reaches.
#[test]
#[ignore = "a figure: scripts/bench call"]
fn twenty_seconds_to_its_echo_on_an_idle_computer() {
    let (call, played, recorded) = twenty_seconds().expect("SIPp is installed");
    let media = &call["media"];
    let count = |name: &str| media[name].as_i64().unwrap();
    for way in ["sent", "received"] {
        assert!((count(way) - 1000).abs() <= 1, "{way}: {media}");
    }
    assert_eq!((count("lost"), count("late")), (0, 0), "{media}");
    assert!(media["jitter_ms"].as_f64().unwrap() < 2.0, "{media}");
    assert!(media["mos_cq"].as_f64().unwrap() >= 4.3, "{media}");
    // The file as a whole, aligned once.
    let (likeness, delay) = sound::align(&played, &recorded, 4000);
    eprintln!("likeness {likeness:.4} at {} ms, {media}", delay / 8);
    assert!(likeness >= 0.99, "{likeness}: {media}");
}

#[test]
fn a_fork_that_answers_twice() {
    let flow = Script::new()
        .invite()
        .answer("180 Ringing", &["tag=peer"], "")
        .answer("180 Ringing", &["tag=other"], "")
        .answer("200 OK", &["tag=peer"], SDP)
        .receive_with("ACK", &["tag=peer"])
        .answer("200 OK", &["tag=other"], SDP)
        .receive_with("ACK", &["tag=other"])
        .receive_with("BYE", &["tag=other"])
        .reply("200 OK", &[], "")
        .receive_with("BYE", &["tag=peer"])
        .reply("200 OK", &[], "");
    call(&flow, "--duration 2s", 0);
}

/// Fault 15: two to ten branches answer, the first of them stays.
#[test]
fn forks_that_answer_up_to_ten_times() {
    for branches in [2, 5, 10] {
        let tags: Vec<String> = (0..branches).map(|n| format!("tag=t{n}")).collect();
        let mut flow = Script::new().invite();
        for tag in tags.iter().take(5) {
            flow = flow.answer("180 Ringing", &[tag], "");
        }
        for tag in &tags {
            flow = flow.answer("200 OK", &[tag], SDP).receive_with("ACK", &[tag]);
            if *tag != "tag=t0" {
                flow = flow.receive_with("BYE", &[tag]).reply("200 OK", &[], "");
            }
        }
        let flow = flow.receive_with("BYE", &["tag=t0"]).reply("200 OK", &[], "");
        let Some(out) = call(&flow, "--duration 2s", 0) else { return };
        assert_eq!(out.json()["outcome"], "answered", "{branches} branches");
    }
}

/// Every ACK is lost: the answer is repeated for 64·T1, then the call is ended.
#[test]
fn a_caller_that_never_acknowledges_is_hung_up() {
    let (ours, theirs) = (free_port(), free_port());
    let user = Milliwatt::new();
    let mut answer = user.start(&format!(
        "answer sip:alice@127.0.0.1:{theirs} --no-register --bind 127.0.0.1:{ours} --count 1 --for 60s --jsonl -"
    ));
    answer.wait_for("\"ready\"", 10 * SECOND);
    let flow = Script::new().place().maybe(100).maybe(180).response_with(200, &["m=audio"]);
    let flow = flow.receive_with("BYE", &["To:.*tag=caller"]).reply("200 OK", &[], "");
    let target = format!("127.0.0.1:{ours}");
    let Some(mut sipp) = flow.play(theirs, &[&[target.as_str()], &LOG[..]].concat()) else {
        return;
    };
    sipp.expect_success();
    // At 0, 0.5, 1.5, 3.5 s and from there each 4 s (RFC 3261 §13.3.1.4), the last at 31.5 s unless
    // the computer is busy; and its own to the BYE.
    let answers = sipp.all_times("SIP/2.0 200 OK").len() - 1;
    assert!((10..=11).contains(&answers), "{answers} answers");
    let out = finish(answer).expect(0);
    let call: serde_json::Value = serde_json::from_str(out.stdout.lines().last().unwrap()).unwrap();
    assert_eq!(call["hangup_by"], "remote", "{call}");
}

/// The far end's sound is heard before it answers, and is in the recording.
#[test]
fn early_media_before_the_answer() {
    let sounding = SDP.replace("[media_port]", "[rtpstream_audio_port]");
    let flow = Script::new()
        .invite()
        .answer("100 Trying", &[], "")
        .answer("183 Session Progress", &[], &sounding)
        .sound()
        .pause(2 * SECOND)
        .answer("200 OK", &[], &sounding);
    let Some(mut sipp) = answered(flow).play(free_port(), &[]) else { return };
    let user = Milliwatt::new();
    let record = user.folder().join("heard.wav");
    let line = format!(
        "call sip:alice@{} 5550100 --no-register --duration 1s --record {} --json -",
        sipp.address(),
        record.display()
    );
    let call = user.run(&line).expect(0).json();
    sipp.expect_success();
    let time = |name: &str| call["timing_ms"][name].as_f64().unwrap();
    assert!(time("ringing") < time("answered"), "{call}");
    let findings = call["findings"].as_array().unwrap();
    let early = findings.iter().find(|found| found["kind"] == "early-media").expect("sound");
    assert!(early["at_ms"].as_f64().unwrap() < time("answered"), "{call}");
    // More of the tone than the time from the answer to the end can hold. Of a sine, two thirds are
    // above half of its peak, which here is 0.7 of full scale.
    let (samples, rate) = sound::read(&record);
    let loud = samples.iter().filter(|sample| sample.unsigned_abs() > 8000).count();
    let talked = (time("total") - time("answered")) / 1000.0;
    assert!(loud as f64 > (talked + 1.0) * f64::from(rate) * 0.6, "{loud} loud samples: {call}");
}

#[test]
fn a_reliable_180() {
    let flow = Script::new()
        .invite_with(&["Supported:.*100rel"])
        .answer("180 Ringing", &["Require: 100rel", "RSeq: 4711"], "")
        .receive_with("PRACK", &["RAck: 4711 [0-9]+ INVITE"])
        .reply("200 OK", &[], "")
        .answer("200 OK", &[], SDP);
    call(&answered(flow), "--duration 1s", 0);
}

/// A caller that insists on reliable provisionals gets one, and its PRACK is answered.
#[test]
fn a_caller_that_requires_reliable_provisionals() {
    let flow = Script::new()
        .place_with(&["Require: 100rel"])
        .maybe(100)
        .reliable(180)
        .ask("PRACK", 2, &["RAck: [$rseq] 1 INVITE"], "")
        .response_with(200, &["CSeq: 2 PRACK"])
        .response_with(200, &["CSeq: 1 INVITE", "m=audio"])
        .ask("ACK", 1, &[], "")
        .pause(SECOND / 2)
        .ask("BYE", 3, &[], "")
        .response_with(200, &["CSeq: 3 BYE"]);
    let Some(call) = takes("--ring 1s", &flow) else { return };
    assert_eq!((&call["outcome"], &call["hangup_by"]), (&"answered".into(), &"remote".into()));
}

#[test]
fn an_answer_that_crosses_our_cancel() {
    let flow = Script::new()
        .invite()
        .answer("180 Ringing", &[], "")
        .receive("CANCEL")
        .reply_first("200 OK", &[])
        .answer("200 OK", &[], SDP)
        .receive("ACK")
        .receive("BYE")
        .reply("200 OK", &[], "");
    let Some(out) = call(&flow, "--ring-timeout 1s", 1) else { return };
    assert_eq!(out.json()["outcome"], "timed-out");
}

/// The caller gives up while it rings: the CANCEL is answered, the INVITE is over with 487.
#[test]
fn a_caller_who_gives_up() {
    let flow = Script::new()
        .place()
        .maybe(100)
        .response_with(180, &["CSeq: 1 INVITE"])
        .cancel(3)
        .response_with(200, &["CSeq: 1 CANCEL"])
        .response_with(487, &["CSeq: 1 INVITE"])
        .acknowledge(6);
    let Some(call) = takes("--ring 60s", &flow) else { return };
    let how = (&call["way"], &call["outcome"], &call["code"], &call["hangup_by"]);
    assert_eq!(how, (&"in".into(), &"cancelled".into(), &487.into(), &"remote".into()), "{call}");
    assert!(call["timing_ms"]["answered"].is_null(), "{call}");
}

/// A CANCEL that comes after our 200: it is answered, and nothing comes of it (RFC 3261 §9.2). The
/// call is up until the caller hangs up.
#[test]
fn a_caller_who_gives_up_too_late() {
    let flow = Script::new()
        .place()
        .maybe(100)
        .maybe(180)
        .partner_with(200, &["CSeq: 1 INVITE", "m=audio"])
        .cancel(4)
        .response_with(200, &["CSeq: 1 CANCEL"])
        .ask("ACK", 1, &[], "")
        .pause(SECOND)
        .ask("BYE", 2, &[], "")
        .response_with(200, &["CSeq: 2 BYE"]);
    let Some(call) = takes("", &flow) else { return };
    let how = (&call["way"], &call["outcome"], &call["code"], &call["hangup_by"]);
    assert_eq!(how, (&"in".into(), &"answered".into(), &200.into(), &"remote".into()), "{call}");
    let time = |name: &str| call["timing_ms"][name].as_f64().unwrap();
    assert!(time("total") - time("answered") >= 900.0, "{call}");
}

#[test]
fn a_challenge_that_went_stale() {
    // What is in front of the name tells one header from the other.
    for (status, ask, give) in [
        ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization"),
        ("401 Unauthorized", "WWW-Authenticate", "[^-]Authorization"),
    ] {
        let nonce = |name: &str| format!("{give}: Digest.*nonce=\"{name}\"");
        let first =
            format!(r#"{ask}: Digest realm="peer", nonce="one", qop="auth", algorithm=MD5"#);
        let second = format!(
            r#"{ask}: Digest realm="peer", nonce="two", stale=true, qop="auth", algorithm=MD5"#
        );
        let flow = Script::new()
            .invite()
            .answer(status, &[&first], "")
            .receive("ACK")
            .invite_with(&[&nonce("one"), "nc=00000001"])
            .answer(status, &[&second], "")
            .receive("ACK")
            .invite_with(&[&nonce("two"), "nc=00000001"])
            .answer("200 OK", &[], SDP);
        call(&answered(flow), "--duration 1s", 0);
    }
}

#[test]
fn a_challenge_without_end_is_given_up() {
    let ask = r#"WWW-Authenticate: Digest realm="peer", nonce="same", qop="auth", algorithm=MD5"#;
    let flow = Script::new()
        .invite()
        .answer("401 Unauthorized", &[ask], "")
        .receive("ACK")
        .invite_with(&["Authorization: Digest"])
        .answer("401 Unauthorized", &[ask], "")
        .receive("ACK");
    let Some(out) = call(&flow, "", 4) else { return };
    assert!(out.json()["advice"].as_str().unwrap().contains("password"), "{}", out.stdout);
}

#[test]
fn a_redirect_is_followed() {
    let there = free_port();
    let contact = format!("Contact: <sip:5550111@127.0.0.1:{there}>");
    let second = Script::new().invite_with(&["INVITE sip:5550111@"]).answer("200 OK", &[], SDP);
    let Some(mut target) = answered(second).play(there, &[]) else { return };
    let flow =
        Script::new().invite().answer("302 Moved Temporarily", &[&contact], "").receive("ACK");
    call(&flow, "--duration 1s", 0);
    target.expect_success();
}

#[test]
fn a_session_interval_too_small() {
    let flow = Script::new()
        .invite()
        .answer("422 Session Interval Too Small", &["Min-SE: 3600"], "")
        .receive("ACK")
        .invite_with(&["Session-Expires: 3600", "Min-SE: 3600"])
        .answer("200 OK", &[], SDP);
    call(&answered(flow), "--duration 1s", 0);
}

#[test]
fn a_registration_too_brief() {
    let flow = Script::new()
        .receive("REGISTER")
        .reply_first("423 Interval Too Brief", &["Min-Expires: 7200"])
        .receive_with("REGISTER", &["(Expires: |expires=)7200"])
        .reply_first("200 OK", &["Contact: <sip:alice@127.0.0.1>;expires=7200"])
        .receive_with("REGISTER", &["(Expires: |expires=)0"])
        .reply_first("200 OK", &[]);
    let Some(mut sipp) = flow.play(free_port(), &[]) else { return };
    let line = format!("register sip:alice@{} --for 1s --json -", sipp.address());
    Milliwatt::with_password("alice-secret").run(&line).expect(0);
    sipp.expect_success();
}

#[test]
fn an_overloaded_trunk_is_told_as_such() {
    let flow = Script::new()
        .invite()
        .answer("503 Service Unavailable", &["Retry-After: 20"], "")
        .receive("ACK");
    let Some(out) = call(&flow, "", 1) else { return };
    let json = out.json();
    assert_eq!(json["code"], 503);
    assert!(json["advice"].as_str().is_some_and(|text| text.contains("Retry-After")), "{json}");
}

/// Three checks with a call each: the first INVITE is refused with a time, and no other is sent.
#[test]
fn an_overloaded_trunk_is_left_in_peace() {
    let flow = Script::new()
        .invite()
        .answer("503 Service Unavailable", &["Retry-After: 300"], "")
        .receive("ACK");
    let Some(mut sipp) = flow.play(free_port(), &[]) else { return };
    let user = Milliwatt::with_password("alice-secret");
    let trace = user.folder().join("trace.pcap");
    let line = format!(
        "check sip:alice@{} --no-register --did 5550100 --only auth.invite,out.answer,out.cancel --json - --trace {}",
        sipp.address(),
        trace.display()
    );
    let report = user.run(&line).expect(1).json();
    sipp.expect_success();
    let sent = messages(&trace).into_iter().filter(|message| message.asks("INVITE")).count();
    assert_eq!(sent, 1, "{report}");
    let checks = report["checks"].as_array().unwrap();
    assert_eq!(checks.len(), 3, "{report}");
    assert!(checks.iter().all(|check| check["measured"]["code"] == 503), "{report}");
}

/// A registrar that is overloaded names a time, and hears nothing before it is over.
#[test]
fn an_overloaded_registrar_is_left_in_peace() {
    let granted = ["Contact: <sip:alice@127.0.0.1>;expires=8"];
    let flow = Script::new()
        .receive("REGISTER")
        .reply_first("200 OK", &granted)
        .receive("REGISTER")
        .reply_first("503 Service Unavailable", &["Retry-After: 3"])
        .receive("REGISTER")
        .reply_first("200 OK", &granted)
        .receive_with("REGISTER", &["(Expires: |expires=)0"])
        .reply_first("200 OK", &[]);
    let Some(mut sipp) = flow.play(free_port(), &LOG) else { return };
    let user = Milliwatt::with_password("alice-secret");
    let line = format!("register sip:alice@{} --for 60s --jsonl -", sipp.address());
    let mut register = user.start(&line);
    register.wait_for("\"failed\"", 30 * SECOND);
    register.wait_for_times(2, "\"registered\"", 30 * SECOND);
    register.interrupt();
    finish(register).expect(130);
    sipp.expect_success();
    let refused = sipp.times("SIP/2.0 503 ");
    let asked = sipp.times("REGISTER ");
    let waited = passed(refused[0], asked[2]);
    assert!((3 * SECOND..10 * SECOND).contains(&waited), "{waited:?}: {asked:?}");
}
