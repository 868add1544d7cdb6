//! The tray: what the phone is doing, told by colour, shape and word.

use tauri::{
    AppHandle, Wry,
    image::Image,
    include_image,
    menu::{Menu, MenuItem, PredefinedMenuItem},
    tray::{TrayIcon, TrayIconBuilder},
};

use crate::{watch::TrayState, words::Language};

/// What can be chosen in its menu.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    Open,
    Quit,
}

/// The tray's icon with its menu, whose first line tells the state.
pub(crate) struct Tray {
    icon: TrayIcon<Wry>,
    state: MenuItem<Wry>,
    open: MenuItem<Wry>,
    quit: MenuItem<Wry>,
}

impl Tray {
    /// Puts it there.
    ///
    /// # Errors
    /// When the system has no place for it.
    pub(crate) fn new(
        app: &AppHandle,
        chosen: impl Fn(&AppHandle, Chosen) + Send + Sync + 'static,
    ) -> tauri::Result<Self> {
        let state = MenuItem::new(app, words(TrayState::Offline), false, None::<&str>)?;
        let open = MenuItem::with_id(app, "open", OPEN, true, None::<&str>)?;
        let quit = MenuItem::with_id(app, "quit", QUIT, true, None::<&str>)?;
        let line = PredefinedMenuItem::separator(app)?;
        let menu = Menu::with_items(app, &[&state, &line, &open, &quit])?;
        let icon = TrayIconBuilder::with_id("phone")
            .icon(picture(TrayState::Offline))
            .tooltip(words(TrayState::Offline))
            .menu(&menu)
            .on_menu_event(move |app, event| match event.id().as_ref() {
                "open" => chosen(app, Chosen::Open),
                "quit" => chosen(app, Chosen::Quit),
                _ => {}
            })
            .build(app)?;
        Ok(Self { icon, state, open, quit })
    }

    /// Shows a state.
    pub(crate) fn show(&self, state: TrayState, language: Language) {
        let words = language.say(words(state));
        let shown = self
            .icon
            .set_icon(Some(picture(state)))
            .and_then(|()| self.icon.set_tooltip(Some(&words)))
            .and_then(|()| self.state.set_text(&words))
            .and_then(|()| self.open.set_text(language.say(OPEN.into())))
            .and_then(|()| self.quit.set_text(language.say(QUIT.into())));
        if let Err(why) = shown {
            tracing::warn!("the tray cannot be changed: {why}");
        }
    }
}

const OPEN: &str = "Open Milliwatt";
const QUIT: &str = "Quit";

fn picture(state: TrayState) -> Image<'static> {
    match state {
        TrayState::Degraded => include_image!("assets/icons/tray-degraded.png"),
        TrayState::InCall => include_image!("assets/icons/tray-in-call.png"),
        TrayState::Missed(_) => include_image!("assets/icons/tray-missed.png"),
        TrayState::Offline => include_image!("assets/icons/tray-offline.png"),
        TrayState::Registered => include_image!("assets/icons/tray-registered.png"),
    }
}

fn words(state: TrayState) -> String {
    match state {
        TrayState::Degraded => "Some lines cannot be used".into(),
        TrayState::InCall => "In a call".into(),
        TrayState::Missed(1) => "1 missed call".into(),
        TrayState::Missed(calls) => format!("{calls} missed calls"),
        TrayState::Offline => "No line can be used".into(),
        TrayState::Registered => "Ready".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [TrayState; 5] = [
        TrayState::Degraded,
        TrayState::InCall,
        TrayState::Missed(1),
        TrayState::Offline,
        TrayState::Registered,
    ];

    /// The picture of a state without its colours: how light each of its points is, of 255.
    fn grey(state: TrayState) -> Vec<u32> {
        let points = picture(state).rgba().to_vec();
        let light = points.chunks_exact(4).map(|point| {
            let [red, green, blue, opaque] = [0, 1, 2, 3].map(|n: usize| u32::from(point[n]));
            (299 * red + 587 * green + 114 * blue) / 1000 * opaque / 255
        });
        light.collect()
    }

    /// Also who sees no colours tells one state from another: by the shape in the picture's corner.
    #[test]
    fn each_state_has_a_picture_of_its_own() {
        for (n, one) in STATES.into_iter().enumerate() {
            for other in STATES.into_iter().skip(n + 1) {
                let points = grey(one).into_iter().zip(grey(other));
                let differ = points.filter(|(a, b)| a.abs_diff(*b) > 64).count();
                assert!(differ > 40, "{one:?} and {other:?} differ in {differ} points");
            }
        }
        assert_eq!(grey(TrayState::Missed(1)), grey(TrayState::Missed(7)));
    }
}
