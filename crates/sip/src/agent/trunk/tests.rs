use super::*;
use crate::agent::{
    sending::{To, Trust},
    tests::account,
};

fn trunk(change: impl FnOnce(&mut Account)) -> Trunk {
    let mut account = account("alice", 1);
    account.domain = "lab.example".into();
    change(&mut account);
    Trunk::new(AccountId(1), account, "c".into(), "t".into())
}

#[test]
fn numbers_and_uris_are_dialled_at_the_trunk() {
    let trunk = trunk(|_| {});
    for (dialled, uri, trusted) in [
        ("+15550100", "sip:+15550100@lab.example", true),
        (" 9000 ", "sip:9000@lab.example", true),
        ("tel:+1-555-0100;phone-context=x", "sip:+15550100@lab.example", true),
        ("TEL:(555) 0100", "sip:5550100@lab.example", true),
        ("sip:bob@lab.example", "sip:bob@lab.example", true),
        ("sip:bob@LAB.example;x", "sip:bob@LAB.example;x", true),
        ("urn:service:sos", "urn:service:sos", true),
        ("sip:bob@elsewhere.example", "sip:bob@elsewhere.example", false),
        ("a>;b", "sip:a%3E;b@lab.example", true),
    ] {
        let address = trunk.address(dialled);
        assert_eq!(address.uri, uri);
        assert_eq!(address.trust == Trust::Trunk, trusted, "{dialled}");
        assert_eq!(matches!(address.to, To::Trunk), trusted, "{dialled}");
    }
}

#[test]
fn the_proxy_is_the_first_route() {
    let trunk = trunk(|account| {
        account.port = Some(5080);
        account.proxy = Some(("edge.example".into(), Some(5070)));
        account.transport = Transport::Tcp;
    });
    let address = trunk.address("sip:bob@elsewhere.example");
    assert_eq!(address.route, ["<sip:edge.example:5070;transport=tcp;lr>"]);
    assert_eq!(trunk.address("1").uri, "sip:1@lab.example:5080");
    assert_eq!((trunk.ask().host.as_str(), trunk.ask().port), ("edge.example", Some(5070)));
    assert_eq!(trunk.register(60).uri, "sip:lab.example:5080");
}

#[test]
fn all_named_hosts_are_looked_up_without_registration() {
    let named = |account: &mut Account| {
        account.registrar = Some(("reg.example".into(), None));
        account.proxy = Some(("edge.example".into(), None));
    };
    let hosts = |trunk: &Trunk| trunk.asks().into_iter().map(|ask| ask.host).collect::<Vec<_>>();
    assert_eq!(hosts(&trunk(named)), ["lab.example", "reg.example", "edge.example"]);
    let registered = trunk(|account| {
        named(account);
        account.register = true;
    });
    assert_eq!(hosts(&registered), ["reg.example"]);
}

#[test]
fn networks_hold_what_their_prefix_says() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    for (address, net, prefix, inside) in [
        ("10.1.2.3", "10.0.0.0", 8, true),
        ("11.1.2.3", "10.0.0.0", 8, false),
        ("10.1.2.3", "10.1.2.3", 32, true),
        ("10.1.2.4", "10.1.2.3", 32, false),
        ("1.2.3.4", "9.9.9.9", 0, true),
        ("2001:db8::1", "2001:db8::", 32, true),
        ("2001:db9::1", "2001:db8::", 32, false),
        ("2001:db8::1", "10.0.0.0", 0, false),
        ("2001:db8::1", "::", 0, true),
    ] {
        assert_eq!(within(ip(address), ip(net), prefix), inside, "{address} {net}/{prefix}");
    }
}
