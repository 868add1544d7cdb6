//! Dialogs (RFC 3261 §12): what both sides must remember to speak on after the first request.

use std::net::IpAddr;

use crate::uri::Uri;

/// One entry of a route set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Hop {
    /// The value as it stands in Route and Record-Route, brackets and parameters included.
    pub(crate) value: String,
    /// The URI in it.
    pub(crate) uri: String,
    /// The URI has the `lr` parameter (RFC 3261 §16.12).
    pub(crate) loose: bool,
}

/// Where a request within a dialog goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Course {
    /// Request-URI.
    pub(crate) uri: String,
    /// Route values, first the next one to visit.
    pub(crate) route: Vec<String>,
    /// The URI that is located to find the place to send to (RFC 3261 §8.1.2).
    pub(crate) next_hop: String,
}

/// The state of one dialog. CSeq numbers of our own are the call's, since all dialogs of one
/// forked INVITE draw from the same row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dialog {
    /// Call-ID.
    pub(crate) call_id: String,
    /// Our From value, tag included.
    pub(crate) local: String,
    /// Our To value, tag included where the far end has one.
    pub(crate) remote: String,
    /// The tag of the far end; `None` where it is an RFC 2543 system (§12.2.1.1).
    pub(crate) remote_tag: Option<String>,
    /// The highest CSeq number of the far end.
    pub(crate) remote_cseq: Option<u32>,
    /// The URI of the far end's last Contact.
    pub(crate) target: String,
    /// The proxies that asked to stay in the path, in the order in which our requests visit them.
    pub(crate) route: Vec<Hop>,
}

impl Dialog {
    /// Request-URI, Route and next hop of a request of ours (RFC 3261 §12.2.1.1).
    pub(crate) fn course(&self) -> Course {
        let Some(first) = self.route.first() else {
            let uri = self.target.clone();
            return Course { next_hop: uri.clone(), uri, route: Vec::new() };
        };
        if first.loose {
            let route = self.route.iter().map(|hop| hop.value.clone()).collect();
            return Course { uri: self.target.clone(), route, next_hop: first.uri.clone() };
        }
        // A strict router wants its own URI on the request line and the target last.
        let rest = self.route.iter().skip(1).map(|hop| hop.value.clone());
        let route = rest.chain([format!("<{}>", self.target)]).collect();
        Course { uri: first.uri.clone(), route, next_hop: first.uri.clone() }
    }

    /// Takes the CSeq number of a request from the far end; false where it is out of order and the
    /// request must be refused with 500 (RFC 3261 §12.2.2).
    pub(crate) fn take_cseq(&mut self, number: u32) -> bool {
        let in_order = self.remote_cseq.is_none_or(|highest| number > highest);
        if in_order {
            self.remote_cseq = Some(number);
        }
        in_order
    }

    /// True where the far end or a proxy of the path has given `address` as its own.
    pub(crate) fn names(&self, address: IpAddr) -> bool {
        let uris = self.route.iter().map(|hop| &hop.uri).chain([&self.target]);
        let mut hosts = uris.filter_map(|uri| Uri::parse(uri).ok()?.host().and_then(|h| h.ip()));
        hosts.any(|host| host.to_canonical() == address)
    }

    /// A target refresh: the Contact of a re-INVITE, an UPDATE, or a 2xx to one of them.
    pub(crate) fn refresh_target(&mut self, contact: Option<String>) {
        if let Some(contact) = contact {
            self.target = contact;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hop(host: &str, loose: bool) -> Hop {
        let uri = format!("sip:{host}{}", if loose { ";lr" } else { "" });
        Hop { value: format!("<{uri}>"), uri, loose }
    }

    fn dialog(route: Vec<Hop>) -> Dialog {
        Dialog {
            call_id: "c".into(),
            local: "<sip:a@a.example>;tag=1".into(),
            remote: "<sip:b@b.example>;tag=2".into(),
            remote_tag: Some("2".into()),
            remote_cseq: None,
            target: "sip:b@10.0.0.2".into(),
            route,
        }
    }

    #[test]
    fn without_a_route_set_the_request_goes_to_the_target() {
        let course = dialog(vec![]).course();
        assert_eq!(
            (course.uri.as_str(), course.next_hop.as_str()),
            ("sip:b@10.0.0.2", "sip:b@10.0.0.2")
        );
        assert!(course.route.is_empty());
    }

    #[test]
    fn loose_routers_leave_the_request_uri_alone() {
        let course = dialog(vec![hop("p1", true), hop("p2", false)]).course();
        assert_eq!(course.uri, "sip:b@10.0.0.2");
        assert_eq!(course.route, ["<sip:p1;lr>", "<sip:p2>"]);
        assert_eq!(course.next_hop, "sip:p1;lr");
    }

    #[test]
    fn it_names_its_target_and_its_proxies() {
        let dialog =
            dialog(vec![hop("10.0.0.3", true), hop("p2.example", true), hop("[::1]", true)]);
        for (address, named) in
            [("10.0.0.2", true), ("10.0.0.3", true), ("::1", true), ("10.0.0.4", false)]
        {
            assert_eq!(dialog.names(address.parse().unwrap()), named, "{address}");
        }
    }

    #[test]
    fn a_strict_router_takes_the_request_uri() {
        let course = dialog(vec![hop("p1", false), hop("p2", true)]).course();
        assert_eq!(course.uri, "sip:p1");
        assert_eq!(course.route, ["<sip:p2;lr>", "<sip:b@10.0.0.2>"]);
    }

    #[test]
    fn numbers_of_the_far_end_only_rise() {
        let mut dialog = dialog(vec![]);
        assert!(dialog.take_cseq(10));
        assert!(!dialog.take_cseq(10) && !dialog.take_cseq(9));
        assert!(dialog.take_cseq(4_294_967_295));
    }
}
