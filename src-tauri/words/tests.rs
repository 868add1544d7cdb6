//! Sentences are found whatever fills their places, and what is not ours stays as it is.

use serde_json::json;

use super::*;

fn in_german(text: &str) -> String {
    Language::German.say(text.into())
}

#[test]
fn the_language_is_the_chosen_one_else_that_of_the_system_else_english() {
    let speaks_german = |choice, system: &[&str]| {
        let system: Vec<String> = system.iter().map(|tag| (*tag).to_owned()).collect();
        Language::of(choice, &system) == Language::German
    };
    assert!(
        speaks_german(Some("de"), &["en-US"]) && speaks_german(None, &["fr-FR", "de-AT", "en"])
    );
    assert!(!speaks_german(Some("en"), &["de"]) && !speaks_german(None, &["en-GB", "de"]));
    assert!(!speaks_german(None, &["C"]) && !speaks_german(Some("xx"), &[]));
}

#[test]
fn a_sentence_is_found_by_its_words() {
    assert_eq!(in_german("every server has an address"), "Jeder Server hat eine Adresse");
    assert_eq!(in_german("Every server has an address."), "Jeder Server hat eine Adresse.");
    assert_eq!(
        in_german("The trunk is not set to TLS."),
        "Für die Leitung ist kein TLS eingestellt."
    );
    assert_eq!(Language::English.say("no call was placed".into()), "no call was placed");
}

#[test]
fn places_are_filled_with_what_stood_there() {
    for (english, german) in [
        ("10.0.0.1:5060 does not answer", "10.0.0.1:5060 antwortet nicht"),
        ("2 calls, 0.5 minutes", "2 Anrufe, 0,5 Minuten"),
        ("No sound has come for 5 s.", "Seit 5 s kommt kein Ton."),
        (
            "the file /x.pem of certificate authorities cannot be read: Input/output error (os error 5)",
            "die Datei /x.pem der Zertifizierungsstellen ist nicht lesbar: Input/output error (os error 5)",
        ),
        ("555.1234 does not answer", "555.1234 antwortet nicht"),
        (
            "10.0.0.1:5061 does not answer: check address and port of the trunk, and whether a firewall drops the packets.",
            "10.0.0.1:5061 antwortet nicht: Adresse und Port der Leitung prüfen, und ob eine Firewall die Pakete verwirft.",
        ),
        (
            "No digit arrives: set `dtmf` to inband or info.",
            "Keine Ziffer kommt an: `dtmf` auf inband oder info stellen.",
        ),
        (
            "403 Go Away: The registrar does not know this user or domain: check `user` and `domain`.",
            "403 Go Away: Der Registrar kennt Benutzer oder Domain nicht: `user` und `domain` prüfen.",
        ),
        (
            "/etc/a.toml: line 3, column 5: trunk.domain: is missing: write the provider's domain, such as sip.example.net",
            "/etc/a.toml: Zeile 3, Spalte 5: trunk.domain: fehlt: die Domain des Anbieters angeben, etwa sip.example.net",
        ),
        (
            "Via: A Via has no branch. (RFC 3261 §8.1.1.7)",
            "Via: Ein Via hat keinen branch. (RFC 3261 §8.1.1.7)",
        ),
    ] {
        assert_eq!(in_german(english), german);
    }
}

#[test]
fn sentences_that_stand_behind_one_another_are_found_each() {
    for (english, german) in [
        (
            "You hear them, they do not hear you. Packets come, and there is only silence in them.",
            "Die Gegenseite ist zu hören, hört selbst aber nichts. Es kommen Pakete, aber mit nichts als Stille darin.",
        ),
        (
            "+491 is not routed to this trunk: set it in the provider's portal. Nor do calls to +492, +493 come in as they should. Not dialled: +494 (not in test.allow), +495 (more numbers than one run dials).",
            "+491 führt nicht zu dieser Leitung: im Portal des Anbieters einstellen. Auch Anrufe an +492, +493 kommen nicht an, wie sie sollen. Nicht gewählt: +494 (nicht in test.allow), +495 (mehr Rufnummern, als ein Durchlauf wählt).",
        ),
        (
            "The server answers slowly. 10.0.0.1:5060, 10.0.0.2:5060 were not asked: this computer has no way there.",
            "Der Server antwortet langsam. Nicht gefragt, weil dieser Computer keinen Weg dorthin hat: 10.0.0.1:5060, 10.0.0.2:5060.",
        ),
        (
            "the log-in was refused: 404 Not Found. The registrar does not know this user or domain: check `user` and `domain`.",
            "die Anmeldung wurde abgelehnt: 404 Not Found. Der Registrar kennt Benutzer oder Domain nicht: `user` und `domain` prüfen.",
        ),
    ] {
        assert_eq!(in_german(english), german);
    }
}

#[test]
fn what_others_say_stays_as_it_is() {
    for text in [
        "Temporarily Unavailable",
        "Bob",
        "Wires are cut: ask Bob. He knows (maybe).",
        "",
        ". . . ",
    ] {
        assert_eq!(in_german(text), text);
    }
    assert_eq!(
        in_german("The call was refused with 480: Gone fishing. Back at noon"),
        "Der Anruf wurde mit 480 abgelehnt: Gone fishing. Back at noon"
    );
}

/// A far end chooses its words: none of them takes long, or more of the stack than there is.
#[test]
fn a_text_that_was_made_to_be_searched_for_long_is_given_back() {
    for piece in ["a: ", "a, ", "a (", "no secure connection: ", "No digit was sent: ", "x. ", "\n"]
    {
        for times in [4000 / piece.len(), 100_000] {
            assert!(in_german(&piece.repeat(times)).ends_with(piece), "{piece}");
        }
    }
}

#[test]
fn only_what_is_said_is_put_into_words() {
    let report = json!({
        "id": "reg.basic",
        "fault": "provider",
        "advice": "The registrar answers slowly.",
        "measured": { "reason": "no call" },
        "checks": [{ "advice": "no call was placed", "name": "no call was placed" }],
        "steps": ["TLS handshakes and the certificate"],
        "refused": null,
    });
    let spoken = serde_json::to_value(Spoken::new(&report, Language::German)).unwrap();
    let expected = json!({
        "id": "reg.basic",
        "fault": "provider",
        "advice": "Der Registrar antwortet langsam.",
        "measured": { "reason": "no call" },
        "checks": [{ "advice": "es wurde kein Anruf getätigt", "name": "no call was placed" }],
        "steps": ["TLS-Handshakes und das Zertifikat"],
        "refused": null,
    });
    assert_eq!(spoken, expected);
    assert_eq!(serde_json::to_value(Spoken::new(&report, Language::English)).unwrap(), report);
}
