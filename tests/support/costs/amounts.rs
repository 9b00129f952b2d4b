//! How much of each price an existing resource uses in a month in an idle shop.

use serde_json::Value;

use super::evaluate::{DeployedResource, plain_text};
use super::prices::{FREE, HOURS_PER_MONTH};

/// A name of the price table, and the amount.
pub(super) type Amount = (String, f64);

// Assumptions, for a shop that has just started. What grows is in docs/costs.md.

/// Rows, indexes and Postgres's own overhead.
const DATABASE_GB: f64 = 5.0;
/// Recovery's queries are served from memory; the rest are checkpoints and logs.
const AURORA_MILLIONS: f64 = 1.0;
/// A day of backup is free, each further day takes a tenth of the database.
const BACKUP_SHARE_PER_DAY: f64 = 0.1;
const CACHE_BACKUP_GB: f64 = 0.1;
const TABLE_GB: f64 = 0.1;
const BUCKET_GB: f64 = 0.1;
/// Packets from scanners to public addresses that nothing accepts.
const FLOW_LOG_GB: f64 = 0.1;
/// Lambda polls a queue with five pollers, each of which waits for 20 seconds; fewer only without
/// `MaximumConcurrency`.
const POLLS_PER_MINUTE: f64 = 5.0 * 60.0 / 20.0;
const MINUTES_PER_MONTH: f64 = HOURS_PER_MONTH * 60.0;
/// Of a recovery run that finds nothing.
const RECOVERY_SECONDS: f64 = 0.2;
const RECOVERY_LOG_KB: f64 = 1.5;
// Not counted, since it is less than a cent: each new instance of recovery, every two hours or so,
// reads a secret and its key.

/// Two processors, or eight units of a serverless cluster.
const PROXY_MIN_UNITS: f64 = 2.0;
const PROXY_MIN_UNITS_SERVERLESS: f64 = 8.0;
const SERVERLESS: &str = "db.serverless";

/// The amounts of one resource; none for an unknown type.
pub(super) fn amounts_for(resource: &DeployedResource, all: &[DeployedResource]) -> Option<Vec<Amount>> {
    let one = |name: &str, amount: f64| Some(vec![(name.to_owned(), amount)]);
    match resource.kind.as_str() {
        kind if FREE.contains(&kind) => Some(Vec::new()),
        "AWS::EC2::NatGateway" => one("NAT gateway", HOURS_PER_MONTH),
        "AWS::EC2::EIP" => one("public IPv4 address", HOURS_PER_MONTH),
        "AWS::EC2::Instance" => Some(ec2_instance(resource)),
        "AWS::EC2::VPCEndpoint" if resource.property("VpcEndpointType") == "Interface" => {
            one("endpoint in a zone", resource.count("SubnetIds") as f64 * HOURS_PER_MONTH)
        }
        // Of S3 and DynamoDB.
        "AWS::EC2::VPCEndpoint" => Some(Vec::new()),
        "AWS::EC2::FlowLog" => one("log", FLOW_LOG_GB),
        "AWS::RDS::DBInstance" => Some(database_instance(resource, all)),
        "AWS::RDS::DBCluster" => Some(database_cluster(resource)),
        "AWS::RDS::DBProxy" => one("proxy, per vCPU or capacity unit", proxy_units(resource, all) * HOURS_PER_MONTH),
        "AWS::DocDB::DBCluster" => one("docdb storage", DATABASE_GB),
        "AWS::DocDB::DBInstance" => {
            one(&format!("docdb {}", plain_text(resource.property("DBInstanceClass"))), HOURS_PER_MONTH)
        }
        "AWS::ElastiCache::ReplicationGroup" => Some(cache_cluster(resource)),
        "AWS::ElasticLoadBalancingV2::LoadBalancer" => {
            // An address in each of two zones.
            Some(vec![
                ("load balancer".to_owned(), HOURS_PER_MONTH),
                ("public IPv4 address".to_owned(), 2.0 * HOURS_PER_MONTH),
            ])
        }
        "AWS::WAFv2::WebACL" => {
            Some(vec![("firewall".to_owned(), 1.0), ("firewall rule".to_owned(), resource.count("Rules") as f64)])
        }
        "AWS::CloudWatch::Alarm" => one("metric of an alarm", alarm_metrics(resource)),
        "AWS::CloudWatch::CompositeAlarm" => one("composite alarm", 1.0),
        "AWS::CloudWatch::Dashboard" => one("dashboard", 1.0),
        "AWS::KMS::Key" => one("key", 1.0),
        "AWS::SecretsManager::Secret" => one("secret", 1.0),
        "AWS::DynamoDB::Table" => {
            Some(vec![("table storage".to_owned(), TABLE_GB), ("table backup".to_owned(), TABLE_GB)])
        }
        "AWS::S3::Bucket" => one("bucket storage", BUCKET_GB),
        "AWS::Serverless::Function" => Some(function_events(resource)),
        _ => None,
    }
}

