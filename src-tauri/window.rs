//! The one window. Calls do not end with it: it can be closed, reloaded or crash, and shows what is
//! under way when it is there again.

use std::path::PathBuf;

use tauri::{
    AppHandle, Manager as _, Url, WebviewUrl, WebviewWindow, WebviewWindowBuilder,
    async_runtime::spawn, webview::NewWindowResponse,
};

/// Its label, which the capability file names.
pub(crate) const LABEL: &str = "main";

/// Brings the window to the front, or opens it again.
pub(crate) fn show(app: &AppHandle, data: PathBuf) {
    if let Some(window) = app.get_webview_window(LABEL) {
        // A window that the system does not let to the front is still there.
        drop(window.unminimize().and_then(|()| window.show()).and_then(|()| window.set_focus()));
        return;
    }
    let app = app.clone();
    // Not from an event of the loop: Windows would wait for itself.
    spawn(async move {
        if let Err(why) = open(&app, data) {
            tracing::error!("the window cannot be opened: {why}");
        }
    });
}

/// Opens the window.
///
/// # Errors
/// When the system gives none.
pub(crate) fn open(app: &AppHandle, data: PathBuf) -> tauri::Result<WebviewWindow> {
    let window = WebviewWindowBuilder::new(app, LABEL, WebviewUrl::App("index.html".into()))
        .title("Milliwatt")
        .inner_size(1100.0, 720.0)
        .min_inner_size(380.0, 480.0)
        .data_directory(data.join("webview"))
        .devtools(cfg!(debug_assertions))
        .on_navigation(is_own)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    #[cfg(target_os = "linux")]
    linux::prepare(&window)?;
    Ok(window)
}

/// Keeps drivers of graphics out of the program. To be called before it has threads.
#[cfg(target_os = "linux")]
pub(crate) fn draw_plainly() {
    linux::draw_plainly();
}

/// Elsewhere the system draws the window in processes of its own.
#[cfg(not(target_os = "linux"))]
pub(crate) fn draw_plainly() {}

/// The last window is closed: nothing of what drew it stays, unless another is opened soon.
#[cfg(target_os = "linux")]
pub(crate) fn closed(app: &AppHandle) {
    static TIMES: linux::Times = linux::Times::new();
    let app = app.clone();
    let time = TIMES.another();
    spawn(async move {
        // WebKit ends the program when a process dies that it has just begun: this one is old by then.
        tokio::time::sleep(linux::SETTLED).await;
        let of = app.clone();
        // Where windows are opened: none is on its way.
        let ended = app.run_on_main_thread(move || {
            // Of a window that was opened and closed meanwhile it may be younger.
            if TIMES.is_last(time) && of.get_webview_window(LABEL).is_none() {
                linux::end_network();
                milliwatt_trim::trim();
            }
        });
        if let Err(why) = ended {
            tracing::info!("WebKit's process of the network stays: {why}");
        }
    });
}

/// The last window is closed: the system ends what drew it.
#[cfg(not(target_os = "linux"))]
pub(crate) fn closed(_app: &AppHandle) {
    milliwatt_trim::trim();
}

