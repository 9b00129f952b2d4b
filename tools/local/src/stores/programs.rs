//! Which servers are installed, and the exact command that installs a missing one.

use std::fmt;
use std::path::{Path, PathBuf};

/// Folders beyond PATH where servers live; Debian keeps some out of a user's PATH.
const MORE_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/local/sbin"];

/// How a missing program is installed.
#[derive(Debug, Clone, Copy)]
pub struct Install {
    what: &'static str,
    part: Option<&'static str>,
    apt: &'static str,
    by_hand: &'static str,
}

pub const POSTGRES: Install = Install { what: "PostgreSQL", part: Some("stores"), apt: "postgresql", by_hand: "" };
pub const REDIS: Install = Install { what: "Redis", part: Some("stores"), apt: "redis-server", by_hand: "" };
pub const MONGO: Install = Install {
    what: "MongoDB or SecantusDB",
    part: Some("stores"),
    apt: "",
    by_hand: "python3 -m venv .local/venv-mongo && \
              .local/venv-mongo/bin/pip install --pre SecantusDB==0.7.0b3",
};
pub const SETPRIV: Install = Install { what: "setpriv", part: None, apt: "util-linux", by_hand: "" };
pub const CC: Install = Install { what: "A C compiler", part: Some("rust"), apt: "build-essential", by_hand: "" };
pub const NODE: Install = Install { what: "Node", part: Some("node"), apt: "nodejs npm", by_hand: "" };
pub const CARGO: Install =
    Install { what: "Rust", part: Some("rust"), apt: "", by_hand: "rustup, see https://rustup.rs" };

impl Install {
    /// The error for a server that has to be there.
    pub(crate) fn missing(self) -> anyhow::Error {
        anyhow::anyhow!("{} is not installed. {self}", self.what)
    }
}

impl fmt::Display for Install {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = self.part {
            write!(f, "`scripts/install.sh {part}` installs it; by hand: ")?;
        }
        if !self.by_hand.is_empty() {
            return write!(f, "`{}`", self.by_hand);
        }
        if cfg!(target_os = "macos") {
            return write!(f, "`brew install {}`", self.apt);
        }
        let sudo = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
        write!(f, "`{sudo}apt-get install -y {}`", self.apt)
    }
}

/// The MongoDB-protocol server of this machine. Each keeps its own data format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MongoServer {
    Mongod(PathBuf),
    /// SecantusDB's Rust server; GPL, so a child process and never linked.
    SecantusRust(PathBuf),
    /// SecantusDB's Python launcher, the one that a package registry has for everybody.
    SecantusPython(PathBuf),
}

impl MongoServer {
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Mongod(path) | Self::SecantusRust(path) | Self::SecantusPython(path) => path,
        }
    }
}

/// The first program of that name in PATH or in the usual folders beyond it.
#[must_use]
pub fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(MORE_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Installed PostgreSQL servers, newest first: major version and folder of programs.
#[must_use]
pub fn postgres_servers() -> Vec<(u32, PathBuf)> {
    let mut servers: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let major = entry.file_name().to_str()?.parse().ok()?;
            Some((major, entry.path().join("bin")))
        })
        .filter(|(_, bin)| bin.join("initdb").is_file() && bin.join("postgres").is_file())
        .collect();
    servers.sort_unstable_by(|a, b| b.cmp(a));
    if servers.is_empty()
        && let Some(bin) = find("initdb").and_then(|file| Some(file.parent()?.to_owned()))
    {
        servers.push((0, bin)); // 0: found in PATH, its version is known only by asking
    }
    servers
}

#[must_use]
pub fn redis_server() -> Option<PathBuf> {
    find("redis-server").or_else(|| find("valkey-server"))
}

#[must_use]
pub fn mongo_server() -> Option<MongoServer> {
    let own = |file: &str| Some(local_folder().join(file)).filter(|path| path.is_file());
    find("mongod")
        .map(MongoServer::Mongod)
        .or_else(|| own("bin/secantusd-rs").map(MongoServer::SecantusRust))
        .or_else(|| own("venv-mongo/bin/secantusd-py").map(MongoServer::SecantusPython))
}

/// `.local` of this checkout, where what `make` installs for itself is kept: of the folder that
/// one stands in, as `make` does, or else of the one that this program was built in. Whole, since
/// servers run in folders of their own.
fn local_folder() -> PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    let here = Path::new(".local").canonicalize();
    here.or_else(|_| built_in.canonicalize()).unwrap_or(built_in)
}
