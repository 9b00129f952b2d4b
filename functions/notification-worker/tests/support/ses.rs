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
pub(crate) enum Mood {
    Takes,
    Refuses(u16, &'static str),
    Silent,
    /// Accepts the mail, but the response is lost.
    TakesAndHangsUp,
    /// Accepts the mail, and never responds.
    TakesAndIsSilent,
}

impl Mood {
    fn takes(self) -> bool {
        matches!(self, Self::Takes | Self::TakesAndHangsUp | Self::TakesAndIsSilent)
    }
}

#[derive(Clone)]
pub(crate) struct Ses {
    pub(crate) url: String,
    state: Arc<Mutex<(Mood, Vec<Value>)>>,
    heard: watch::Sender<usize>,
}

impl Ses {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let ses = Self { url, state: Arc::new(Mutex::new((Mood::Takes, Vec::new()))), heard: watch::Sender::new(0) };
        let server = ses.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let ses = server.clone();
                let answer = hyper::service::service_fn(move |request| ses.clone().answer(request));
                tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), answer));
            }
        });
        ses
    }

    pub(crate) fn is(&self, mood: Mood) {
        self.state.lock().unwrap().0 = mood;
    }

    /// The accepted mails.
    pub(crate) fn taken(&self) -> Vec<Value> {
        self.state.lock().unwrap().1.clone()
    }

    /// Resolves once it has received this many mails, accepted or not.
    pub(crate) async fn heard(&self, mails: usize) {
        self.heard.subscribe().wait_for(|heard| *heard >= mails).await.unwrap();
    }

    async fn answer(self, request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
        assert_eq!(request.uri().path(), "/v2/email/outbound-emails");
        let body = request.into_body().collect().await.unwrap().to_bytes();
        let mood = self.state.lock().unwrap().0;
        if mood.takes() {
            self.state.lock().unwrap().1.push(serde_json::from_slice(&body).unwrap());
        }
        self.heard.send_modify(|heard| *heard += 1);
        Ok(match mood {
            Mood::Takes => Response::new(Full::from(r#"{"MessageId":"m-1"}"#)),
            Mood::Refuses(status, kind) => {
                let answer = Response::builder().status(status).header("x-amzn-errortype", kind);
                answer.body(Full::from(r#"{"message":"no"}"#)).unwrap()
            }
            Mood::Silent | Mood::TakesAndIsSilent => std::future::pending().await,
            Mood::TakesAndHangsUp => panic!("planned: the connection ends without a response"),
        })
    }
}
