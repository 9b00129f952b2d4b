//! The stores' engines: versions that AWS offers, and logs that expire and contain no values.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use tests::cloudformation::{Template, text};

/// Clusters whose logs go to CloudWatch, and where each service writes them.
const LOGGING: [(&str, &str); 2] =
    [("AWS::RDS::DBCluster", "/aws/rds/cluster/"), ("AWS::DocDB::DBCluster", "/aws/docdb/")];

/// Log groups of a template by their name.
fn log_groups(template: &Template) -> BTreeMap<String, &str> {
    let groups = template.resources("AWS::Logs::LogGroup").into_iter();
    groups
        .map(|group| {
            let at = format!("{} {}", template.file, group.name);
            assert!(text(group.property("RetentionInDays")).contains("LogRetentionDays"), "{at} has no end");
            assert_eq!(text(group.property("KmsKeyId")), "${KeyArn}", "{at}");
            (text(group.property("LogGroupName")), group.name)
        })
        .collect()
}

fn depends_on(resource: &Value, on: &str) -> bool {
    match &resource["DependsOn"] {
        Value::Array(names) => names.iter().any(|name| name == on),
        name => name == on,
    }
}

/// A service creates the group itself with its first line: without expiry and without the shop's
/// key. So the template creates it before, under the name that the service will use.
#[test]
fn what_a_store_logs_goes_to_a_group_of_ours_that_ends() {
    let mut exported = 0;
    for file in ["infra/postgres.yaml", "infra/documentdb.yaml"] {
        let template = Template::read(file);
        let groups = log_groups(&template);
        for (kind, folder) in LOGGING {
            for cluster in template.resources(kind) {
                let name = text(cluster.property("DBClusterIdentifier"));
                assert!(name.contains("${Stage}"), "{file}: the log group of {name} cannot be made before it");
                for log in cluster.property("EnableCloudwatchLogsExports").as_array().expect("logs") {
                    let group = groups.get(&format!("{folder}{name}/{}", text(log)));
                    assert!(
                        group.is_some_and(|group| depends_on(cluster.definition, group)),
                        "{file}: {log} of {name}"
                    );
                    exported += 1;
                }
            }
        }
        for proxy in template.resources("AWS::RDS::DBProxy") {
            let group = groups.get(&format!("/aws/rds/proxy/{}", text(proxy.property("DBProxyName"))));
            assert!(group.is_some_and(|group| depends_on(proxy.definition, group)), "{file}: the proxy's");
        }
    }
    assert_eq!(exported, 2);
}

/// `aws rds describe-db-clusters` lists DocumentDB's clusters too, so no two may have the same
/// name.
#[test]
fn no_two_clusters_have_one_name() {
    let names: Vec<String> = Template::read_all()
        .iter()
        .flat_map(|template| {
            LOGGING
                .iter()
                .flat_map(|(kind, _)| template.resources(kind))
                .map(|c| text(c.property("DBClusterIdentifier")))
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(names.len(), 2);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 2, "{names:?}");
}

#[test]
fn slow_statements_are_logged_without_what_is_bound_to_them() {
    let template = Template::read("infra/postgres.yaml");
    for group in template.resources("AWS::RDS::DBClusterParameterGroup") {
        let parameters = group.property("Parameters");
        assert!(!parameters["log_min_duration_statement"].is_null());
        // Postgres logs whole values unless their length is limited.
        for length in ["log_parameter_max_length", "log_parameter_max_length_on_error"] {
            assert_eq!(text(&parameters[length]), "0", "{length}");
        }
    }
    let template = Template::read("infra/documentdb.yaml");
    for group in template.resources("AWS::DocDB::DBClusterParameterGroup") {
        assert_eq!(group.property("Parameters/profiler"), "disabled", "it logs commands with their values");
    }
}

/// The oldest minor version of each major one that AWS offered for new clusters without calling it
/// deprecated when this was written, and one more: the oldest is the next to be deprecated. `make
/// lint-templates` knows what is deprecated by then.
const MIN_AURORA_VERSIONS: [(u32, u32); 3] = [(16, 9), (17, 5), (18, 3)];

#[test]
fn aurora_is_pinned_to_a_version_that_is_not_about_to_go() {
    let template = Template::read("infra/postgres.yaml");
    let clusters = template.resources("AWS::RDS::DBCluster");
    assert!(!clusters.is_empty());
    for cluster in clusters {
        let version = text(cluster.property("EngineVersion"));
        let (major, minor) = version.split_once('.').expect("major.minor");
        let (major, minor): (u32, u32) = (major.parse().expect("a number"), minor.parse().expect("a number"));
        let least = MIN_AURORA_VERSIONS.iter().find(|(known, _)| *known == major).map(|(_, least)| *least);
        assert!(least.is_some_and(|least| minor > least), "{version}: {MIN_AURORA_VERSIONS:?} are the oldest");
        let family = text(template.resources("AWS::RDS::DBClusterParameterGroup")[0].property("Family"));
        assert_eq!(family, format!("aurora-postgresql{major}"));
    }
}

/// Tests whether `make lint-templates` itself would notice.
#[test]
fn linting_tries_a_deprecated_engine_before_it_is_believed() {
    let script = std::fs::read_to_string(tests::root().join("scripts/lint-templates.sh")).expect("the script");
    let tried = script.find("deprecated").expect("a deprecated engine is tried");
    assert!(script[tried..].contains("cfn-lint"), "{script}");
}
