//! The cost of a shop is computed from the templates, and a small one stays below its limit.

use std::collections::BTreeSet;

use tests::cloudformation::Template;
use tests::costs::{self, PRICES, Profile, SMALL_SHOP_MAX_DOLLARS, total};
use tests::root;

fn profile(name: &str) -> Profile {
    costs::profiles().into_iter().find(|profile| profile.name == name).expect(name)
}

fn monthly_dollars(name: &str) -> f64 {
    total(&profile(name).lines().unwrap_or_else(|unknown| panic!("{name}: no line for {unknown:?}")))
}

#[test]
fn a_small_shop_costs_no_more_than_it_says() {
    let small = monthly_dollars("small");
    assert!(small <= SMALL_SHOP_MAX_DOLLARS, "{small:.2} a month: see scripts/costs.sh");
}

#[test]
fn every_type_of_resource_has_a_price_or_is_known_to_be_free() {
    for template in Template::read_all() {
        for (name, resource) in template.document["Resources"].as_object().expect("resources") {
            let kind = resource["Type"].as_str().expect("a type");
            let known = kind == "AWS::CloudFormation::Stack" || costs::is_known(kind);
            assert!(known, "{} {name}: what does {kind} cost? See tests/support/costs", template.file);
        }
    }
}

#[test]
fn what_is_easily_forgotten_is_counted() {
    let counted = |name: &str| -> BTreeSet<&str> {
        profile(name).lines().expect("lines").iter().map(|line| line.price.name).collect()
    };
    let all = ["public IPv4 address", "metric of an alarm", "queue request", "metric of ours", "key", "secret", "log"];
    for name in ["dev", "prod", "small"] {
        assert!(counted(name).is_superset(&all.into()), "{name}");
    }
    let standard = ["dashboard", "composite alarm", "Aurora storage", "Aurora reads and writes", "trace"];
    for name in ["dev", "prod"] {
        assert!(counted(name).is_superset(&standard.into()), "{name}");
        assert!(counted(name).iter().any(|line| line.starts_with("proxy")), "{name}");
    }
    assert!(counted("prod").contains("Aurora backup"));
    assert!(counted("small").contains("postgres storage gp3") && counted("small").contains("volume gp3"));

    // A formula is charged by the metrics that it adds up: more of them than there are alarms.
    let dev = profile("dev");
    let alarms = dev.resources().iter().filter(|one| one.kind == "AWS::CloudWatch::Alarm").count();
    let lines = dev.lines().expect("lines");
    let metrics = lines.iter().find(|line| line.price.name == "metric of an alarm").expect("alarms").amount;
    assert!(metrics > alarms as f64, "{alarms} alarms of {metrics} metrics");
}

#[test]
fn a_resource_more_is_a_line_more() {
    let small = profile("small");
    let without = small.lines().expect("lines");
    let metrics = |lines: &[costs::Line]| {
        lines.iter().find(|line| line.price.name == "metric of an alarm").map_or(0.0, |line| line.amount)
    };
    let alarms = small.resources().iter().filter(|one| one.kind == "AWS::CloudWatch::Alarm").count();
    assert_eq!(metrics(&without), alarms as f64, "each of a small shop's alarms watches one metric");
    // The two shops differ in what depends on conditions, so those are evaluated.
    let kinds = |name: &str| -> BTreeSet<String> {
        profile(name).resources().into_iter().map(|resource| resource.kind).collect()
    };
    assert!(kinds("dev").contains("AWS::RDS::DBProxy") && !kinds("small").contains("AWS::RDS::DBProxy"));
    assert!(kinds("dev").contains("AWS::EC2::NatGateway") && !kinds("small").contains("AWS::EC2::NatGateway"));
}

#[test]
fn every_price_says_where_it_is_from_and_stands_there_once() {
    let names: BTreeSet<&str> = PRICES.iter().map(|price| price.name).collect();
    assert_eq!(names.len(), PRICES.len());
    for price in &PRICES {
        assert!(price.dollars > 0.0 && price.source.starts_with("aws.amazon.com/"), "{}", price.name);
    }
}

/// The document is written manually and rounds; a change of more than three percent must be updated
/// there.
#[test]
fn the_page_says_what_the_script_says() {
    let page = std::fs::read_to_string(root().join("docs/costs.md")).expect("docs/costs.md");
    for name in ["dev", "prod", "small"] {
        let row = page.lines().find_map(|line| line.strip_prefix(&format!("| **{name}** | $"))).expect(name);
        let said: f64 = row.split(' ').next().and_then(|number| number.parse().ok()).expect("a number");
        let reckoned = monthly_dollars(name);
        assert!((said - reckoned).abs() <= reckoned * 0.03, "{name}: {said} on the page, {reckoned:.2} reckoned");
    }
}
