//! The data folder of one set of stores, with the options that every store needs to start.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::options::StoreOptions;
use super::spawner::Spawner;

#[derive(Debug)]
pub(crate) struct DataFolder {
    /// Absolute, so that servers with another working folder find it.
    path: PathBuf,
    pub(crate) options: StoreOptions,
    pub(crate) spawner: Spawner,
    /// Held while the stores run; the system releases it even after kill -9.
    _lock: File,
}

impl DataFolder {
    pub(crate) fn open(options: StoreOptions) -> anyhow::Result<Self> {
        let cannot = || format!("cannot make {}", options.dir.display());
        std::fs::create_dir_all(options.dir.join("logs")).with_context(cannot)?;
        let dir = options.dir.canonicalize().with_context(cannot)?;
        let lock = lock(&dir)?;
        Ok(Self { path: dir, options, spawner: Spawner::start()?, _lock: lock })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The URL of an external store, if it is in the environment.
    #[expect(clippy::disallowed_methods, reason = "the shop's configuration is made here, not read")]
    pub(crate) fn external_url(&self, variable: &str) -> Option<String> {
        if self.options.ignore_environment { None } else { std::env::var(variable).ok() }
    }

    /// The folder of one store.
    pub(crate) fn store_folder(&self, store: &str) -> anyhow::Result<PathBuf> {
        let home = self.path.join(store);
        std::fs::create_dir_all(&home).with_context(|| format!("cannot make {}", home.display()))?;
        Ok(home)
    }

    /// A new log; the previous one is kept as `<store>.old.log`.
    pub(crate) fn create_log(&self, store: &str) -> anyhow::Result<(PathBuf, File)> {
        let path = self.path.join("logs").join(format!("{store}.log"));
        if path.exists() {
            std::fs::rename(&path, path.with_extension("old.log"))?;
        }
        let file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        Ok((path, file))
    }
}

/// Locks the folder for this program.
pub(crate) fn lock(dir: &Path) -> anyhow::Result<File> {
    let path = dir.join("lock");
    let mut file = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut owner = String::new();
            let _ = file.read_to_string(&mut owner);
            bail!("{} is in use by process {}; stop it, or name another folder", dir.display(), owner.trim());
        }
        Err(TryLockError::Error(error)) => {
            return Err(error).with_context(|| format!("cannot lock {}", path.display()));
        }
    }
    file.set_len(0)?;
    file.rewind()?;
    writeln!(file, "{}", std::process::id())?;
    Ok(file)
}
