//! Where no terminal is, what is said is plain text, whatever is asked for.

use crate::harness::{Carrier, Milliwatt, Running, finish};

#[test]
fn nothing_colours_a_file_or_moves_its_cursor() {
    let carrier = Carrier::start("");
    let user = Milliwatt::with_password("alice-secret");
    for (line, code, result, progress) in [
        ("demo -vv", 0, "pass   reg.basic", "more to do)"),
        ("check TRUNK --only reach.options,reg.basic -vv", 0, "pass   reg.basic", "more to do)"),
        ("check TRUNK --only reach.options,reg.basic", 0, "pass   reg.basic", "more to do)"),
        ("call TRUNK 9000 --duration 1s -vv", 0, "answered 200", "answered, PCM"),
        ("call TRUNK 9000 --duration 1s", 0, "answered 200", "answered, PCM"),
        ("call TRUNK 9005", 1, "rejected 486", "busy"),
        ("call TRUNK 9000 --nonsense", 2, "", "--nonsense"),
        ("call --help", 0, "--ring-timeout", ""),
    ] {
        let words = line.replace("TRUNK", &carrier.alice());
        let mut command = user.command(words.split_whitespace());
        // Around it there may be a terminal that has colours.
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE");
        let out = finish(Running::start(&mut command)).expect(code);
        for (said, part) in [(&out.stdout, result), (&out.stderr, progress)] {
            assert!(said.contains(part), "{line}: no '{part}' in {said}");
            let coloured = said.lines().find(|row| row.contains('\u{1b}'));
            assert_eq!(coloured, None, "{line}");
        }
    }
}
