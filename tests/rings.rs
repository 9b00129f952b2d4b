//! The dependency rules, read from every Cargo.toml: an outer ring may use an inner one, never the
//! reverse; a function's list of stores is its `Cargo.toml`; an emulator is a tool.

use std::collections::{BTreeMap, BTreeSet};

use tests::root;
use toml::{Table, Value};

/// What each crate of `shared/` may use of the others, innermost first. `runtime` (configuration,
/// time, deadlines) is what every store stands on.
const SHARED_DEPENDENCIES: [(&str, &[&str]); 15] = [
    ("domain", &[]),
    ("tokens", &["domain"]),
    ("runtime", &["domain"]),
    ("queue", &["domain", "runtime"]),
    ("redis-store", &["domain", "runtime"]),
    ("dynamo", &["domain", "runtime"]),
    ("outbox", &["domain", "runtime", "queue"]),
    ("postgres", &["domain", "runtime", "outbox"]),
    ("mongo", &["domain", "runtime", "outbox"]),
    ("checkout", &["domain", "runtime", "outbox", "queue", "postgres", "dynamo"]),
    ("catalog", &["domain", "runtime", "outbox", "queue", "postgres"]),
    // Looks the address up, sends, and notes what became of it.
    ("mail", &["domain", "runtime", "postgres", "dynamo"]),
    ("worker", &["domain", "runtime"]),
    ("web", &["domain", "runtime", "tokens", "redis-store"]),
    ("testkit", &["domain", "runtime", "tokens", "web", "postgres", "mongo", "dynamo", "redis-store", "queue"]),
];

/// The crate that speaks to a backing service, and the libraries that nobody else of what is
/// deployed may name.
const DRIVER_OWNERS: [(&str, &[&str]); 6] = [
    ("postgres", &["sqlx"]),
    ("mongo", &["mongodb"]),
    ("dynamo", &["aws-sdk-dynamodb"]),
    ("redis-store", &["redis"]),
    ("queue", &["aws-sdk-sqs"]),
    ("mail", &["aws-sdk-sesv2"]),
];

/// The stores that each function may touch: what its IAM policy and its network rules allow.
/// `web` reads sessions, so whoever has callers has Redis; checkout joins Postgres, DynamoDB and
/// SQS, catalog Postgres and SQS.
const STORES_OF_FUNCTIONS: [(&str, &[&str]); 15] = [
    ("analytics", &["mongo", "redis-store"]),
    ("analytics-worker", &["mongo", "postgres"]),
    ("authorizer", &[]),
    ("catalog-worker", &["postgres", "redis-store"]),
    ("inventory", &["postgres", "queue", "redis-store"]),
    ("migrations", &["mongo", "postgres"]),
    ("notification-worker", &["dynamo", "mail"]),
    ("notifications", &["dynamo", "mail", "postgres", "redis-store"]),
    ("operator", &["postgres", "redis-store"]),
    ("orders", &["checkout", "postgres", "redis-store"]),
    ("payments", &["checkout", "postgres", "redis-store"]),
    ("products", &["catalog", "postgres", "redis-store"]),
    ("recovery", &["catalog", "checkout", "dynamo", "mail", "mongo", "postgres", "queue"]),
    ("reviews", &["mongo", "postgres", "queue", "redis-store"]),
    ("users", &["postgres", "redis-store"]),
];

/// What pure code does without.
const NO_IO: [&str; 9] = ["tokio", "axum", "http", "hyper", "reqwest", "sqlx", "redis", "mongodb", "aws-config"];
const EMULATORS: [&str; 3] = ["dynoxide-rs", "rustack-sqs-core", "rustack-sqs-http"];

/// Dependencies by crate, for each crate in a folder of the checkout; those of tests not counted.
fn dependencies_of_crates(folder: &str) -> BTreeMap<String, BTreeSet<String>> {
    let entries = std::fs::read_dir(root().join(folder)).unwrap();
    let manifests = entries.map(|entry| entry.unwrap().path().join("Cargo.toml")).filter(|path| path.is_file());
    manifests
        .map(|path| {
            let text = std::fs::read_to_string(&path).unwrap();
            let manifest: Table = text.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            let names = |section: &str| {
                manifest.get(section).and_then(Value::as_table).into_iter().flat_map(Table::keys).cloned()
            };
            (name, names("dependencies").chain(names("build-dependencies")).collect())
        })
        .collect()
}

