//! The prices of AWS. One table; every number is a list price without free tiers.

/// The region of these prices. Others are up to a fifth more expensive (eu-central-1: about a
/// tenth).
pub const REGION: &str = "us-east-1";
/// When they were last compared with their sources.
pub const DATE: &str = "June 2026";
/// Hours of a month, as AWS counts them.
pub(super) const HOURS_PER_MONTH: f64 = 730.0;

#[derive(Debug)]
pub struct Price {
    /// What is paid for.
    pub name: &'static str,
    pub dollars: f64,
    /// The unit of which one costs this much.
    pub per: &'static str,
    /// The page with this price.
    pub source: &'static str,
}

const fn price(name: &'static str, dollars: f64, per: &'static str, from: &'static str) -> Price {
    Price { name, dollars, per, source: from }
}

const RDS: &str = "aws.amazon.com/rds/postgresql/pricing";
const AURORA: &str = "aws.amazon.com/rds/aurora/pricing";
const PROXY: &str = "aws.amazon.com/rds/proxy/pricing";
const CACHE: &str = "aws.amazon.com/elasticache/pricing";
const EC2: &str = "aws.amazon.com/ec2/pricing/on-demand";
const EBS: &str = "aws.amazon.com/ebs/pricing";
const VPC: &str = "aws.amazon.com/vpc/pricing";
const PRIVATELINK: &str = "aws.amazon.com/privatelink/pricing";
const BALANCING: &str = "aws.amazon.com/elasticloadbalancing/pricing";
const WAF: &str = "aws.amazon.com/waf/pricing";
const CLOUDWATCH: &str = "aws.amazon.com/cloudwatch/pricing";
const KMS: &str = "aws.amazon.com/kms/pricing";
const SECRETS: &str = "aws.amazon.com/secrets-manager/pricing";
const SQS: &str = "aws.amazon.com/sqs/pricing";
const LAMBDA: &str = "aws.amazon.com/lambda/pricing";
const XRAY: &str = "aws.amazon.com/xray/pricing";
const DYNAMO: &str = "aws.amazon.com/dynamodb/pricing/on-demand";
const S3: &str = "aws.amazon.com/s3/pricing";
const DOCUMENTDB: &str = "aws.amazon.com/documentdb/pricing";

pub const PRICES: [Price; 38] = [
    price("postgres db.t4g.micro", 0.016, "hour", RDS),
    price("postgres storage gp3", 0.115, "GB and month", RDS),
    price("aurora-postgresql db.t4g.medium", 0.073, "hour", AURORA),
    price("aurora-postgresql db.t4g.large", 0.146, "hour", AURORA),
    price("aurora-postgresql db.r7g.large", 0.276, "hour", AURORA),
    price("Aurora capacity unit", 0.12, "hour", AURORA),
    price("Aurora storage", 0.10, "GB and month", AURORA),
    price("Aurora reads and writes", 0.20, "million", AURORA),
    price("Aurora backup", 0.021, "GB and month", AURORA),
    price("proxy, per vCPU or capacity unit", 0.015, "hour", PROXY),
    price("valkey cache.t4g.micro", 0.0128, "hour", CACHE),
    price("valkey cache.t4g.small", 0.0256, "hour", CACHE),
    price("valkey cache.m7g.large", 0.1264, "hour", CACHE),
    price("cache backup", 0.085, "GB and month", CACHE),
    price("t4g.nano", 0.0042, "hour", EC2),
    price("volume gp3", 0.08, "GB and month", EBS),
    price("public IPv4 address", 0.005, "hour", VPC),
    price("NAT gateway", 0.045, "hour", VPC),
    price("endpoint in a zone", 0.01, "hour", PRIVATELINK),
    price("load balancer", 0.0225, "hour", BALANCING),
    price("firewall", 5.00, "month", WAF),
    price("firewall rule", 1.00, "month", WAF),
    price("metric of an alarm", 0.10, "month", CLOUDWATCH),
    price("composite alarm", 0.50, "month", CLOUDWATCH),
    price("dashboard", 3.00, "month", CLOUDWATCH),
    price("metric of ours", 0.30, "month", CLOUDWATCH),
    price("log", 0.50, "GB", CLOUDWATCH),
    price("key", 1.00, "month", KMS),
    price("secret", 0.40, "month", SECRETS),
    price("queue request", 0.40, "million", SQS),
    price("function call", 0.20, "million", LAMBDA),
    price("function time", 0.000_016_666_7, "GB and second", LAMBDA),
    price("trace", 5.00, "million", XRAY),
    price("table storage", 0.25, "GB and month", DYNAMO),
    price("table backup", 0.20, "GB and month", DYNAMO),
    price("bucket storage", 0.023, "GB and month", S3),
    price("docdb db.t4g.medium", 0.0764, "hour", DOCUMENTDB),
    price("docdb storage", 0.10, "GB and month", DOCUMENTDB),
];

