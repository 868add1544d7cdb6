//! Calls for help.

use super::*;
use crate::samples::report;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_for_help_goes_on_by_the_next_line_and_no_further_than_the_last() {
    let home = tempfile::tempdir().unwrap();
    let (phone, heard) = phone(&home, &Shelf::with(&DESK));
    let (tell, mut tried) = mpsc::unbounded_channel();
    tokio::spawn(pump(heard, Arc::clone(&phone), Tried(tell)));
    for lines in [&[][..], &["one"], &["one", "two", "three"]] {
        let lines = lines.iter().map(|line| (*line).to_owned()).collect();
        phone.call_for_help(phone.engine.next_call(), "112".into(), lines);
    }
    // There are no such lines.
    for next in ["two", "three"] {
        let told = tokio::time::timeout(Duration::from_secs(60), tried.recv()).await;
        assert_eq!(told.unwrap(), Some((next.to_owned(), "112".to_owned())));
    }
    until(|| lock(&phone.help).is_empty());
    assert!(tried.try_recv().is_err());
    let (call, lines) = (CallId(77), vec!["one".to_owned(), "two".to_owned()]);
    lock(&phone.help).insert(call, Help { to: "112".into(), lines });
    phone.goes_on(&report(77));
    assert!(lock(&phone.help).is_empty(), "whoever hangs up calls nobody");
}

/// Hears by which lines a call for help goes on.
struct Tried(mpsc::UnboundedSender<(String, String)>);

impl Face for Tried {
    fn show(&self, told: &Told) {
        if let Told::Shell(ShellEvent::Dialled { trunk, number, .. }) = told {
            drop(self.0.send((trunk.clone(), number.clone())));
        }
    }

    fn note(&self, _event: &Event) {}

    fn tray(&self, _state: TrayState, _language: Language) {}
}
