//! The stores of the templates are those that the code creates elsewhere.

use std::collections::BTreeSet;

use serde_json::json;
use store_postgres::grants::{self, Role};
use tests::cloudformation::{Template, text};

use crate::functions;

#[test]
fn tables_are_those_that_the_code_makes_on_one_machine() {
    let template = Template::read("infra/data.yaml");
    let tables = template.resources("AWS::DynamoDB::Table");
    let names: BTreeSet<String> = tables.iter().map(|table| text(table.property("TableName"))).collect();
    let expected: BTreeSet<String> =
        store_dynamo::provision::tables("shop-${Stage}-").into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, expected);
    for table in tables {
        assert_eq!(table.property("BillingMode"), "PAY_PER_REQUEST", "{}", table.name);
        let keys = json!([{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]);
        assert_eq!(table.property("KeySchema"), &keys, "{}", table.name);
        assert_eq!(table.property("TimeToLiveSpecification"), &json!({"AttributeName": "expiresAt", "Enabled": true}));
        assert_eq!(table.property("PointInTimeRecoverySpecification/PointInTimeRecoveryEnabled"), true);
        assert_eq!(text(table.property("SSESpecification/KMSMasterKeyId")), "${KeyArn}");
        assert_eq!(
            table.definition["DeletionPolicy"], "RetainExceptOnCreate",
            "{} would go with its stack",
            table.name
        );
    }
}

#[test]
fn every_function_reaches_its_databases_as_itself_through_the_proxy() {
    let template = Template::read("template.yaml");
    let mut reached = BTreeSet::new();
    for (folder, function) in functions(&template) {
        for (name, value) in function.property("Environment/Variables").as_object().into_iter().flatten() {
            let Some(database) = name.strip_suffix("DB_URL").map(|name| format!("{}db", name.to_lowercase())) else {
                continue;
            };
            let role = Role::for_function(&folder).unwrap_or_else(|| panic!("{folder} has no role in Postgres"));
            let name = role.name();
            let expected =
                format!("postgres://{name}@${{Postgres.Outputs.ProxyHost}}:5432/{database}?sslmode=verify-full");
            assert_eq!(text(value), expected, "{folder}");
            reached.insert((role, database));
        }
    }
    // Every grant of a function has its connection settings, and the other way round.
    let granted = grants::all().iter().filter(|grant| grant.role != Role::RECONCILE);
    let granted: BTreeSet<(Role, String)> = granted.map(|grant| (grant.role, grant.database.to_owned())).collect();
    assert_eq!(reached, granted);

    let template = Template::read("infra/postgres.yaml");
    let role = template.resources("AWS::IAM::Role")[0];
    let resources = role.property("Policies/0/PolicyDocument/Statement/0/Resource").as_array().expect("roles");
    let patterns: Vec<String> = resources.iter().map(|arn| text(arn).rsplit('/').next().unwrap().to_owned()).collect();
    let may_be = |role: &str| {
        patterns
            .iter()
            .any(|pattern| pattern.strip_suffix('*').map_or(role == pattern, |start| role.starts_with(start)))
    };
    for role in Role::ALL {
        assert!(may_be(role.name()), "the proxy signs in as {}", role.name());
    }
    for other in [grants::OWNER, "shop_admin", "postgres"] {
        assert!(!may_be(other), "the proxy does not sign in as {other}");
    }
}

#[test]
fn the_proxy_asks_for_iam_and_tls() {
    let template = Template::read("infra/postgres.yaml");
    let proxy = template.resources("AWS::RDS::DBProxy")[0];
    assert_eq!(proxy.property("DefaultAuthScheme"), "IAM_AUTH");
    assert_eq!(proxy.property("RequireTLS"), true);
    assert!(proxy.property("Auth").is_null(), "no role has a password");
    let cluster = template.resources("AWS::RDS::DBCluster")[0];
    assert_eq!(cluster.property("EnableIAMDatabaseAuthentication"), true);
    assert_eq!(cluster.property("ManageMasterUserPassword"), true, "RDS makes and rotates the administrator's");
    assert_eq!(cluster.definition["DeletionPolicy"], "Snapshot");
}

#[test]
fn redis_keeps_sessions_and_speaks_tls() {
    let template = Template::read("infra/data.yaml");
    let parameters = template.resources("AWS::ElastiCache::ParameterGroup")[0];
    assert_eq!(parameters.property("Properties/maxmemory-policy"), "noeviction");
    let cache = template.resources("AWS::ElastiCache::ReplicationGroup")[0];
    assert_eq!(cache.property("TransitEncryptionEnabled"), true);
    assert_eq!(cache.property("AtRestEncryptionEnabled"), true);
    assert!(text(cache.property("AuthToken")).starts_with("{{resolve:secretsmanager:"));
}

#[test]
fn migrations_come_before_the_code_that_needs_them_and_run_again_with_each_version() {
    let template = Template::read("template.yaml");
    let migrated = template.resources("Custom::Migrations")[0];
    assert_eq!(text(migrated.property("ServiceToken")), "${Migrations.Arn}");
    assert_eq!(text(migrated.property("Version")), "${Migrations.Version}");
    for (folder, function) in functions(&template) {
        let waits = function.definition["DependsOn"] == "Migrated";
        assert_eq!(waits, !["migrations", "authorizer"].contains(&folder.as_str()), "{folder}");
    }
}
