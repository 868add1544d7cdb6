//! Keys that work while other programs are in front, when the user wants that.

use milliwatt_store::preferences::Preferences;
use tauri::AppHandle;
use tauri_plugin_global_shortcut::{GlobalShortcutExt as _, Shortcut, ShortcutState};

use crate::api::Key;

/// What has a key in other programs, with the keys of `ui/src/lib/shortcuts.ts`.
const KEYS: [(Key, &str, &str); 4] = [
    (Key::Answer, "answer", "Mod+Shift+A"),
    (Key::HangUp, "hang-up", "Mod+Shift+D"),
    (Key::Mute, "mute", if cfg!(target_os = "macos") { "Mod+Shift+M" } else { "Mod+M" }),
    (Key::Hold, "hold", if cfg!(target_os = "macos") { "Mod+Shift+H" } else { "Mod+H" }),
];

/// Takes the keys that the preferences say, and gives all others back.
///
/// # Errors
/// A sentence that names the keys that cannot be had.
pub(crate) fn apply(
    app: &AppHandle,
    preferences: &Preferences,
    pressed: impl Fn(&AppHandle, Key) + Clone + Send + Sync + 'static,
) -> Result<(), String> {
    let keys = app.global_shortcut();
    keys.unregister_all().map_err(|why| why.to_string())?;
    if !preferences.global_hot_keys {
        return Ok(());
    }
    let mut taken = Vec::new();
    for (key, written) in wanted(preferences) {
        let pressed = pressed.clone();
        let registered =
            written.parse::<Shortcut>().map_err(|why| why.to_string()).and_then(|of| {
                let heard =
                    move |app: &AppHandle,
                          _: &Shortcut,
                          event: tauri_plugin_global_shortcut::ShortcutEvent| {
                        if event.state() == ShortcutState::Pressed {
                            pressed(app, key);
                        }
                    };
                keys.on_shortcut(of, heard).map_err(|why| why.to_string())
            });
        if let Err(why) = registered {
            tracing::info!("{written} cannot be had: {why}");
            taken.push(written);
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    Err(format!("these keys belong to another program or to the system: {}", taken.join(", ")))
}

/// The keys of each action, in the words of the system.
fn wanted(preferences: &Preferences) -> impl Iterator<Item = (Key, String)> {
    KEYS.into_iter().filter_map(|(key, action, usual)| {
        let keys = preferences.shortcuts.get(action).map_or(usual, String::as_str);
        // The window's own: no other program would have the key any more.
        let alone = matches!(keys, "Enter" | "Escape");
        let written = || keys.replace("Mod", "CommandOrControl").replace("Meta", "Super");
        (!alone).then(|| (key, written()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_is_understood_and_can_be_bound_anew() {
        let mut preferences = Preferences::default();
        preferences.shortcuts.insert("answer".into(), "Ctrl+Alt+F9".into());
        let keys: Vec<(Key, String)> = wanted(&preferences).collect();
        assert_eq!(keys[0], (Key::Answer, "Ctrl+Alt+F9".into()));
        for (key, written) in keys {
            assert!(written.parse::<Shortcut>().is_ok(), "{key:?}: {written}");
        }
    }

    #[test]
    fn no_key_that_everybody_writes_with_is_taken_from_other_programs() {
        let mut preferences = Preferences::default();
        preferences.shortcuts.insert("answer".into(), "Enter".into());
        preferences.shortcuts.insert("hang-up".into(), "Escape".into());
        let keys: Vec<Key> = wanted(&preferences).map(|(key, _)| key).collect();
        assert_eq!(keys, [Key::Mute, Key::Hold]);
    }
}
