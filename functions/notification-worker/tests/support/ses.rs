//! A server that implements enough of SES for one sender: it accepts mails, rejects them, or does
//! not respond.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

/// What the server does with the next mails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SesMode {
    Accept,
    Reject(u16, &'static str),
    Hang,
    /// Accepts the mail, but the response is lost.
    AcceptAndDisconnect,
    /// Accepts the mail, and never responds.
    AcceptAndHang,
}

impl SesMode {
    fn accepts(self) -> bool {
        matches!(self, Self::Accept | Self::AcceptAndDisconnect | Self::AcceptAndHang)
    }
}

#[derive(Clone)]
pub(crate) struct FakeSes {
    pub(crate) url: String,
    state: Arc<Mutex<(SesMode, Vec<Value>)>>,
    received: watch::Sender<usize>,
}

impl FakeSes {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ses =
            Self { url, state: Arc::new(Mutex::new((SesMode::Accept, Vec::new()))), received: watch::Sender::new(0) };
        let server = ses.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let ses = server.clone();
                let response = hyper::service::service_fn(move |request| ses.clone().respond(request));
                tokio::spawn(
                    hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), response),
                );
            }
        });
        ses
    }

    pub(crate) fn set_mode(&self, mode: SesMode) {
        self.state.lock().unwrap().0 = mode;
    }

    pub(crate) fn accepted(&self) -> Vec<Value> {
        self.state.lock().unwrap().1.clone()
    }

    /// Resolves once it has received this many mails, accepted or not.
    pub(crate) async fn wait_for_requests(&self, mails: usize) {
        self.received.subscribe().wait_for(|received| *received >= mails).await.unwrap();
    }

    async fn respond(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        assert_eq!(request.uri().path(), "/v2/email/outbound-emails");
        assert_eq!(request.headers()["content-type"], "application/json");
        let signature = request.headers()["authorization"].to_str().unwrap();
        assert!(signature.starts_with("AWS4-HMAC-SHA256 ") && signature.contains("/ses/aws4_request,"), "{signature}");
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let mode = self.state.lock().unwrap().0;
        if mode.accepts() {
            self.state.lock().unwrap().1.push(serde_json::from_slice(&body).unwrap());
        }
        self.received.send_modify(|received| *received += 1);
        Ok(match mode {
            SesMode::Accept => Response::new(Full::from(r#"{"MessageId":"m-1"}"#)),
            SesMode::Reject(status, kind) => {
                let response = Response::builder().status(status).header("x-amzn-errortype", kind);
                response.body(Full::from(r#"{"message":"no"}"#)).unwrap()
            }
            SesMode::Hang | SesMode::AcceptAndHang => std::future::pending().await,
            SesMode::AcceptAndDisconnect => panic!("planned: the connection ends without a response"),
        })
    }
}
