//! No account is locked by us: three wrong passwords in ten minutes at most (fault 12).

use super::{
    super::*,
    digest::{challenge, credentials, invite},
    net::{ACCOUNT, At, Net, account, ended},
};
use crate::message::{Message, Method, Name};

/// Answers all that is there as a trunk that takes no password; tells how many proofs came.
fn refuse_all(net: &mut Net, trunk: At) -> usize {
    let mut proofs = 0;
    while let Some(request) = net.next(trunk) {
        let method = request.method();
        if matches!(method, None | Some(Method::Ack)) {
            continue;
        }
        let register = method == Some(Method::Register);
        let (code, asks, proves) = match register {
            true => (401, Name::WwwAuthenticate, Name::Authorization),
            false => (407, Name::ProxyAuthenticate, Name::ProxyAuthorization),
        };
        proofs += usize::from(request.header(proves).is_some());
        let nonce = request.top_via().unwrap().branch().unwrap().to_owned();
        let text = format!("Digest realm=\"lab\", nonce=\"{nonce}\", qop=\"auth\"");
        net.reply_with(trunk, &request, code, "p", |b| b.header(asks, text));
    }
    proofs
}

fn refused(events: &[Event]) -> usize {
    let refused =
        |e: &&Event| matches!(e, Event::Ended { ending: Ending::AuthenticationRefused, .. });
    events.iter().filter(refused).count()
}

#[test]
fn ten_calls_at_once_send_three_wrong_proofs() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for _ in 0..10 {
        net.dial(a, "9000");
    }
    net.settle();
    assert_eq!(refuse_all(&mut net, trunk), 3);
    assert_eq!(refused(&net.events(a)), 10);
    assert!(net.agent(a).core.held.is_empty() && net.agent(a).core.sendings.is_empty());
    net.secs(601);
    net.dial(a, "9000");
    net.settle();
    assert_eq!(refuse_all(&mut net, trunk), 1);
}

/// With the right password the first answer lets the others go.
#[test]
fn ten_calls_at_once_get_through() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for _ in 0..10 {
        net.dial(a, "9000");
    }
    net.settle();
    let first: Vec<_> = (0..10).map(|_| net.got_request(trunk, &Method::Invite)).collect();
    for (n, request) in first.iter().enumerate() {
        net.reply_with(trunk, request, 407, "p", challenge(&format!("n{n}"), ""));
    }
    let invites = |net: &mut Net| -> Vec<Message> {
        let all = std::iter::from_fn(|| net.next(trunk));
        all.filter(|message| message.method() == Some(Method::Invite)).collect()
    };
    let proven = invites(&mut net);
    assert_eq!(proven.len(), 3);
    net.reply(trunk, &proven[0], 180, "t");
    let rest = invites(&mut net);
    assert_eq!(rest.len(), 7);
    for request in proven.iter().chain(&rest) {
        assert!(request.header(Name::ProxyAuthorization).is_some());
        net.reply(trunk, request, 486, "t");
    }
    let events = net.events(a);
    assert_eq!(events.iter().filter(|e| matches!(e, Event::Ended { code: 486, .. })).count(), 10);
}

/// A call that waits for the verdict on others is not held for ever, and can be taken back.
#[test]
fn a_call_that_waits_can_be_taken_back_and_gives_up() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    let calls: Vec<_> = (0..5).map(|_| net.dial(a, "9000")).collect();
    net.settle();
    for n in 0..5 {
        let request = net.got_request(trunk, &Method::Invite);
        net.reply_with(trunk, &request, 407, "p", challenge(&format!("n{n}"), ""));
    }
    for _ in 0..3 {
        let proven = invite(&mut net, trunk);
        net.reply(trunk, &proven, 100, "");
    }
    net.events(a);
    net.hang_up(a, calls[3]);
    assert_eq!(ended(&net.events(a)), Some((Ending::Cancelled, EndedBy::Local, 0)));
    net.secs(31);
    assert_eq!(ended(&net.events(a)), None);
    net.secs(2);
    assert_eq!(ended(&net.events(a)), Some((Ending::AuthenticationRefused, EndedBy::Remote, 407)));
}

