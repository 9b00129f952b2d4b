//! An admin of the shop, for what only an admin may do.

use std::path::PathBuf;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use anyhow::{Result, ensure};
use api_client::ApiRequest;
use serde::Deserialize;
use serde_json::json;

use crate::balancer::Balancer;

/// The admin who refunds and sets stock. Without one, these actions are skipped.
#[derive(Debug, clap::Args)]
pub(crate) struct AdminArgs {
    /// An admin's token
    #[arg(long, env = "LOAD_ADMIN_TOKEN", hide_env_values = true, conflicts_with = "admin_email")]
    admin_token: Option<String>,
    /// An admin's email address
    #[arg(long)]
    admin_email: Option<String>,
    /// The admin's password
    #[arg(long, env = "LOAD_ADMIN_PASSWORD", hide_env_values = true, conflicts_with = "admin_password_file")]
    admin_password: Option<String>,
    /// A file that contains the password, such as .local/stores/shop/admin-password of `make run`
    #[arg(long, value_name = "FILE")]
    admin_password_file: Option<PathBuf>,
}

impl AdminArgs {
    /// # Errors
    /// When there is an address without a password, or the file cannot be read.
    pub(crate) fn credentials(self) -> Result<Option<Credentials>> {
        if let Some(token) = self.admin_token {
            return Ok(Some(Credentials::Token(token)));
        }
        let Some(email) = self.admin_email else { return Ok(None) };
        let from_file = self.admin_password_file.map(|path| {
            std::fs::read_to_string(&path).map_err(|e| anyhow::anyhow!("--admin-password-file {}: {e}", path.display()))
        });
        let password = self.admin_password.or(from_file.transpose()?);
        ensure!(password.is_some(), "--admin-email needs --admin-password-file, or LOAD_ADMIN_PASSWORD");
        let password = password.unwrap_or_default().trim().to_owned();
        Ok(Some(Credentials::Account { email, password }))
    }
}

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
    let response = shop.send_until_available(&ApiRequest::post("/api/users/signup", &account)).await?;
    ensure!(response.status == 201, "{email} cannot sign up: {response}");
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
    let response = shop
        .send_until_available(&ApiRequest::post("/api/users/login", &json!({"email": email, "password": password})))
        .await?;
    ensure!(response.status == 200, "{email} cannot log in: {response}");
    Ok(response.parse::<SignedIn>()?.token)
}
