//! Requests are served by a version behind an alias, so that CodeDeploy can shift requests to the
//! next one gradually, and back.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::cloudformation::{Resource, Template, text};
use tests::costs::{Parameters, Stack, plain_text};
use tests::root;

use crate::functions;

/// Whether it serves HTTP requests.
fn serves_requests(function: &Resource<'_>) -> bool {
    let events = function.property("Events").as_object();
    events.is_some_and(|events| events.values().any(|event| event["Type"] == "HttpApi"))
}

#[test]
fn only_functions_that_serve_requests_are_deployed_gradually() {
    let template = Template::read("template.yaml");
    let mut moved = 0;
    for (folder, function) in functions(&template) {
        let preference = function.property("DeploymentPreference");
        if !serves_requests(&function) {
            assert!(preference.is_null(), "{folder} takes its work from a queue or a clock");
            continue;
        }
        moved += 1;
        assert_eq!(function.property("AutoPublishAlias"), "live", "{folder}");
        assert_eq!(preference["Enabled"], json!({"Ref": "GradualDeployments"}), "{folder}: off by parameter");
        assert_eq!(preference["Type"], json!({"Ref": "DeploymentType"}), "{folder}");
        assert_eq!(text(&preference["Role"]), "${Deployments.Outputs.RoleArn}", "{folder}");
    }
    assert_eq!(moved, api::GROUPS.len());
    let types = template.document["Parameters"]["DeploymentType"]["AllowedValues"].as_array().expect("types").clone();
    for kind in ["Canary", "Linear", "AllAtOnce"] {
        assert!(types.iter().any(|one| plain_text(one).starts_with(kind)), "{kind}");
    }
    assert_eq!(template.document["Parameters"]["GradualDeployments"]["Default"], "false");
}

/// SAM creates a version when code or the template changes, but not for a parameter or a secret.
/// The alias would keep pointing to a version with the old values.
#[test]
fn each_release_is_a_version_that_differs_from_the_one_before() {
    let template = Template::read("template.yaml");
    for (folder, function) in functions(&template) {
        if serves_requests(&function) {
            assert_eq!(function.property("AutoPublishCodeSha256"), &json!({"Ref": "Release"}), "{folder}");
        }
    }
    let shared = &template.document["Globals"]["Function"]["Environment"]["Variables"];
    assert_eq!(shared["RELEASE"], json!({"Ref": "Release"}));
    let read = |file: &str| std::fs::read_to_string(root().join(file)).expect(file);
    assert!(read("scripts/deploy.sh").contains("\"Release=$("), "each deploy has a release of its own");
    assert!(!read("samconfig.toml").contains("\"Release="), "it would be the same in each deploy");
}

/// The names of all alarms of a shop.
fn deployed_alarms(size: &str, front_door: &str) -> BTreeSet<String> {
    let given = [("Size", size), ("FrontDoor", front_door), ("CaLayerArn", "arn")];
    let given: Parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let stack = Stack::new("template.yaml", &given);
    let deployed = stack.resources();
    let alarms = deployed.iter().filter(|one| one.kind == "AWS::CloudWatch::Alarm");
    alarms.map(|alarm| plain_text(alarm.property("AlarmName"))).collect()
}

#[test]
fn rollback_alarms_exist() {
    let template = Template::read("template.yaml");
    for (size, front_door) in
        [("standard", "http-api"), ("standard", "both"), ("standard", "alb"), ("small", "http-api")]
    {
        let there = deployed_alarms(size, front_door);
        let given = [("Size", size), ("FrontDoor", front_door)];
        let given: Parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let stack = Stack::new("template.yaml", &given);
        for (folder, function) in functions(&template).into_iter().filter(|(_, one)| serves_requests(one)) {
            let watched = stack.evaluate(&function.property("DeploymentPreference")["Alarms"]).expect("alarms");
            let watched: Vec<String> = watched.as_array().expect("a list").iter().map(plain_text).collect();
            // Of the function itself, and of the event source that CloudFront uses.
            assert_eq!(watched.len(), 2, "{folder} {size} {front_door}: {watched:?}");
            for alarm in watched {
                assert!(there.contains(&alarm), "{folder} {size} {front_door}: there is no {alarm} in {there:?}");
            }
        }
    }
}

#[test]
fn codedeploy_may_move_the_shops_aliases_and_no_other() {
    let template = Template::read("infra/deployments.yaml");
    let role = template.resources("AWS::IAM::Role")[0];
    assert_eq!(role.property("AssumeRolePolicyDocument/Statement/0/Principal/Service"), "codedeploy.amazonaws.com");
    let statements = role.property("Policies/0/PolicyDocument/Statement").as_array().expect("statements").clone();
    let moves = statements.iter().find(|statement| statement["Sid"] == "Aliases").expect("Aliases");
    assert!(moves["Action"].as_array().expect("actions").contains(&Value::from("lambda:UpdateAlias")));
    assert!(text(&moves["Resource"][0]).ends_with(":function:shop-${Stage}-*"));
}
