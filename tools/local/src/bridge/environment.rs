//! The functions' environment as a container needs it: the stores under another host name.

use std::collections::BTreeSet;

use anyhow::Context;
use serde_json::Value;

/// How a container calls its host. Docker knows it by itself on a desktop, and on Linux by
/// `--add-host host.docker.internal:host-gateway`.
pub const HOST: &str = "host.docker.internal";
const LOOPBACK: &str = "127.0.0.1:";

/// What is said in the environment, and the ports that it names.
#[derive(Debug, PartialEq, Eq)]
pub struct Stores {
    /// SAM's `--env-vars`, for containers.
    pub text: String,
    /// Where the stores listen on 127.0.0.1.
    pub ports: BTreeSet<u16>,
}

/// Rewrites a file for `sam local … --env-vars`, so that what it names of this machine's loopback
/// is found from a container.
///
/// # Errors
/// When it is no JSON, or names nothing on 127.0.0.1.
pub fn in_container(text: &str) -> anyhow::Result<Stores> {
    let mut whole: Value = serde_json::from_str(text).context("the environment of the functions is no JSON")?;
    let mut ports = BTreeSet::new();
    rewrite(&mut whole, &mut ports);
    anyhow::ensure!(!ports.is_empty(), "the environment of the functions names no store on 127.0.0.1");
    Ok(Stores { text: format!("{whole:#}\n"), ports })
}

fn rewrite(value: &mut Value, ports: &mut BTreeSet<u16>) {
    match value {
        Value::Object(each) => each.values_mut().for_each(|one| rewrite(one, ports)),
        Value::String(text) => {
            let named: BTreeSet<u16> = text.split(LOOPBACK).skip(1).filter_map(port).collect();
            if !named.is_empty() {
                *text = text.replace(LOOPBACK, &format!("{HOST}:"));
            }
            ports.extend(named);
        }
        _ => {}
    }
}

fn port(rest: &str) -> Option<u16> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_store_is_found_from_a_container_and_nothing_else_is_touched() {
        let told = json!({"Parameters": {
            "USERDB_URL": "postgres://:pw@127.0.0.1:21001/userdb?sslmode=disable",
            "MONGODB_URL": "mongodb://127.0.0.1:21002/?directConnection=true",
            "ANALYTICS_QUEUE_URL": "http://127.0.0.1:21003/000000000000/analytics",
            "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:21003",
            "ALLOWED_ORIGINS": "http://localhost:5173",
            "TOKEN_KEYS": "{\"keys\":[]}",
        }});
        let Stores { text, ports } = in_container(&told.to_string()).unwrap();
        assert_eq!(ports, BTreeSet::from([21001, 21002, 21003]));
        let seen: Value = serde_json::from_str(&text).unwrap();
        let seen = &seen["Parameters"];
        assert_eq!(seen["USERDB_URL"], "postgres://:pw@host.docker.internal:21001/userdb?sslmode=disable");
        assert_eq!(seen["ANALYTICS_QUEUE_URL"], "http://host.docker.internal:21003/000000000000/analytics");
        assert_eq!(seen["ALLOWED_ORIGINS"], told["Parameters"]["ALLOWED_ORIGINS"]);
        assert_eq!(seen["TOKEN_KEYS"], told["Parameters"]["TOKEN_KEYS"]);
        assert!(!text.contains("127.0.0.1"), "{text}");
        in_container("{}").unwrap_err();
        in_container("USERDB_URL=x").unwrap_err();
    }
}
