//! The file that running stores leave for other programs.

use std::path::Path;

use super::ENV_FILE;

/// What a program needs in its environment to find the stores that are running in a data folder.
#[must_use]
pub fn environment_of(dir: &Path) -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(dir.join(ENV_FILE)).ok()?;
    let variable = |line: &str| {
        let (name, value) = line.strip_prefix("export ")?.split_once("='")?;
        Some((name.to_owned(), value.strip_suffix('\'')?.to_owned()))
    };
    Some(text.lines().filter_map(variable).collect())
}
