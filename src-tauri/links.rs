//! `tel:`, `sip:`, `sips:` and `callto:` links that the system hands over. They fill the dial field,
//! where the window reads them as strictly as it can; nothing here dials.

/// Characters of a link, at most.
const LONGEST: usize = 512;
/// What the phone takes links of.
const SCHEMES: [&str; 4] = ["tel:", "sip:", "sips:", "callto:"];

/// The link among the arguments of a program start, if there is one.
pub(crate) fn among<S: AsRef<str>>(arguments: impl IntoIterator<Item = S>) -> Option<String> {
    arguments.into_iter().map(|one| one.as_ref().trim().to_owned()).find(|one| is_link(one))
}

fn is_link(text: &str) -> bool {
    let of = |scheme: &&str| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    SCHEMES.iter().any(of) && text.len() <= LONGEST && !text.contains(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_among_arguments() {
        assert_eq!(among(["milliwatt-desktop", "tel:+15550100"]).as_deref(), Some("tel:+15550100"));
        assert_eq!(among(["x", "--hidden", "SIPS:a@b"]).as_deref(), Some("SIPS:a@b"));
    }

    /// What is understood is what the system is told to hand over.
    #[test]
    fn every_scheme_is_registered() {
        let settings: serde_json::Value =
            serde_json::from_str(include_str!("../tauri.conf.json")).unwrap();
        let registered = &settings["plugins"]["deep-link"]["desktop"]["schemes"];
        let known = SCHEMES.map(|scheme| scheme.trim_end_matches(':'));
        assert_eq!(*registered, serde_json::json!(known));
    }

    #[test]
    fn nothing_else_is_taken_for_one() {
        let long = format!("tel:{}", "1".repeat(LONGEST));
        for argument in ["", "tel", "http://tel:1", "file:///tel:1", "tel:1\n2", "télé:1", &long]
        {
            assert_eq!(among(["x", argument]), None, "{argument}");
        }
    }
}
