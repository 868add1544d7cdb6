//! Changing a document key by key, so that all else in it stays.

use toml::{Table, Value};
use toml_edit::{InlineTable, Item, TableLike, value};

/// Brings into the document what differs between two states of the settings: keys that changed are
/// set, keys that went are taken out, all others stay as they are written.
pub(super) fn apply(document: &mut toml_edit::Table, before: &Table, after: &Table) {
    let sections = before.keys().chain(after.keys());
    for section in sections {
        let (old, new) = (before.get(section), after.get(section));
        if old == new {
            continue;
        }
        let none = Table::new();
        let old = old.and_then(Value::as_table).unwrap_or(&none);
        let new = new.and_then(Value::as_table).unwrap_or(&none);
        let item = document.entry(section).or_insert_with(|| Item::Table(toml_edit::Table::new()));
        if let Some(table) = item.as_table_like_mut() {
            // A table a check reads better than a line a check.
            let nested = section == "limits";
            keys(table, old, new, nested);
        }
    }
}

fn keys(table: &mut dyn TableLike, before: &Table, after: &Table, nested: bool) {
    for key in before.keys().filter(|key| !after.contains_key(*key)) {
        table.remove(key);
    }
    for (key, new) in after.iter().filter(|(key, new)| before.get(*key) != Some(*new)) {
        match (table.get_mut(key), new) {
            (Some(item), Value::Table(new)) if item.is_table_like() => {
                let none = Table::new();
                let old = before.get(key).and_then(Value::as_table).unwrap_or(&none);
                if let Some(inner) = item.as_table_like_mut() {
                    keys(inner, old, new, false);
                }
            }
            (Some(Item::Value(old)), new) => {
                // The comment behind the old value is about the key, not the value.
                let decor = old.decor().clone();
                *old = edited(new);
                *old.decor_mut() = decor;
            }
            (Some(item), new) => *item = value(edited(new)),
            (None, Value::Table(new)) if nested => {
                let pairs = new.iter().map(|(key, new)| (key.as_str(), value(edited(new))));
                table.insert(key, Item::Table(toml_edit::Table::from_iter(pairs)));
            }
            (None, new) => {
                table.insert(key, value(edited(new)));
            }
        }
    }
}

fn edited(value: &Value) -> toml_edit::Value {
    match value {
        Value::Array(elements) => toml_edit::Array::from_iter(elements.iter().map(edited)).into(),
        Value::Boolean(boolean) => (*boolean).into(),
        Value::Datetime(datetime) => (*datetime).into(),
        Value::Float(float) => (*float).into(),
        Value::Integer(integer) => (*integer).into(),
        Value::String(text) => text.as_str().into(),
        Value::Table(table) => {
            let pairs = table.iter().map(|(key, value)| (key.as_str(), edited(value)));
            InlineTable::from_iter(pairs).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(text: &str, before: &str, after: &str) -> String {
        let mut document: toml_edit::DocumentMut = text.parse().unwrap();
        apply(document.as_table_mut(), &before.parse().unwrap(), &after.parse().unwrap());
        document.to_string()
    }

    #[test]
    fn only_what_changed_is_touched() {
        let text =
            "# ours\n[trunk] # main\nuser = \"a\"  # who\nfuture = 1\n\n[numbers]\ndids = []\n";
        let before = "[trunk]\nuser = \"a\"\n[numbers]\ndids = []";
        let after = "[trunk]\nuser = \"b\"\n[numbers]\ndids = []";
        assert_eq!(change(text, before, after), text.replace("\"a\"", "\"b\""));
    }

    #[test]
    fn keys_come_and_go() {
        let text = "[trunk]\nproxy = \"p\"\npassword = { env = \"X\" } # where\n";
        let before = "[trunk]\nproxy = \"p\"\npassword.env = \"X\"";
        let after =
            "[trunk]\nuser = \"u\"\npassword.keyring = \"Y\"\n[limits.\"mq.mos\"]\npass = 4.0";
        let changed = change(text, before, after);
        assert!(changed.contains("keyring = \"Y\"") && !changed.contains("env"), "{changed}");
        assert!(changed.contains("# where"), "{changed}");
        assert!(!changed.contains("proxy"), "{changed}");
        assert!(changed.contains("[limits.\"mq.mos\"]\npass = 4.0"), "{changed}");
        let read: Table = changed.parse().unwrap();
        assert_eq!(read, after.parse::<Table>().unwrap());
    }
}
