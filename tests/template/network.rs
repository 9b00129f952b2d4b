//! Routes out of the private subnets: functions without a NAT gateway still reach what they need.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use tests::cloudformation::{Resource, Template, text};

fn endpoint<'a>(network: &'a Template, service: &str) -> Resource<'a> {
    let service = format!("com.amazonaws.${{AWS::Region}}.{service}");
    let endpoints = network.resources("AWS::EC2::VPCEndpoint").into_iter();
    let mut endpoints = endpoints.filter(|endpoint| text(endpoint.property("ServiceName")) == service);
    endpoints.next().unwrap_or_else(|| panic!("there is no endpoint of {service}"))
}

/// A custom resource responds to CloudFormation through an object in S3: without a route to S3 the
/// stack waits until its timeout and rolls back.
#[test]
fn migrations_can_answer_cloudformation_without_a_nat_gateway() {
    let network = Template::read("infra/network.yaml");
    let private: BTreeSet<String> = network
        .resources("AWS::EC2::RouteTable")
        .iter()
        .map(|table| format!("${{{}}}", table.name))
        .filter(|table| table.contains("Private"))
        .collect();
    assert!(private.len() >= 2);
    for service in ["s3", "dynamodb"] {
        let endpoint = endpoint(&network, service);
        assert!(
            endpoint.definition.get("Condition").is_none(),
            "gateway endpoints are free, and there for every egress"
        );
        let kind = endpoint.property("VpcEndpointType");
        assert!(*kind == Value::Null || kind == "Gateway", "{service}");
        let routes = endpoint.property("RouteTableIds").as_array().expect("route tables");
        assert_eq!(routes.iter().map(text).collect::<BTreeSet<_>>(), private, "{service}");
    }
    let policy = endpoint(&network, "s3").property("PolicyDocument/Statement");
    let statements = policy.as_array().expect("statements");
    assert!(
        statements.iter().any(|one| {
            let resource = text(&one["Resource"]);
            one["Effect"] == "Allow"
                && one["Action"] == "s3:PutObject"
                && resource.ends_with("s3:::cloudformation-custom-resource-response-*/*")
        }),
        "{policy}"
    );
    assert!(!statements.iter().any(|one| one["Resource"] == "*"), "no way out to anybody's bucket: {policy}");
}

/// Atlas accepts an endpoint only after it got its id, and migrations need Atlas: the endpoint must
/// exist before the NAT gateway is removed.
#[test]
fn atlas_without_a_nat_gateway_has_its_endpoint() {
    let template = Template::read("template.yaml");
    let rule = &template.document["Rules"]["AtlasNeedsItsEndpoint"];
    let condition = rule["RuleCondition"].to_string();
    assert!(condition.contains("endpoints") && condition.contains("atlas"), "{condition}");
    assert_eq!(
        rule["Assertions"][0]["Assert"],
        json!({"Fn::Not": [{"Fn::Equals": [{"Ref": "AtlasEndpointService"}, ""]}]})
    );
    let output = &template.document["Outputs"]["AtlasEndpointId"]["Value"];
    assert_eq!(text(output), "${Network.Outputs.AtlasEndpointId}", "what Atlas asks for");
}

/// Services are not in every zone (RDS Proxy is not in `use1-az3`, and silently leaves out such a
/// subnet), and which zone an account's first one is cannot be known before.
#[test]
fn zones_can_be_chosen_and_no_two_subnets_of_a_kind_share_one() {
    let network = Template::read("infra/network.yaml");
    let mut zones: Vec<String> = Vec::new();
    for subnet in network.resources("AWS::EC2::Subnet") {
        let zone = subnet.property("AvailabilityZone");
        assert_eq!(zone["Fn::If"][0], "ChoosesZones", "{}", subnet.name);
        let place = &zone["Fn::If"][1]["Fn::Select"];
        assert_eq!(place[1], json!({"Ref": "Zones"}), "{}", subnet.name);
        assert_eq!(zone["Fn::If"][2]["Fn::Select"], json!([place[0], {"Fn::GetAZs": ""}]), "{}", subnet.name);
        zones.push(format!("{} {}", &subnet.name[..subnet.name.len() - 1], place[0]));
    }
    assert_eq!(zones.len(), zones.iter().collect::<BTreeSet<_>>().len(), "{zones:?}");
    let passed = Template::read("template.yaml").nested("infra/network.yaml")["Network"]["Zones"].clone();
    assert_eq!(passed, json!({"Fn::Join": [",", {"Ref": "Zones"}]}));
}
