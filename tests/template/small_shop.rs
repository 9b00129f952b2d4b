//! The small shop: what it leaves out, what it may be combined with, and that it is monitored
//! nevertheless.

use std::collections::BTreeSet;

use tests::cloudformation::{Template, text};
use tests::costs::{self, DeployedResource, Parameters, Stack, plain_text};

fn small_shop_resources() -> Vec<DeployedResource> {
    let profile = costs::profiles().into_iter().find(|profile| profile.name == "small").expect("small");
    assert_eq!(profile.stack().violated_rule(), None);
    profile.resources()
}

fn of_kind<'a>(all: &'a [DeployedResource], kind: &str) -> Vec<&'a DeployedResource> {
    all.iter().filter(|one| one.kind == kind).collect()
}

#[test]
fn rules_refuse_what_a_small_shop_cannot_be() {
    let broken = |changed: &[(&str, &str)]| {
        let given = [("Size", "small"), ("CaLayerArn", "arn:layer")].iter().chain(changed);
        let given: Parameters = given.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Stack::new("template.yaml", &given).violated_rule()
    };
    assert_eq!(broken(&[]), None);
    for changed in [("Stage", "prod"), ("FrontDoor", "both"), ("MongoDb", "documentdb"), ("CaLayerArn", "")] {
        let more = [changed, ("AlarmEmail", "somebody"), ("BalancerCertificateArn", "arn"), ("BalancerDomain", "name")];
        assert_eq!(broken(&more).as_deref(), Some("SmallIsWhatItIs"), "{changed:?}");
    }
    assert_eq!(broken(&[("MonthlyBudget", "35")]).as_deref(), Some("BudgetTellsSomebody"));
    assert_eq!(broken(&[("MonthlyBudget", "35"), ("AlarmEmail", "somebody")]), None);
    assert_eq!(broken(&[("Waf", "yes")]).as_deref(), Some("FirewallNeedsABalancer"));
}

#[test]
fn a_budget_notifies_before_it_is_exceeded() {
    let given = [("MonthlyBudget", "35"), ("AlarmEmail", "somebody@example.com")];
    let given: Parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let all = Stack::new("template.yaml", &given).resources();
    let [budget] = of_kind(&all, "AWS::Budgets::Budget")[..] else { panic!("no budget") };
    assert_eq!(budget.number("Budget/BudgetLimit/Amount"), Some(35.0));
    let declared = budget.property("NotificationsWithSubscribers").as_array().expect("notifications");
    let kinds: BTreeSet<String> =
        declared.iter().map(|one| plain_text(&one["Notification"]["NotificationType"])).collect();
    assert_eq!(kinds, ["ACTUAL", "FORECASTED"].map(str::to_owned).into());
    for one in declared {
        assert_eq!(one["Subscribers"][0]["Address"], "somebody@example.com");
    }
    let without = Stack::new("template.yaml", &Parameters::new()).resources();
    assert!(of_kind(&without, "AWS::Budgets::Budget").is_empty());
}

#[test]
fn it_has_one_of_each_and_nothing_that_is_paid_by_the_hour_beside() {
    let all = small_shop_resources();
    for (kind, count) in [
        ("AWS::RDS::DBInstance", 1),
        ("AWS::EC2::Instance", 1),
        ("AWS::EC2::EIP", 1),
        ("AWS::ElastiCache::ReplicationGroup", 1),
        ("AWS::RDS::DBProxy", 0),
        ("AWS::RDS::DBCluster", 0),
        ("AWS::EC2::NatGateway", 0),
        ("AWS::CloudWatch::Dashboard", 0),
    ] {
        assert_eq!(of_kind(&all, kind).len(), count, "{kind}");
    }
    let [database] = of_kind(&all, "AWS::RDS::DBInstance")[..] else { panic!("no database") };
    for (property, value) in
        [("EnableIAMDatabaseAuthentication", true), ("StorageEncrypted", true), ("PubliclyAccessible", false)]
    {
        assert_eq!(database.property(property), value, "{property}");
    }
    assert!(database.number("BackupRetentionPeriod") >= Some(7.0));
}

#[test]
fn its_functions_verify_whom_they_connect_to() {
    let variables = "/Globals/Function/Environment/Variables/PGSSLROOTCERT";
    let of_size = |size: &str| {
        let given = [("Size", size), ("CaLayerArn", "arn:layer")];
        let given: Parameters = given.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        Stack::new("template.yaml", &given).evaluate_at(variables)
    };
    // The instance's certificate is signed by RDS's own authority, the proxy's by a public one.
    assert_eq!(of_size("small"), Some("/opt/global-bundle.pem".into()));
    assert_eq!(of_size("standard"), None);
}

