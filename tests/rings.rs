//! The dependency rules, held against what cargo links: shared crates stand in rings, and each uses
//! inner rings alone; a function links the drivers of the stores that its role allows and no other.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use tests::cloudformation::Template;
use tests::dependencies::Dependencies;
use tests::roles::{role_parameters, stores_in_role};
use tests::root;

/// The crates of `shared/`, innermost ring first. A crate may use those of inner rings: none of its
/// own ring, none of an outer one.
const RINGS: [&[&str]; 5] = [
    // The rules of the shop.
    &["domain"],
    // What needs no backing service: tokens, the process, and the outbox as a trait.
    &["tokens", "runtime", "outbox"],
    // One backing service each.
    &["store-postgres", "store-mongo", "store-dynamo", "store-redis", "queue"],
    // What joins several: the saga, a product's writes, the catalog's stock, mail with its addresses.
    &["checkout", "catalog", "projection", "mail"],
    // What receives requests and batches.
    &["web", "worker"],
];

/// Stands outside of all rings: tests and tools use it, and nothing that is deployed.
const TEST_SUPPORT: &str = "testkit";

/// A store, the library that speaks to it, and the one deployed crate that names the library.
const DRIVERS: [(&str, &str, &str); 5] = [
    ("postgres", "sqlx", "store-postgres"),
    ("mongo", "mongodb", "store-mongo"),
    ("dynamo", "aws-sdk-dynamodb", "store-dynamo"),
    ("redis", "redis", "store-redis"),
    ("queue", "aws-sdk-sqs", "queue"),
];
/// Calls SES without its SDK, so the crate stands for the driver.
const MAIL: &str = "mail";

/// Shared crates that bring a driver to whoever uses them, and the stores that it is for. All others
/// bring none.
const STORES_OF_CRATES: [(&str, &[&str]); 10] = [
    ("store-postgres", &["postgres"]),
    ("store-mongo", &["mongo"]),
    ("store-dynamo", &["dynamo"]),
    ("store-redis", &["redis"]),
    ("queue", &["queue"]),
    ("checkout", &["dynamo", "postgres", "queue"]),
    ("catalog", &["postgres", "queue"]),
    ("projection", &["postgres", "redis"]),
    ("mail", &["dynamo", "mail", "postgres"]),
    // It reads sessions.
    ("web", &["redis"]),
];

/// What pure code does without.
const NO_IO: [&str; 9] = ["tokio", "axum", "http", "hyper", "reqwest", "sqlx", "redis", "mongodb", "aws-config"];
const EMULATORS: [&str; 3] = ["dynoxide-rs", "rustack-sqs-core", "rustack-sqs-http"];

/// The stores whose drivers a crate links, however far below it.
fn linked_stores(dependencies: &Dependencies, name: &str) -> BTreeSet<&'static str> {
    let linked = dependencies.linked(name);
    let drivers = DRIVERS.iter().filter(|(_, driver, _)| linked.contains(driver)).map(|(store, ..)| *store);
    drivers.chain((name == MAIL || linked.contains(MAIL)).then_some("mail")).collect()
}

#[test]
fn a_shared_crate_uses_inner_rings_alone() {
    let dependencies = Dependencies::of_workspace();
    let shared = dependencies.crates_in("shared");
    let listed: BTreeSet<&str> = RINGS.iter().flat_map(|ring| *ring).copied().chain([TEST_SUPPORT]).collect();
    assert_eq!(shared, listed, "RINGS lists every crate of shared/");
    for (number, ring) in RINGS.iter().enumerate() {
        let inner: BTreeSet<&str> = RINGS[..number].iter().flat_map(|ring| *ring).copied().collect();
        for name in *ring {
            let linked = dependencies.linked(name);
            let wrong: Vec<_> = linked.intersection(&shared).filter(|used| !inner.contains(*used)).collect();
            assert!(wrong.is_empty(), "{name} is in ring {} and must not use {wrong:?}", number + 1);
        }
    }
}

#[test]
fn what_is_pure_does_no_io() {
    let dependencies = Dependencies::of_workspace();
    for name in ["domain", "tokens", "outbox"] {
        let linked = dependencies.linked(name);
        let wrong: Vec<_> = linked.iter().filter(|used| NO_IO.contains(used) || used.starts_with("aws-sdk")).collect();
        assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
    }
}

#[test]
fn a_backing_services_library_is_named_by_one_crate() {
    let dependencies = Dependencies::of_workspace();
    let deployed = ["functions", "shared"].map(|folder| dependencies.crates_in(folder)).into_iter().flatten();
    for name in deployed.filter(|name| *name != TEST_SUPPORT) {
        let direct = dependencies.direct(name);
        for (_, driver, owner) in DRIVERS {
            assert!(name == owner || !direct.contains(driver), "{name} must leave {driver} to {owner}");
        }
    }
}

