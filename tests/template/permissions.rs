//! What a function may touch, said alike by its IAM statements, its security groups and its
//! variables. `tests/rings.rs` holds its role against what it links.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::cloudformation::{Resource, Template, text};
use tests::roles::{comma_separated, role_parameters, stores_in_role};

use crate::{functions, logical_id};

#[test]
fn security_groups_open_the_way_to_the_stores_of_the_role() {
    let (template, roles) = (Template::read("template.yaml"), Template::read("infra/functions.yaml"));
    let allowances = role_parameters(&roles);
    for (folder, function) in functions(&template) {
        let groups = function.property("VpcConfig/SecurityGroupIds").as_array();
        let groups: BTreeSet<String> = groups.into_iter().flatten().map(text).collect();
        let outside = allowances[&folder].get("InVpc").is_some_and(|there| there == "no");
        assert_eq!(groups.is_empty(), outside, "{folder} is in the VPC or not");
        if outside {
            continue;
        }
        let stores = stores_in_role(&allowances[&folder]);
        let to_postgres =
            if folder == "migrations" { "${Postgres.Outputs.Administrators}" } else { "${Network.Outputs.ToPostgres}" };
        for (store, group) in [
            ("postgres", to_postgres),
            ("redis", "${Network.Outputs.ToRedis}"),
            ("mongo", "${Network.Outputs.ToMongo}"),
        ] {
            assert_eq!(groups.contains(group), stores.contains(store), "{folder} and {group}");
        }
        assert!(groups.contains("${Network.Outputs.ToAws}"), "{folder} reads its secrets");
    }
}

#[test]
fn variables_name_what_the_role_allows() {
    let (template, roles) = (Template::read("template.yaml"), Template::read("infra/functions.yaml"));
    let allowances = role_parameters(&roles);
    for (folder, function) in functions(&template) {
        let variables = function.property("Environment/Variables").as_object().cloned().unwrap_or_default();
        let named = |ending: &str| -> BTreeSet<String> {
            let names = variables.iter().filter(|(name, _)| name.ends_with(ending));
            names.map(|(_, value)| text(value)).collect()
        };
        let allowed = |list_of: &str| comma_separated(allowances[&folder].get(list_of));

        // Its own role and no other: `postgres://fn_orders@…` and `${DbUsers}/fn_orders`.
        let signs_in: BTreeSet<String> = named("DB_URL")
            .iter()
            .map(|url| format!("${{DbUsers}}/{}", url["postgres://".len()..].split('@').next().unwrap()))
            .collect();
        assert_eq!(signs_in, allowed("Connects"), "{folder}'s databases");
        let itself = store_postgres::Role::for_function(&folder).map(|role| format!("${{DbUsers}}/{}", role.name()));
        assert_eq!(signs_in, itself.into_iter().collect(), "{folder} is nobody else");
        // `${Data.Outputs.PaymentsTable}` and `${PaymentsTableArn}`.
        let tables: BTreeSet<String> =
            named("_TABLE").iter().map(|t| t.replace("Data.Outputs.", "").replace('}', "Arn}")).collect();
        assert_eq!(tables, allowed("Tables"), "{folder}'s tables");
        // `${Queues.Outputs.CatalogUrl}` and `${CatalogQueueArn}`.
        let sends: BTreeSet<String> =
            named("_QUEUE_URL").iter().map(|q| q.replace("Queues.Outputs.", "").replace("Url}", "QueueArn}")).collect();
        assert_eq!(sends, allowed("Sends"), "{folder}'s queues");
        let secrets = variables.keys().filter(|name| name.ends_with("_SECRET")).map(|name| match name.as_str() {
            "REDIS_TOKEN_SECRET" => "${RedisSecretArn}".to_owned(),
            "MONGODB_URL_SECRET" => "${MongoSecretArn}".to_owned(),
            "POSTGRES_ADMIN_PASSWORD_SECRET" => "${AdminSecretArn}".to_owned(),
            "EDGE_KEY_SECRET" => "${EdgeKeySecretArn}".to_owned(),
            "TOKEN_SIGNING_KEY_SECRET" => "${SigningKeySecretArn}".to_owned(),
            "LINK_KEY_SECRET" => "${LinkKeySecretArn}".to_owned(),
            other => panic!("{folder} reads a secret that no role knows: {other}"),
        });
        assert_eq!(secrets.collect::<BTreeSet<_>>(), allowed("Secrets"), "{folder}'s secrets");
        assert_eq!(
            variables.contains_key("SES_SENDER"),
            allowances[&folder].contains_key("MailFrom"),
            "{folder} and mail"
        );
    }
}

