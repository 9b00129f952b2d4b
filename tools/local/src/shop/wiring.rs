//! The functions of the shop, each built as its own `main.rs` builds it, and their connections, as
//! CloudFormation makes them in AWS.

use std::error::Error;

use axum::Router;
use domain::events::Queue;
use queue::provision::ProvisionedQueue;
use runtime::{Clock, Env};
use sqlx::ConnectOptions;
use sqlx::postgres::PgConnectOptions;
use store_postgres::migrate::SCHEMAS;
use tokens::KeySet;

use crate::secrets::Secrets;
use crate::stores::Endpoints;

/// Connections of one function to one database: all of them together stay well below PostgreSQL's
/// limit, and one function has enough for a browser's parallel requests.
const CONNECTIONS_PER_DATABASE: &str = "6";

macro_rules! groups {
    ($($group:ident: $about:literal,)+) => {
        pub(crate) struct Groups {
            $(#[doc = $about] pub(crate) $group: api::$group::App,)+
        }

        impl Groups {
            /// # Errors
            /// When a variable is missing.
            pub(crate) fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
                Ok(Self { $($group: api::$group::App::from_env(env, clock)?,)+ })
            }

            /// All their routes, without middleware.
            pub(crate) fn routes(&self) -> Router {
                let routes = Router::new();
                $(let routes = routes.merge(api::$group::routes(self.$group.clone()));)+
                routes
            }
        }
    };
}

api::for_each_group!(groups);

/// The functions that run in the background.
#[derive(Clone)]
pub(crate) struct Workers {
    pub(crate) notification: notification_worker::App,
    pub(crate) analytics: analytics_worker::App,
    pub(crate) catalog: catalog_worker::App,
    /// Runs once a minute, as its schedule does in AWS.
    pub(crate) recovery: recovery::App,
}

impl Workers {
    /// # Errors
    /// When a variable is missing.
    pub(crate) fn from_env(env: &Env, clock: &Clock) -> Result<Self, Box<dyn Error + Send + Sync>> {
        Ok(Self {
            notification: notification_worker::App::from_env(env, clock)?,
            analytics: analytics_worker::App::from_env(env, clock)?,
            catalog: catalog_worker::App::from_env(env, clock)?,
            recovery: recovery::App::from_env(env, clock)?,
        })
    }
}

/// The configuration of the functions, before there are queues.
///
/// # Errors
/// When the database's URL or the signing key cannot be read.
pub(crate) fn function_env(endpoints: &Endpoints, secrets: &Secrets, prefix: &str) -> anyhow::Result<Env> {
    Ok(Env::from_env().with_overrides(function_variables(endpoints, secrets, prefix)?))
}

/// The same, without the rest of the environment.
///
/// # Errors
/// As [`function_env`].
pub(crate) fn function_variables(
    endpoints: &Endpoints,
    secrets: &Secrets,
    prefix: &str,
) -> anyhow::Result<Vec<(String, String)>> {
    let set = |name: &str, value: String| (name.to_owned(), value);
    let keys = KeySet { keys: vec![tokens::derive_public_key(&secrets.signing_key)?] };
    let mut variables = vec![
        set("POSTGRES_ADMIN_URL", endpoints.postgres_url.clone()),
        set("ROLE_PASSWORD", secrets.role_password.clone()),
        set("DATABASE_PREFIX", prefix.to_owned()),
        set("REDIS_URL", endpoints.redis_url.clone()),
        set("REDIS_PREFIX", prefix.to_owned()),
        set("MONGODB_URL", endpoints.mongodb_url.clone()),
        set("REVIEWDB_NAME", format!("{prefix}reviewdb")),
        set("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
        set("AWS_ENDPOINT_URL_DYNAMODB", endpoints.dynamodb_url.clone()),
        set("TOKEN_SIGNING_KEY", secrets.signing_key.clone()),
        set("TOKEN_KEYS", serde_json::to_string(&keys)?),
        set("LINK_KEY", secrets.link_key.clone()),
    ];
    let admin: PgConnectOptions = endpoints.postgres_url.parse()?;
    variables.extend(SCHEMAS.iter().map(|schema| {
        // Without a user: each function signs in with its own role, and here all roles have one
        // password.
        let role = admin.clone().username("").password(&secrets.role_password);
        let url = role.database(&format!("{prefix}{}", schema.database)).to_url_lossy();
        set(&format!("{}_URL", schema.database.to_uppercase()), url.to_string())
    }));
    variables.extend(store_dynamo::provision::tables(prefix).map(|(name, table)| set(name, table)));
    // Connections, origins and rate limits from the environment stay.
    let environment = Env::from_env();
    let defaults = [("ALLOWED_ORIGINS", "localhost"), ("DATABASE_CONNECTIONS", CONNECTIONS_PER_DATABASE)];
    variables.extend(defaults.map(|(name, default)| {
        let text = environment.optional(name);
        set(name, text.unwrap_or_else(|| default.to_owned()))
    }));
    variables.extend(environment.optional("LIMITS").map(|limits| set("LIMITS", limits)));
    Ok(variables)
}

/// The URLs of the queues, once they exist.
pub(crate) fn queue_variables(queues: &[ProvisionedQueue]) -> impl Iterator<Item = (String, String)> + '_ {
    queues.iter().map(|queue| (queue.url_variable(), queue.url.clone()))
}

/// The variable in which a function finds a queue.
pub(crate) fn queue_url_variable(queue: Queue) -> String {
    format!("{}_QUEUE_URL", queue.name().to_uppercase())
}

pub(crate) fn find_queue(queues: &[ProvisionedQueue], purpose: Queue) -> &ProvisionedQueue {
    queues.iter().find(|made| made.queue == purpose).expect("every queue is made")
}
