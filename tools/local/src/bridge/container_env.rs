//! The functions' environment for a container: the stores under another host name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde_json::Value;

/// The host's name in a container. Docker on a desktop resolves it by itself, on Linux with
/// `--add-host host.docker.internal:host-gateway`.
pub const HOST_IN_CONTAINER: &str = "host.docker.internal";
const LOOPBACK: &str = "127.0.0.1:";

/// The ports of 127.0.0.1 in a file for `sam local … --env-vars`.
///
/// # Errors
/// When it is no JSON, or names none.
pub fn loopback_ports(text: &str) -> anyhow::Result<BTreeSet<u16>> {
    let mut ports = BTreeSet::new();
    for_each_string(&mut parse(text)?, &mut |text| ports.extend(text.split(LOOPBACK).skip(1).filter_map(leading_port)));
    anyhow::ensure!(!ports.is_empty(), "the environment of the functions names no store on 127.0.0.1");
    Ok(ports)
}

/// The same file for containers, if `forwarded` has the port for each of 127.0.0.1. Other ports
/// stay as they are.
///
/// # Errors
/// When it is no JSON.
pub fn rewrite_for_container(text: &str, forwarded: &BTreeMap<u16, u16>) -> anyhow::Result<String> {
    let mut document = parse(text)?;
    for_each_string(&mut document, &mut |text| {
        let mut parts = text.split(LOOPBACK);
        let mut found = parts.next().unwrap_or_default().to_owned();
        for rest in parts {
            match leading_port(rest).and_then(|port| Some((port, forwarded.get(&port)?))) {
                Some((port, there)) => {
                    let rest = &rest[port.to_string().len()..];
                    found.push_str(&format!("{HOST_IN_CONTAINER}:{there}{rest}"));
                }
                None => found.push_str(&format!("{LOOPBACK}{rest}")),
            }
        }
        *text = found;
    });
    Ok(format!("{document:#}\n"))
}

fn parse(text: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text).context("the environment of the functions is no JSON")
}

fn for_each_string(value: &mut Value, visit: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(each) => each.values_mut().for_each(|one| for_each_string(one, visit)),
        Value::String(text) => visit(text),
        _ => {}
    }
}

/// The port at the beginning of a text, as in a URL.
fn leading_port(rest: &str) -> Option<u16> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok().filter(|port: &u16| port.to_string().len() == end)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_store_is_found_from_a_container_and_nothing_else_is_touched() {
        let original = json!({"Parameters": {
            "USERDB_URL": "postgres://:pw@127.0.0.1:21001/userdb?sslmode=disable",
            "MONGODB_URL": "mongodb://127.0.0.1:21002/?directConnection=true",
            "ANALYTICS_QUEUE_URL": "http://127.0.0.1:21003/000000000000/analytics",
            "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:21003",
            "ALLOWED_ORIGINS": "http://localhost:5173",
            "TOKEN_KEYS": "{\"keys\":[]}",
        }});
        let original = original.to_string();
        assert_eq!(loopback_ports(&original).unwrap(), BTreeSet::from([21001, 21002, 21003]));
        let bridged = BTreeMap::from([(21001, 40001), (21002, 40002), (21003, 40003)]);
        let text = rewrite_for_container(&original, &bridged).unwrap();
        let (seen, original): (Value, Value) =
            (serde_json::from_str(&text).unwrap(), serde_json::from_str(&original).unwrap());
        let (seen, original) = (&seen["Parameters"], &original["Parameters"]);
        assert_eq!(seen["USERDB_URL"], "postgres://:pw@host.docker.internal:40001/userdb?sslmode=disable");
        assert_eq!(seen["ANALYTICS_QUEUE_URL"], "http://host.docker.internal:40003/000000000000/analytics");
        assert_eq!(seen["AWS_ENDPOINT_URL_SQS"], "http://host.docker.internal:40003");
        assert_eq!(seen["ALLOWED_ORIGINS"], original["ALLOWED_ORIGINS"]);
        assert_eq!(seen["TOKEN_KEYS"], original["TOKEN_KEYS"]);
        assert!(!text.contains("127.0.0.1"), "{text}");
        let seeds = json!({"MONGODB_URL": "mongodb://127.0.0.1:1,127.0.0.1:2/"}).to_string();
        let some = rewrite_for_container(&seeds, &BTreeMap::from([(2, 9)])).unwrap();
        assert!(some.contains("127.0.0.1:1,host.docker.internal:9/"), "what is not bridged stays: {some}");
        loopback_ports("{}").unwrap_err();
        loopback_ports("USERDB_URL=x").unwrap_err();
    }
}
