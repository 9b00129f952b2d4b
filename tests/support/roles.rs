//! What the role of each function allows, as `infra/functions.yaml` says it.

use std::collections::{BTreeMap, BTreeSet};

use crate::cloudformation::{Template, text};

/// The parameters of a function's `function.yaml`.
pub type RoleParameters = BTreeMap<String, String>;

/// The parameters of each function's role, by function.
pub fn role_parameters(template: &Template) -> BTreeMap<String, RoleParameters> {
    let nested = template.nested("function.yaml").into_values();
    nested
        .map(|parameters| {
            let texts = parameters.iter().map(|(name, value)| (name.clone(), text(value))).collect();
            (text(&parameters["Name"]), texts)
        })
        .collect()
}

/// The items of a parameter that is a list.
pub fn comma_separated(value: Option<&String>) -> BTreeSet<String> {
    value.into_iter().flat_map(|text| text.split(',')).map(str::to_owned).collect()
}

/// The stores that a role's parameters allow.
pub fn stores_in_role(parameters: &RoleParameters) -> BTreeSet<&'static str> {
    let secrets = comma_separated(parameters.get("Secrets"));
    let has = |secret: &str| secrets.contains(&format!("${{{secret}SecretArn}}"));
    let stores = [
        ("postgres", parameters.contains_key("Connects") || has("Admin")),
        ("dynamo", parameters.contains_key("Tables")),
        ("redis", has("Redis")),
        ("mongo", has("Mongo")),
        ("queue", parameters.contains_key("Sends")),
        ("mail", parameters.contains_key("MailFrom")),
    ];
    stores.into_iter().filter(|(_, allowed)| *allowed).map(|(store, _)| store).collect()
}
