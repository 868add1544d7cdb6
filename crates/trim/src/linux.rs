//! Linux: madvise(2) and malloc_trim(3).

use std::{env, fs, ptr};

use crate::mapping::{self, Mapping};

pub(crate) fn trim() {
    let smaps = fs::read_to_string("/proc/self/smaps").unwrap_or_default();
    let program = env::current_exe().unwrap_or_default();
    for mapping in mapping::of(&smaps).filter(|one| one.is_idle(&program)) {
        give_back(&mapping);
    }
    drop(smaps);
    #[cfg(target_env = "gnu")]
    // SAFETY: it touches free places of the heap alone, under the heap's own locks.
    unsafe {
        libc::malloc_trim(0)
    };
}

/// Takes a mapping out of the memory.
fn give_back(code: &Mapping<'_>) {
    let start = ptr::without_provenance_mut(code.start);
    // SAFETY: a private mapping of a file, of which no page was written: what is dropped is read again
    // from the file when it is touched. The program is never unloaded, and the libraries only by the
    // thread that draws, which is the caller's, so that the range cannot have become somebody's heap
    // since it was read. What is refused stays.
    unsafe { libc::madvise(start, code.end - code.start, libc::MADV_DONTNEED) };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_gives_back_its_own_code_and_runs_on() {
        let program = env::current_exe().unwrap();
        let resident = || -> u64 {
            let all = fs::read_to_string("/proc/self/smaps").unwrap();
            mapping::of(&all).filter(|one| one.is_idle(&program)).map(|one| one.resident).sum()
        };
        let before = resident();
        trim();
        let after = resident();
        assert!(after < before, "{after} of {before} kB are left");
    }
}
