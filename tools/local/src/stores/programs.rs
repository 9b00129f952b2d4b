//! Which servers are installed, and the exact command that installs a missing one.

use std::fmt;
use std::path::{Path, PathBuf};

/// Folders beyond PATH where servers are installed; Debian keeps some out of a user's PATH.
const EXTRA_FOLDERS: [&str; 4] = ["/usr/sbin", "/usr/local/bin", "/opt/homebrew/bin", "/usr/local/sbin"];

/// How a missing program is installed.
#[derive(Debug, Clone, Copy)]
pub struct InstallHint {
    name: &'static str,
    script_part: Option<&'static str>,
    apt: &'static str,
    manual: &'static str,
}

pub const POSTGRES: InstallHint =
    InstallHint { name: "PostgreSQL", script_part: Some("stores"), apt: "postgresql", manual: "" };
pub const REDIS: InstallHint =
    InstallHint { name: "Redis", script_part: Some("stores"), apt: "redis-server", manual: "" };
pub const MONGO: InstallHint = InstallHint {
    name: "MongoDB or SecantusDB",
    script_part: Some("stores"),
    apt: "",
    manual: "python3 -m venv .local/venv-mongo && \
              .local/venv-mongo/bin/pip install --pre SecantusDB==0.7.0b3",
};
pub const SETPRIV: InstallHint = InstallHint { name: "setpriv", script_part: None, apt: "util-linux", manual: "" };
pub const CC: InstallHint =
    InstallHint { name: "A C compiler", script_part: Some("rust"), apt: "build-essential", manual: "" };
pub const NODE: InstallHint = InstallHint { name: "Node", script_part: Some("node"), apt: "nodejs npm", manual: "" };
pub const CARGO: InstallHint =
    InstallHint { name: "Rust", script_part: Some("rust"), apt: "", manual: "rustup, see https://rustup.rs" };

impl InstallHint {
    /// The error for a required server.
    pub(crate) fn not_installed(self) -> anyhow::Error {
        anyhow::anyhow!("{} is not installed. {self}", self.name)
    }
}

impl fmt::Display for InstallHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(part) = self.script_part {
            write!(f, "`scripts/install.sh {part}` installs it; manually: ")?;
        }
        if !self.manual.is_empty() {
            return write!(f, "`{}`", self.manual);
        }
        if cfg!(target_os = "macos") {
            return write!(f, "`brew install {}`", self.apt);
        }
        let sudo = if rustix::process::geteuid().is_root() { "" } else { "sudo " };
        write!(f, "`{sudo}apt-get install -y {}`", self.apt)
    }
}

/// The MongoDB-protocol server of this machine. Each has its own data format.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MongoServer {
    Mongod(PathBuf),
    /// SecantusDB's Rust server; GPL, so a child process and never linked.
    SecantusRust(PathBuf),
    /// SecantusDB's Python launcher, which is in the public package registry.
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

/// The first program of that name in PATH or in the extra folders.
#[must_use]
pub fn find_program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path)
        .chain(EXTRA_FOLDERS.iter().map(PathBuf::from))
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Installed PostgreSQL servers, newest first: major version and folder of programs.
#[must_use]
pub fn find_postgres_servers() -> Vec<(u32, PathBuf)> {
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
        && let Some(bin) = find_program("initdb").and_then(|file| Some(file.parent()?.to_owned()))
    {
        servers.push((0, bin)); // 0: found in PATH, the version is unknown until it is run
    }
    servers
}

#[must_use]
pub fn find_redis_server() -> Option<PathBuf> {
    find_program("redis-server").or_else(|| find_program("valkey-server"))
}

#[must_use]
pub fn find_mongo_server() -> Option<MongoServer> {
    let own = |file: &str| Some(dot_local_folder().join(file)).filter(|path| path.is_file());
    find_program("mongod")
        .map(MongoServer::Mongod)
        .or_else(|| own("bin/secantusd-rs").map(MongoServer::SecantusRust))
        .or_else(|| own("venv-mongo/bin/secantusd-py").map(MongoServer::SecantusPython))
}

/// `.local` of this checkout, where `make` installs its own programs: of the current folder, as
/// `make` does, or else of the folder in which this program was built. Absolute, since servers run
/// in folders of their own.
fn dot_local_folder() -> PathBuf {
    let built_in = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.local");
    let here = Path::new(".local").canonicalize();
    here.or_else(|_| built_in.canonicalize()).unwrap_or(built_in)
}