/// Both kinds of Postgres have the same outputs for their dependents.
#[test]
fn the_two_kinds_of_postgres_are_one_to_the_functions() {
    let dispatched = Template::read("infra/database.yaml");
    let outputs = dispatched.document["Outputs"].as_object().expect("outputs");
    let template = Template::read("template.yaml");
    let asked: BTreeSet<String> = template
        .document
        .to_string()
        .split("Postgres.Outputs.")
        .skip(1)
        .map(|rest| rest.chars().take_while(char::is_ascii_alphanumeric).collect())
        .collect();
    assert!(asked.iter().all(|output| outputs.contains_key(output)), "{asked:?}");
    for (name, file) in [("Aurora", "infra/postgres.yaml"), ("Small", "infra/postgres-small.yaml")] {
        let there = &Template::read(file).document["Outputs"];
        for (output, value) in outputs {
            for branch in [1, 2] {
                let value = text(&value["Value"]["Fn::If"][branch]);
                if let Some(named) = value.strip_prefix(&format!("${{{name}.Outputs.")) {
                    assert!(there.get(named.trim_end_matches('}')).is_some(), "{file} has no {value} for {output}");
                }
            }
        }
    }
}

#[test]
fn its_database_logs_to_a_group_that_ends_and_no_values() {
    let template = Template::read("infra/postgres-small.yaml");
    let (instance, log) = (template.resources("AWS::RDS::DBInstance")[0], template.resources("AWS::Logs::LogGroup")[0]);
    let name = text(instance.property("DBInstanceIdentifier"));
    assert_eq!(text(log.property("LogGroupName")), format!("/aws/rds/instance/{name}/postgresql"));
    // Otherwise the service creates it with its first line, without expiry and without the shop's
    // key.
    assert_eq!(instance.definition["DependsOn"], log.name);
    let settings = template.resources("AWS::RDS::DBParameterGroup")[0].property("Parameters");
    for length in ["log_parameter_max_length", "log_parameter_max_length_on_error"] {
        assert_eq!(text(&settings[length]), "0", "{length}");
    }
}

#[test]
fn the_way_out_is_for_the_private_subnets_alone_and_nobody_signs_in() {
    let template = Template::read("infra/nat-instance.yaml");
    let instance = template.resources("AWS::EC2::Instance")[0];
    assert_eq!(instance.property("SourceDestCheck"), false, "else it drops what it should carry");
    assert!(instance.property("KeyName").is_null() && instance.property("IamInstanceProfile").is_null());
    let launch = template.resources("AWS::EC2::LaunchTemplate")[0];
    assert_eq!(launch.property("LaunchTemplateData/MetadataOptions/HttpTokens"), "required");
    let group = template.resources("AWS::EC2::SecurityGroup")[0];
    for rule in group.property("SecurityGroupIngress").as_array().expect("rules") {
        assert_eq!(rule["CidrIp"], "10.20.0.0/16");
    }
    let routes = template.resources("AWS::EC2::Route");
    assert_eq!(routes.len(), 2);
    assert!(routes.iter().all(|route| text(route.property("InstanceId")) == "${Instance}"));
}

#[test]
fn it_has_fewer_alarms_and_each_gets_its_metric() {
    let all = small_shop_resources();
    let alarms = of_kind(&all, "AWS::CloudWatch::Alarm");
    assert!((5..=8).contains(&alarms.len()), "{} alarms", alarms.len());
    let of_ours: BTreeSet<String> = alarms
        .iter()
        .filter(|alarm| alarm.property("Namespace") == "Shop")
        .map(|alarm| plain_text(alarm.property("MetricName")))
        .collect();
    // The metrics that indicate a problem: shared/runtime/src/metrics.rs.
    let declared = std::fs::read_to_string(tests::root().join("shared/runtime/src/metrics.rs")).expect("metrics.rs");
    let declared =
        declared.split("const ALERT_METRICS").nth(1).and_then(|rest| rest.split(';').nth(1)).expect("ALERT_METRICS");
    for metric in &of_ours {
        assert!(declared.contains(&format!("\"{metric}\"")), "{metric} is not among {declared}");
    }
    assert_eq!(of_ours.len(), 3, "{of_ours:?}");
    let template = Template::read("infra/observability-small.yaml");
    for alarm in template.resources("AWS::CloudWatch::Alarm") {
        if alarm.property("Namespace") == "Shop" {
            // METRICS_AS of template.yaml.
            assert_eq!(text(alarm.property("Dimensions/0/Value")), "shop-${Stage}", "{}", alarm.name);
        }
    }
}
