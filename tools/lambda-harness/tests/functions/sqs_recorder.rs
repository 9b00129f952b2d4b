//! A proxy in front of SQS that records what a function sends. The local emulator accepts a message's
//! trace but does not return it, as SQS does.

use std::sync::{Arc, Mutex};

use api_client::{ApiClient, ApiRequest};
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode};
use runtime::Env;
use serde_json::Value;

#[derive(Clone)]
pub(crate) struct SqsRecorder {
    sqs: ApiClient,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl SqsRecorder {
    /// A recorder in front of the SQS that the environment names, and its URL.
    pub(crate) async fn start() -> (Self, String) {
        let sqs = ApiClient::for_url(&Env::from_env().required("AWS_ENDPOINT_URL_SQS").unwrap());
        let recorder = Self { sqs, sent: Arc::default() };
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(forward).with_state(recorder.clone());
        tokio::spawn(axum::serve(listener, router).into_future());
        (recorder, url)
    }

    /// The messages that were sent.
    pub(crate) fn messages(&self) -> Vec<Value> {
        let sent = self.sent.lock().unwrap();
        sent.iter().filter_map(|body| body["Entries"].as_array()).flatten().cloned().collect()
    }
}

async fn forward(
    State(recorder): State<SqsRecorder>,
    mut headers: HeaderMap,
    body: Bytes,
) -> (StatusCode, HeaderMap, Bytes) {
    recorder.sent.lock().unwrap().extend(serde_json::from_slice::<Value>(&body).ok());
    headers.remove("host");
    let request = ApiRequest { headers, ..ApiRequest::new(Method::POST, "/").with_body(body) };
    let mut response = recorder.sqs.try_send(&request).await.unwrap();
    response.headers.remove("transfer-encoding");
    (response.status, response.headers, response.bytes)
}
