//! A copy of the checkout in which mutants are built, and its compiled files.
//!
//! Cargo takes a source file for unchanged when it is older than what was compiled from it. So the
//! copy's files and folders are as old as the checkout's, and it starts with what the checkout has compiled:
//! only what a patch changes is compiled, and nothing of it gets into the checkout's own programs.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use crate::patch::{self, Mutant};
use crate::process::succeed;

const GIT_TIMEOUT: Duration = Duration::from_secs(60);
const COPY_TIMEOUT: Duration = Duration::from_secs(300);
/// Compiled files that no compiler changes in place, so that a link to one is as good as a copy.
const LINKED: [&str; 3] = ["rlib", "rmeta", "so"];

/// The copy; removed when it goes out of scope.
pub(crate) struct Scratch {
    folder: PathBuf,
    keep: bool,
    /// One run at a time per target folder.
    _lock: File,
}

impl Scratch {
    /// Copies the checkout as it is, with what is not committed.
    pub(crate) async fn create(root: &Path, target: &Path, keep: bool) -> Result<Self> {
        let folder = target.join("verify-mutants");
        let lock = File::create(target.join("verify-mutants.lock"))?;
        lock.try_lock().context("another run is using the same target folder: wait for its end")?;
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
        }
        let scratch = Self { folder, keep, _lock: lock };
        fs::create_dir_all(scratch.tree())?;
        scratch.copy_sources(root).await?;
        scratch.copy_compiled(&target.join("debug")).await?;
        Ok(scratch)
    }

    /// The folder of the copied sources.
    pub(crate) fn tree(&self) -> PathBuf {
        self.folder.join("tree")
    }

    /// A cargo that compiles them.
    pub(crate) fn cargo(&self) -> Command {
        let mut cargo = Command::new("cargo");
        cargo.current_dir(self.tree()).env("CARGO_TARGET_DIR", self.folder.join("target"));
        cargo
    }

    /// A program that this cargo has built.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        self.folder.join("target/debug").join(name)
    }

    /// Applies a mutant's patch, or reverses it.
    pub(crate) async fn apply(&self, mutant: &Mutant, reverse: bool) -> Result<()> {
        let name = format!("git apply {}", mutant.path.display());
        let mut git = Command::new("git");
        // It must not find the repository around the copy: it would look for the files there.
        git.current_dir(self.tree()).env("GIT_CEILING_DIRECTORIES", &self.folder).args(patch::APPLY);
        git.args(reverse.then_some("--reverse")).arg(&mutant.path);
        succeed(&mut git, &name, GIT_TIMEOUT).await.map(drop).context(
            "the patch no longer applies: make the change that its header describes again, \
             and put the new `git diff` below the header",
        )
    }

    async fn copy_sources(&self, root: &Path) -> Result<()> {
        // What is not committed enters an index of its own; the checkout's stays as it is.
        let index = self.folder.join("index");
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.current_dir(root).env("GIT_INDEX_FILE", &index).args(arguments);
            git
        };
        let mut path = Command::new("git");
        path.current_dir(root).args(["rev-parse", "--path-format=absolute", "--git-path", "index"]);
        let own = succeed(&mut path, "git rev-parse", GIT_TIMEOUT).await?;
        fs::copy(own.trim(), &index)?;
        succeed(&mut git(&["add", "--all"]), "git add", GIT_TIMEOUT).await?;
        let prefix = format!("--prefix={}/", self.tree().display());
        succeed(&mut git(&["checkout-index", "--all", &prefix]), "git checkout-index", GIT_TIMEOUT).await?;
        let files = succeed(&mut git(&["ls-files", "-z"]), "git ls-files", GIT_TIMEOUT).await?;
        let files: BTreeSet<&Path> = files.split('\0').filter(|file| !file.is_empty()).map(Path::new).collect();
        let folders: BTreeSet<&Path> = files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
        for path in files.into_iter().chain(folders) {
            let metadata = fs::symlink_metadata(root.join(path))?;
            if !metadata.is_symlink() {
                File::open(self.tree().join(path))?.set_modified(metadata.modified()?)?;
            }
        }
        Ok(())
    }

    /// Copies compiled files, except for programs and the compiler's caches.
    async fn copy_compiled(&self, compiled: &Path) -> Result<()> {
        let own = self.folder.join("target/debug");
        fs::create_dir_all(own.join("deps"))?;
        let mut copied = Command::new("cp");
        copied.arg("-a").args([compiled.join(".fingerprint"), compiled.join("build")]).arg(&own);
        succeed(&mut copied, "cp", COPY_TIMEOUT)
            .await
            .context("build the workspace first: `cargo build --workspace`")?;
        for entry in fs::read_dir(compiled.join("deps"))? {
            let entry = entry?;
            let to = own.join("deps").join(entry.file_name());
            match entry.path().extension().and_then(OsStr::to_str) {
                Some(extension) if LINKED.contains(&extension) => fs::hard_link(entry.path(), to)?,
                Some("d") => {
                    fs::copy(entry.path(), &to)?;
                    File::open(&to)?.set_modified(entry.metadata()?.modified()?)?;
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        if !self.keep {
            let _ = fs::remove_dir_all(&self.folder);
        }
    }
}

/// The target folder that this program was built in.
pub(crate) fn target_folder() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    let debug = program.ancestors().find(|folder| folder.file_name() == Some(OsStr::new("debug")));
    let target = debug.and_then(Path::parent);
    ensure!(target.is_some(), "{} is no debug build: use `make verify-mutants`", program.display());
    target.map(Path::to_owned).context("a folder has a parent")
}
