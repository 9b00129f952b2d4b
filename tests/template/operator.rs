//! Who may invoke the operator function, and the record of who did.

use std::fs;

use serde_json::json;
use tests::cloudformation::{Template, text};
use tests::root;

fn operator_access_template() -> Template {
    let template = Template::read("template.yaml");
    let passed = template.nested("infra/operator.yaml")["OperatorAccess"].clone();
    assert_eq!(text(&passed["FunctionArn"]), "${Operator.Arn}");
    Template::read("infra/operator.yaml")
}

#[test]
fn a_policy_lets_its_owner_command_the_operator_and_nothing_else() {
    let access = operator_access_template();
    let policies = access.resources("AWS::IAM::ManagedPolicy");
    assert_eq!(policies.len(), 1);
    let statements = policies[0].property("PolicyDocument/Statement").as_array().expect("statements").clone();
    assert_eq!(statements.len(), 1);
    assert_eq!(statements[0]["Action"], "lambda:InvokeFunction");
    assert_eq!(text(&statements[0]["Resource"]), "${FunctionArn}");
    for attached in ["Users", "Groups", "Roles"] {
        assert!(policies[0].property(attached).is_null(), "the stack chooses nobody");
    }
    let policy = &Template::read("template.yaml").document["Outputs"]["OperatorPolicy"]["Value"];
    assert_eq!(text(policy), "${OperatorAccess.Outputs.PolicyArn}");
}

/// The function does not know who invokes it: AWS does, and records it, encrypted and with an
/// expiry.
#[test]
fn whoever_commands_the_operator_is_recorded() {
    let access = operator_access_template();
    let trail = access.resources("AWS::CloudTrail::Trail")[0];
    assert_eq!(trail.property("IsLogging"), true);
    assert_eq!(trail.property("EnableLogFileValidation"), true);
    assert_eq!(text(trail.property("KMSKeyId")), "${KeyArn}");
    let selected = trail.property("AdvancedEventSelectors/0/FieldSelectors").as_array().expect("fields").clone();
    for field in [
        json!({"Field": "eventCategory", "Equals": ["Data"]}),
        json!({"Field": "resources.type", "Equals": ["AWS::Lambda::Function"]}),
        json!({"Field": "resources.ARN", "StartsWith": [{"Ref": "FunctionArn"}]}),
    ] {
        assert!(selected.contains(&field), "{field} is not in {selected:?}");
    }

    let bucket = access.resources("AWS::S3::Bucket")[0];
    assert_eq!(text(trail.property("S3BucketName")), format!("${{{}}}", bucket.name));
    assert_eq!(bucket.definition["DeletionPolicy"], "RetainExceptOnCreate", "records outlive the stack");
    assert!(!bucket.property("LifecycleConfiguration/Rules/0/ExpirationInDays").is_null(), "and have an end");
    assert!(access.document["Mappings"]["Sizes"]["prod"]["AuditDays"].as_u64() >= Some(365));

    // The trail is created only if it may write and encrypt: policies refer to its name.
    let name = text(trail.property("TrailName"));
    let arn = format!("arn:${{AWS::Partition}}:cloudtrail:${{AWS::Region}}:${{AWS::AccountId}}:trail/{name}");
    let key = Template::read("infra/keys.yaml");
    let policies = [
        access.resources("AWS::S3::BucketPolicy")[0].property("PolicyDocument/Statement"),
        key.resources("AWS::KMS::Key")[0].property("KeyPolicy/Statement"),
    ];
    for (policy, actions) in policies.iter().zip([&["s3:GetBucketAcl", "s3:PutObject"][..], &["kms:GenerateDataKey*"]])
    {
        for action in actions {
            let allowed =
                policy.as_array().expect("statements").iter().any(|one| {
                    one["Action"] == *action && text(&one["Condition"]["StringEquals"]["aws:SourceArn"]) == arn
                });
            assert!(allowed, "{action} of {arn}");
        }
    }
}

/// Changing accounts in SQL would leave open sessions unchanged and no record of who did it.
#[test]
fn runbooks_command_the_operator_and_use_no_sql() {
    for document in ["docs/deploy.md", "docs/operations.md"] {
        let text = fs::read_to_string(root().join(document)).expect(document).to_lowercase();
        for line in text.lines() {
            let sql = ["psql", "update users", "insert into"].iter().any(|word| line.contains(word));
            assert!(!sql, "{document}: {line}");
        }
    }
    let operations = fs::read_to_string(root().join("docs/operations.md")).expect("docs/operations.md");
    for needed in [
        "scripts/operator.sh STAGE",
        "aws lambda invoke --function-name shop-STAGE-operator",
        "OperatorPolicy",
        "OperatorRecords",
    ] {
        assert!(operations.contains(needed), "{needed}");
    }
}
