//! A mutant: a patch file whose first lines say what it is.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};

/// Where the patches are, in the checkout.
pub const FOLDER: &str = "verify/mutants";
/// What every header says, in this order.
pub const FIELDS: [&str; 4] = ["Bug", "Promise", "Change", "Caught by"];
/// How Git applies one: a line of context is enough, so that a comment nearby may change.
pub const APPLY: [&str; 2] = ["apply", "-C1"];
const EXTENSION: &str = "patch";

/// The run that must catch a mutant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Run {
    /// `chaos ARGUMENTS`; it prints the violations that it found.
    Chaos(Vec<String>),
    /// `cargo test ARGUMENTS`; it fails.
    CargoTest(Vec<String>),
}

impl Run {
    fn parse(text: &str) -> Result<Self> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        match words.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["chaos", "matrix", ..] => Ok(Self::Chaos(words[1..].to_vec())),
            ["cargo", "test", "-p", _, "--test" | "--lib", ..] => Ok(Self::CargoTest(words[2..].to_vec())),
            _ => bail!(
                "`Caught by: {text}` is neither `chaos matrix …` nor `cargo test -p CRATE --test NAME …` (or `--lib`)"
            ),
        }
    }
}

impl std::fmt::Display for Run {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Chaos(arguments) => write!(f, "chaos {}", arguments.join(" ")),
            Self::CargoTest(arguments) => write!(f, "cargo test {}", arguments.join(" ")),
        }
    }
}

/// A patch file, read.
#[derive(Clone, Debug)]
pub struct Mutant {
    /// The file's name without its extension.
    pub name: String,
    pub path: PathBuf,
    /// What is wrong with the changed code.
    pub bug: String,
    /// The run that must catch it.
    pub caught_by: Run,
    /// The files that it changes, from the root of the checkout.
    pub files: BTreeSet<String>,
}

impl Mutant {
    fn read(path: PathBuf) -> Result<Self> {
        let text = std::fs::read_to_string(&path)?;
        let name = path.file_stem().and_then(|stem| stem.to_str()).context("its name is no text")?.to_owned();
        let (header, _) = text.split_once("\ndiff --git ").context("there is no `diff --git` in it")?;
        let field = |wanted: &str| {
            let value = header.lines().find_map(|line| line.strip_prefix(wanted)?.strip_prefix(": "));
            value.map(str::trim).filter(|value| !value.is_empty()).with_context(|| {
                format!("its header has no `{wanted}: …`; it needs one line each of {}", FIELDS.join(", "))
            })
        };
        for name in FIELDS {
            field(name)?;
        }
        let files: BTreeSet<String> =
            text.lines().filter_map(|line| line.strip_prefix("+++ b/")).map(str::to_owned).collect();
        ensure!(!files.is_empty(), "it changes no file");
        let (bug, caught_by) = (field("Bug")?.to_owned(), Run::parse(field("Caught by")?)?);
        Ok(Self { name, path, bug, caught_by, files })
    }
}

/// Every mutant of a checkout, by name.
///
/// # Errors
/// When one cannot be read; the error names its file and what it lacks.
pub fn read_all(root: &Path) -> Result<Vec<Mutant>> {
    let folder = root.join(FOLDER);
    let entries = std::fs::read_dir(&folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut paths: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == EXTENSION));
    paths.sort();
    paths.into_iter().map(|path| Mutant::read(path.clone()).with_context(|| path.display().to_string())).collect()
}