#[test]
fn every_function_has_a_role_of_its_own() {
    let template = Template::read("template.yaml");
    for (folder, function) in functions(&template) {
        assert_eq!(text(function.property("Role")), format!("${{Functions.Outputs.{}RoleArn}}", logical_id(&folder)));
        assert!(function.property("Policies").is_null(), "{folder} is granted something beside its role");
    }
    let roles = Template::read("infra/functions.yaml");
    for folder in role_parameters(&roles).keys() {
        let output = &roles.document["Outputs"][format!("{}RoleArn", logical_id(folder))]["Value"];
        assert_eq!(text(output), format!("${{{}.Outputs.RoleArn}}", logical_id(folder)));
    }
}

/// Resources without an ARN.
const ANYTHING: [&str; 3] = ["Traces", "Network", "Alarms"];

/// A role's own statements, including conditional ones.
fn statements_of(role: Resource<'_>) -> Vec<&Value> {
    let policies = role.property("Policies").as_array().into_iter().flatten();
    let statements = policies.flat_map(|policy| policy["PolicyDocument"]["Statement"].as_array().into_iter().flatten());
    statements.map(|statement| statement.get("Fn::If").map_or(statement, |choice| &choice[1])).collect()
}

/// Lambda creates a function's network interfaces with its role, so the role may; the code has the
/// same role and could change another function's interface.
#[test]
fn network_interfaces_are_lambdas_to_make_and_not_the_codes() {
    let function = Template::read("infra/function.yaml");
    let statements = statements_of(function.resources("AWS::IAM::Role")[0]);
    let find = |sid: &str| *statements.iter().find(|one| one["Sid"] == sid).unwrap_or_else(|| panic!("no {sid}"));
    let (allowed, denied) = (find("Network"), find("CodeHasNoNetwork"));
    assert_eq!((&denied["Effect"], &denied["Resource"]), (&json!("Deny"), &json!("*")));
    let actions =
        |of: &Value| -> BTreeSet<String> { of["Action"].as_array().expect("actions").iter().map(text).collect() };
    assert!(actions(denied).is_superset(&actions(allowed)), "{denied}");
    let source = text(&denied["Condition"]["ArnEquals"]["lambda:SourceFunctionArn"]);
    assert!(source.ends_with(":function:shop-${Stage}-${Name}"), "{source}");
}

#[test]
fn statements_name_their_actions_and_resources_exactly() {
    let mut statements = 0;
    for template in Template::read_all() {
        for role in template.resources("AWS::IAM::Role") {
            for statement in statements_of(role) {
                statements += 1;
                let at = format!("{} {}: {statement}", template.file, role.name);
                assert!(!statement["Action"].to_string().contains('*'), "{at}");
                // A denial may apply to everything.
                if statement["Effect"] == "Deny" {
                    continue;
                }
                assert_eq!(statement["Effect"], "Allow", "{at}");
                let anything = statement["Resource"] == "*";
                let sid = statement["Sid"].as_str().unwrap_or_default();
                assert_eq!(anything, ANYTHING.contains(&sid), "{at}");
            }
            assert!(role.property("ManagedPolicyArns").is_null(), "{} {}", template.file, role.name);
            let trusted = role.property("AssumeRolePolicyDocument/Statement/0/Principal");
            assert!(trusted.get("Service").is_some_and(Value::is_string), "{} {}", template.file, role.name);
        }
    }
    assert!(statements >= 12, "only {statements}");
    let function = Template::read("infra/function.yaml");
    let trust = function.resources("AWS::IAM::Role")[0].property("AssumeRolePolicyDocument/Statement/0/Principal");
    assert_eq!(trust, &json!({"Service": "lambda.amazonaws.com"}));
}
