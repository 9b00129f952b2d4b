//! Writes the functions' configuration for programs that run them one by one: a file for `cargo
//! lambda watch --env-file` and shells, and one for `sam local invoke --env-vars`. Both contain
//! secrets.

use std::path::Path;

use runtime::Env;
use serde_json::{Map, Value, json};

use crate::private_file;
use crate::stores::Endpoints;

/// `NAME='value'`, one per line.
const ENV_FILE: &str = "functions.env";
/// SAM's format; `Parameters` stands for every function.
pub const SAM_FILE: &str = "functions.json";

/// # Errors
/// A file cannot be written.
pub(super) fn write_files(folder: &Path, endpoints: &Endpoints, variables: &[(String, String)]) -> anyhow::Result<()> {
    let all = with_aws_variables(endpoints, variables);
    let lines: String = all.iter().map(|(name, value)| format!("{name}={}\n", shell_quote(value))).collect();
    let sam: Map<String, Value> = all.into_iter().map(|(name, value)| (name, json!(value))).collect();
    private_file::write(&folder.join(ENV_FILE), &lines)?;
    private_file::write(&folder.join(SAM_FILE), &format!("{:#}\n", json!({"Parameters": sam})))
}

/// Adds the variables that the AWS SDKs read themselves.
pub(super) fn with_aws_variables(endpoints: &Endpoints, variables: &[(String, String)]) -> Vec<(String, String)> {
    let environment = Env::from_env();
    let aws = [("AWS_REGION", "us-east-1"), ("AWS_ACCESS_KEY_ID", "local"), ("AWS_SECRET_ACCESS_KEY", "local")];
    let aws = aws.map(|(name, default)| (name, environment.optional(name).unwrap_or_else(|| default.to_owned())));
    let sqs = ("AWS_ENDPOINT_URL_SQS", endpoints.sqs_url.clone());
    let own = [sqs].into_iter().chain(aws).map(|(name, value)| (name.to_owned(), value));
    let mut whole: Vec<_> = variables.iter().cloned().chain(own).filter(|(_, value)| !value.is_empty()).collect();
    whole.sort();
    whole
}

/// Quotes for a shell, and for programs that parse such files without one.
fn shell_quote(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn both_files_say_the_same_and_belong_to_their_owner() {
        let folder = std::env::temp_dir().join(format!("handout-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let url = |scheme: &str| format!("{scheme}://127.0.0.1:1");
        let at = Endpoints {
            postgres_url: url("postgres"),
            redis_url: url("redis"),
            mongodb_url: url("mongodb"),
            dynamodb_url: url("http"),
            sqs_url: url("http"),
        };
        let variables = [("TOKEN_KEYS", r#"{"keys":[]}"#), ("REDIS_URL", "it's"), ("DATABASE_PREFIX", "")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
        std::fs::write(folder.join(ENV_FILE), "an older one that anybody can read").unwrap();
        write_files(&folder, &at, &variables).unwrap();
        let lines = std::fs::read_to_string(folder.join(ENV_FILE)).unwrap();
        assert!(lines.contains("TOKEN_KEYS='{\"keys\":[]}'\n") && lines.contains("REDIS_URL='it'\\''s'\n"), "{lines}");
        assert!(!lines.contains("DATABASE_PREFIX"), "what is empty is not set");
        let sam: Value = serde_json::from_slice(&std::fs::read(folder.join(SAM_FILE)).unwrap()).unwrap();
        assert_eq!(sam["Parameters"]["AWS_ENDPOINT_URL_SQS"], "http://127.0.0.1:1");
        assert_eq!(sam["Parameters"].as_object().unwrap().len(), lines.lines().count());
        for file in [ENV_FILE, SAM_FILE] {
            assert_eq!(folder.join(file).metadata().unwrap().permissions().mode() & 0o777, 0o600);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
