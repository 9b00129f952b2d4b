//! The demo shop's people: an admin and fourteen customers.

use anyhow::Context;
use domain::users::{Email, Role};
use http::StatusCode;
use serde_json::json;

use super::caller::Caller;

/// Reserved for examples: no mail ever leaves for it.
const DOMAIN: &str = "shop.example";

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

/// How many customers there are.
pub(super) const COUNT: usize = CUSTOMERS.len();

/// Where the admin signs in.
pub(super) fn admin_email() -> String {
    email("admin")
}

/// Where the first customer signs in.
pub(super) fn customer_email() -> String {
    email(first_name(CUSTOMERS[0]))
}

/// Signs everybody in, and up first where that has not been done.
pub(super) async fn admin(shop: &Caller, accounts: &operator::App, password: &str) -> anyhow::Result<Caller> {
    let admin = enter(shop, ADMIN, &admin_email(), password).await?;
    let email = Email::try_from(admin_email())?;
    operator::set_role(accounts, &email, Role::Admin).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
    Ok(admin)
}

/// As [`admin`].
pub(super) async fn customers(shop: &Caller, password: &str) -> anyhow::Result<Vec<Caller>> {
    let mut customers = Vec::with_capacity(COUNT);
    for name in CUSTOMERS {
        customers.push(enter(shop, name, &email(first_name(name)), password).await?);
    }
    Ok(customers)
}

async fn enter(shop: &Caller, name: &str, email: &str, password: &str) -> anyhow::Result<Caller> {
    let account = json!({"name": name, "email": email, "password": password});
    let mut answer = shop.post("/api/users/signup", &account).await?;
    if answer.status == StatusCode::CONFLICT {
        let login = json!({"email": email, "password": password});
        answer = shop.post("/api/users/login", &login).await?;
    }
    let signed_in = answer.expect(&[StatusCode::OK, StatusCode::CREATED], &format!("the account {email}"))?;
    let token = signed_in["token"].as_str().context("an answer without a token")?;
    Ok(shop.with_token(token))
}

fn email(local: &str) -> String {
    format!("{}@{DOMAIN}", local.to_lowercase())
}

fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or(name)
}
