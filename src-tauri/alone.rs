//! One phone a session: a second start wakes the first, and one that meets it as it ends is a new one.

use std::{
    process::Command,
    sync::{Mutex, PoisonError},
};

use tauri::{AppHandle, Error, Manager as _, process::current_binary};
use tauri_plugin_single_instance as single;

/// The variable that tells how often a start has met another phone as that ended.
const TRIES: &str = "MILLIWATT_TRIES";
/// So often it is tried again.
const MOST: u32 = 5;

/// What a start that came while the phone said goodbye was given.
#[derive(Default)]
struct Next(Mutex<Option<Vec<String>>>);

/// Begins anew in this process's place where the program could not be built because another one ended
/// before it could be woken. Comes back where that is not so, or was tried often enough.
#[cfg(target_os = "linux")]
pub(crate) fn begin_anew(why: &Error) {
    use std::{env, os::unix::process::CommandExt as _};
    let Some(tries) = next_try(why, env::var(TRIES).ok().as_deref()) else { return };
    tracing::info!("another phone has just ended: {why}");
    // The toolkit cannot be set up twice in a process.
    let failed = match current_binary(&tauri::Env::default()) {
        Ok(program) => {
            Command::new(program).args(env::args_os().skip(1)).env(TRIES, tries.to_string()).exec()
        }
        Err(why) => why,
    };
    tracing::error!("the phone cannot be started again: {failed}");
}

/// Elsewhere the system itself lets go of the name of a phone that ends.
#[cfg(not(target_os = "linux"))]
pub(crate) fn begin_anew(_why: &Error) {}

/// The number of the next try, `tried` times after the first; `None` where none would help.
#[cfg(any(test, target_os = "linux"))]
fn next_try(why: &Error, tried: Option<&str>) -> Option<u32> {
    let Error::PluginInitialization(plugin, _) = why else { return None };
    let tried = tried.map_or(0, |tried| tried.parse().unwrap_or(MOST));
    (plugin == "single-instance" && tried < MOST).then(|| tried + 1)
}

/// The phone says goodbye: it wakes no more.
pub(crate) fn leave(app: &AppHandle) {
    app.manage(Next::default());
}

/// Keeps a start for later. False where the phone stays and is to be woken.
pub(crate) fn put_off(app: &AppHandle, arguments: &[String]) -> bool {
    let next = app.try_state::<Next>();
    if let Some(next) = &next {
        *next.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(arguments.to_vec());
    }
    next.is_some()
}

/// All is done: starts the phone that was asked for meanwhile.
pub(crate) fn start_next(app: &AppHandle) {
    let Some(next) = app.try_state::<Next>() else { return };
    let next = next.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let Some(arguments) = next else { return };
    single::destroy(app);
    let started = current_binary(&app.env()).and_then(|program| {
        Command::new(program).args(arguments.iter().skip(1)).env_remove(TRIES).spawn()
    });
    if let Err(why) = started {
        tracing::error!("the phone cannot be started again: {why}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_start_that_meets_another_as_it_ends_is_tried_anew_some_times() {
        let gone = |plugin: &str| Error::PluginInitialization(plugin.into(), "gone".into());
        let alone = gone("single-instance");
        assert_eq!(next_try(&alone, None), Some(1));
        assert_eq!(next_try(&alone, Some("4")), Some(MOST));
        assert_eq!(next_try(&alone, Some("5")), None);
        assert_eq!(next_try(&alone, Some("no number")), None);
        assert_eq!(next_try(&gone("dialog"), None), None, "nobody else is to blame");
    }
}