/// Types that cost nothing by existing, in any number. Their use is charged by request, which an
/// idle shop has none of.
pub const FREE: [&str; 53] = [
    "AWS::ApiGatewayV2::Authorizer",
    "AWS::Budgets::Budget",
    "AWS::CloudFront::Distribution",
    "AWS::CloudFront::Function",
    "AWS::CloudFront::OriginAccessControl",
    "AWS::CloudFront::ResponseHeadersPolicy",
    // For data events, a tenth of a dollar for 100,000 of them.
    "AWS::CloudTrail::Trail",
    "AWS::CodeDeploy::Application",
    "AWS::CodeDeploy::DeploymentConfig",
    "AWS::CodeDeploy::DeploymentGroup",
    "AWS::DocDB::DBClusterParameterGroup",
    "AWS::DocDB::DBSubnetGroup",
    "AWS::EC2::EIPAssociation",
    "AWS::EC2::InternetGateway",
    "AWS::EC2::LaunchTemplate",
    "AWS::EC2::Route",
    "AWS::EC2::RouteTable",
    "AWS::EC2::SecurityGroup",
    "AWS::EC2::SecurityGroupEgress",
    "AWS::EC2::SecurityGroupIngress",
    "AWS::EC2::Subnet",
    "AWS::EC2::SubnetRouteTableAssociation",
    "AWS::EC2::VPC",
    "AWS::EC2::VPCGatewayAttachment",
    "AWS::ElastiCache::ParameterGroup",
    "AWS::ElastiCache::SubnetGroup",
    "AWS::ElasticLoadBalancingV2::Listener",
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    "AWS::IAM::ManagedPolicy",
    "AWS::IAM::Policy",
    "AWS::IAM::Role",
    "AWS::KMS::Alias",
    "AWS::Lambda::Alias",
    "AWS::Lambda::Permission",
    "AWS::Lambda::Version",
    // Their lines are counted where they are written.
    "AWS::Logs::LogGroup",
    "AWS::Logs::MetricFilter",
    "AWS::RDS::DBClusterParameterGroup",
    "AWS::RDS::DBParameterGroup",
    "AWS::RDS::DBProxyTargetGroup",
    "AWS::RDS::DBSubnetGroup",
    "AWS::RDS::EventSubscription",
    "AWS::S3::BucketPolicy",
    "AWS::SNS::Subscription",
    "AWS::SNS::Topic",
    "AWS::SNS::TopicPolicy",
    // Polls are counted with the function that consumes.
    "AWS::SQS::Queue",
    "AWS::SQS::QueuePolicy",
    "AWS::Serverless::HttpApi",
    "AWS::WAFv2::LoggingConfiguration",
    "AWS::WAFv2::WebACLAssociation",
    "Custom::Migrations",
];

/// # Panics
/// When the table has no such price.
pub(super) fn find_price(name: &str) -> &'static Price {
    let found = PRICES.iter().find(|price| price.name == name);
    found.unwrap_or_else(|| panic!("tests/support/costs/prices.rs has no price of {name}"))
}
