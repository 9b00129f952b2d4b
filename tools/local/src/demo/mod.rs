//! The demo shop: sixty goods with pictures, people, orders, reviews and visits.
//!
//! Loaded through the API itself, so that stock, ratings, notifications and figures are what they
//! would be if it had all happened. Knows no database. A load that is cut off goes on at the next
//! start, and nothing is there twice.

mod caller;
pub mod goods;
mod history;
mod opinions;
mod people;
pub mod picture;

use std::fmt::Display;
use std::path::{Path, PathBuf};

use anyhow::Context;
use axum::Router;

use crate::shop::secrets::Secrets;
use caller::Caller;

/// The limits under which it is loaded.
pub(crate) const LIMITS: &str = "x1000";
const STATE: &str = "demo";
const LOADED: &str = "loaded";
const EMPTY: &str = "empty";

/// How one gets to know the demo shop's people.
#[derive(Debug, Clone)]
pub struct Introduction {
    /// Whether the demo shop was loaded just now, so that nobody knows them yet.
    pub is_new: bool,
    /// Who runs the shop: email and password.
    pub admin: (String, String),
    /// Somebody who has bought here: email and password.
    pub customer: (String, String),
    /// The file with the admin's password.
    pub admin_file: PathBuf,
}

/// Whether the shop in `folder` was chosen to be without a demo.
pub fn is_unwanted(folder: &Path) -> bool {
    state(folder).as_deref() == Some(EMPTY)
}

/// Notes that the shop in `folder` is to stay without a demo, if none was loaded.
///
/// # Errors
/// The note cannot be written.
pub fn refuse(folder: &Path) -> anyhow::Result<()> {
    if state(folder).is_none() { note(folder, EMPTY) } else { Ok(()) }
}

fn state(folder: &Path) -> Option<String> {
    std::fs::read_to_string(folder.join(STATE)).ok().map(|text| text.trim().to_owned())
}

fn note(folder: &Path, state: &str) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join(STATE), format!("{state}\n")).context("cannot note the state of the demo shop")
}

/// Loads what is not there yet.
///
/// # Errors
/// The shop refuses something, or a store is away; the next call goes on from there.
pub async fn load(
    router: Router,
    accounts: &operator::App,
    secrets: &Secrets,
    folder: &Path,
    progress: fn(&dyn Display),
) -> anyhow::Result<Introduction> {
    let ((admin_password, admin_file), (customer_password, _)) =
        (secrets.admin_password()?, secrets.customer_password()?);
    let is_new = state(folder).as_deref() != Some(LOADED);
    if is_new {
        fill(&Caller::new(router), accounts, &admin_password, &customer_password, progress)
            .await
            .context("the demo shop could not be loaded; the next start goes on from here")?;
        note(folder, LOADED)?;
    }
    let admin = (people::admin_email(), admin_password);
    Ok(Introduction { is_new, admin, customer: (people::customer_email(), customer_password), admin_file })
}

async fn fill(
    shop: &Caller,
    accounts: &operator::App,
    admin_password: &str,
    customer_password: &str,
    progress: fn(&dyn Display),
) -> anyhow::Result<()> {
    progress(&"Demo shop: people…");
    let admin = people::admin(shop, accounts, admin_password).await?;
    let customers = people::customers(shop, customer_password).await?;
    let all = goods::all().len();
    let products = history::catalogue(shop, &admin, |count| {
        if count % 20 == 0 {
            progress(&format!("Demo shop: {count} of {all} goods…"));
        }
    });
    let products = products.await?;
    let orders = history::orders(&admin, &customers, &products).await?;
    progress(&format!("Demo shop: {orders} orders…"));
    let mut reviews = 0;
    for (place, product) in products.iter().enumerate() {
        reviews += history::reviews(&customers, place, *product).await?;
    }
    progress(&format!("Demo shop: {reviews} reviews…"));
    let visits = history::visits(shop, &customers, &products).await?;
    progress(&format!("Demo shop: {visits} events of visitors…"));
    Ok(())
}
