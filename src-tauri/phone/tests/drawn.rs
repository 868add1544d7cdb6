//! What a window is told when it is drawn.

use super::*;
use crate::api::Left;

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_told_how_the_last_was_left() {
    let home = tempfile::tempdir().unwrap();
    let (phone, _heard) = phone(&home, &Shelf::with(&DESK));
    let first = phone.start().await.unwrap();
    assert_eq!(first.left, Left::default());
    assert!(first.emergency["DE"].split(' ').any(|number| number == "112"));
    let left = Left { hash: "#/history/3".into(), dial: "0207".into(), graphs: true };
    phone.left(left.clone());
    phone.left(Left { dial: "1".repeat(5000), ..Left::default() });
    assert_eq!(phone.start().await.unwrap().left, left, "what no field holds is not kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_window_is_told_what_happened_in_calls_that_are_up() {
    let home = tempfile::tempdir().unwrap();
    let (phone, call) = talking(&home).await;
    phone.order(Command::Hold { call });
    until(|| !phone.trails().markers(call).is_empty());
    let calls = phone.start().await.unwrap().calls;
    let markers: Vec<&str> = calls[0].markers.iter().map(|marker| marker.text.as_str()).collect();
    assert_eq!(markers, ["hold"]);
}
