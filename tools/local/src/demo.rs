//! Demo data: sixty products with pictures, prices with tax, shipping and codes, accounts, and two
//! months of orders, reviews and visits.
//!
//! Loaded through the API, by functions whose clock shows the time at which each thing is to have
//! happened: so stock, ratings, notifications and analytics are as if it had. Knows no database. An interrupted load continues at the next start and creates nothing
//! twice.

mod accounts;
pub mod catalog;
mod history;
mod prices;
pub mod product_image;
mod review_texts;
mod timeline;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use api_client::ApiClient;
use axum::Router;
use runtime::Clock;

use crate::secrets::Secrets;
use accounts::Accounts;
use history::History;

/// The rate limits while the demo data is loaded.
pub(crate) const LOAD_RATE_LIMITS: &str = "x1000";
const STATE_FILE: &str = "demo";
const LOADED: &str = "loaded";
const EMPTY: &str = "empty";

/// The demo accounts that the local server prints.
#[derive(Debug, Clone)]
pub struct DemoAccounts {
    /// Whether the demo data was loaded at this start.
    pub just_loaded: bool,
    /// The email address and the password.
    pub admin: (String, String),
    /// Email and password of a customer with orders.
    pub customer: (String, String),
    /// The file with the admin's password.
    pub admin_file: PathBuf,
}

/// Whether the shop in `folder` is to have no demo data.
pub fn is_disabled(folder: &Path) -> bool {
    read_state(folder).as_deref() == Some(EMPTY)
}

/// Stores that the shop in `folder` is to have no demo data, unless it has been loaded.
///
/// # Errors
/// When the state file cannot be written.
pub fn disable(folder: &Path) -> anyhow::Result<()> {
    if read_state(folder).is_none() { write_state(folder, EMPTY) } else { Ok(()) }
}

fn read_state(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join(STATE_FILE)).ok().map(|text| text.trim().to_owned())
}

fn write_state(folder: &Path, state: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(STATE_FILE), format!("{state}\n")).context("cannot write the state of the demo data")
}

/// Loads what is missing. `router` leads to functions that have this `clock`, a stopped one.
///
/// # Errors
/// When the API rejects a request or a store is unavailable; the next call continues from there.
pub async fn load(
    router: Router,
    clock: &Clock,
    operator_app: &operator::App,
    secrets: &Secrets,
    folder: &Path,
    progress: fn(&dyn Display),
) -> anyhow::Result<DemoAccounts> {
    let ((admin_password, admin_file), (customer_password, _)) =
        (secrets.admin_password()?, secrets.customer_password()?);
    let is_new = read_state(folder).as_deref() != Some(LOADED);
    if is_new {
        load_all(&ApiClient::for_router(router), clock, operator_app, &admin_password, &customer_password, progress)
            .await
            .context("the demo data could not be loaded; the next start continues from here")?;
        write_state(folder, LOADED)?;
    }
    let admin = (accounts::admin_email(), admin_password);
    Ok(DemoAccounts {
        just_loaded: is_new,
        admin,
        customer: (accounts::customer_email(), customer_password),
        admin_file,
    })
}

async fn load_all(
    shop: &ApiClient,
    clock: &Clock,
    operator_app: &operator::App,
    admin_password: &str,
    customer_password: &str,
    progress: fn(&dyn Display),
) -> anyhow::Result<()> {
    let now = clock.now();
    clock.advance(-timeline::OPENING);
    progress(&"Demo data: accounts…");
    let mut accounts = Accounts::new(shop, clock, admin_password, customer_password);
    accounts.create(operator_app).await?;
    let all = catalog::all().len();
    let admin = accounts.admin().await?;
    prices::set_prices(&admin).await?;
    let products = history::ensure_products(shop, &admin, |count| {
        if count % 20 == 0 {
            progress(&format!("Demo data: {count} of {all} products…"));
        }
    });
    let products = products.await?;
    History::new(accounts, clock, now, products).await?.make(progress).await
}
