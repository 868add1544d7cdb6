//! Mappings of this process, as `/proc/self/smaps` tells them (proc(5)).

use std::path::Path;

/// One mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapping<'a> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    permissions: &'a str,
    path: &'a str,
    /// In memory, kB.
    pub(crate) resident: u64,
    /// Pages that are the process's own and no longer the file's, kB.
    anonymous: u64,
}

impl Mapping<'_> {
    /// True for what can leave the memory: it is as the file has it, and a window that is opened again
    /// needs little of it.
    pub(crate) fn is_idle(&self, program: &Path) -> bool {
        let constant = matches!(self.permissions, "r-xp" | "r--p") && self.anonymous == 0;
        let library = IDLE.iter().any(|library| self.path.contains(library));
        constant && (library || Path::new(self.path) == program)
    }
}

/// The compiler and the driver of graphics in software, which EGL loads though nobody draws with it, and
/// the engine of scripts, which run in the page's own process.
const IDLE: [&str; 3] = ["/libLLVM", "/libgallium", "/libjavascriptcoregtk-"];

/// All mappings of such a text. What cannot be read is left out.
pub(crate) fn of(smaps: &str) -> impl Iterator<Item = Mapping<'_>> {
    let mut lines = smaps.lines().peekable();
    std::iter::from_fn(move || {
        let mut mapping = lines.find_map(head)?;
        while let Some(line) = lines.next_if(|line| head(line).is_none()) {
            match kilobytes(line) {
                Some(("Rss", kb)) => mapping.resident = kb,
                Some(("Anonymous", kb)) => mapping.anonymous = kb,
                _ => {}
            }
        }
        Some(mapping)
    })
}

/// `7f3c8a000000-7f3c8a021000 r-xp 00028000 08:01 1234   /usr/lib/libc.so.6`
fn head(line: &str) -> Option<Mapping<'_>> {
    let (range, rest) = line.split_once(' ')?;
    let (start, end) = range.split_once('-')?;
    let address = |text| usize::from_str_radix(text, 16).ok();
    let (permissions, rest) = rest.split_once(' ')?;
    // Offset, device and inode come before it; a name may hold spaces.
    let path = rest.splitn(4, ' ').nth(3).unwrap_or_default().trim_start();
    let (start, end) = (address(start)?, address(end)?);
    Some(Mapping { start, end, permissions, path, resident: 0, anonymous: 0 })
}

/// `Rss:                 132 kB`
fn kilobytes(line: &str) -> Option<(&str, u64)> {
    let (name, amount) = line.split_once(':')?;
    Some((name, amount.trim().strip_suffix(" kB")?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read() {
        let text = "\
7f00-7f10 r-xp 00028000 08:01 1234                       /usr/lib/with space/libLLVM-15.so
Size:                  4 kB
Rss:                  16 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me sd
7f10-7f20 r-xp 00000000 08:01 1235                       /usr/lib/libLLVM-14.so
Rss:                   8 kB
Anonymous:             4 kB
7f20-7f30 rw-p 00000000 08:01 1235                       /usr/lib/libLLVM-14.so
Rss:                  20 kB
Anonymous:             0 kB
7f30-7f40 r--p 00000000 08:01 1236                       /usr/lib/libjavascriptcoregtk-4.1.so.0
Rss:                  24 kB
Anonymous:             0 kB
7ffe-7fff r-xp 00000000 08:01 1237                       /usr/lib/libgtk-3.so.0
Rss:                  12 kB
Anonymous:             0 kB
8000-9000 r-xp 00000000 00:00 0
Rss:                   4 kB
Anonymous:             0 kB
9000-a000 r-xp 00000000 08:01 1238                       /usr/bin/milliwatt-desktop
Rss:                  28 kB
Anonymous:             0 kB
";
        let all: Vec<_> = of(text).collect();
        let ranges: Vec<_> = all.iter().map(|one| (one.start, one.end)).collect();
        assert_eq!((ranges.len(), ranges[0], ranges[5]), (7, (0x7f00, 0x7f10), (0x8000, 0x9000)));
        let resident: Vec<_> = all.iter().map(|one| one.resident).collect();
        assert_eq!(resident, [16, 8, 20, 24, 12, 4, 28]);
        assert_eq!(all[0].path, "/usr/lib/with space/libLLVM-15.so");
        let program = Path::new("/usr/bin/milliwatt-desktop");
        let idle: Vec<_> = all.iter().map(|one| one.is_idle(program)).collect();
        // The second is patched, the third written; GTK, which windows need; code made at run time.
        assert_eq!(idle, [true, false, false, true, false, false, true]);
    }
}