#[test]
fn a_shared_crate_links_the_drivers_of_its_own_stores() {
    let dependencies = Dependencies::of_workspace();
    for name in dependencies.crates_in("shared").into_iter().filter(|name| *name != TEST_SUPPORT) {
        let expected =
            STORES_OF_CRATES.iter().find(|(listed, _)| *listed == name).map_or(&[][..], |(_, stores)| stores);
        assert_eq!(linked_stores(dependencies, name), expected.iter().copied().collect(), "{name}");
    }
}

#[test]
fn a_function_links_the_drivers_that_its_role_allows_and_no_other() {
    let dependencies = Dependencies::of_workspace();
    let roles = role_parameters(&Template::read("infra/functions.yaml"));
    let functions = dependencies.crates_in("functions");
    assert_eq!(functions, roles.keys().map(String::as_str).collect(), "each function has a role");
    for (function, parameters) in &roles {
        assert_eq!(linked_stores(dependencies, function), stores_in_role(parameters), "{function}");
        let known = |sdk: &&&str| DRIVERS.iter().any(|(_, driver, _)| driver == *sdk);
        let linked = dependencies.linked(function);
        let sdks: Vec<_> = linked.iter().filter(|used| used.starts_with("aws-sdk-")).collect();
        assert!(sdks.iter().all(known), "{function} links an SDK of no store: {sdks:?}");
    }
}

#[test]
fn what_is_deployed_links_neither_functions_nor_tools_nor_emulators() {
    let dependencies = Dependencies::of_workspace();
    let forbidden: BTreeSet<&str> = ["functions", "tools", "verify"]
        .map(|folder| dependencies.crates_in(folder))
        .into_iter()
        .flatten()
        .chain(EMULATORS)
        .chain([TEST_SUPPORT])
        .collect();
    for name in ["functions", "shared"].map(|folder| dependencies.crates_in(folder)).into_iter().flatten() {
        if name != TEST_SUPPORT {
            let linked = dependencies.linked(name);
            let wrong: Vec<_> = linked.intersection(&forbidden).collect();
            assert!(wrong.is_empty(), "{name} must not use {wrong:?}");
        }
    }
}

#[test]
fn a_crate_is_called_as_its_folder_is() {
    let dependencies = Dependencies::of_workspace();
    for folder in ["functions", "shared", "tools", "verify"] {
        for name in dependencies.crates_in(folder) {
            assert_eq!(dependencies.folder(name), format!("{folder}/{name}"));
        }
    }
}

/// Modules named `reconcile` are read by the invariant checker alone: no function carries them.
#[test]
fn what_is_deployed_names_no_reconcile_module() {
    let mut files = Vec::new();
    for folder in ["functions", "shared"] {
        rust_files(&root().join(folder), &mut files);
    }
    assert!(files.len() > 200, "only {} files", files.len());
    let is_own =
        |path: &Path| path.components().any(|part| part.as_os_str().to_string_lossy().starts_with("reconcile"));
    let is_source = |path: &&PathBuf| path.components().any(|part| part.as_os_str() == "src");
    for path in files.iter().filter(is_source).filter(|path| !is_own(path)) {
        let text = std::fs::read_to_string(path).unwrap();
        assert!(!text.contains("reconcile::"), "{} names what only the invariant checker reads", path.display());
    }
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Serves the storefront's files with a service of tower, which no client calls.
const ONESHOT_EXCEPTIONS: [&str; 1] = ["tools/local/src/shop/storefront.rs"];
/// Members that only Lambda events have: source text that writes one builds an event.
const EVENT_MEMBERS: [&str; 3] = ["\"requestContext\":", "\"eventSourceARN\":", "\"identitySource\":"];

/// The path in the repository and the text of every Rust file and manifest, except this file.
fn sources() -> Vec<(String, String)> {
    fn collect(folder: &std::path::Path, found: &mut Vec<(String, String)>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") || path.ends_with("Cargo.toml") {
                let name = path.strip_prefix(tests::root()).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    for folder in ["functions", "shared", "tools", "verify", "tests"] {
        collect(&tests::root().join(folder), &mut found);
    }
    found.retain(|(name, _)| name != "tests/rings.rs");
    assert!(found.len() > 500, "{} files", found.len());
    found
}

#[test]
fn tests_and_tools_call_the_api_with_one_client() {
    let other_clients = sources().into_iter().filter(|(name, text)| {
        let calls_a_router = text.contains(".oneshot(") && !ONESHOT_EXCEPTIONS.contains(&name.as_str());
        !name.starts_with("tools/api-client/") && (calls_a_router || text.contains("reqwest"))
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
