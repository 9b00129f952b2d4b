//! Where the stores answer, and the file in which they say it to programs that are started elsewhere.

use std::path::Path;

use super::{dynamodb, mongodb, postgres, redis, sqs};

/// In the data folder, while the stores run.
pub(super) const ENV_FILE_NAME: &str = "env";

/// The URLs of the stores.
#[derive(Debug, Clone)]
pub struct Endpoints {
    /// As superuser, database `postgres`; contains a password.
    pub postgres_url: String,
    pub redis_url: String,
    pub mongodb_url: String,
    pub dynamodb_url: String,
    pub sqs_url: String,
}

impl Endpoints {
    /// From the variables of [`Stores::env`](super::Stores::env), read by name; `None` if one is not set.
    pub fn from_variables(variable: impl Fn(&str) -> Option<String>) -> Option<Self> {
        Some(Self {
            postgres_url: variable(postgres::URL_VARIABLE)?,
            redis_url: variable(redis::URL_VARIABLE)?,
            mongodb_url: variable(mongodb::URL_VARIABLE)?,
            dynamodb_url: variable(dynamodb::URL_VARIABLE)?,
            sqs_url: variable(sqs::URL_VARIABLE)?,
        })
    }

    /// A client of the queues.
    #[must_use]
    pub fn sqs_client(&self) -> aws_sdk_sqs::Client {
        sqs::client(&self.sqs_url)
    }

    /// Of the stores that are running in a data folder.
    #[must_use]
    pub fn from_data_folder(dir: &Path) -> Option<Self> {
        let variables = read_env_file(dir)?;
        Self::from_variables(|name| variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()))
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
