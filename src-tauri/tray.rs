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
