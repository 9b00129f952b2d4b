//! The monthly costs of an idle shop, computed from the templates and a table of prices.
//! `scripts/costs.sh` prints them, tests/template/costs.rs checks them. Makes no request: when AWS
//! changes a price, edit the table.

mod amounts;
mod evaluate;
mod prices;

use std::collections::BTreeMap;

use toml::Table;

pub use evaluate::{DeployedResource, Parameters, Stack, plain_text};
pub use prices::{DATE, FREE, PRICES, Price, REGION};

use crate::root;

/// The limit for a small shop, in dollars a month.
pub const SMALL_SHOP_MAX_DOLLARS: f64 = 35.0;
const TEMPLATE: &str = "template.yaml";
/// Created by scripts/secrets.sh: the signing key and MongoDB's URL.
const EXTRA_SECRETS: f64 = 2.0;
/// Time series of a shop with customers; each combination of labels is one.
const METRIC_SERIES: f64 = 20.0;
/// Time series of failures, and the share of a month in which they have values.
const FAILURE_SERIES: f64 = 4.0 * 24.0 / prices::HOURS_PER_MONTH;

pub struct Profile {
    /// `dev`, `prod` or `small`.
    pub name: &'static str,
    /// The parameters of template.yaml.
    pub parameters: Parameters,
}

#[derive(Debug)]
pub struct Line {
    pub price: &'static Price,
    /// In units of the price.
    pub amount: f64,
}

impl Line {
    pub fn dollars(&self) -> f64 {
        self.price.dollars * self.amount
    }
}

/// The parameters of `dev` or `prod` in samconfig.toml.
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

/// The three sizes in docs/costs.md.
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

    /// All resources, with the settings that all functions share.
    pub fn resources(&self) -> Vec<DeployedResource> {
        let tracing = self.stack().evaluate_at("/Globals/Function/Tracing").unwrap_or_default();
        let mut all = self.stack().resources();
        for function in all.iter_mut().filter(|one| one.kind == "AWS::Serverless::Function") {
            function.properties["Tracing"] = tracing.clone();
        }
        all
    }

    /// The costs, the highest first.
    ///
    /// # Errors
    /// The resources whose type has neither a price nor a note that it is free.
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

/// Whether the type is free or has a price.
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
