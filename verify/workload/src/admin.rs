//! An admin of the shop, for what only an admin may do.

use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use serde::Deserialize;
use serde_json::json;

use crate::balancer::Balancer;

const TIMEOUT: Duration = Duration::from_secs(15);

/// How the admin authenticates.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// A token; once its session is gone, the admin can do nothing more.
    Token(String),
    /// An account: it can log in again.
    Account { email: String, password: String },
}

/// The admin, logged in.
#[derive(Debug)]
pub(crate) struct Admin {
    credentials: Credentials,
    token: RwLock<String>,
}

impl Admin {
    /// # Errors
    /// When the login fails.
    pub(crate) async fn log_in(shop: &Balancer, credentials: Credentials) -> Result<Self> {
        let token = fetch_token(shop, &credentials).await?;
        Ok(Self { credentials, token: RwLock::new(token) })
    }

    pub(crate) fn token(&self) -> String {
        self.token.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logs in again, after a session was lost.
    ///
    /// # Errors
    /// When the login fails.
    pub(crate) async fn renew_session(&self, shop: &Balancer) -> Result<()> {
        let token = fetch_token(shop, &self.credentials).await?;
        *self.token.write().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }
}

async fn fetch_token(shop: &Balancer, credentials: &Credentials) -> Result<String> {
    match credentials {
        Credentials::Token(token) => Ok(token.clone()),
        Credentials::Account { email, password } => log_in(shop, email, password).await,
    }
}

/// Creates an account, which an operator can then make an admin.
///
/// # Errors
/// When the shop rejects it, or does not respond.
pub async fn sign_up(url: &str, email: &str, password: &str) -> Result<()> {
    let shop = Balancer::new(&[url.to_owned()], TIMEOUT)?;
    let account = json!({"name": "Ada Admin", "email": email, "password": password});
    let answer = shop.send_until_available(&ApiRequest::post("/api/users/signup", &account)).await?;
    ensure!(answer.status == 201, "{email} cannot sign up: {answer}");
    Ok(())
}

/// Logs in and returns the token.
///
/// # Errors
/// When the shop rejects it, or does not respond for long.
pub(crate) async fn log_in(shop: &Balancer, email: &str, password: &str) -> Result<String> {
    #[derive(Deserialize)]
    struct SignedIn {
        token: String,
    }
    let answer = shop
        .send_until_available(&ApiRequest::post("/api/users/login", &json!({"email": email, "password": password})))
        .await?;
    ensure!(answer.status == 200, "{email} cannot log in: {answer}");
    Ok(answer.parse::<SignedIn>()?.token)
}
