//! `lambda-harness measure --tls`: cold starts as in AWS, with TLS 1.3 to every store and a share of
//! a processor. Measures the start and the first response that needs a session.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, bail};
use api_client::ApiRequest;
use domain::users::Role;
use domain::{SessionId, UserId};
use lambda_events::EventSource;
use local::stores::Endpoints;
use runtime::{Clock, Env};
use serde_json::{Value, json};
use store_redis::{Redis, Session, Sessions};

use super::statistics::median;
use crate::tls::TlsProxies;
use crate::{CpuShare, Sandbox, find_binary};

/// The function and its first request.
const FIRST_REQUESTS: [(&str, &str); 3] =
    [("orders", "POST /api/orders"), ("orders", "GET /api/orders"), ("products", "GET /api/products/{id}")];
/// Enough for all orders of a run.
const STOCK: u32 = 1_000_000;

struct Fixture {
    customer: String,
    product: Value,
}

/// The cold starts of one function with one share.
struct Row {
    share: f64,
    request: &'static str,
    init_durations: Vec<Duration>,
    first_responses: Vec<Duration>,
    unavailable: usize,
}

/// # Errors
/// When certificates cannot be created, a program is missing, or a response is neither the expected one nor 503.
#[expect(clippy::print_stdout, clippy::print_stderr, reason = "a program for people")]
pub(super) async fn run(
    folder: &Path,
    endpoints: &Endpoints,
    variables: Vec<(String, String)>,
    runs: u32,
    shares: &[f64],
) -> anyhow::Result<()> {
    let clock = Clock::system();
    let name = format!("lambda-harness-{:x}", clock.random() as u64);
    // All requests come from one address, which the rate limits would block.
    let plain: Vec<_> = variables.into_iter().filter(|(name, _)| name != "LIMITS").collect();
    let plain = [plain, vec![("LIMITS".to_owned(), "x1000".to_owned())]].concat();
    let fixture = Fixture::create(folder, &plain, &clock).await?;
    let files = std::env::temp_dir().join(&name);
    let proxies = TlsProxies::start(endpoints, &files).await?;
    let secured = proxies.rewrite_variables(plain)?;
    println!(
        "{:<7} {:<24} {:>8} {:>11} {:>8} {:>12}",
        "share", "first request", "init ms", "response ms", "sum ms", "503"
    );
    for share in shares {
        let group = match CpuShare::create(*share, &format!("{name}-{share}")) {
            Ok(group) => group,
            Err(why) => {
                println!("{share:<7} SKIPPED: no control group can be created here ({why:#})");
                continue;
            }
        };
        for (function, request) in FIRST_REQUESTS {
            eprintln!("{request} at {share}…");
            let row = measure(folder, (function, request), &secured, (&group, *share), runs, &fixture).await;
            print_row(&row.with_context(|| format!("{request} fails"))?);
        }
    }
    println!(
        "Medians of {runs}. Targets at 0.29: init 60 ms; first response 50 ms for an order, 15 ms for a read; no 503."
    );
    std::fs::remove_dir_all(&files).context("cannot clean up")
}

#[expect(clippy::print_stdout, reason = "a program for people")]
fn print_row(row: &Row) {
    let ms = |times: &[Duration]| median(times.to_vec()).as_secs_f64() * 1000.0;
    let (init, response) = (ms(&row.init_durations), ms(&row.first_responses));
    let rejected = format!("{} of {}", row.unavailable, row.init_durations.len());
    println!(
        "{:<7} {:<24} {init:>8.1} {response:>11.1} {:>8.1} {rejected:>12}",
        row.share,
        row.request,
        init + response
    );
}

#[expect(clippy::print_stderr, reason = "a program for people")]
async fn measure(
    folder: &Path,
    (function, name): (&'static str, &'static str),
    variables: &[(String, String)],
    (group, share): (&CpuShare, f64),
    runs: u32,
    fixture: &Fixture,
) -> anyhow::Result<Row> {
    let program = find_binary(folder, function)?;
    let mut row = Row { share, request: name, init_durations: Vec::new(), first_responses: Vec::new(), unavailable: 0 };
    for run in 0..runs {
        let mut sandbox = Sandbox::start_with_cpu_share(&program, function, variables, Some(group)).await?;
        row.init_durations.push(sandbox.init_duration());
        let outcome = sandbox.invoke(&EventSource::HttpApi.to_event(&fixture.build_request(name, run))).await?;
        match EventSource::HttpApi.parse_response(&outcome.json()?)?.status.as_u16() {
            200 | 201 => {}
            503 => {
                if row.unavailable == 0 {
                    eprintln!("{}", sandbox.log_lines().join("\n"));
                }
                row.unavailable += 1;
            }
            other => {
                bail!("{other}: {}\n{}", String::from_utf8_lossy(&outcome.payload), sandbox.log_lines().join("\n"))
            }
        }
        row.first_responses.push(outcome.duration);
    }
    Ok(row)
}

impl Fixture {
    /// A customer with a session, and a product that an admin has added through the API.
    async fn create(folder: &Path, variables: &[(String, String)], clock: &Clock) -> anyhow::Result<Self> {
        let env: Env = variables.iter().cloned().collect();
        let redis = Redis::new(&store_redis::Config::from_env(&env)?).map_err(|e| anyhow::anyhow!("{e}"))?;
        let sessions = Sessions::new(redis);
        let signer = tokens::Signer::new(&env.required("TOKEN_SIGNING_KEY")?)?;
        let sign_in = async |id: i32, role: Role| -> anyhow::Result<String> {
            let (user_id, session) = (UserId::new(id), SessionId::new(clock.new_uuid()));
            let login = Session { user_id, role, name: "Ada".to_owned(), epoch: 0, guest_email: None };
            let opened = sessions.open(session, &login, tokens::TOKEN_LIFETIME_SECONDS, clock.now()).await;
            opened.map_err(|e| anyhow::anyhow!("no session: {e}"))?;
            Ok(signer.sign(user_id, role, session, clock.now())?)
        };
        let (customer, admin) = (sign_in(1, Role::Customer).await?, sign_in(2, Role::Admin).await?);
        let product = json!({"name": "Cup", "price": 5, "stock": STOCK});
        let add = ApiRequest::post("/api/products", &product).with_token(&admin);
        let mut products = Sandbox::start(&find_binary(folder, "products")?, "products", variables).await?;
        let added = products.invoke(&EventSource::HttpApi.to_event(&add)).await?;
        let added = EventSource::HttpApi.parse_response(&added.json()?)?;
        let product = added.expect_any(&[201], "adding a product")?["id"].clone();
        Ok(Self { customer, product })
    }

    fn build_request(&self, name: &str, run: u32) -> ApiRequest {
        let request = match name {
            "POST /api/orders" => {
                let items = json!([{"productId": self.product, "quantity": 1}]);
                ApiRequest::post("/api/orders", &json!({"items": items}))
                    .with_idempotency_key(format!("run-{run}-{}", uuid::Uuid::from_u128(u128::from(run))))
            }
            "GET /api/orders" => ApiRequest::get("/api/orders"),
            _ => ApiRequest::get(format!("/api/products/{}", self.product)),
        };
        request.with_token(&self.customer)
    }
}
