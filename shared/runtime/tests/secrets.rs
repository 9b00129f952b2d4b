//! Secrets that the environment refers to, fetched over HTTP from a server that imitates Secrets
//! Manager.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use runtime::{Env, ExposeSecret};
use serde_json::{Value, json};

const ARN: &str = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:shop/redis-AbCdEf";
const OTHER: &str = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/admin-AbCdEf";

/// The requests received, and the responses to give before the right one.
#[derive(Clone, Default)]
struct FakeSecretsManager {
    asked: Arc<Mutex<Vec<(HeaderMap, Value)>>>,
    first: Arc<Mutex<Vec<(u16, Value)>>>,
}

impl FakeSecretsManager {
    async fn open(first: &[(u16, &str)]) -> (Self, Env) {
        let vault = Self::default();
        let responses = first.iter().rev().map(|(status, kind)| (*status, json!({"__type": kind, "Message": "no"})));
        vault.first.lock().unwrap().extend(responses);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let router = Router::new().route("/", post(answer)).with_state(vault.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        let env = [
            ("AWS_ENDPOINT_URL_SECRETSMANAGER", url.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
            ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
            ("AWS_SESSION_TOKEN", "session"),
        ];
        (vault, env.into_iter().collect())
    }

    fn asked(&self) -> Vec<(HeaderMap, Value)> {
        self.asked.lock().unwrap().clone()
    }
}

async fn answer(State(vault): State<FakeSecretsManager>, headers: HeaderMap, body: String) -> (StatusCode, String) {
    let body: Value = serde_json::from_str(&body).unwrap();
    vault.asked.lock().unwrap().push((headers, body.clone()));
    if let Some((status, answer)) = vault.first.lock().unwrap().pop() {
        return (StatusCode::from_u16(status).unwrap(), answer.to_string());
    }
    let text = match body["SecretId"].as_str().unwrap() {
        ARN => "rediss://:pass@cache:6379".to_owned(),
        OTHER => json!({"username": "admin", "password": "p&\"w", "port": 5432}).to_string(),
        _ => return (StatusCode::BAD_REQUEST, json!({"__type": "ResourceNotFoundException"}).to_string()),
    };
    (StatusCode::OK, json!({"ARN": body["SecretId"], "SecretString": text}).to_string())
}

#[tokio::test]
async fn a_whole_secret_and_members_of_another_replace_their_variables() {
    let (vault, env) = FakeSecretsManager::open(&[]).await;
    let pointing = [
        ("REDIS_URL_SECRET", ARN.to_owned()),
        ("POSTGRES_ADMIN_PASSWORD_SECRET", format!("{OTHER}#password")),
        ("POSTGRES_PORT_SECRET", format!("{OTHER}#port")),
    ];
    let env = env.with_overrides(pointing).resolve_secrets().await.unwrap();
    assert_eq!(env.secret("REDIS_URL").unwrap().expose_secret(), "rediss://:pass@cache:6379");
    assert_eq!(env.secret("POSTGRES_ADMIN_PASSWORD").unwrap().expose_secret(), "p&\"w");
    assert_eq!(env.required("POSTGRES_PORT").unwrap(), "5432");

    let asked = vault.asked();
    assert_eq!(asked.len(), 2, "each secret is fetched once");
    for (headers, body) in asked {
        assert_eq!(headers["x-amz-target"], "secretsmanager.GetSecretValue");
        assert_eq!(headers["x-amz-security-token"], "session");
        let region = body["SecretId"].as_str().unwrap().split(':').nth(3).unwrap();
        let signed = headers["authorization"].to_str().unwrap();
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"), "{signed}");
        assert!(
            signed.contains(&format!("/{region}/secretsmanager/aws4_request")),
            "the secret's own region: {signed}"
        );
    }
}

#[tokio::test]
async fn a_process_without_secret_variables_sends_no_request() {
    let (vault, env) = FakeSecretsManager::open(&[]).await;
    let env =
        env.with_overrides([("REDIS_URL", "redis://here"), ("EMPTY_SECRET", "")]).resolve_secrets().await.unwrap();
    assert_eq!(env.required("REDIS_URL").unwrap(), "redis://here");
    assert!(vault.asked().is_empty());
}

#[tokio::test]
async fn transient_errors_are_retried_and_permanent_ones_reported_at_once() {
    let (vault, env) = FakeSecretsManager::open(&[(503, ""), (400, "ThrottlingException")]).await;
    let found = env.with_overrides([("REDIS_URL_SECRET", ARN)]).resolve_secrets().await.unwrap();
    assert!(found.optional("REDIS_URL").is_some());
    assert_eq!(vault.asked().len(), 3);

    let (vault, env) = FakeSecretsManager::open(&[(400, "com.amazon#AccessDeniedException")]).await;
    let rejected = env.with_overrides([("REDIS_URL_SECRET", ARN)]).resolve_secrets().await.err().unwrap().to_string();
    assert!(rejected.contains(ARN) && rejected.ends_with("AccessDeniedException"), "{rejected}");
    assert_eq!(vault.asked().len(), 1);
}

#[tokio::test]
async fn a_contradictory_or_unresolvable_environment_is_rejected() {
    for (pointing, expected) in [
        (vec![("REDIS_URL", "redis://here".to_owned()), ("REDIS_URL_SECRET", ARN.to_owned())], "REDIS_URL_SECRET"),
        (vec![("REDIS_URL_SECRET", "s3://bucket/secret".to_owned())], "REDIS_URL_SECRET"),
        (vec![("REDIS_URL_SECRET", format!("{ARN}#"))], "REDIS_URL_SECRET"),
        (vec![("REDIS_URL_SECRET", "arn:aws:ssm:eu-central-1:1:parameter/a:b".to_owned())], "REDIS_URL_SECRET"),
        (vec![("REDIS_URL_SECRET", format!("{OTHER}#nothing"))], "no member nothing"),
        (vec![("REDIS_URL_SECRET", format!("{ARN}#url"))], "no JSON object"),
        (vec![("REDIS_URL_SECRET", format!("{ARN}x"))], "ResourceNotFoundException"),
        (vec![("REDIS_URL_SECRET", ARN.to_owned()), ("AWS_ACCESS_KEY_ID", String::new())], "AWS_ACCESS_KEY_ID"),
    ] {
        let (_, env) = FakeSecretsManager::open(&[]).await;
        let error = env.with_overrides(pointing).resolve_secrets().await.err().expect(expected).to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains("pass@cache") && !error.contains("p&\"w"), "{error}");
    }
}
