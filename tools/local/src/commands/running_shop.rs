//! Where the shop is that is running.

use std::path::Path;

use anyhow::Context;
use runtime::Env;

use crate::stores::{self, Endpoints};

/// The stores that the environment names, else those of the shop that runs in a data folder.
pub(super) fn find_running_shop(dir: &Path) -> anyhow::Result<Endpoints> {
    let environment = Env::from_env();
    let named = Endpoints::from_variables(|name| environment.optional(name));
    named.or_else(|| Endpoints::from_data_folder(dir)).with_context(|| not_running(dir))
}

/// The variables that lead to the stores of the shop that runs in a data folder.
pub(super) fn running_shop_env(dir: &Path) -> anyhow::Result<Vec<(String, String)>> {
    stores::read_env_file(dir).with_context(|| not_running(dir))
}

fn not_running(dir: &Path) -> String {
    format!("no shop is running in {}: start one with `make run`", dir.display())
}
