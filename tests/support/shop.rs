//! A whole shop for the tests of one program.

use std::sync::OnceLock;
use std::time::Duration;

use local::shop::{self, RunningShop, ShopOptions};
use local::stores::Endpoints;
use runtime::{Clock, Env};
use serde_json::{Value, json};

use crate::HttpClient;

/// The password of every account.
const PASSWORD: &str = "correct horse battery";
/// How long something asynchronous may take: a batch, a retry, a slow machine.
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// The time after which a possible violation is checked again in a shop that other tests use.
const RECHECK_DELAY: Duration = Duration::from_secs(2);

/// The shop of this test program.
#[derive(Clone, Debug)]
pub struct Shop {
    /// The base URL.
    pub url: String,
}

static SHOP: OnceLock<(String, tokio::runtime::Runtime, RunningShop)> = OnceLock::new();

impl Shop {
    /// The shop; the first caller starts it. It ends with the process.
    ///
    /// # Panics
    /// When the stores are not available: run tests through `make test`, or `local stores -- cargo
    /// test`.
    pub async fn open() -> Self {
        // A server must outlive the runtime of the test that happens to be first.
        let url =
            tokio::task::spawn_blocking(|| SHOP.get_or_init(start_shop).0.clone()).await.expect("the shop starts");
        Self { url }
    }

    /// An anonymous client.
    pub fn client(&self) -> HttpClient {
        HttpClient::new(&self.url)
    }

    /// A new user, signed up and signed in.
    pub async fn customer(&self) -> HttpClient {
        self.sign_up().await.0
    }

    /// A new admin.
    pub async fn admin(&self) -> HttpClient {
        let (client, email) = self.sign_up().await;
        let (_, runtime, running) = SHOP.get().expect("a shop that has been opened");
        // The shop's connections belong to its own runtime.
        let grant = tokio::task::spawn_blocking(move || runtime.block_on(running.make_admin(&email)));
        grant.await.expect("no panic").expect("the right is granted");
        client
    }

    /// Compares its stores with each other, whatever other tests are doing with it.
    ///
    /// # Panics
    /// When an invariant is violated; the message is the report.
    pub async fn assert_invariants(&self) {
        let (_, runtime, running) = SHOP.get().expect("a shop that has been opened");
        let look = async {
            let stores = invariants::Stores::from_env(&running.env, &Clock::system()).expect("what the functions read");
            loop {
                match invariants::check_live(&stores, &invariants::CheckOptions::default(), RECHECK_DELAY).await {
                    Ok(report) => return report,
                    // On a busy machine a store may not respond in time; if none of them ever does,
                    // the test times out.
                    Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
                }
            }
        };
        // Connections belong to the runtime that opened them.
        let look = async { tokio::time::timeout(TIMEOUT, look).await.expect("the stores answer") };
        let report = tokio::task::spawn_blocking(move || runtime.block_on(look)).await.expect("no panic");
        assert!(report.holds(), "{report}");
    }

    /// A product with this stock, added by an admin.
    pub async fn add_product(&self, admin: &HttpClient, name: &str, price: f64, stock: u32) -> i64 {
        let product = json!({"name": name, "price": price, "stock": stock, "category": "Tests"});
        admin.post("/api/products", product).await.expect(201).json()["id"].as_i64().expect("an id")
    }

    async fn sign_up(&self) -> (HttpClient, String) {
        let email = format!("{:x}@test.example", Clock::system().random() as u64);
        let account = json!({"name": "Ada Test", "email": email, "password": PASSWORD});
        let signed_in = self.client().post("/api/users/signup", account).await.expect(201).json();
        let token = signed_in["token"].as_str().expect("a token");
        (self.client().with_token(token), email)
    }
}

fn start_shop() -> (String, tokio::runtime::Runtime, RunningShop) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let environment = Env::from_env();
    let endpoints = Endpoints::from_variables(|name| environment.optional(name));
    let prefix = format!("t{:x}_", Clock::system().random() as u64);
    let options = ShopOptions {
        endpoints: endpoints.expect("stores: run `make test`, or `local stores -- cargo test`"),
        folder: std::env::temp_dir().join(format!("shop-{prefix}")),
        port: 0,
        prefix,
        demo: false,
        // All tests have one address.
        rate_limits: Some("x1000".to_owned()),
        progress: |_| {},
    };
    let running = runtime.block_on(shop::start(options)).expect("the shop starts");
    (running.url.clone(), runtime, running)
}

/// Polls until a value appears.
///
/// # Panics
/// When it does not in 20 seconds; the message is `what`.
pub async fn eventually<F: Future<Output = Option<Value>>>(what: &str, look: impl Fn() -> F) -> Value {
    let find = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(TIMEOUT, find).await.unwrap_or_else(|_| panic!("never came about: {what}"))
}
