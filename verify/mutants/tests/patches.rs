//! Every patch applies to the code; a few, different ones for each commit, are built and must be caught.

use std::path::{Path, PathBuf};
use std::process::Command;

use mutants::choice::{self, Crates};
use mutants::patch::{self, Mutant};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn mutants() -> Vec<Mutant> {
    patch::read_all(&root()).unwrap_or_else(|error| panic!("{error:#}"))
}

#[test]
fn every_patch_applies_and_its_header_is_complete() {
    let mutants = mutants();
    assert!(!mutants.is_empty());
    for mutant in mutants {
        let check = Command::new("git")
            .args(patch::APPLY)
            .arg("--check")
            .arg(&mutant.path)
            .current_dir(root())
            .output()
            .unwrap();
        assert!(
            check.status.success(),
            "{}: the code has changed. Make the change that its header describes again, and put the new `git diff` \
             below the header.\n{}",
            mutant.path.display(),
            String::from_utf8_lossy(&check.stderr)
        );
    }
}

#[test]
fn another_commit_picks_other_mutants_and_each_has_its_turn() {
    let crates = Crates::read(&root()).unwrap();
    let pick = |commit: usize| -> Vec<String> {
        let picked = choice::pick(mutants(), &crates, &commit.to_string(), 2, 30);
        picked.into_iter().map(|mutant| mutant.name).collect()
    };
    assert_eq!(pick(1), pick(1));
    let picked: std::collections::BTreeSet<String> = (0..200).flat_map(pick).collect();
    assert_eq!(picked.len(), mutants().len());
}

#[test]
fn the_mutants_of_this_commit_are_caught() {
    // The other tests of the workspace test the unpatched code.
    let arguments = ["--pick", "2", "--skip-unpatched"];
    let status = Command::new(env!("CARGO_BIN_EXE_mutants")).args(arguments).current_dir(root()).status().unwrap();
    assert!(status.success(), "mutants {}: {status}, see above", arguments.join(" "));
}