fn ec2_instance(resource: &DeployedResource) -> Vec<Amount> {
    let volumes = resource.property("BlockDeviceMappings").as_array().into_iter().flatten();
    let volumes: f64 = volumes.filter_map(|volume| volume["Ebs"]["VolumeSize"].as_f64()).sum();
    assert!(volumes > 0.0, "{} says no size of its volume", resource.path);
    vec![(plain_text(resource.property("InstanceType")), HOURS_PER_MONTH), ("volume gp3".to_owned(), volumes)]
}

/// A resource of this type in the same stack.
fn sibling<'a>(resource: &DeployedResource, all: &'a [DeployedResource], kind: &str) -> &'a DeployedResource {
    let folder = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    let mut found = all.iter().filter(|one| one.kind == kind && folder(&one.path) == folder(&resource.path));
    found.next().unwrap_or_else(|| panic!("{} has no {kind} beside it", resource.path))
}

fn database_instance(resource: &DeployedResource, all: &[DeployedResource]) -> Vec<Amount> {
    let (engine, class) = (plain_text(resource.property("Engine")), plain_text(resource.property("DBInstanceClass")));
    if class == SERVERLESS {
        let cluster = sibling(resource, all, "AWS::RDS::DBCluster");
        let least = cluster.number("ServerlessV2ScalingConfiguration/MinCapacity").expect("a capacity");
        return vec![("Aurora capacity unit".to_owned(), least * HOURS_PER_MONTH)];
    }
    let mut amounts = vec![(format!("{engine} {class}"), HOURS_PER_MONTH)];
    if let Some(storage) = resource.number("AllocatedStorage") {
        // As much backup is free.
        amounts.push((format!("{engine} storage {}", plain_text(resource.property("StorageType"))), storage));
        amounts.extend(admin_secret(resource));
    }
    amounts
}

fn admin_secret(resource: &DeployedResource) -> Option<Amount> {
    (resource.property("ManageMasterUserPassword") == true).then(|| ("secret".to_owned(), 1.0))
}

fn database_cluster(resource: &DeployedResource) -> Vec<Amount> {
    let days = resource.number("BackupRetentionPeriod").unwrap_or(1.0) - 1.0;
    let amounts = [
        ("Aurora storage", DATABASE_GB),
        ("Aurora reads and writes", AURORA_MILLIONS),
        ("Aurora backup", days * DATABASE_GB * BACKUP_SHARE_PER_DAY),
    ];
    let amounts = amounts.map(|(name, amount)| (name.to_owned(), amount));
    amounts.into_iter().chain(admin_secret(resource)).collect()
}

fn proxy_units(resource: &DeployedResource, all: &[DeployedResource]) -> f64 {
    let instance = sibling(resource, all, "AWS::RDS::DBInstance");
    if instance.property("DBInstanceClass") == SERVERLESS { PROXY_MIN_UNITS_SERVERLESS } else { PROXY_MIN_UNITS }
}

fn cache_cluster(resource: &DeployedResource) -> Vec<Amount> {
    let nodes = resource.number("NumCacheClusters").expect("nodes");
    let node =
        format!("{} {}", plain_text(resource.property("Engine")), plain_text(resource.property("CacheNodeType")));
    let backups = resource.number("SnapshotRetentionLimit").unwrap_or(0.0);
    vec![(node, nodes * HOURS_PER_MONTH), ("cache backup".to_owned(), backups * CACHE_BACKUP_GB)]
}

/// A formula is charged by the metrics that it adds up.
fn alarm_metrics(resource: &DeployedResource) -> f64 {
    let metrics = resource.property("Metrics").as_array().into_iter().flatten();
    let metrics = metrics.filter(|metric| !metric["MetricStat"].is_null()).count();
    metrics.max(1) as f64
}

fn function_events(resource: &DeployedResource) -> Vec<Amount> {
    let mut amounts = Vec::new();
    let events = resource.property("Events").as_object().into_iter().flatten();
    for (_, event) in events {
        match event["Type"].as_str() {
            Some("SQS") => amounts.push(("queue request".to_owned(), POLLS_PER_MINUTE * MINUTES_PER_MONTH / 1e6)),
            Some("Schedule") => {
                assert_eq!(event["Properties"]["Schedule"], "rate(1 minute)", "{}", resource.path);
                amounts.extend(scheduled_runs(resource));
            }
            Some("HttpApi") => {}
            other => panic!("{} has an event of the type {other:?}", resource.path),
        }
    }
    amounts
}

fn scheduled_runs(resource: &DeployedResource) -> Vec<Amount> {
    let memory = resource.property("MemorySize").as_f64().expect("memory") / 1024.0;
    let mut amounts = vec![
        ("function call".to_owned(), MINUTES_PER_MONTH / 1e6),
        ("function time".to_owned(), MINUTES_PER_MONTH * memory * RECOVERY_SECONDS),
        ("log".to_owned(), MINUTES_PER_MONTH * RECOVERY_LOG_KB / 1e6),
    ];
    if resource.property("Tracing") == &Value::from("Active") {
        // Each run is the first of its second, which is always traced.
        amounts.push(("trace".to_owned(), MINUTES_PER_MONTH / 1e6));
    }
    amounts
}
