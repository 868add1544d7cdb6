//! Checks the capability file, makes a permission of each command, and says plainly what is missing.

use std::path::Path;

use tauri_build::{AppManifest, Attributes};

/// Every command of `commands.rs`: what is not listed here and in the capability file cannot be asked.
const COMMANDS: &[&str] = &[
    "start",
    "next_call",
    "command",
    "profiles",
    "save_trunk",
    "remove_trunk",
    "kept_passwords",
    "keep_passwords",
    "probe",
    "try_now",
    "cancel",
    "contacts",
    "save_contacts",
    "remove_contact",
    "history",
    "call_page",
    "emergency",
    "left",
    "silence_ring",
    "set_recording",
    "play_recording",
    "stop_recording",
    "ringtones",
    "add_ringtone",
    "remove_ringtone",
    "try_ringtone",
    "save_settings",
    "sound_check",
    "save_file",
    "support_bundle",
    "licences",
    "trace",
    "save_trace",
    "sip_call_id",
    "suites",
    "plan",
    "check",
    "save_check_report",
    "delay_check",
];

fn main() {
    println!("cargo:rerun-if-changed=ui/dist");
    if !Path::new("ui/dist/index.html").exists() {
        println!("cargo:warning=the window is not built: (cd ui && npm ci && npm run build)");
    }
    let attributes = Attributes::new()
        .app_manifest(AppManifest::new().commands(COMMANDS))
        .capabilities_path_pattern("./src-tauri/capabilities/*.json");
    if let Err(why) = tauri_build::try_build(attributes) {
        println!("cargo:warning=the desktop package cannot be built: {why:#}");
        std::process::exit(1);
    }
}