/// The window shows its own pages and no others.
fn is_own(url: &Url) -> bool {
    let host = url.host_str();
    match url.scheme() {
        "tauri" => host == Some("localhost"),
        "http" | "https" => host == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::{
        cell::Cell,
        fs,
        sync::atomic::{AtomicU64, Ordering},
        time::Duration,
    };

    use milliwatt_engine::clock::{Clock as _, SystemClock};
    use rustix::process::{Pid, Signal, getpid, kill_process};
    use tauri::{WebviewWindow, webview_version};
    use webkit2gtk::{
        HardwareAccelerationPolicy, SettingsExt as _, WebViewExt,
        glib::{self, ObjectExt as _},
    };

    /// After so long nothing is begun any more for a window that is closed.
    pub(super) const SETTLED: Duration = Duration::from_secs(3);

    /// A page whose process dies as soon as it is loaded is loaded no more often than this.
    pub(super) const PAUSE: Duration = Duration::from_secs(1);

    /// What the system calls WebKit's process of the network: its first 15 characters.
    const NETWORK: &str = "WebKitNetworkPr";

    /// GTK looks for a way to draw with a graphics card at the first start of a session.
    const GTK: [(&str, &str); 1] = [("GDK_GL", "disable")];
    /// So does WebKit at each start, before it starts the process of the page, and keeps the compiler that
    /// graphics in software bring. A page that is drawn without (see `prepare`) needs neither.
    ///
    /// What the page does runs seldom: to compile it early and well keeps 10 MB more and gains little.
    const WEBKIT: [(&str, &str); 4] = [
        ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
        ("WEBKIT_WEB_RENDER_DEVICE_FILE", "/dev/null"),
        ("JSC_useDFGJIT", "0"),
        ("JSC_thresholdForJITAfterWarmUp", "5000"),
    ];
    /// The versions of WebKit for which that was tried: it is said that 2.52 takes it ill.
    const TRIED: &str = "2.50.";

    /// What its user has set of these variables stays.
    pub(super) fn draw_plainly() {
        let tried = webview_version().is_ok_and(|version| version.starts_with(TRIED));
        for (name, value) in GTK.iter().chain(WEBKIT.iter().filter(|_| tried)) {
            if let Err(why) = glib::setenv(name, value, false) {
                tracing::info!("{name} stays as it is: {why}");
            }
        }
    }

    /// How often something happened, so that only what follows from the last time is done.
    pub(super) struct Times(AtomicU64);

    impl Times {
        /// It has not happened yet.
        pub(super) const fn new() -> Self {
            Self(AtomicU64::new(0))
        }

        /// It happens once more.
        pub(super) fn another(&self) -> u64 {
            self.0.fetch_add(1, Ordering::Relaxed) + 1
        }

        /// It has not happened since that time.
        pub(super) fn is_last(&self, time: u64) -> bool {
            self.0.load(Ordering::Relaxed) == time
        }
    }

    /// When a page is loaded again whose process has died.
    #[derive(Default)]
    pub(super) struct Reloads(Cell<Option<Duration>>);

    impl Reloads {
        /// How long it is to be waited for the next.
        pub(super) fn wait(&self, now: Duration) -> Duration {
            let at = self.0.get().map_or(now, |last| now.max(last + PAUSE));
            self.0.set(Some(at));
            at.saturating_sub(now)
        }
    }

    /// Ends WebKit's process of the network, which stays when its last window is closed and is started
    /// anew with the next. Nothing of the window's is kept there.
    pub(super) fn end_network() {
        for process in children().filter(|process| name(*process).trim() == NETWORK) {
            if let Err(why) = kill_process(process, Signal::TERM) {
                tracing::info!("WebKit's process of the network stays: {why}");
            }
        }
    }

    fn children() -> impl Iterator<Item = Pid> {
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let numbers = all.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        numbers.filter_map(Pid::from_raw).filter(|process| parent(*process) == Some(getpid()))
    }

    fn name(process: Pid) -> String {
        fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default()
    }

    /// The second field after the name, which may hold anything (proc(5)).
    fn parent(process: Pid) -> Option<Pid> {
        let line = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
        let (_, fields) = line.rsplit_once(") ")?;
        Pid::from_raw(fields.split(' ').nth(1)?.parse().ok()?)
    }

    /// Draws without the graphics card, which saves a third of the memory and is not missed in a
    /// window of text and lines; and loads the page again when its process dies.
    pub(super) fn prepare(window: &WebviewWindow) -> tauri::Result<()> {
        window.with_webview(|webview| {
            let view = webview.inner();
            if let Some(settings) = WebViewExt::settings(&view) {
                settings.set_hardware_acceleration_policy(HardwareAccelerationPolicy::Never);
            }
            let (clock, reloads) = (SystemClock::new(), Reloads::default());
            view.connect_web_process_terminated(move |view, why| {
                tracing::error!("the window's process ended ({why:?}): it is loaded again");
                let view = view.downgrade();
                glib::timeout_add_local_once(reloads.wait(clock.now()), move || {
                    // The window may be closed meanwhile.
                    if let Some(view) = view.upgrade() {
                        view.reload();
                    }
                });
            });
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(target_os = "linux")]
    #[test]
    fn only_the_last_closing_ends_what_drew_the_windows() {
        let times = linux::Times::new();
        let (first, second) = (times.another(), times.another());
        assert!(!times.is_last(first) && times.is_last(second));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_page_that_dies_again_and_again_is_loaded_once_a_pause() {
        use std::time::Duration;
        let reloads = linux::Reloads::default();
        let wait = |ms| reloads.wait(Duration::from_millis(ms)).as_millis();
        let pause = linux::PAUSE.as_millis();
        assert_eq!([wait(5000), wait(5000), wait(6000)], [0, pause, pause]);
        assert_eq!([wait(7400), wait(60_000)], [pause - 400, 0]);
    }

    #[test]
    fn the_window_goes_nowhere_else() {
        let own = |url: &str| is_own(&Url::parse(url).unwrap());
        assert!(own("tauri://localhost/index.html#/history"));
        assert!(own("http://tauri.localhost/"));
        for url in [
            "https://example.net/",
            "http://localhost/",
            "tauri://example.net/",
            "http://tauri.localhost.example.net/",
            "file:///etc/passwd",
            "data:text/html,x",
            "about:blank",
            "javascript:alert(1)",
            "tel:+15550100",
        ] {
            assert!(!own(url), "{url}");
        }
    }
}
