//! How programs find running stores: their environment, and a file for programs that are started
//! elsewhere.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::{ENV_FILE_NAME, Stores, dynamodb, mongodb, postgres, redis, sqs};

impl Stores {
    /// The environment with which a program finds the stores, through the AWS SDKs too. The AWS
    /// region and keys are set only if the environment has none.
    #[must_use]
    pub fn env(&self) -> Vec<(&'static str, String)> {
        let mut env = vec![
            (postgres::URL_VARIABLE, self.endpoints.postgres_url.clone()),
            (redis::URL_VARIABLE, self.endpoints.redis_url.clone()),
            (mongodb::URL_VARIABLE, self.endpoints.mongodb_url.clone()),
            (dynamodb::URL_VARIABLE, self.endpoints.dynamodb_url.clone()),
            (sqs::URL_VARIABLE, self.endpoints.sqs_url.clone()),
        ];
        let aws = [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];
        let unset = |(name, _): &(&str, &str)| std::env::var_os(name).is_none();
        env.extend(aws.into_iter().filter(unset).map(|(name, value)| (name, value.to_owned())));
        env
    }

    /// A shell file that exports `env`, readable by its owner only.
    #[must_use]
    pub fn env_file(&self) -> PathBuf {
        self.data_folder.path().join(ENV_FILE_NAME)
    }

    pub(super) fn write_env_file(&self) -> anyhow::Result<()> {
        let path = self.env_file();
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(0o600)
            .open(&path)
            .with_context(|| format!("cannot write {}", path.display()))?;
        for (name, value) in self.env() {
            writeln!(file, "export {name}='{value}'")?;
        }
        Ok(())
    }
}

/// The environment with which a program finds the stores that are running in a data folder.
#[must_use]
pub fn read_env_file(dir: &Path) -> Option<Vec<(String, String)>> {
    let text = std::fs::read_to_string(dir.join(ENV_FILE_NAME)).ok()?;
    let variable = |line: &str| {
        let (name, value) = line.strip_prefix("export ")?.split_once("='")?;
        Some((name.to_owned(), value.strip_suffix('\'')?.to_owned()))
    };
    Some(text.lines().filter_map(variable).collect())
}
