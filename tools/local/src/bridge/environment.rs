//! The functions' environment as a container needs it: the stores under another host name.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use serde_json::Value;

/// How a container calls its host. Docker knows it by itself on a desktop, and on Linux by
/// `--add-host host.docker.internal:host-gateway`.
pub const HOST: &str = "host.docker.internal";
const LOOPBACK: &str = "127.0.0.1:";

/// The ports of 127.0.0.1 that a file for `sam local … --env-vars` names.
///
/// # Errors
/// When it is no JSON, or names none.
pub fn ports(text: &str) -> anyhow::Result<BTreeSet<u16>> {
    let mut ports = BTreeSet::new();
    each_text(&mut read(text)?, &mut |text| ports.extend(text.split(LOOPBACK).skip(1).filter_map(port)));
    anyhow::ensure!(!ports.is_empty(), "the environment of the functions names no store on 127.0.0.1");
    Ok(ports)
}

/// The same file as containers need it, where `bridged` has the port that leads to each of
/// 127.0.0.1. What is not bridged stays as it is.
///
/// # Errors
/// When it is no JSON.
pub fn in_container(text: &str, bridged: &BTreeMap<u16, u16>) -> anyhow::Result<String> {
    let mut whole = read(text)?;
    each_text(&mut whole, &mut |text| {
        let mut parts = text.split(LOOPBACK);
        let mut found = parts.next().unwrap_or_default().to_owned();
        for rest in parts {
            match port(rest).and_then(|port| Some((port, bridged.get(&port)?))) {
                Some((port, there)) => {
                    let rest = &rest[port.to_string().len()..];
                    found.push_str(&format!("{HOST}:{there}{rest}"));
                }
                None => found.push_str(&format!("{LOOPBACK}{rest}")),
            }
        }
        *text = found;
    });
    Ok(format!("{whole:#}\n"))
}

fn read(text: &str) -> anyhow::Result<Value> {
    serde_json::from_str(text).context("the environment of the functions is no JSON")
}

fn each_text(value: &mut Value, look: &mut impl FnMut(&mut String)) {
    match value {
        Value::Object(each) => each.values_mut().for_each(|one| each_text(one, look)),
        Value::String(text) => look(text),
        _ => {}
    }
}

/// The port that a text begins with, as URLs write it.
fn port(rest: &str) -> Option<u16> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..end].parse().ok().filter(|port: &u16| port.to_string().len() == end)
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
        let told = told.to_string();
        assert_eq!(ports(&told).unwrap(), BTreeSet::from([21001, 21002, 21003]));
        let bridged = BTreeMap::from([(21001, 40001), (21002, 40002), (21003, 40003)]);
        let text = in_container(&told, &bridged).unwrap();
        let (seen, told): (Value, Value) = (serde_json::from_str(&text).unwrap(), serde_json::from_str(&told).unwrap());
        let (seen, told) = (&seen["Parameters"], &told["Parameters"]);
        assert_eq!(seen["USERDB_URL"], "postgres://:pw@host.docker.internal:40001/userdb?sslmode=disable");
        assert_eq!(seen["ANALYTICS_QUEUE_URL"], "http://host.docker.internal:40003/000000000000/analytics");
        assert_eq!(seen["AWS_ENDPOINT_URL_SQS"], "http://host.docker.internal:40003");
        assert_eq!(seen["ALLOWED_ORIGINS"], told["ALLOWED_ORIGINS"]);
        assert_eq!(seen["TOKEN_KEYS"], told["TOKEN_KEYS"]);
        assert!(!text.contains("127.0.0.1"), "{text}");
        let seeds = json!({"MONGODB_URL": "mongodb://127.0.0.1:1,127.0.0.1:2/"}).to_string();
        let some = in_container(&seeds, &BTreeMap::from([(2, 9)])).unwrap();
        assert!(some.contains("127.0.0.1:1,host.docker.internal:9/"), "what is not bridged stays: {some}");
        ports("{}").unwrap_err();
        ports("USERDB_URL=x").unwrap_err();
    }
}
