//! What CloudFront accepts and what it would reject half an hour into a deploy, and names that are
//! unique over all regions of an account.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::cloudformation::{Template, text};

/// [Headers that CloudFront cannot add](https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/add-origin-custom-headers.html#add-origin-custom-headers-denylist).
const REFUSED: [&str; 22] = [
    "cache-control",
    "connection",
    "content-length",
    "cookie",
    "host",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "max-forwards",
    "pragma",
    "proxy-authorization",
    "proxy-connection",
    "range",
    "request-range",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
    "x-real-ip",
];
const REFUSED_PREFIXES: [&str; 2] = ["x-amz-", "x-edge-"];

fn is_refused(header: &str) -> bool {
    REFUSED.contains(&header) || REFUSED_PREFIXES.iter().any(|start| header.starts_with(start))
}

/// Headers that some origin gets.
fn added_headers(site: &Template) -> BTreeSet<String> {
    let distributions = site.resources("AWS::CloudFront::Distribution").into_iter();
    let origins = distributions.flat_map(|one| one.property("DistributionConfig/Origins").as_array().expect("origins"));
    let headers = origins.flat_map(|origin| origin["OriginCustomHeaders"].as_array().into_iter().flatten());
    headers.map(|header| text(&header["HeaderName"]).to_lowercase()).collect()
}

#[test]
fn headers_that_cloudfront_adds_are_those_it_may_and_that_we_look_for() {
    assert!(is_refused("x-edge-key") && is_refused("x-amz-key") && is_refused("via") && !is_refused("x-origin-key"));
    let added = added_headers(&Template::read("infra/site.yaml"));
    assert!(!added.iter().any(|header| is_refused(header)), "{added:?}");
    assert_eq!(added, BTreeSet::from([web::OriginKey::HEADER.to_string()]));
}

/// Where the key is sent, the edge writes the viewer's address: otherwise a client's own header of
/// that name would be trusted.
#[test]
fn the_edge_sends_the_viewer_address_with_its_key() {
    let site = Template::read("infra/site.yaml");
    let writes = site.resources("AWS::CloudFront::Function").into_iter().filter(|one| {
        text(one.property("FunctionCode")).contains(&format!("headers['{}'] =", web::OriginKey::VIEWER_HEADER))
    });
    let writers: BTreeSet<String> =
        writes.map(|one| format!("${{{}.FunctionMetadata.FunctionARN}}", one.name)).collect();
    assert_eq!(writers.len(), 1);
    let distribution = site.resources("AWS::CloudFront::Distribution")[0].property("DistributionConfig");
    let behaviours = distribution["CacheBehaviors"].as_array().into_iter().flatten();
    let behaviours = behaviours.chain([&distribution["DefaultCacheBehavior"]]);
    let mut seen = 0;
    for behaviour in behaviours.filter(|behaviour| behaviour["TargetOriginId"] == "api") {
        seen += 1;
        let functions = behaviour["FunctionAssociations"].as_array().into_iter().flatten();
        let on_requests = functions.filter(|one| one["EventType"] == "viewer-request");
        let writes = on_requests.map(|one| text(&one["FunctionARN"])).any(|function| writers.contains(&function));
        assert!(writes, "{} believes its client", behaviour["PathPattern"]);
    }
    assert!(seen >= 2);
}

/// Types whose names are unique over all regions, and the property of the name.
const GLOBAL: [(&str, &str); 10] = [
    ("AWS::CloudFront::Function", "Name"),
    ("AWS::CloudFront::OriginAccessControl", "OriginAccessControlConfig/Name"),
    ("AWS::CloudFront::ResponseHeadersPolicy", "ResponseHeadersPolicyConfig/Name"),
    ("AWS::CloudFront::CachePolicy", "CachePolicyConfig/Name"),
    ("AWS::CloudFront::OriginRequestPolicy", "OriginRequestPolicyConfig/Name"),
    ("AWS::CloudWatch::Dashboard", "DashboardName"),
    ("AWS::IAM::Role", "RoleName"),
    ("AWS::IAM::ManagedPolicy", "ManagedPolicyName"),
    ("AWS::S3::Bucket", "BucketName"),
    ("AWS::Budgets::Budget", "Budget/BudgetName"),
];

#[test]
fn what_has_one_name_for_all_regions_has_the_region_and_the_stage_in_it() {
    let mut named = BTreeSet::new();
    for template in Template::read_all() {
        for (kind, place) in GLOBAL {
            for resource in template.resources(kind) {
                let name = resource.property(place);
                if *name == Value::Null {
                    continue;
                }
                let at = format!("{} {}: {}", template.file, resource.name, text(name));
                assert!(text(name).contains("${AWS::Region}") && text(name).contains("${Stage}"), "{at}");
                named.insert(kind);
            }
        }
    }
    assert!(named.len() >= 4, "{named:?}");
}

/// CloudFront's edges switch origins within minutes, not at once.
#[test]
fn the_http_api_stays_enabled_until_cloudfront_has_switched() {
    let template = Template::read("template.yaml");
    let api = template.resources("AWS::Serverless::HttpApi")[0].property("DisableExecuteApiEndpoint");
    assert!(*api == Value::Null || *api == false, "{api}");
}

/// In us-east-1 the load balancer's firewall and CloudFront's both exist.
#[test]
fn two_firewalls_of_a_stage_do_not_share_a_name() {
    let waf = Template::read("infra/waf.yaml");
    let log = text(waf.resources("AWS::Logs::LogGroup")[0].property("LogGroupName"));
    assert!(log.starts_with("aws-waf-logs-"), "{log}");
    assert!(log.contains("${Stage}") && log.contains("${Scope}"), "{log}");
    // The attribute of a log group ends in `:*`, which is no ARN for WAF.
    let destination = text(waf.resources("AWS::WAFv2::LoggingConfiguration")[0].property("LogDestinationConfigs/0"));
    assert!(destination.ends_with(":log-group:${Logs}"), "{destination}");
}
