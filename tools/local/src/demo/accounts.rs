//! The demo accounts: an admin and fourteen customers.

use std::collections::HashMap;

use anyhow::Context;
use api_client::{ApiClient, ApiRequest};
use domain::Timestamp;
use domain::users::{Email, Role};
use runtime::Clock;
use serde_json::json;

use super::prices;

/// Reserved for examples, so that no email reaches anyone.
const EMAIL_DOMAIN: &str = "shop.example";

/// Less than a token is valid for.
const LOGIN_SECONDS: i64 = 11 * 3600;

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

/// The accounts of the demo, signed in whenever the demo's clock is.
pub(super) struct Accounts<'a> {
    shop: &'a ApiClient,
    clock: &'a Clock,
    admin_password: &'a str,
    customer_password: &'a str,
    /// By email, with the time of the login.
    signed_in: HashMap<String, (Timestamp, ApiClient)>,
}

impl<'a> Accounts<'a> {
    pub(super) fn new(
        shop: &'a ApiClient,
        clock: &'a Clock,
        admin_password: &'a str,
        customer_password: &'a str,
    ) -> Self {
        Self { shop, clock, admin_password, customer_password, signed_in: HashMap::new() }
    }

    /// Creates the accounts that do not exist, and makes the admin one.
    pub(super) async fn create(&mut self, operator_app: &operator::App) -> anyhow::Result<()> {
        self.admin().await?;
        let email = Email::try_from(admin_email())?;
        operator::set_role(operator_app, &email, Role::Admin).await.map_err(|problem| anyhow::anyhow!("{problem}"))?;
        for (customer, name) in CUSTOMERS.into_iter().enumerate() {
            let client = self.customer(customer).await?;
            // An address that is there already is not added again.
            let address = ApiRequest::post("/api/users/me/addresses", &prices::home(name, customer));
            client.try_send(&address).await?.expect_any(&[200, 201], "an address")?;
        }
        Ok(())
    }

    /// A visitor who is not signed in.
    pub(super) fn visitor(&self) -> ApiClient {
        self.shop.clone()
    }

    pub(super) async fn admin(&mut self) -> anyhow::Result<ApiClient> {
        self.sign_in(ADMIN, &admin_email(), self.admin_password).await
    }

    /// The name of a customer.
    pub(super) fn customer_name(index: usize) -> &'static str {
        CUSTOMERS[index]
    }

    /// By position in the list of customers.
    pub(super) async fn customer(&mut self, index: usize) -> anyhow::Result<ApiClient> {
        let name = CUSTOMERS[index];
        self.sign_in(name, &demo_email(first_name(name)), self.customer_password).await
    }

    async fn sign_in(&mut self, name: &str, email: &str, password: &str) -> anyhow::Result<ApiClient> {
        let now = self.clock.now();
        if let Some((since, client)) = self.signed_in.get(email)
            && (0..LOGIN_SECONDS).contains(&(now.seconds() - since.seconds()))
        {
            return Ok(client.clone());
        }
        let client = sign_up_or_log_in(self.shop, name, email, password).await?;
        self.signed_in.insert(email.to_owned(), (now, client.clone()));
        Ok(client)
    }
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
