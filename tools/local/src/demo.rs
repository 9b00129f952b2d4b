//! The demo data: sixty products with pictures, users, orders, reviews and visits.
//!
//! Loaded through the API itself, so that stock, ratings, notifications and totals are what they
//! would be if everything had happened. Knows no database. An interrupted load continues at the
//! next start, and nothing is created twice.

mod accounts;
mod api_client;
pub mod catalog;
mod history;
pub mod product_image;
mod review_texts;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use axum::Router;

use crate::secrets::Secrets;
use api_client::ApiClient;

/// The rate limits while it is loaded.
pub(crate) const LOAD_RATE_LIMITS: &str = "x1000";
const STATE_FILE: &str = "demo";
const LOADED: &str = "loaded";
const EMPTY: &str = "empty";

/// The accounts of the demo data, for the developer.
#[derive(Debug, Clone)]
pub struct DemoAccounts {
    /// Whether the data was loaded just now, so that nobody knows the accounts yet.
    pub just_loaded: bool,
    /// The admin: email and password.
    pub admin: (String, String),
    /// A customer with orders: email and password.
    pub customer: (String, String),
    /// The file with the admin's password.
    pub admin_file: PathBuf,
}

/// Whether demo data is disabled for the shop in `folder`.
pub fn is_disabled(folder: &Path) -> bool {
    read_state(folder).as_deref() == Some(EMPTY)
}

/// Disables demo data for the shop in `folder`, if none was loaded.
///
/// # Errors
/// The file cannot be written.
pub fn disable(folder: &Path) -> anyhow::Result<()> {
    if read_state(folder).is_none() { write_state(folder, EMPTY) } else { Ok(()) }
}

fn read_state(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join(STATE_FILE)).ok().map(|text| text.trim().to_owned())
}

fn write_state(folder: &Path, state: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(STATE_FILE), format!("{state}\n")).context("cannot note the state of the demo shop")
}

/// Loads what does not exist yet.
///
/// # Errors
/// The shop rejects a request, or a store is unavailable; the next call continues from there.
pub async fn load(
    router: Router,
    operator_app: &operator::App,
    secrets: &Secrets,
    folder: &Path,
    progress: fn(&dyn Display),
) -> anyhow::Result<DemoAccounts> {
    let ((admin_password, admin_file), (customer_password, _)) =
        (secrets.admin_password()?, secrets.customer_password()?);
    let is_new = read_state(folder).as_deref() != Some(LOADED);
    if is_new {
        load_all(&ApiClient::new(router), operator_app, &admin_password, &customer_password, progress)
            .await
            .context("the demo shop could not be loaded; the next start goes on from here")?;
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
    operator_app: &operator::App,
    admin_password: &str,
    customer_password: &str,
    progress: fn(&dyn Display),
) -> anyhow::Result<()> {
    progress(&"Demo shop: people…");
    let admin = accounts::sign_in_admin(shop, operator_app, admin_password).await?;
    let customers = accounts::sign_in_customers(shop, customer_password).await?;
    let all = catalog::all().len();
    let products = history::ensure_products(shop, &admin, |count| {
        if count % 20 == 0 {
            progress(&format!("Demo shop: {count} of {all} goods…"));
        }
    });
    let products = products.await?;
    let orders = history::place_orders(&admin, &customers, &products).await?;
    progress(&format!("Demo shop: {orders} orders…"));
    let mut reviews = 0;
    for (index, product) in products.iter().enumerate() {
        reviews += history::write_reviews(&customers, index, *product).await?;
    }
    progress(&format!("Demo shop: {reviews} reviews…"));
    let visits = history::track_visits(shop, &customers, &products).await?;
    progress(&format!("Demo shop: {visits} events of visitors…"));
    Ok(())
}
