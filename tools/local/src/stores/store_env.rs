//! What running stores put into the environment of programs, and into the file for those that are
//! started elsewhere.

use std::path::PathBuf;

use super::endpoints::ENV_FILE_NAME;
use super::supervisor::Stores;
use super::{dynamodb, mongodb, postgres, redis, sqs};
use crate::private_file;

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
        let lines: String = self.env().iter().map(|(name, value)| format!("export {name}='{value}'\n")).collect();
        private_file::write(&self.env_file(), &lines)
    }
}
