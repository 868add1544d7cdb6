//! The start with the user's session.

use tauri::AppHandle;

/// The phone starts with the session from here on, or does not.
///
/// # Errors
/// A sentence, when the system does not let it be done.
#[cfg(not(target_os = "linux"))]
pub(crate) fn set(app: &AppHandle, on: bool) -> Result<(), String> {
    use tauri_plugin_autostart::ManagerExt as _;
    let starts = app.autolaunch();
    let done = if on { starts.enable() } else { starts.disable() };
    done.map_err(|why| why.to_string())
}

/// The phone starts with the session from here on, or does not.
///
/// # Errors
/// A sentence, when the system does not let it be done.
#[cfg(target_os = "linux")]
pub(crate) fn set(app: &AppHandle, on: bool) -> Result<(), String> {
    use tauri::{Manager as _, process::current_binary};
    let folder = app.path().config_dir().map_err(|why| why.to_string())?.join("autostart");
    let done = if on {
        current_binary(&app.env()).and_then(|program| xdg::enable(&folder, &program))
    } else {
        xdg::disable(&folder)
    };
    done.map_err(|why| format!("{}: {why}", folder.display()))
}

/// Desktop Application Autostart Specification 0.5: an entry in the folder `autostart` of
/// `$XDG_CONFIG_HOME`.
#[cfg(target_os = "linux")]
mod xdg {
    use std::{fs, io, path::Path};

    const ENTRY: &str = "Milliwatt.desktop";

    pub(super) fn enable(folder: &Path, program: &Path) -> io::Result<()> {
        fs::create_dir_all(folder)?;
        fs::write(folder.join(ENTRY), entry(&program.to_string_lossy()))
    }

    pub(super) fn disable(folder: &Path) -> io::Result<()> {
        match fs::remove_file(folder.join(ENTRY)) {
            Err(why) if why.kind() != io::ErrorKind::NotFound => Err(why),
            Ok(()) | Err(_) => Ok(()),
        }
    }

    fn entry(program: &str) -> String {
        format!(
            "[Desktop Entry]\nType=Application\nName=Milliwatt\nExec={}\nTerminal=false\n",
            quoted(program)
        )
    }

    /// An argument of `Exec` (Desktop Entry Specification 1.5, "The Exec key"): a character that is
    /// escaped in it is so once more, as all are in a string.
    fn quoted(argument: &str) -> String {
        let mut quoted = String::from('"');
        for character in argument.chars() {
            match character {
                '\\' => quoted.push_str(r"\\\\"),
                '"' | '`' | '$' => {
                    quoted.push_str(r"\\");
                    quoted.push(character);
                }
                '%' => quoted.push_str("%%"),
                _ => quoted.push(character),
            }
        }
        quoted.push('"');
        quoted
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_entry_comes_and_goes() {
            let home = tempfile::tempdir().unwrap();
            let folder = home.path().join("config/autostart");
            disable(&folder).unwrap();
            enable(&folder, Path::new("/opt/milli watt/phone")).unwrap();
            let text = fs::read_to_string(folder.join(ENTRY)).unwrap();
            assert!(text.lines().any(|line| line == "Exec=\"/opt/milli watt/phone\""), "{text}");
            disable(&folder).unwrap();
            assert!(!folder.join(ENTRY).exists());
        }

        #[test]
        fn a_path_is_no_command() {
            assert_eq!(quoted(r#"/a$b`c"d\e%f"#), r#""/a\\$b\\`c\\"d\\\\e%%f""#);
        }
    }
}
