//! The demo accounts: an admin and fourteen customers.

use anyhow::Context;
use api_client::{ApiClient, ApiRequest};
use domain::users::{Email, Role};
use serde_json::json;

/// Reserved for examples, so that no email reaches anyone.
const EMAIL_DOMAIN: &str = "shop.example";

const ADMIN: &str = "Robin Keeper";
const CUSTOMERS: [&str; 14] = [
    "Ada Lindqvist",
    "Bram de Vries",
    "Chiara Conti",
    "Dawit Bekele",
    "Elif Kaya",
    "Farid Haddad",
    "Greta Holm",
    "Hiro Tanaka",
    "Ines Carvalho",
    "Jonas Weber",
    "Kavya Rao",
    "Liam Byrne",
    "Mina Park",
    "Noor Aziz",
];

pub(super) const CUSTOMER_COUNT: usize = CUSTOMERS.len();

pub(super) fn admin_email() -> String {
    demo_email("admin")
}

/// The email of the first customer.
pub(super) fn customer_email() -> String {
    demo_email(first_name(CUSTOMERS[0]))
}

/// Signs the admin in; creates the account when it does not exist.
pub(super) async fn sign_in_admin(
    shop: &ApiClient,
    operator_app: &operator::App,
    password: &str,
) -> anyhow::Result<ApiClient> {
    let admin = sign_up_or_log_in(shop, ADMIN, &admin_email(), password).await?;
    let email = Email::try_from(admin_email())?;
    operator::set_role(operator_app, &email, Role::Admin).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    Ok(admin)
}

/// Like [`sign_in_admin`], for every demo customer.
pub(super) async fn sign_in_customers(shop: &ApiClient, password: &str) -> anyhow::Result<Vec<ApiClient>> {
    let mut customers = Vec::with_capacity(CUSTOMER_COUNT);
    for name in CUSTOMERS {
        customers.push(sign_up_or_log_in(shop, name, &demo_email(first_name(name)), password).await?);
    }
    Ok(customers)
}

async fn sign_up_or_log_in(shop: &ApiClient, name: &str, email: &str, password: &str) -> anyhow::Result<ApiClient> {
    let account = json!({"name": name, "email": email, "password": password});
    let mut response = shop.try_send(&ApiRequest::post("/api/users/signup", &account)).await?;
    if response.status == 409 {
        let login = json!({"email": email, "password": password});
        response = shop.try_send(&ApiRequest::post("/api/users/login", &login)).await?;
    }
    let signed_in = response.expect_any(&[200, 201], &format!("the account {email}"))?;
    let token = signed_in["token"].as_str().context("a response without a token")?;
    Ok(shop.with_token(token))
}

fn demo_email(local: &str) -> String {
    format!("{}@{EMAIL_DOMAIN}", local.to_lowercase())
}

fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}
