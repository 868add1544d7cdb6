//! What was thrown away for want of room: told in words, but not for each.

use std::time::Duration;

use crate::net::Dropped;

/// How often it is told at most.
const AGAIN: Duration = Duration::from_secs(10);

/// What was told so far.
#[derive(Debug, Default)]
pub(super) struct Told {
    news: u64,
    net: Dropped,
    at: Option<Duration>,
}

impl Told {
    /// The notices that are due, kind and text. `news` are figures of calls, `net` what the
    /// network threw away; both count since the start.
    pub(super) fn look(
        &mut self,
        now: Duration,
        news: u64,
        net: Dropped,
    ) -> Vec<(&'static str, String)> {
        // Called at each turn of the loop: nothing new is the rule.
        if (news, net) == (self.news, self.net) || self.at.is_some_and(|at| now < at + AGAIN) {
            return Vec::new();
        }
        let grown = |now: u64, before: u64| Some(now.saturating_sub(before)).filter(|n| *n > 0);
        let notices = [
            grown(news, self.news).map(|lost| {
                let text = format!(
                    "{lost} figures of calls were lost: this computer is too slow for so many calls."
                );
                ("news-missed", text)
            }),
            grown(net.strangers, self.net.strangers).map(|lost| {
                let text = format!(
                    "{lost} messages of strangers were thrown away unread: somebody floods this computer. Calls go on."
                );
                ("strangers-dropped", text)
            }),
            grown(net.requests, self.net.requests).map(|lost| {
                let text = format!(
                    "{lost} messages were refused: as many requests are under way as are allowed. Calls go on."
                );
                ("requests-refused", text)
            }),
            grown(net.connections, self.net.connections).map(|lost| {
                let text = format!(
                    "{lost} connections of strangers were refused: as many are open as are allowed. Calls go on."
                );
                ("connections-refused", text)
            }),
            grown(net.sends, self.net.sends).map(|lost| {
                let text = format!(
                    "{lost} messages could not be sent: the network takes them too slowly."
                );
                ("sends-dropped", text)
            }),
        ];
        let due: Vec<_> = notices.into_iter().flatten().collect();
        let at = if due.is_empty() { self.at } else { Some(now) };
        *self = Self { news, net, at };
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_told_once_in_ten_seconds() {
        let mut told = Told::default();
        let second = Duration::from_secs;
        let net = |strangers| Dropped { strangers, ..Dropped::default() };
        assert!(told.look(second(1), 0, net(0)).is_empty());
        let first = told.look(second(2), 3, net(40));
        let kinds: Vec<_> = first.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, ["news-missed", "strangers-dropped"]);
        assert!(first.iter().any(|(_, text)| text.starts_with("40 messages of strangers")));
        assert!(told.look(second(11), 3, net(90)).is_empty());
        let [(kind, text)] = &told.look(second(12), 3, net(100))[..] else { panic!("one is due") };
        assert_eq!(*kind, "strangers-dropped");
        assert!(text.starts_with("60 messages"), "{text}");
        assert!(told.look(second(60), 3, net(100)).is_empty());
    }

    #[test]
    fn each_cause_has_its_sentence() {
        let net = Dropped { connections: 2, requests: 3, strangers: 4, sends: 5, gone: 6 };
        let told = Told::default().look(Duration::from_secs(1), 1, net);
        let counts = [
            "1 figures",
            "4 messages of",
            "3 messages were refused",
            "2 connections",
            "5 messages could",
        ];
        assert_eq!(told.len(), counts.len());
        for ((_, text), count) in told.iter().zip(counts) {
            assert!(text.starts_with(count), "{text}");
        }
    }

    #[test]
    fn what_goes_to_a_flow_that_is_gone_is_no_news() {
        let mut told = Told::default();
        let net = Dropped { gone: 3, ..Dropped::default() };
        assert!(told.look(Duration::from_secs(1), 0, net).is_empty());
        let flood = Dropped { strangers: 1, ..net };
        assert_eq!(told.look(Duration::from_secs(2), 0, flood).len(), 1, "it holds up nothing");
    }
}
