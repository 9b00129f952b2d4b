//! One shop for all tests of a program.

use std::sync::OnceLock;
use std::time::Duration;

use domain::UserId;
use local::shop::{self, RunningShop, ShopOptions};
use local::stores::Endpoints;
use runtime::{Clock, Env};
use serde_json::{Value, json};
use testkit::TestClient;
use tokens::links::Links;

/// The password of all accounts.
const PASSWORD: &str = "correct horse battery";
/// For effects after a response: a batch, a retry, a slow machine.
const TIMEOUT: Duration = Duration::from_secs(20);
const POLL_INTERVAL: Duration = Duration::from_millis(50);
/// Before a violation is checked again: other tests use the shop at the same time.
const RECHECK_DELAY: Duration = Duration::from_secs(2);

#[derive(Clone, Debug)]
pub struct Shop {
    pub url: String,
}

static SHOP: OnceLock<(String, tokio::runtime::Runtime, RunningShop)> = OnceLock::new();

impl Shop {
    /// The first call starts the shop. It ends with the process.
    ///
    /// # Panics
    /// When the environment names no stores: run tests through `make test`, or `local stores -- cargo test`.
    pub async fn open() -> Self {
        // A server must outlive the runtime of the test that happens to be first.
        let url =
            tokio::task::spawn_blocking(|| SHOP.get_or_init(start_shop).0.clone()).await.expect("the shop starts");
        Self { url }
    }

    pub fn client(&self) -> TestClient {
        TestClient::for_url(&self.url)
    }

    /// A new customer, signed in.
    pub async fn customer(&self) -> TestClient {
        self.sign_up().await.0
    }

    /// A new admin, signed in.
    pub async fn admin(&self) -> TestClient {
        let (client, email) = self.sign_up().await;
        let (_, runtime, running) = SHOP.get().expect("a shop that has been opened");
        // The shop's connections belong to its own runtime.
        let grant = tokio::task::spawn_blocking(move || runtime.block_on(running.make_admin(&email)));
        grant.await.expect("no panic").expect("the right is granted");
        client
    }

    /// Checks all invariants, while other tests may use the shop.
    ///
    /// # Panics
    /// When one is violated; the message is the report.
    pub async fn assert_invariants(&self) {
        let (_, runtime, running) = SHOP.get().expect("a shop that has been opened");
        let check = async {
            let stores = invariants::Stores::from_env(&running.env, &Clock::system()).expect("what the functions read");
            loop {
                match invariants::check_live(&stores, &invariants::CheckOptions::default(), RECHECK_DELAY).await {
                    Ok(report) => return report,
                    // A store may time out on a busy machine; the timeout below ends the test.
                    Err(_) => tokio::time::sleep(POLL_INTERVAL).await,
                }
            }
        };
        // Connections belong to the runtime that opened them.
        let check = async { tokio::time::timeout(TIMEOUT, check).await.expect("the stores respond") };
        let report = tokio::task::spawn_blocking(move || runtime.block_on(check)).await.expect("no panic");
        assert!(report.holds(), "{report}");
    }

    /// Adds a product and returns its id.
    pub async fn add_product(&self, admin: &TestClient, name: &str, price: f64, stock: u32) -> i64 {
        let product = json!({"name": name, "price": price, "stock": stock, "category": "Tests"});
        admin.post("/api/products", product).await.expect(201).json()["id"].as_i64().expect("an id")
    }

    /// An address that nobody has.
    pub fn new_email(&self) -> String {
        format!("{:016x}@test.example", Clock::system().random() as u64)
    }

    /// The token of a link that is mailed to this user now, and verifies their address.
    ///
    /// # Panics
    /// When the address is none.
    pub fn verification_token(&self, user: i64, email: &str) -> String {
        let (_, _, running) = SHOP.get().expect("a shop that has been opened");
        let links = Links::new(&running.env.required("LINK_KEY").expect("a key")).expect("a long key");
        let user = UserId::checked(user).expect("an id");
        links.verification_token(user, &email.to_owned().try_into().expect("an address"), Clock::system().now())
    }

    /// One run of recovery.
    ///
    /// # Panics
    /// When it fails.
    pub async fn recover(&self) {
        let (_, runtime, running) = SHOP.get().expect("a shop that has been opened");
        let run = async {
            let app = recovery::App::from_env(&running.env, &Clock::system()).expect("what the function reads");
            recovery::run(&app).await.map(drop)
        };
        let done = tokio::task::spawn_blocking(move || runtime.block_on(run)).await.expect("no panic");
        done.expect("the stores respond");
    }

    async fn sign_up(&self) -> (TestClient, String) {
        let email = self.new_email();
        let account = json!({"name": "Ada Test", "email": email, "password": PASSWORD});
        let signed_in = self.client().post("/api/users/signup", account).await.expect(201).json();
        let token = signed_in["token"].as_str().expect("a token");
        (self.client().with_token(token), email)
    }
}

fn start_shop() -> (String, tokio::runtime::Runtime, RunningShop) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    let env = Env::from_env();
    let endpoints = Endpoints::from_variables(|name| env.optional(name));
    let prefix = format!("t{:x}_", Clock::system().random() as u64);
    let folder = std::env::temp_dir().join(format!("shop-{prefix}"));
    let options = ShopOptions {
        endpoints: endpoints.expect("stores: run `make test`, or `local stores -- cargo test`"),
        mail_directory: Some(folder.join("mails")),
        folder,
        port: 0,
        prefix,
        demo: false,
        // All requests come from one address, which the rate limits would block.
        rate_limits: Some("x1000".to_owned()),
        progress: |_| {},
    };
    let running = runtime.block_on(shop::start(options)).expect("the shop starts");
    (running.url.clone(), runtime, running)
}

/// Repeats `look` until it finds something.
///
/// # Panics
/// When it finds nothing within 20 seconds; the message names `what`.
pub async fn eventually<F: Future<Output = Option<Value>>>(what: &str, look: impl Fn() -> F) -> Value {
    let find = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    };
    tokio::time::timeout(TIMEOUT, find).await.unwrap_or_else(|_| panic!("never happened: {what}"))
}
