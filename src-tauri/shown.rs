//! Text of the wire for the eye, by the rules of `ui/src/lib/shown.ts`: what cannot be seen becomes
//! a mark.

/// Characters of a text that are shown, at most.
pub(crate) const LONGEST: usize = 128;
/// So many marks may stand on one letter; more would paint over the lines above.
const MARKS_ON_A_LETTER: usize = 3;

/// So much of a text, with an ellipsis where there is more.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let mut shown = String::new();
    let (mut count, mut marks) = (0, 0);
    for character in text.chars() {
        if count == most {
            shown.push('…');
            break;
        }
        marks = if is_mark(character) { marks + 1 } else { 0 };
        if marks > MARKS_ON_A_LETTER {
            continue;
        }
        if is_unseen(character) {
            shown.push_str(&format!("‹{:04X}›", u32::from(character)));
        } else {
            shown.push(character);
        }
        count += 1;
    }
    shown
}

/// Control, format (bidi, zero-width), private and unassigned characters, separators of lines and
/// paragraphs, and those that draw nothing although Unicode calls them letters or marks.
fn is_unseen(character: char) -> bool {
    let blank = matches!(
        character,
        '\u{34f}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'
            ..='\u{180f}' | '\u{2028}' | '\u{2029}' | '\u{2800}' | '\u{3164}' | '\u{ffa0}'
    );
    blank || character.is_control() || is_unprintable(character)
}

/// True for what the standard library does not print as it is, spaces apart. It would not print a
/// mark either that nothing stands before: a letter does.
fn is_unprintable(character: char) -> bool {
    let text = String::from_iter(['a', character]);
    !character.is_whitespace() && text.escape_debug().skip(1).take(2).eq(['\\', 'u'])
}

/// True for a mark that stands on the letter before it.
fn is_mark(character: char) -> bool {
    let stands_alone = character.is_whitespace() || is_unseen(character);
    !stands_alone && character.escape_debug().take(2).eq(['\\', 'u'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &str) -> String {
        shown(text, LONGEST)
    }

    /// What a wire can bring where a name should be, as `ui/src/host/mock/hostile.ts` has it.
    fn payloads() -> Vec<String> {
        let mut payloads: Vec<String> = [
            "<script>window.__owned=1</script>",
            "<img src=x onerror=\"window.__owned=1\">",
            "\"><svg onload=window.__owned=1>",
            "<a href=\"https://evil.example/\">Your bank</a>",
            "<!-- ",
            "\u{202e}gnp.exe\u{202c}",
            "\u{2066}\u{2067}left\u{2069}",
            "Ada\u{200b}\u{200c}\u{200d}\u{feff}Lind",
            "\0\u{7}\u{1b}[31mred\u{1b}[0m",
            "=HYPERLINK(\"https://evil.example\")",
            "\r\nVia: SIP/2.0/UDP evil",
        ]
        .map(str::to_owned)
        .into();
        payloads.push("A".repeat(4000));
        payloads.push(format!("Z{}algo", "\u{301}\u{489}".repeat(200)));
        payloads
    }

    #[test]
    fn what_cannot_be_seen_becomes_a_mark() {
        for (text, wanted) in [
            ("a\0b", "a‹0000›b"),
            ("\r\nVia", "‹000D›‹000A›Via"),
            ("\u{202e}gnp.exe", "‹202E›gnp.exe"),
            ("Ada\u{200b}Lind", "Ada‹200B›Lind"),
            ("\u{2028}\u{3164}\u{e000}", "‹2028›‹3164›‹E000›"),
            ("\u{e0041}", "‹E0041›"),
            ("soft\u{ad}\u{61c}\u{85}", "soft‹00AD›‹061C›‹0085›"),
        ] {
            assert_eq!(all(text), wanted);
        }
    }

    #[test]
    fn names_in_every_script_stay_as_they_are() {
        for name in [
            "Zoë Müller",
            "נועה לוי",
            "عائشة",
            "山田太郎",
            "Ngô Thị Bích",
            "O’Brien & Søn",
            "😀",
            "\"quoted\" \\ it's\u{a0}so",
        ] {
            assert_eq!(all(name), name);
        }
    }

    #[test]
    fn length_and_piled_marks_are_bounded() {
        let long = all(&"A".repeat(5000));
        assert_eq!((long.chars().count(), long.chars().last()), (LONGEST + 1, Some('…')));
        assert_eq!(all(&"A".repeat(LONGEST)), "A".repeat(LONGEST));
        assert_eq!(all(&format!("Z{}y", "\u{301}".repeat(500))), "Z\u{301}\u{301}\u{301}y");
        assert_eq!(all(""), "");
    }

    #[test]
    fn no_hostile_text_brings_a_control_bidi_or_zero_width_character_through() {
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}')
        };
        for payload in payloads() {
            let shown = all(&payload);
            assert!(!shown.contains(hidden), "{shown:?}");
            assert!(shown.chars().count() <= 6 * LONGEST, "{shown}");
        }
    }
}
