//! A router in this process and a server give the same responses; a request without a response
//! says whether it may have taken effect.

use std::time::Duration;

use api_client::{ApiClient, ApiRequest, TransportError};
use axum::Router;
use axum::body::Bytes;
use axum::extract::Request;
use axum::response::IntoResponse;
use axum::routing::any;
use http::{HeaderMap, Method};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Answers with what it received.
fn echo() -> Router {
    Router::new().fallback(any(async |method: Method, headers: HeaderMap, request: Request| {
        let path = request.uri().to_string();
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.unwrap_or_else(|_| Bytes::new());
        let all = |name: &str| -> Vec<String> {
            headers.get_all(name).iter().map(|value| value.to_str().unwrap().to_owned()).collect()
        };
        let echoed = json!({
            "method": method.as_str(), "path": path, "body": String::from_utf8_lossy(&body),
            "authorization": all("authorization"), "contentType": all("content-type"), "key": all("idempotency-key"),
        });
        ([("retry-after", "7")], axum::Json(echoed)).into_response()
    }))
}

async fn listen() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

#[tokio::test]
async fn a_router_and_a_server_receive_the_same_request() {
    let (listener, url) = listen().await;
    tokio::spawn(axum::serve(listener, echo()).into_future());
    for client in [ApiClient::for_router(echo()), ApiClient::for_url(&format!("{url}/"))] {
        let client = client.with_token("first").with_token("t");
        let request = ApiRequest::post("/a?b=%20c", &json!({"n": 1})).with_idempotency_key("k");
        let response = client.try_send(&request).await.unwrap();
        let expected = json!({
            "method": "POST", "path": "/a?b=%20c", "body": "{\"n\":1}", "authorization": ["Bearer t"],
            "contentType": ["application/json"], "key": ["k"],
        });
        assert_eq!(response.expect_any(&[200], "echo").unwrap(), expected);
        assert_eq!(response.retry_after(), Some(Duration::from_secs(7)));
        let two = client.with_header("authorization", "Basic x").with_header("content-type", "text/plain");
        let sent = two.send(Method::PUT, "/", Some("text".to_owned())).await.expect(200).json();
        assert_eq!(sent["authorization"], json!(["Bearer t", "Basic x"]));
        assert_eq!((&sent["contentType"], &sent["body"]), (&json!(["text/plain"]), &json!("text")));
        assert_eq!(client.get("/").await.json()["contentType"], Value::Array(Vec::new()));
        assert!(response.expect_any(&[201], "echo").unwrap_err().to_string().starts_with("echo: 200 (request ) {"));
    }
}

#[tokio::test]
async fn a_refused_connection_was_not_sent_and_a_broken_one_lost_the_response() {
    let (listener, url) = listen().await;
    drop(listener);
    let rejected = ApiClient::for_url(&url).try_send(&ApiRequest::get("/")).await.unwrap_err();
    assert!(matches!(rejected, TransportError::NotSent(_)), "{rejected}");

    let (listener, url) = listen().await;
    tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        assert!(connection.read(&mut request).await.unwrap() > 0);
        connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf").await.unwrap();
    });
    let lost = ApiClient::for_url(&url).try_send(&ApiRequest::get("/")).await.unwrap_err();
    assert!(matches!(lost, TransportError::ResponseLost(_)), "{lost}");
}

#[test]
fn what_is_no_base_url_is_rejected() {
    for url in ["localhost:3000", "unix:/x", ""] {
        assert!(ApiClient::for_url_with_timeout(url, Duration::from_secs(1)).is_err(), "{url}");
    }
}
