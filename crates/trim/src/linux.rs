//! Linux: dl_iterate_phdr(3), madvise(2) and malloc_trim(3).

use std::{
    ffi::{CStr, c_int, c_void},
    ptr, slice,
};

use libc::{MADV_DONTNEED, PF_W, PT_LOAD, dl_phdr_info, size_t};

/// The compiler and the driver of graphics in software, which EGL loads though nobody draws with it, and
/// the engine of scripts, which run in the page's own process.
const IDLE: [&str; 3] = ["/libLLVM", "/libgallium", "/libjavascriptcoregtk-"];

pub(crate) fn trim() {
    // SAFETY: `give_back` is made for it, and does not unwind.
    unsafe { libc::dl_iterate_phdr(Some(give_back), ptr::null_mut()) };
    trim_heap();
}

pub(crate) fn trim_heap() {
    #[cfg(target_env = "gnu")]
    // SAFETY: it touches free places of the heap alone, under the heap's own locks.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Takes code and constants of the program and of idle libraries out of the memory.
///
/// # Safety
/// For dl_iterate_phdr(3) alone, which keeps everything loaded until it has returned.
unsafe extern "C" fn give_back(object: *mut dl_phdr_info, _: size_t, _: *mut c_void) -> c_int {
    // SAFETY: the loader's own account of what it has loaded.
    let (base, name, segments) = unsafe {
        let dl_phdr_info { dlpi_addr, dlpi_name, dlpi_phdr, dlpi_phnum, .. } = *object;
        let segments = slice::from_raw_parts(dlpi_phdr, dlpi_phnum.into());
        (dlpi_addr as usize, CStr::from_ptr(dlpi_name).to_string_lossy(), segments)
    };
    let constant = segments.iter().filter(|one| one.p_type == PT_LOAD && one.p_flags & PF_W == 0);
    let ranges = constant.map(|one| {
        let start = base.wrapping_add(one.p_vaddr as usize);
        // From its first whole page on.
        start.next_multiple_of(one.p_align.max(1) as usize)..start + one.p_filesz as usize
    });
    let own = ranges.clone().any(|range| range.contains(&(trim as *const () as usize)));
    if own || IDLE.iter().any(|library| name.contains(library)) {
        for range in ranges {
            let start = ptr::without_provenance_mut(range.start);
            // SAFETY: a private mapping of a file that nobody may write to: what is dropped is read
            // again from the file when it is touched. What is refused stays.
            unsafe { libc::madvise(start, range.len(), MADV_DONTNEED) };
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use std::{env, fs};

    use super::*;

    /// Memory that the program's code takes, kB (proc(5)).
    fn resident() -> u64 {
        let program = env::current_exe().unwrap().display().to_string();
        let all = fs::read_to_string("/proc/self/smaps").unwrap();
        let code =
            all.split("VmFlags:").filter(|one| one.contains(" r-xp ") && one.contains(&program));
        code.map(|one| {
            let (_, rest) = one.split_once("\nRss:").unwrap();
            rest.split_whitespace().next().unwrap().parse::<u64>().unwrap()
        })
        .sum()
    }

    #[test]
    fn a_program_gives_back_its_own_code_and_runs_on() {
        let before = resident();
        trim();
        let after = resident();
        assert!(after < before, "{after} of {before} kB are left");
    }
}
