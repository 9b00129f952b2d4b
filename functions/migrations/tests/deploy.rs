//! A deploy: CloudFormation calls, the databases are created, and the response is sent.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::routing::put;
use runtime::{Clock, Env};
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

const REMAINING_TIME: Duration = Duration::from_secs(60);

/// The bucket from which CloudFormation reads responses.
#[derive(Clone, Default)]
struct ResponseServer(Arc<Mutex<Vec<(HeaderMap, Value)>>>);

impl ResponseServer {
    async fn start() -> (Self, String) {
        let bucket = Self::default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/answer?signature=s", listener.local_addr().unwrap());
        let take = async |State(bucket): State<Self>, headers: HeaderMap, body: String| {
            bucket.0.lock().unwrap().push((headers, serde_json::from_str(&body).unwrap()));
        };
        let router = Router::new().route("/answer", put(take)).with_state(bucket.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        (bucket, url)
    }

    fn only_response(&self) -> (HeaderMap, Value) {
        let responses = self.0.lock().unwrap();
        assert_eq!(responses.len(), 1);
        responses[0].clone()
    }
}

fn custom_resource_event(kind: &str, url: &str) -> Value {
    json!({
        "RequestType": kind, "ResponseURL": url, "StackId": "stack", "RequestId": "request",
        "LogicalResourceId": "Migrations", "ResourceType": "Custom::Migrations",
        "ServiceToken": "arn", "ResourceProperties": {"ServiceToken": "arn", "Version": "7"},
    })
}

/// A shop of this test's own on the server that the environment names.
fn test_config() -> (Env, String, String) {
    let prefix = format!("m{:x}_", Clock::system().random() as u64);
    let of = |name: &str| Env::from_env().required(name).expect("run tests through `make test`");
    let url = of("SHOP_POSTGRES_URL");
    let env = [
        ("POSTGRES_ADMIN_URL", url.clone()),
        ("DATABASE_PREFIX", prefix.clone()),
        ("MONGODB_URL", of("SHOP_MONGODB_URL")),
        ("REVIEWDB_NAME", format!("{prefix}reviewdb")),
        ("ANALYTICSDB_NAME", format!("{prefix}analyticsdb")),
    ];
    (env.into_iter().collect(), url, prefix)
}

#[tokio::test]
async fn a_stack_is_created_updated_and_deleted_and_its_data_stays() {
    let (env, url, prefix) = test_config();
    for kind in ["Create", "Update", "Delete"] {
        let (bucket, answers_at) = ResponseServer::start().await;
        migrations::handle(&env, custom_resource_event(kind, &answers_at), REMAINING_TIME).await.unwrap();
        let (headers, response) = bucket.only_response();
        assert_eq!(headers["content-type"], "", "the signature covers an empty one");
        assert_eq!(response["Status"], "SUCCESS", "{response}");
        assert_eq!(response["PhysicalResourceId"], "migrations");
        assert_eq!(response["RequestId"], "request");
    }
    let mut server = PgConnection::connect(&url).await.unwrap();
    let made = sqlx::query_scalar("select count(*) from pg_database where starts_with(datname, $1)").bind(&prefix);
    let made: i64 = made.fetch_one(&mut server).await.unwrap();
    assert_eq!(made, 4);
}

#[tokio::test]
async fn a_failure_is_reported_with_its_reason_before_the_timeout() {
    let nowhere = test_config().0.with_overrides([("POSTGRES_ADMIN_URL", "postgres://nobody@127.0.0.1:1/postgres")]);
    let (bucket, answers_at) = ResponseServer::start().await;
    // Two seconds to work, of which one is spent on retries.
    migrations::handle(&nowhere, custom_resource_event("Create", &answers_at), Duration::from_secs(22)).await.unwrap();
    let (_, response) = bucket.only_response();
    assert_eq!(response["Status"], "FAILED");
    assert!(response["Reason"].as_str().unwrap().starts_with("Postgres: "), "{response}");

    let (bucket, answers_at) = ResponseServer::start().await;
    let (env, ..) = test_config();
    migrations::handle(&env, custom_resource_event("Create", &answers_at), Duration::from_secs(20)).await.unwrap();
    assert!(bucket.only_response().1["Reason"].as_str().unwrap().contains("did not finish within 0 s"));
}

#[tokio::test]
async fn invoked_directly_it_responds_or_returns_the_reason() {
    let (env, ..) = test_config();
    let response = migrations::handle(&env, json!({}), REMAINING_TIME).await.unwrap();
    assert_eq!(response, json!({"status": "migrated"}));
    let unset = migrations::handle(&Env::default(), json!({}), REMAINING_TIME).await.unwrap_err();
    assert!(unset.to_string().contains("POSTGRES_ADMIN_URL"), "{unset}");
}

#[tokio::test]
async fn an_event_that_is_not_quite_cloudformations_fails_the_invocation() {
    let (env, ..) = test_config();
    assert!(migrations::handle(&env, json!({"ResponseURL": "https://x"}), REMAINING_TIME).await.is_err());
}
