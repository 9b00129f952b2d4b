//! A customer who sends one server requests that need every store, until all of them succeed.

use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use api_client::{ApiClient, ApiRequest};
use runtime::Clock;
use serde_json::{Value, json};
use tokio::time::Instant;

/// A recovery that takes longer has failed.
const RECOVERY_TIMEOUT: Duration = Duration::from_secs(60);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// A response takes longer only when something waits without a timeout.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(15);
const PASSWORD: &str = "probing-probing";

pub(super) struct Probe {
    url: String,
    client: ApiClient,
    email: String,
    product: i64,
}

#[derive(Debug, Default)]
pub(super) struct RecoveryTime {
    pub(super) after: Duration,
    /// The last failure before all requests succeeded.
    pub(super) last_failure: String,
}

impl Probe {
    pub(super) async fn sign_up(url: &str) -> Result<Self> {
        let client = ApiClient::for_url_with_timeout(url, REQUEST_TIMEOUT)?;
        let email = format!("probe-{:x}@faults.example", Clock::system().random());
        let mut probe = Self { url: url.to_owned(), client, email, product: 0 };
        let account = json!({"name": "Pro Be", "email": probe.email, "password": PASSWORD});
        let started = Instant::now();
        loop {
            let (status, signed_in) = probe.post("/api/users/signup", &account).await?;
            if let Some(token) = signed_in["token"].as_str() {
                probe.client = probe.client.with_token(token);
                return Ok(probe);
            }
            let waits = status == 503 && started.elapsed() < RECOVERY_TIMEOUT;
            ensure!(waits, "the probe cannot sign up: {status} {signed_in}");
        }
    }

    /// Chooses the product that it orders.
    pub(super) async fn choose_product(&mut self) -> Result<()> {
        let (_, products) = self.get("/api/products?limit=1").await?;
        self.product = products[0]["id"].as_i64().context("the shop sells nothing")?;
        Ok(())
    }

    /// Waits until all requests succeed.
    pub(super) async fn wait_until_healthy(&mut self) -> Result<RecoveryTime> {
        let started = Instant::now();
        let mut last = String::new();
        loop {
            let failure = match self.find_failure().await {
                Ok(None) => return Ok(RecoveryTime { after: started.elapsed(), last_failure: last }),
                Ok(Some(failure)) => failure,
                Err(error) => format!("{error:#}"),
            };
            if started.elapsed() > RECOVERY_TIMEOUT {
                bail!("{} still fails {RECOVERY_TIMEOUT:?} after all stores were back: {failure}", self.url);
            }
            last = format!("{:.1} s: {failure}", started.elapsed().as_secs_f64());
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The first request that fails, if any does.
    async fn find_failure(&mut self) -> Result<Option<String>> {
        let (status, body) = self.get("/api/users/me").await?;
        if status == 401 {
            // Redis has lost the session: a login shows that it works again.
            let (status, signed_in) =
                self.post("/api/users/login", &json!({"email": self.email, "password": PASSWORD})).await?;
            match signed_in["token"].as_str() {
                Some(token) => self.client = self.client.with_token(token),
                None => return Ok(Some(format!("log in: {status} {signed_in}"))),
            }
        } else if status != 200 {
            return Ok(Some(format!("session: {status} {body}")));
        }
        let order = json!({"items": [{"productId": self.product, "quantity": 1}]});
        let (status, body) = self.post("/api/orders", &order).await?;
        // 409: sold out, which PostgreSQL has decided.
        if status != 201 && status != 409 {
            return Ok(Some(format!("order: {status} {body}")));
        }
        let (status, body) = self.post("/api/analytics/event", &json!({"eventType": "probe.look"})).await?;
        Ok((status != 201).then(|| format!("event: {status} {body}")))
    }

    /// How long a page of the catalog takes, which needs no Redis.
    pub(super) async fn time_catalog_page(&self) -> Result<Duration> {
        let started = Instant::now();
        let (status, body) = self.get("/api/products?limit=20").await?;
        ensure!(status == 200, "the catalog without Redis: {status} {body}");
        Ok(started.elapsed())
    }

    async fn get(&self, path: &str) -> Result<(u16, Value)> {
        self.send(&ApiRequest::get(path)).await
    }

    async fn post(&self, path: &str, body: &Value) -> Result<(u16, Value)> {
        self.send(&ApiRequest::post(path, body)).await
    }

    /// The status, and the body; as text when it is not JSON.
    async fn send(&self, request: &ApiRequest) -> Result<(u16, Value)> {
        let response = self.client.try_send(request).await?;
        let body = response.parse().unwrap_or_else(|_| Value::String(response.text().into_owned()));
        Ok((response.status.as_u16(), body))
    }
}
