//! The docs say of all data what it is and how it ends: docs/data.md for the stores, docs/deploy.md
//! for what outlives a stack or prevents its deletion.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use tests::cloudformation::{Resource, Template, text};
use tests::root;

fn read(document: &str) -> String {
    fs::read_to_string(root().join(document)).expect(document)
}

/// A section of a document, by its heading.
fn section(document: &str, heading: &str) -> String {
    let text = read(document);
    let part = text.split(&format!("\n## {heading}\n")).nth(1).unwrap_or_else(|| panic!("{document}: {heading}"));
    part.split("\n## ").next().unwrap_or_default().to_owned()
}

/// The names in backticks in the first column of a row.
fn backquoted_names(row: &str) -> impl Iterator<Item = String> {
    let first = row.split('|').nth(1).unwrap_or_default();
    first.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>().into_iter()
}

/// `shop-${Stage}` as documents write it.
fn substitute_parameters(name: &str, stage: &str) -> String {
    name.replace("${Stage}", stage).replace("${Name}", "<function>").replace("${Scope}", "SCOPE")
}

/// The stores that docs/growth.md lists table by table, grouped: a database, a table of DynamoDB,
/// Redis, the queues.
fn stores() -> BTreeSet<String> {
    let growth = read("docs/growth.md");
    let rows = growth.lines().filter(|line| line.starts_with("| `"));
    let tables = rows.flat_map(backquoted_names).filter(|name| name.contains('.') && !name.ends_with(".log"));
    let stores = tables.map(|table| match table.split_once('.') {
        Some((store, _)) if store != "dynamodb" => store.to_owned(),
        _ => table,
    });
    stores.collect()
}

#[test]
fn every_store_says_what_it_holds_and_how_long() {
    let mut there = stores();
    assert!(there.contains("orderdb") && there.contains("dynamodb.payments") && there.contains("redis"), "{there:?}");
    for template in Template::read_all() {
        let buckets = template.resources("AWS::S3::Bucket").into_iter();
        there.extend(buckets.map(|bucket| format!("{} {}", template.file, bucket.name)));
        let groups = template.resources("AWS::Logs::LogGroup").into_iter();
        there.extend(groups.map(|group| substitute_parameters(&text(group.property("LogGroupName")), "STAGE")));
    }
    let rows: Vec<String> =
        read("docs/data.md").lines().filter(|line| line.starts_with("| ")).map(str::to_owned).collect();
    let documented: BTreeSet<String> = rows.iter().flat_map(|row| backquoted_names(row)).collect();
    let lacking: Vec<_> = there.difference(&documented).collect();
    let surplus: Vec<_> = documented.difference(&there).collect();
    assert!(lacking.is_empty() && surplus.is_empty(), "lacking {lacking:?}, surplus {surplus:?}");
    for row in rows.iter().filter(|row| backquoted_names(row).next().is_some()) {
        let columns: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
        assert!(columns.len() == 5 && columns.iter().all(|column| !column.is_empty()), "{row}");
        let classed = ["public", "internal", "personal", "secret"].iter().any(|class| columns[2].contains(class));
        assert!(classed, "{row}");
    }
}

/// Whether AWS refuses to delete it in prod.
fn is_deletion_protected(template: &Template, resource: Resource<'_>) -> bool {
    let in_prod = |value: &Value| match value.get("Fn::FindInMap") {
        Some(place) => {
            let sizes = &template.document["Mappings"][place[0].as_str().unwrap_or_default()]["prod"];
            text(&sizes[place[2].as_str().unwrap_or_default()]) == "true"
        }
        None => text(value) == "true",
    };
    let attributes = resource.property("LoadBalancerAttributes").as_array().into_iter().flatten();
    let attribute =
        attributes.filter(|one| one["Key"] == "deletion_protection.enabled").any(|one| in_prod(&one["Value"]));
    let properties = ["DeletionProtection", "DeletionProtectionEnabled"];
    attribute || properties.iter().any(|name| in_prod(resource.property(name)))
}

/// The commands that remove its protection.
fn unprotect_commands(resource: Resource<'_>) -> Vec<String> {
    let named = |property: &str| substitute_parameters(&text(resource.property(property)), "prod");
    match resource.definition["Type"].as_str() {
        Some("AWS::RDS::DBCluster") => {
            vec![format!("aws rds modify-db-cluster --db-cluster-identifier {} ", named("DBClusterIdentifier"))]
        }
        Some("AWS::DocDB::DBCluster") => {
            vec![format!("aws docdb modify-db-cluster --db-cluster-identifier {} ", named("DBClusterIdentifier"))]
        }
        Some("AWS::DynamoDB::Table") => vec![format!("aws dynamodb update-table --table-name {} ", named("TableName"))],
        Some("AWS::ElasticLoadBalancingV2::LoadBalancer") => vec![
            "aws elbv2 modify-load-balancer-attributes --attributes Key=deletion_protection.enabled,Value=false"
                .to_owned(),
            format!("--names {} ", named("Name")),
        ],
        other => panic!("{other:?} is protected, and this test does not know how that ends"),
    }
}

#[test]
fn whatever_is_protected_from_deletion_has_the_command_that_lifts_it() {
    let documented = section("docs/deploy.md", "Deleting everything");
    let mut kinds = BTreeSet::new();
    for template in Template::read_all() {
        let resources = template.document["Resources"].as_object().expect("resources");
        for (name, all) in resources {
            let resource = Resource { name, definition: all };
            if is_deletion_protected(&template, resource) {
                kinds.insert(all["Type"].to_string());
                for command in unprotect_commands(resource) {
                    assert!(documented.contains(&command), "{} {name}: {command}", template.file);
                }
            }
        }
    }
    assert_eq!(kinds.len(), 4, "{kinds:?}");
}

/// A log group that a service recreates after the stack is deleted blocks its name for the next
/// deploy.
#[test]
fn log_groups_of_every_name_are_looked_for_after_the_stack() {
    let documented = section("docs/deploy.md", "Deleting everything");
    let loop_of = documented.lines().find(|line| line.starts_with("for prefix in ")).expect("the prefixes");
    let prefixes: Vec<&str> =
        loop_of["for prefix in ".len()..].split([' ', ';']).filter(|one| one.contains("dev")).collect();
    for template in Template::read_all() {
        for group in template.resources("AWS::Logs::LogGroup") {
            let name = substitute_parameters(&text(group.property("LogGroupName")), "dev");
            assert!(prefixes.iter().any(|prefix| name.starts_with(prefix)), "{} {name}: {prefixes:?}", template.file);
        }
    }
    assert!(documented.contains("aws-sam-cli-managed-default"), "SAM's own bucket");
}
