//! Gives the system back the memory that a program without a window does not need: the code of
//! libraries that drew it, and free places of the heap. All of it comes back when it is touched.
//!
//! The only room with `unsafe` code: no library offers these four calls of the system without it.

#[cfg(target_os = "linux")]
mod linux;

/// Gives back what can be had again. Takes some milliseconds, and costs the next use of each page that
/// was given back a minor page fault.
pub fn trim() {
    #[cfg(target_os = "linux")]
    linux::trim();
    #[cfg(windows)]
    windows_trim();
}

/// Gives back free places of the heap alone, for a program that goes on drawing. Takes some milliseconds.
pub fn trim_heap() {
    #[cfg(target_os = "linux")]
    linux::trim_heap();
}

/// Pages stay in memory while nobody else wants it, and leave the working set.
#[cfg(windows)]
fn windows_trim() {
    use windows_sys::Win32::System::{
        ProcessStatus::K32EmptyWorkingSet, Threading::GetCurrentProcess,
    };
    // SAFETY: a handle of this process that needs no closing, and no memory of ours is passed. What it
    // refuses stays where it is.
    unsafe { K32EmptyWorkingSet(GetCurrentProcess()) };
}
