//! A client that sends one server a request for each store, until all of them succeed.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use reqwest::StatusCode;
use runtime::Clock;
use serde_json::{Value, json};
use tokio::time::Instant;

/// When a recovery is given up.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// A response takes longer only if something waits without a bound.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
const PASSWORD: &str = "probing-probing";

pub(super) struct Probe {
    url: String,
    http: reqwest::Client,
    email: String,
    token: String,
    product: i64,
}

/// The time until everything succeeded.
#[derive(Debug, Default)]
pub(super) struct RecoveryTime {
    pub(super) after: Duration,
    /// The last failure before that.
    pub(super) last_failure: String,
}

impl Probe {
    pub(super) async fn sign_up(url: &str) -> Result<Self> {
        let http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build()?;
        let email = format!("probe-{:x}@faults.example", Clock::system().random());
        let mut probe = Self { url: url.to_owned(), http, email, token: String::new(), product: 0 };
        let account = json!({"name": "Pro Be", "email": probe.email, "password": PASSWORD});
        let started = Instant::now();
        while probe.token.is_empty() {
            let (status, signed_in) = probe.post("/api/users/signup", &account).await?;
            signed_in["token"].as_str().unwrap_or_default().clone_into(&mut probe.token);
            let waits = status == StatusCode::SERVICE_UNAVAILABLE && started.elapsed() < RECOVERY_TIMEOUT;
            ensure!(waits || status == StatusCode::CREATED, "the probe cannot sign up: {status} {signed_in}");
        }
        Ok(probe)
    }

    /// Chooses the product to buy, once there is one.
    pub(super) async fn choose_product(&mut self) -> Result<()> {
        let (_, products) = self.get("/api/products?limit=1").await?;
        self.product = products[0]["id"].as_i64().context("the shop sells nothing")?;
        Ok(())
    }

    /// Waits until everything succeeds.
    pub(super) async fn wait_until_healthy(&mut self) -> Result<RecoveryTime> {
        let started = Instant::now();
        let mut last = String::new();
        loop {
            let trouble = match self.find_failure().await {
                Ok(None) => return Ok(RecoveryTime { after: started.elapsed(), last_failure: last }),
                Ok(Some(trouble)) => trouble,
                Err(error) => format!("{error:#}"),
            };
            if started.elapsed() > RECOVERY_TIMEOUT {
                bail!("{} is not well {RECOVERY_TIMEOUT:?} after all stores were back: {trouble}", self.url);
            }
            last = format!("{:.1} s: {trouble}", started.elapsed().as_secs_f64());
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The first failure, if any.
    async fn find_failure(&mut self) -> Result<Option<String>> {
        let (status, answer) = self.get("/api/users/me").await?;
        if status == StatusCode::UNAUTHORIZED {
            // Redis has lost the session: a successful login is healthy.
            let (status, signed_in) =
                self.post("/api/users/login", &json!({"email": self.email, "password": PASSWORD})).await?;
            match signed_in["token"].as_str() {
                Some(token) => token.clone_into(&mut self.token),
                None => return Ok(Some(format!("log in: {status} {signed_in}"))),
            }
        } else if !status.is_success() {
            return Ok(Some(format!("session: {status} {answer}")));
        }
        let order = json!({"items": [{"productId": self.product, "quantity": 1}]});
        let (status, answer) = self.post("/api/orders", &order).await?;
        // Sold out is a response of PostgreSQL as well.
        if status != StatusCode::CREATED && status != StatusCode::CONFLICT {
            return Ok(Some(format!("order: {status} {answer}")));
        }
        let (status, answer) = self.post("/api/analytics/event", &json!({"eventType": "probe.look"})).await?;
        Ok((status != StatusCode::CREATED).then(|| format!("event: {status} {answer}")))
    }

    /// The latency of a page of the catalog, which needs no Redis.
    pub(super) async fn time_catalog_page(&self) -> Result<Duration> {
        let started = Instant::now();
        let (status, answer) = self.get("/api/products?limit=20").await?;
        ensure!(status.is_success(), "the catalogue without Redis: {status} {answer}");
        Ok(started.elapsed())
    }

    async fn get(&self, path: &str) -> Result<(StatusCode, Value)> {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.token);
        send(request).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(StatusCode, Value)> {
        let request = self.http.post(format!("{}{path}", self.url)).json(body);
        send(if self.token.is_empty() { request } else { request.bearer_auth(&self.token) }).await
    }
}

async fn send(request: reqwest::RequestBuilder) -> Result<(StatusCode, Value)> {
    let answer = request.send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    Ok((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
}
