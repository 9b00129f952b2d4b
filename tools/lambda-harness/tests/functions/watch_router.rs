//! The table in the root Cargo.toml that `cargo lambda watch` routes by has every route.

use std::collections::BTreeMap;

use crate::harness::root;
use crate::openapi_check::operations;

/// Routes that no function serves.
const NOT_FUNCTION_ROUTES: [&str; 2] = ["/health", "/openapi.json"];

#[test]
fn the_router_of_cargo_lambda_watch_has_every_route_and_its_function() {
    let text = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = text.parse().unwrap();
    let router = &manifest["workspace"]["metadata"]["lambda"]["watch"]["router"];
    let table: BTreeMap<String, String> = router
        .as_table()
        .unwrap()
        .iter()
        .map(|(path, function)| (path.clone(), function.as_str().expect("a function's name").to_owned()))
        .collect();
    let mut expected = BTreeMap::new();
    for (_, path) in operations(&api::document()) {
        let function = path.strip_prefix("/api/").and_then(|rest| rest.split('/').next()).unwrap_or("users");
        if !NOT_FUNCTION_ROUTES.contains(&path.as_str()) {
            expected.insert(path.clone(), function.to_owned());
        }
    }
    assert_eq!(table, expected);
}
