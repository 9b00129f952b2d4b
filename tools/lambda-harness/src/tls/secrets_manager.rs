//! A stub of Secrets Manager: `GetSecretValue` only.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// Secret values; the keys are ARNs.
type Secrets = Arc<HashMap<String, String>>;

/// Ends with the run.
pub(crate) struct SecretsManagerStub {
    pub(crate) address: String,
    task: JoinHandle<()>,
}

impl SecretsManagerStub {
    /// With these secrets, by ARN.
    pub(crate) async fn start(secrets: HashMap<String, String>) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let place = listener.local_addr()?.to_string();
        let router = Router::new().route("/", post(get_secret_value)).with_state(Arc::new(secrets));
        let task = tokio::spawn(async move { drop(axum::serve(listener, router).await) });
        Ok(Self { address: place, task })
    }
}

impl Drop for SecretsManagerStub {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn get_secret_value(State(secrets): State<Secrets>, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).unwrap_or_default();
    let arn = request["SecretId"].as_str().unwrap_or_default();
    match secrets.get(arn) {
        Some(text) => Json(json!({"ARN": arn, "SecretString": text})).into_response(),
        None => (StatusCode::BAD_REQUEST, Json(json!({"__type": "ResourceNotFoundException"}))).into_response(),
    }
}
