//! The demo accounts: an admin and fourteen customers.

use anyhow::Context;
use domain::users::{Email, Role};
use http::StatusCode;
use serde_json::json;

use super::api_client::ApiClient;

/// Reserved for examples: no mail is ever sent to it.
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

/// The admin's email address.
pub(super) fn admin_email() -> String {
    demo_email("admin")
}

/// The first customer's email address.
pub(super) fn customer_email() -> String {
    demo_email(first_name(CUSTOMERS[0]))
}

/// Logs the admin in, after a sign-up if there is no account yet.
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

/// As [`sign_in_admin`], for every customer.
pub(super) async fn sign_in_customers(shop: &ApiClient, password: &str) -> anyhow::Result<Vec<ApiClient>> {
    let mut customers = Vec::with_capacity(CUSTOMER_COUNT);
    for name in CUSTOMERS {
        customers.push(sign_up_or_log_in(shop, name, &demo_email(first_name(name)), password).await?);
    }
    Ok(customers)
}

async fn sign_up_or_log_in(shop: &ApiClient, name: &str, email: &str, password: &str) -> anyhow::Result<ApiClient> {
    let account = json!({"name": name, "email": email, "password": password});
    let mut answer = shop.post("/api/users/signup", &account).await?;
    if answer.status == StatusCode::CONFLICT {
        let login = json!({"email": email, "password": password});
        answer = shop.post("/api/users/login", &login).await?;
    }
    let signed_in = answer.expect_status(&[StatusCode::OK, StatusCode::CREATED], &format!("the account {email}"))?;
    let token = signed_in["token"].as_str().context("an answer without a token")?;
    Ok(shop.with_token(token))
}

fn demo_email(local: &str) -> String {
    format!("{}@{EMAIL_DOMAIN}", local.to_lowercase())
}

fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}