#[test]
fn asking_again_does_not_forgive_and_another_password_does() {
    let (mut net, a, trunk) = Net::scripted(|account| account.register = true);
    let mut alice = account("alice", 1);
    alice.register = true;
    let mut proofs = 0;
    let mut ask = |net: &mut Net, alice: &Account| {
        net.command(a, Command::AddAccount(ACCOUNT, Box::new(alice.clone())));
        net.command(a, Command::Register(ACCOUNT));
        net.settle();
        proofs += refuse_all(net, trunk);
        proofs
    };
    for _ in 0..4 {
        ask(&mut net, &alice);
    }
    assert_eq!(ask(&mut net, &alice), 3);
    let states = net.events(a);
    assert!(matches!(
        states.last(),
        Some(Event::Registration(_, Registration::Refused { code: 401, .. }))
    ));
    alice.password = Some(Password::new("another".into()));
    assert_eq!(ask(&mut net, &alice), 4);
}

/// An account that is given again keeps its nonce and its counter.
#[test]
fn an_account_given_again_goes_on_where_it_was() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    for count in 1..4 {
        net.dial(a, "9000");
        net.settle();
        let mut request = invite(&mut net, trunk);
        if count == 1 {
            net.reply_with(trunk, &request, 407, "p", challenge("n1", ""));
            request = invite(&mut net, trunk);
        }
        assert_eq!(credentials(&request).qop.unwrap().2, count);
        net.reply(trunk, &request, 486, "p");
        net.command(a, Command::AddAccount(ACCOUNT, Box::new(account("alice", 1))));
    }
}

/// The password is changed at the trunk after it was right.
#[test]
fn a_proof_that_nobody_asked_for_counts_too() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    net.reply(trunk, &second, 486, "p");
    let mut proofs = 0;
    for call in 0..5 {
        net.dial(a, "9000");
        net.settle();
        let now = refuse_all(&mut net, trunk);
        assert_eq!(now, [2, 1, 0, 0, 0][call]);
        proofs += now;
    }
    assert_eq!(proofs, 3);
}

/// Calls that leave at once with a nonce that worked are no way around it.
#[test]
fn ten_calls_at_once_with_a_known_nonce_do_not_lock_a_changed_password() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    let second = invite(&mut net, trunk);
    net.reply(trunk, &second, 486, "p");
    net.secs(700);
    while net.next(trunk).is_some() {}
    net.events(a);
    for _ in 0..10 {
        net.dial(a, "9000");
    }
    net.settle();
    assert_eq!(refuse_all(&mut net, trunk), 3);
    assert_eq!(refused(&net.events(a)), 10);
}

/// Many a registrar says 403 to a wrong password.
#[test]
fn a_403_to_a_proof_counts() {
    let (mut net, a, trunk) = Net::scripted(|account| account.register = true);
    let mut proofs = 0;
    for n in 0..5 {
        net.command(a, Command::Register(ACCOUNT));
        net.settle();
        let first = net.got_request(trunk, &Method::Register);
        let text = format!("Digest realm=\"lab\", nonce=\"n{n}\"");
        net.reply_with(trunk, &first, 401, "p", |b| b.header(Name::WwwAuthenticate, text));
        if let Some(second) = net.next(trunk) {
            proofs += 1;
            net.reply(trunk, &second, 403, "p");
        }
    }
    assert_eq!(proofs, 3);
}

/// A trunk that has just taken the password means the number with its 403.
#[test]
fn a_403_for_a_number_does_not_stop_other_calls() {
    let (mut net, a, trunk) = Net::scripted(|_| {});
    net.dial(a, "9000");
    net.settle();
    let first = invite(&mut net, trunk);
    net.reply_with(trunk, &first, 407, "p", challenge("n1", ""));
    for code in [486, 403, 403, 403, 403] {
        let proven = invite(&mut net, trunk);
        assert!(proven.header(Name::ProxyAuthorization).is_some());
        net.reply(trunk, &proven, code, "p");
        net.dial(a, "9000");
        net.settle();
    }
    assert!(invite(&mut net, trunk).header(Name::ProxyAuthorization).is_some());
}

/// Only what comes from behind the trunk's check clears the count.
#[test]
fn a_trunk_that_fails_has_not_taken_the_password() {
    for (end, proofs) in [(500, 3), (503, 3), (400, 3), (480, 5), (604, 5)] {
        let (mut net, a, trunk) = Net::scripted(|_| {});
        let mut wrong = 0;
        for call in 0..7 {
            net.dial(a, "9000");
            net.settle();
            if call != 2 {
                wrong += refuse_all(&mut net, trunk);
                continue;
            }
            let first = invite(&mut net, trunk);
            net.reply_with(trunk, &first, 407, "p", challenge("x", ""));
            let second = invite(&mut net, trunk);
            net.reply(trunk, &second, end, "p");
        }
        assert_eq!(wrong, proofs, "{end}");
    }
}
