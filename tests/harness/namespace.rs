//! Network namespaces: two joined by a cable, for peers that refuse loopback and for faults, and one
//! that is joined to nothing.

use std::{
    fs,
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicU32, Ordering},
};

use super::{milliwatt_binary, peer, skipped};

/// Two hosts, 10.77.0.1 and 10.77.0.2, gone when dropped.
pub(crate) struct Hosts {
    /// Names of the two namespaces.
    pub(crate) names: [String; 2],
}

impl Hosts {
    /// Makes them; `None` where this is not allowed or `ip` is not installed.
    pub(crate) fn new() -> Option<Self> {
        let one = namespace()?;
        let two = format!("{one}-2");
        let hosts = Self { names: [one, two] };
        hosts.join();
        Some(hosts)
    }

    fn join(&self) {
        let [one, two] = &self.names;
        must(&format!("netns add {two}"));
        must(&format!("link add veth0 netns {one} type veth peer name veth0 netns {two}"));
        for (name, address) in self.names.iter().zip(["10.77.0.1/24", "10.77.0.2/24"]) {
            must(&format!("-n {name} addr add {address} dev veth0"));
            must(&format!("-n {name} link set veth0 up"));
            must(&format!("-n {name} link set lo up"));
            // A program in a namespace finds its name server on its own loopback.
            fs::create_dir_all(resolver(name)).unwrap();
            fs::write(resolver(name).join("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
        }
    }

    /// A program inside one of the namespaces.
    pub(crate) fn command(&self, side: usize, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.names[side]]).arg(program);
        command
    }
}

impl Drop for Hosts {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&format!("netns del {name}"));
            let _ = fs::remove_dir_all(resolver(name));
        }
    }
}

/// One host that has nothing but its loopback, gone when dropped.
pub(crate) struct Island {
    /// Name of the namespace.
    pub(crate) name: String,
}

impl Island {
    /// Makes it; `None` where this is not allowed or `ip` is not installed.
    pub(crate) fn new() -> Option<Self> {
        let island = Self { name: namespace()? };
        must(&format!("-n {} link set lo up", island.name));
        Some(island)
    }
}

impl Drop for Island {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.name));
    }
}

/// A fresh namespace, without anything in it.
fn namespace() -> Option<String> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    peer("ip")?;
    // Built before any peer's time limit begins to run.
    milliwatt_binary();
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let name = format!("milliwatt-{}-{number}", std::process::id());
    if ip(&format!("netns add {name}")) {
        Some(name)
    } else {
        skipped("network namespaces need root")
    }
}

fn resolver(name: &str) -> PathBuf {
    PathBuf::from("/etc/netns").join(name)
}

fn ip(line: &str) -> bool {
    Command::new("ip").args(line.split_whitespace()).status().is_ok_and(|s| s.success())
}

fn must(line: &str) {
    assert!(ip(line), "ip {line}");
}
