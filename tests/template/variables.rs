//! Every function starts with the variables that the template gives it, and would not without any
//! of them.

use std::collections::BTreeMap;

use runtime::{Clock, Env};
use tests::cloudformation::Template;

use crate::functions;

/// Optional variables: origins, limits and connections have defaults, there may be no edge and no
/// token, mail may be off and the shop without a name, a version only makes Lambda restart instances, and flags change how, not
/// whether.
const OPTIONAL: [&str; 16] = [
    "ALLOWED_ORIGINS",
    "DATABASE_CONNECTIONS",
    "DATABASE_IAM",
    "EDGE_KEY",
    "EDGE_KEY_VERSION",
    "LIMITS",
    "METRICS_AS",
    "PGSSLROOTCERT",
    "REDIS_TOKEN",
    "RELEASE",
    "SES_SENDER",
    "SHOP_ADDRESS",
    "SHOP_NAME",
    "SHOP_URL",
    "SIGNING_KEY_VERSION",
    "TOKEN_KEYS",
];

/// Reads a function's configuration as its `main` does.
fn read_configuration(function: &str, env: &Env) -> Result<(), String> {
    let clock = Clock::system();
    macro_rules! one_of {
        ($($group:ident: $about:literal,)+) => {
            match function {
                $(stringify!($group) => api::$group::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),)+
                "notification-worker" => notification_worker::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),
                "analytics-worker" => analytics_worker::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),
                "catalog-worker" => catalog_worker::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),
                "recovery" => recovery::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),
                "operator" => operator::App::from_env(env, &clock).map(drop).map_err(|e| e.to_string()),
                other => panic!("{other} is no function that this test knows"),
            }
        };
    }
    api::for_each_group!(one_of)
}

/// Sample values of each variable as in AWS, secrets as they are once they are read.
pub(crate) fn values(names: impl Iterator<Item = String>) -> BTreeMap<String, String> {
    let (private, public) = tokens::generate_key_pair().expect("a key");
    let keys = serde_json::to_string(&tokens::KeySet { keys: vec![public] }).expect("JSON");
    let value = |name: &str| match name {
        "TOKEN_SIGNING_KEY" => private.clone(),
        "TOKEN_KEYS" => keys.clone(),
        "LINK_KEY" => "forty letters and digits of a secret 0000".to_owned(),
        "REDIS_URL" => "rediss://redis.invalid:6379".to_owned(),
        "REDIS_TOKEN" => "letters4nd9igits".to_owned(),
        "DATABASE_CONNECTIONS" => "1".to_owned(),
        "MONGODB_URL" => "mongodb://mongo.invalid:27017".to_owned(),
        "ALLOWED_ORIGINS" => "https://shop.example.com".to_owned(),
        "SES_SENDER" => "shop@example.com".to_owned(),
        "SHOP_URL" => "https://shop.example.com".to_owned(),
        "DATABASE_IAM" => "true".to_owned(),
        "LIMITS" => "sign_up.address=100/3600".to_owned(),
        name if name.ends_with("DB_URL") => "postgres://role@proxy.invalid:5432/db?sslmode=verify-full".to_owned(),
        name if name.ends_with("_QUEUE_URL") => "https://sqs.invalid/1/queue".to_owned(),
        _ => "something".to_owned(),
    };
    let set = names.map(|name| {
        let name = name.strip_suffix("_SECRET").unwrap_or(&name).to_owned();
        let value = value(&name);
        (name, value)
    });
    set.collect()
}

/// The variables that the platform adds.
pub(crate) const LAMBDA: [(&str, &str); 4] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "stored"),
    ("AWS_SECRET_ACCESS_KEY", "stored"),
    ("AWS_SESSION_TOKEN", "stored"),
];

#[test]
fn functions_that_rate_limit_by_address_know_the_origin_key() {
    let template = Template::read("template.yaml");
    for (folder, function) in functions(&template) {
        let variables = function.property("Environment/Variables");
        let has_routes = function
            .property("Events")
            .as_object()
            .is_some_and(|events| events.values().any(|event| event["Type"] == "HttpApi"));
        assert_eq!(
            variables["EDGE_KEY_SECRET"].is_null(),
            !has_routes,
            "{folder}: without the key, everybody behind CloudFront shares a limit"
        );
    }
}

/// A folder of mails is for one machine: in AWS nobody would read them, and `/dev/mail` is not there.
#[test]
fn no_function_writes_its_mails_to_a_folder() {
    let template = Template::read("template.yaml");
    let shared = template.document["Globals"]["Function"]["Environment"]["Variables"].clone();
    let all = functions(&template).into_values().map(|function| function.property("Environment/Variables").clone());
    assert!(all.chain([shared]).all(|variables| variables["MAIL_DIRECTORY"].is_null()));
}

#[tokio::test]
async fn every_function_starts_with_its_variables_and_needs_each_of_them() {
    let template = Template::read("template.yaml");
    let shared =
        template.document["Globals"]["Function"]["Environment"]["Variables"].as_object().expect("variables").clone();
    for (folder, function) in functions(&template) {
        if ["migrations", "authorizer"].contains(&folder.as_str()) {
            continue;
        }
        let own = function.property("Environment/Variables").as_object().cloned().unwrap_or_default();
        let values = values(shared.keys().chain(own.keys()).cloned());
        let env = |without: &str| {
            let set = values.iter().filter(|(name, _)| *name != without);
            Env::from_iter(set.map(|(name, value)| (name.as_str(), value.as_str())).chain(LAMBDA))
        };
        read_configuration(&folder, &env("")).unwrap_or_else(|error| panic!("{folder}: {error}"));
        for name in values.keys().filter(|name| !OPTIONAL.contains(&name.as_str())) {
            assert!(read_configuration(&folder, &env(name)).is_err(), "{folder} is given {name} and does not need it");
        }
    }
}
