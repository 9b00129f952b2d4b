//! Concurrent functions never need more Postgres connections than there are: the proxy's, or
//! without one, the database's own.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::cloudformation::{Template, text};
use tests::costs::{Stack, plain_text};

use crate::{functions, logical_id};

/// Connections that functions leave free without a proxy: Postgres reserves three for its superuser
/// and RDS two, the migrations take some, and a person one.
const CONNECTIONS_FOR_OTHERS: u64 = 10;
/// Databases of the function with the most of them, recovery.
const MAX_DATABASES: u64 = 4;
/// The concurrency of a new account, which cannot reserve anything.
const MIN_QUOTA: u64 = 10;
/// Concurrency that AWS leaves to functions without a reservation, and that an account has.
const UNRESERVED: u64 = 100;
const QUOTA: u64 = 1000;

/// Rows of the mappings.
const STAGES: [&str; 3] = ["dev", "prod", "small"];

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

fn databases_of_functions(template: &Template) -> BTreeMap<String, u64> {
    let functions = functions(template).into_iter();
    functions
        .map(|(folder, function)| {
            let variables = function.property("Environment/Variables").as_object().cloned().unwrap_or_default();
            assert!(!variables.contains_key("DATABASE_CONNECTIONS"), "{folder}: it is said for all of them");
            (folder, variables.keys().filter(|name| name.ends_with("DB_URL")).count() as u64)
        })
        .collect()
}

/// Connections that an instance may open to each of its databases (`DATABASE_CONNECTIONS`).
fn connections_per_database(profile: &str) -> u64 {
    let size = if profile == "small" { "small" } else { "standard" };
    let stack = Stack::new("template.yaml", &[("Size".to_owned(), size.to_owned())].into());
    let value = stack.evaluate_at("/Globals/Function/Environment/Variables/DATABASE_CONNECTIONS").expect("a number");
    plain_text(&value).parse().expect("a number")
}

#[test]
fn reserved_concurrency_stays_below_the_connections_that_there_are() {
    let template = Template::read("template.yaml");
    let postgres = Template::read("infra/postgres.yaml");
    let pool = postgres.resources("AWS::RDS::DBProxyTargetGroup")[0].property("ConnectionPoolConfigurationInfo");
    let databases = databases_of_functions(&template);
    for stage in STAGES {
        let concurrency = &template.document["Mappings"]["Concurrency"][stage];
        let asked: u64 = databases
            .iter()
            .map(|(folder, n)| number(&concurrency[logical_id(folder)]) * n * connections_per_database(stage))
            .sum();
        let all = number(&template.document["Mappings"]["Sizes"][stage]["MaxConnections"]);
        let there = match stage {
            "small" => all - CONNECTIONS_FOR_OTHERS,
            _ => all * number(&pool["MaxConnectionsPercent"]) / 100,
        };
        assert!(asked <= there, "{stage}: {asked} connections asked for, {there} there");
        assert!(asked * 2 > there, "{stage}: {there} connections for {asked} are too many to pay for");
    }
    // Without a proxy a pool of one is all that an instance needs: it serves one request at a time.
    assert_eq!(STAGES.map(connections_per_database), [2, 2, 1]);
    // An account with a concurrency of ten needs no reservation to stay below.
    let small = number(&template.document["Mappings"]["Sizes"]["small"]["MaxConnections"]);
    assert!(MIN_QUOTA * MAX_DATABASES <= small - CONNECTIONS_FOR_OTHERS);
    assert_eq!(databases.values().max(), Some(&MAX_DATABASES));
    let passed = template.nested("infra/database.yaml")["Postgres"].clone();
    assert!(text(&passed["MaxConnections"]["Fn::FindInMap"][2]).contains("MaxConnections"), "the mapping's");
    let dispatched = Template::read("infra/database.yaml");
    for (file, name) in [("postgres.yaml", "Aurora"), ("postgres-small.yaml", "Small")] {
        assert_eq!(text(&dispatched.nested(file)[name]["MaxConnections"]), "${MaxConnections}", "{file}");
    }
    for (file, kind) in [
        ("infra/postgres.yaml", "AWS::RDS::DBClusterParameterGroup"),
        ("infra/postgres-small.yaml", "AWS::RDS::DBParameterGroup"),
    ] {
        let template = Template::read(file);
        let set = template.resources(kind)[0].property("Parameters/max_connections");
        assert_eq!(text(set), "${MaxConnections}", "{file}");
    }
}

#[test]
fn reserved_concurrency_leaves_the_account_what_aws_demands() {
    let template = Template::read("template.yaml");
    for stage in STAGES {
        let all = template.document["Mappings"]["Concurrency"][stage].as_object().expect("a stage");
        let sum: u64 = all.values().map(number).sum();
        assert!(sum + UNRESERVED <= QUOTA, "{stage} reserves {sum}");
        let names: Vec<_> = all.keys().cloned().collect();
        let mut expected: Vec<_> = functions(&template).keys().map(|folder| logical_id(folder)).collect();
        expected.sort_unstable();
        assert_eq!(
            names.into_iter().collect::<std::collections::BTreeSet<_>>(),
            expected.into_iter().collect(),
            "{stage}"
        );
    }
}

#[test]
fn every_function_reserves_what_the_mapping_says() {
    let template = Template::read("template.yaml");
    for (folder, function) in functions(&template) {
        let reserved = function.property("ReservedConcurrentExecutions");
        assert_eq!(reserved["Fn::If"][0], "Reserves", "{folder}");
        let found = &reserved["Fn::If"][1]["Fn::FindInMap"];
        assert_eq!((text(&found[0]), text(&found[2])), ("Concurrency".to_owned(), logical_id(&folder)), "{folder}");
    }
}
