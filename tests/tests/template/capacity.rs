//! What runs at once never asks Postgres for more connections than there are.

use std::collections::BTreeMap;

use serde_json::Value;
use tests::cloudformation::{Template, text};

use crate::{functions, logical};

/// Connections that an instance may open to each of its databases (`DATABASE_CONNECTIONS`).
const PER_DATABASE: u64 = 2;
/// Concurrency that AWS leaves to functions without a reservation, and that an account has.
const UNRESERVED: u64 = 100;
const QUOTA: u64 = 1000;

const STAGES: [&str; 2] = ["dev", "prod"];

fn number(value: &Value) -> u64 {
    value.as_u64().unwrap_or_else(|| panic!("{value} is no whole number"))
}

fn databases(template: &Template) -> BTreeMap<String, u64> {
    let functions = functions(template).into_iter();
    functions
        .map(|(folder, function)| {
            let variables = function.property("Environment/Variables").as_object().cloned().unwrap_or_default();
            assert!(!variables.contains_key("DATABASE_CONNECTIONS"), "{folder}: PER_DATABASE here is the default");
            (folder, variables.keys().filter(|name| name.ends_with("DB_URL")).count() as u64)
        })
        .collect()
}

#[test]
fn reserved_concurrency_stays_below_the_proxys_connections() {
    let template = Template::read("template.yaml");
    let postgres = Template::read("infra/postgres.yaml");
    let pool = postgres.resources("AWS::RDS::DBProxyTargetGroup")[0].property("ConnectionPoolConfigurationInfo");
    let databases = databases(&template);
    for stage in STAGES {
        let concurrency = &template.all["Mappings"]["Concurrency"][stage];
        let asked: u64 =
            databases.iter().map(|(folder, n)| number(&concurrency[logical(folder)]) * n * PER_DATABASE).sum();
        let all = number(&template.all["Mappings"]["Sizes"][stage]["MaxConnections"]);
        let there = all * number(&pool["MaxConnectionsPercent"]) / 100;
        assert!(asked <= there, "{stage}: {asked} connections asked for, {there} there");
        assert!(asked * 2 > there, "{stage}: {there} connections for {asked} are too many to pay for");
    }
    let passed = template.nested("infra/postgres.yaml")["Postgres"].clone();
    assert!(text(&passed["MaxConnections"]).contains("MaxConnections"), "the mapping is what the cluster gets");
}

#[test]
fn reserved_concurrency_leaves_the_account_what_aws_demands() {
    let template = Template::read("template.yaml");
    for stage in STAGES {
        let all = template.all["Mappings"]["Concurrency"][stage].as_object().expect("a stage");
        let sum: u64 = all.values().map(number).sum();
        assert!(sum + UNRESERVED <= QUOTA, "{stage} reserves {sum}");
        let names: Vec<_> = all.keys().cloned().collect();
        let mut expected: Vec<_> = functions(&template).keys().map(|folder| logical(folder)).collect();
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
        assert_eq!((text(&found[0]), text(&found[2])), ("Concurrency".to_owned(), logical(&folder)), "{folder}");
    }
}
