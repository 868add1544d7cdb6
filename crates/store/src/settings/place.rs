//! Where in a text something stands.

use std::ops::Range;

use toml_edit::{Item, Table, Value};

/// Line and column of an octet, both from 1; the column counts characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before.get(start..).unwrap_or_default().chars().count() + 1)
}

/// Where the value of a path stands, or the nearest table around it when it is not there.
pub(super) fn span(document: &Table, path: &[String]) -> Option<Range<usize>> {
    let (first, rest) = path.split_first()?;
    let item = document.get(first)?;
    in_item(item, rest).or_else(|| item.span())
}

fn in_item(item: &Item, path: &[String]) -> Option<Range<usize>> {
    let Some((first, rest)) = path.split_first() else { return item.span() };
    if let Some(table) = item.as_table_like() {
        let inner = table.get(first)?;
        return in_item(inner, rest).or_else(|| inner.span());
    }
    let element = item.as_array()?.get(first.parse().ok()?)?;
    element.span()
}

/// A path as users read it: `numbers.dids[1]`, `limits."mq.jitter".pass`.
pub(super) fn spell(path: &[String]) -> String {
    let mut text = String::new();
    for step in path {
        if !text.is_empty() && step.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{step}]"));
            continue;
        }
        if !text.is_empty() {
            text.push('.');
        }
        let bare = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        match step.bytes().all(bare) {
            true => text.push_str(step),
            false => text.push_str(Value::from(step.as_str()).to_string().trim()),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(steps: &[&str]) -> Vec<String> {
        steps.iter().map(|step| (*step).to_owned()).collect()
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        assert_eq!(line_and_column("ab\ncd", 0), (1, 1));
        assert_eq!(line_and_column("ab\ncd", 4), (2, 2));
        assert_eq!(line_and_column("äb", 2), (1, 2));
        assert_eq!(line_and_column("ab", 99), (1, 3));
    }

    #[test]
    fn values_are_found_by_their_path() {
        let text = "[trunk]\nuser = \"a\"\n[numbers]\ndids = [\"1\", \"22\"]\n";
        let document = toml_edit::Document::parse(text).unwrap();
        let at = |steps: &[&str]| &text[span(document.as_table(), &path(steps)).unwrap()];
        assert_eq!(at(&["trunk", "user"]), "\"a\"");
        assert_eq!(at(&["numbers", "dids", "1"]), "\"22\"");
        assert_eq!(at(&["trunk", "missing"]), "[trunk]");
        assert_eq!(span(document.as_table(), &path(&["none"])), None);
    }

    #[test]
    fn paths_are_spelt_as_toml_has_them() {
        assert_eq!(spell(&path(&["numbers", "dids", "1"])), "numbers.dids[1]");
        assert_eq!(spell(&path(&["limits", "mq.jitter", "pass"])), "limits.\"mq.jitter\".pass");
    }
}
