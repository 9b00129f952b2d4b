//! The monthly cost of an idle shop, computed from the templates and one table of prices.
//! `scripts/costs.sh` prints it; tests/template/costs.rs checks it. Makes no request: a price that
//! AWS changes must be updated manually in the table.

mod amounts;
mod evaluate;
mod prices;

use std::collections::BTreeMap;

use toml::Table;

pub use evaluate::{DeployedResource, Parameters, Stack, plain_text};
pub use prices::{DATE, FREE, PRICES, Price, REGION};

use crate::root;

/// The maximum cost of a small shop.
pub const SMALL_SHOP_MAX_DOLLARS: f64 = 35.0;
const TEMPLATE: &str = "template.yaml";
/// Created by scripts/secrets.sh: the signing key and MongoDB's URL.
const EXTRA_SECRETS: f64 = 2.0;
/// Metric series of a shop with customers; each label value adds one.
const METRIC_SERIES: f64 = 20.0;
/// Series that indicate a problem, and the share of a month in which they have values.
const FAILURE_SERIES: f64 = 4.0 * 24.0 / prices::HOURS_PER_MONTH;

/// A shop of one size.
pub struct Profile {
    /// `dev`, `prod` or `small`.
    pub name: &'static str,
    /// The parameters of template.yaml.
    pub parameters: Parameters,
}

/// A price and an amount.
#[derive(Debug)]
pub struct Line {
    pub price: &'static Price,
    /// The number of its units.
    pub amount: f64,
}

impl Line {
    pub fn dollars(&self) -> f64 {
        self.price.dollars * self.amount
    }
}

/// The parameters of samconfig.toml's `dev` or `prod`.
///
/// # Panics
/// When they cannot be read.
fn configured_parameters(stage: &str) -> Parameters {
    let text = std::fs::read_to_string(root().join("samconfig.toml")).expect("samconfig.toml");
    let all: Table = text.parse().expect("TOML");
    let set = all[stage]["deploy"]["parameters"]["parameter_overrides"].as_array().expect("a list").clone();
    let set = set.iter().filter_map(|text| text.as_str()?.split_once('='));
    set.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The three shops in docs/costs.md.
pub fn profiles() -> [Profile; 3] {
    let mut small = configured_parameters("dev");
    let own =
        [("Size", "small"), ("CaLayerArn", "arn:aws:lambda:us-east-1:1:layer:rds-ca:1"), ("ReserveConcurrency", "yes")];
    small.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    [
        Profile { name: "dev", parameters: configured_parameters("dev") },
        Profile { name: "prod", parameters: configured_parameters("prod") },
        Profile { name: "small", parameters: small },
    ]
}

impl Profile {
    pub fn stack(&self) -> Stack {
        Stack::new(TEMPLATE, &self.parameters)
    }

    /// All resources, including the settings that all functions share.
    pub fn resources(&self) -> Vec<DeployedResource> {
        let tracing = self.stack().evaluate_at("/Globals/Function/Tracing").unwrap_or_default();
        let mut all = self.stack().resources();
        for function in all.iter_mut().filter(|one| one.kind == "AWS::Serverless::Function") {
            function.properties["Tracing"] = tracing.clone();
        }
        all
    }

    /// The cost by line, most expensive first.
    ///
    /// # Errors
    /// Resources of types without a known price.
    pub fn lines(&self) -> Result<Vec<Line>, Vec<String>> {
        let all = self.resources();
        let (mut amounts, mut unknown) = (BTreeMap::<String, f64>::new(), Vec::new());
        for resource in &all {
            let Some(of_it) = amounts::amounts_for(resource, &all) else {
                unknown.push(format!("{} ({})", resource.path, resource.kind));
                continue;
            };
            for (name, amount) in of_it {
                *amounts.entry(name).or_default() += amount;
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        *amounts.entry("secret".to_owned()).or_default() += EXTRA_SECRETS;
        amounts.insert(
            "metric of ours".to_owned(),
            if self.reports_failures_only() { FAILURE_SERIES } else { METRIC_SERIES },
        );
        let lines = amounts.into_iter().filter(|(_, amount)| *amount > 0.0);
        let mut lines: Vec<Line> =
            lines.map(|(name, amount)| Line { price: prices::find_price(&name), amount }).collect();
        lines.sort_by(|one, other| other.dollars().total_cmp(&one.dollars()));
        Ok(lines)
    }

    fn reports_failures_only(&self) -> bool {
        let name = self.stack().evaluate_at("/Globals/Function/Environment/Variables/METRICS_AS");
        name.is_some_and(|name| name != "")
    }
}

pub fn total(lines: &[Line]) -> f64 {
    lines.iter().map(Line::dollars).sum()
}

/// Whether a type is free or has a price.
pub fn is_known(kind: &str) -> bool {
    FREE.contains(&kind) || {
        let properties = serde_json::json!({
            "Engine": "valkey", "NumCacheClusters": 1, "CacheNodeType": "", "InstanceType": "", "MemorySize": 0,
            "BlockDeviceMappings": [{"Ebs": {"VolumeSize": 1}}], "DBInstanceClass": "",
        });
        let one = |kind: &str| DeployedResource {
            path: String::new(),
            kind: kind.to_owned(),
            properties: properties.clone(),
        };
        let beside = [one("AWS::RDS::DBCluster"), one("AWS::RDS::DBInstance")];
        amounts::amounts_for(&one(kind), &beside).is_some()
    }
}
