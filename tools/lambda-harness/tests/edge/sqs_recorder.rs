//! A proxy between a function and SQS that records what was sent. The local emulator accepts a
//! message's trace and does not return it, as SQS does.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use runtime::Env;
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct SqsRecorder {
    upstream: String,
    http: reqwest::Client,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl SqsRecorder {
    /// A proxy to the SQS of the environment, and its URL.
    pub(crate) async fn start() -> (Self, String) {
        let to = Env::from_env().required("AWS_ENDPOINT_URL_SQS").unwrap();
        let wire = Self { upstream: to, http: reqwest::Client::new(), sent: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(forward).with_state(wire.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        (wire, url)
    }

    /// Every message that was sent, in its original form.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter_map(|body| body["Entries"].as_array()).flatten().cloned().collect()
    }
}

async fn forward(
    State(wire): State<SqsRecorder>,
    mut headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    wire.sent.lock().unwrap().extend(serde_json::from_slice::<Value>(&body).ok());
    headers.remove("host");
    let answer = wire.http.post(&wire.upstream).headers(headers).body(body).send().await.unwrap();
    let (status, mut headers) = (answer.status(), answer.headers().clone());
    headers.remove("transfer-encoding");
    (status, headers, answer.bytes().await.unwrap())
}
