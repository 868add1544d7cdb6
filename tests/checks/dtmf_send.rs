//! `dtmf.send`: do all digits arrive?

use milliwatt_checks::verdict::{Fault, Outcome};

use super::{assert_failure, assert_outcome, faulty, good, of_a_talk, set_up};

#[test]
fn passes_on_a_good_trunk() {
    let finding = good("dtmf.send");
    assert_outcome(&finding, Outcome::Pass);
    assert_eq!(finding.measured["heard"], "0123456789*#ABCD");
    assert_eq!(finding.measured["heard_short"], "0123456789*#ABCD");
    assert_eq!(finding.measured["heard_as"], "rfc4733");
}

#[test]
fn digits_are_sent_as_the_settings_say() {
    for mode in ["inband", "info"] {
        let finding = set_up("dtmf.send", |trunk| trunk.media.dtmf = mode.into());
        assert_outcome(&finding, Outcome::Pass);
        assert_eq!(
            (&finding.measured["sent_as"], &finding.measured["heard_as"]),
            (&mode.into(), &mode.into())
        );
    }
}

#[test]
fn fails_when_one_digit_is_lost() {
    let finding = faulty("dtmf-lost=4", "dtmf.send");
    assert_failure(&finding, Fault::Provider, "Digits are lost");
    assert_eq!(finding.measured["missing"], "4");
    assert_eq!(finding.measured["heard"], "012356789*#ABCD");
}

#[test]
fn warns_when_short_digits_are_lost() {
    let finding = faulty("dtmf-short-lost=60ms", "dtmf.send");
    assert_outcome(&finding, Outcome::Warn);
    assert_eq!(finding.measured["missing_short"], "0123456789*#ABCD");
}

#[test]
fn names_the_digits_that_are_doubled() {
    let finding = of_a_talk("dtmf.send", |_, called| called.digits = "01123456789*#ABCDD".into());
    assert_failure(&finding, Fault::Provider, "lost or doubled");
    assert_eq!(
        (&finding.measured["missing"], &finding.measured["doubled"]),
        (&"".into(), &"1D".into())
    );
}

#[test]
fn names_the_short_digits_that_are_doubled() {
    let finding = of_a_talk("dtmf.send", |call, called| {
        called.digits.clone_from(&call.pressed);
        called.short_digits = "01123456789*#ABCD".into();
    });
    assert_outcome(&finding, Outcome::Warn);
    assert!(finding.advice.as_deref().is_some_and(|a| a.contains("come twice")), "{finding:?}");
    assert_eq!(finding.measured["doubled_short"], "1");
}

/// A phone that finds no events agreed sends sound: that is what is told.
#[test]
fn tells_how_digits_were_sent() {
    let finding = faulty("no-dtmf", "dtmf.send");
    assert_eq!(finding.measured["sent_as"], "inband");
    let advice = finding.advice.as_deref();
    assert!(advice.is_some_and(|a| a.contains("telephone-event was not agreed")), "{finding:?}");
}

/// No firewall is in the way of what arrives.
#[test]
fn fails_by_the_provider_when_nothing_that_comes_can_be_played() {
    let finding = faulty("wrong-payload", "dtmf.send");
    assert_failure(&finding, Fault::Provider, "payload type that was not agreed");
}