#[test]
fn no_shared_crate_depends_on_an_outer_layer() {
    let shared = dependencies_of_crates("shared");
    let known: BTreeSet<&str> = SHARED_DEPENDENCIES.iter().map(|(name, _)| *name).collect();
    let there: BTreeSet<&str> = shared.keys().map(String::as_str).collect();
    assert_eq!(there, known, "SHARED lists every crate of shared/");
    for (name, may) in SHARED_DEPENDENCIES {
        let uses = shared[name].iter().filter(|dependency| known.contains(dependency.as_str()));
        let wrong: Vec<_> = uses.filter(|dependency| !may.contains(&dependency.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

#[test]
fn what_is_pure_does_no_io() {
    let shared = dependencies_of_crates("shared");
    for name in ["domain", "tokens"] {
        let wrong: Vec<_> =
            shared[name].iter().filter(|used| NO_IO.contains(&used.as_str()) || used.starts_with("aws-sdk")).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

#[test]
fn a_backing_services_library_is_named_by_one_crate() {
    let deployed = dependencies_of_crates("functions")
        .into_iter()
        .chain(dependencies_of_crates("shared"))
        .filter(|(name, _)| name != "testkit");
    for (name, uses) in deployed {
        for (owner, libraries) in DRIVER_OWNERS {
            let wrong: Vec<_> = libraries.iter().filter(|library| name != owner && uses.contains(**library)).collect();
            assert!(wrong.is_empty(), "{name} must leave {wrong:?} to {owner}");
        }
    }
}

#[test]
fn a_functions_manifest_is_the_list_of_the_stores_it_may_touch() {
    let functions = dependencies_of_crates("functions");
    let stores: BTreeSet<&str> = DRIVER_OWNERS.iter().map(|(owner, _)| *owner).chain(["checkout", "catalog"]).collect();
    let expected: BTreeMap<&str, BTreeSet<&str>> =
        STORES_OF_FUNCTIONS.iter().map(|(name, stores)| (*name, stores.iter().copied().collect())).collect();
    let named: BTreeMap<&str, BTreeSet<&str>> = functions
        .iter()
        .map(|(name, uses)| {
            (name.as_str(), uses.iter().map(String::as_str).filter(|used| stores.contains(used)).collect())
        })
        .collect();
    assert_eq!(named, expected);
}

#[test]
fn functions_use_neither_each_other_nor_tools_nor_emulators() {
    let functions = dependencies_of_crates("functions");
    let tools = dependencies_of_crates("tools");
    for (name, uses) in functions.iter().chain(&dependencies_of_crates("shared")) {
        // Links into tests only.
        if name == "testkit" {
            continue;
        }
        let forbidden = |used: &&String| {
            functions.contains_key(*used)
                || tools.contains_key(*used)
                || EMULATORS.contains(&used.as_str())
                || used.as_str() == "testkit"
        };
        let wrong: Vec<_> = uses.iter().filter(forbidden).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

#[test]
fn a_crate_is_called_as_its_folder_is() {
    for folder in ["functions", "tools"] {
        for name in dependencies_of_crates(folder).keys() {
            assert!(root().join(folder).join(name).is_dir(), "{folder}/{name}");
        }
    }
}

/// Serves the storefront's files with a service of tower, which no client calls.
const ONESHOT_EXCEPTIONS: [&str; 1] = ["tools/local/src/shop/storefront.rs"];
/// Members that only events have, so that source text with them builds one.
const EVENT_MEMBERS: [&str; 3] = ["\"requestContext\":", "\"eventSourceARN\":", "\"identitySource\":"];

/// The path in the checkout and the text of every Rust file and manifest of a crate, except this file.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") || path.ends_with("Cargo.toml") {
                let name = path.strip_prefix(root()).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["functions", "shared", "tools", "verify", "tests"] {
        collect(&root().join(folder), &mut found);
    }
    found.retain(|(name, _)| name != "tests/rings.rs");
    assert!(found.len() > 500, "{} files", found.len());
    found
}

#[test]
fn tests_and_tools_call_the_api_with_one_client() {
    let other_clients = sources().into_iter().filter(|(name, text)| {
        let calls_routers = text.contains(".oneshot(") && !ONESHOT_EXCEPTIONS.contains(&name.as_str());
        !name.starts_with("tools/api-client/") && (calls_routers || text.contains("reqwest"))
    });
    let names: Vec<String> = other_clients.map(|(name, _)| name).collect();
    assert!(names.is_empty(), "use api-client: {names:?}");
}

#[test]
fn lambda_events_are_built_in_one_crate() {
    let other_builders = sources().into_iter().filter(|(name, text)| {
        !name.starts_with("tools/lambda-events/") && EVENT_MEMBERS.iter().any(|member| text.contains(member))
    });
    let names: Vec<String> = other_builders.map(|(name, _)| name).collect();
    assert!(names.is_empty(), "use lambda-events: {names:?}");
}
