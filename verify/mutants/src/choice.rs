//! Which mutants an ordinary test run builds: a few, different ones for each commit, within a limit on
//! how many crates must be compiled for them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use toml::{Table, Value};

use crate::patch::Mutant;

/// The folders whose folders are crates.
const CRATE_FOLDERS: [&str; 4] = ["shared", "functions", "tools", "verify"];

/// Which crates of the workspace use which; a crate has the name of its folder.
pub struct Crates {
    users: BTreeMap<String, BTreeSet<String>>,
}

impl Crates {
    /// Reads every `Cargo.toml`.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn read(root: &Path) -> Result<Self> {
        let mut users: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for folder in CRATE_FOLDERS {
            for entry in std::fs::read_dir(root.join(folder)).with_context(|| format!("cannot read {folder}/"))? {
                let path = entry?.path().join("Cargo.toml");
                let Ok(text) = std::fs::read_to_string(&path) else { continue };
                let manifest: Table = text.parse().with_context(|| path.display().to_string())?;
                let name = manifest["package"]["name"].as_str().unwrap_or_default().to_owned();
                let used = manifest.get("dependencies").and_then(Value::as_table);
                for used in used.into_iter().flat_map(Table::keys) {
                    users.entry(used.clone()).or_default().insert(name.clone());
                }
            }
        }
        Ok(Self { users })
    }

    /// How many crates are compiled again when this mutant's files change.
    #[must_use]
    pub fn rebuilt_by(&self, mutant: &Mutant) -> usize {
        let crate_of = |file: &String| file.split('/').nth(1).map(str::to_owned);
        let mut due: Vec<String> = mutant.files.iter().filter_map(crate_of).collect();
        let mut rebuilt = BTreeSet::new();
        while let Some(name) = due.pop() {
            if rebuilt.insert(name.clone()) {
                due.extend(self.users.get(&name).into_iter().flatten().cloned());
            }
        }
        rebuilt.len()
    }
}

/// At most `count` mutants, in an order that depends on `commit`: always the first, and each further
/// one only while all of them together rebuild no more than `budget` crates.
#[must_use]
pub fn pick(mutants: Vec<Mutant>, crates: &Crates, commit: &str, count: usize, budget: usize) -> Vec<Mutant> {
    let mut ordered = mutants;
    ordered.sort_by_cached_key(|mutant| Sha256::digest(format!("{commit} {}", mutant.name)).to_vec());
    let mut left = budget;
    let mut picked = Vec::new();
    for mutant in ordered {
        let cost = crates.rebuilt_by(&mutant);
        if picked.len() < count && (picked.is_empty() || cost <= left) {
            left = left.saturating_sub(cost);
            picked.push(mutant);
        }
    }
    picked
}
