//! `workload verify`: does the shop still respond as it did?

mod acknowledged_orders;

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, Result};
use api_client::{ApiRequest, ApiResponse};
use clap::Parser;
use domain::UserId;
use domain::orders::Order;
use futures::{StreamExt, TryStreamExt};
use invariants::History;
use invariants::history::OrderedItem;
use runtime::Clock;
use tokio::time::Instant;

use self::acknowledged_orders::{AcknowledgedOrder, acknowledged_orders};
use crate::admin::{Admin, AdminArgs, Credentials, log_in};
use crate::balancer::Balancer;
use crate::console;
use crate::duration::parse_duration;
use crate::history_writer::{self, KeyedRequest, ReplayEntry};

/// How long keys are stored, in milliseconds: 24 h, minus what this may take.
const KEYS_KEPT_MILLIS: i64 = (24 * 60 - 10) * 60 * 1000;
/// Differences that are shown.
const MAX_SHOWN: usize = 20;

/// Repeat the requests that a shop acknowledged in `workload mix --history FILE`.
///
/// Every request with an idempotency key of the last 24 hours is sent again and must get the first
/// response, byte for byte; every acknowledged order must exist as it was acknowledged. The exit
/// code is 1 if there is a difference.
#[derive(Debug, Parser)]
pub struct Args {
    /// Base URL of the shop; several times for several servers of the same shop
    #[arg(long = "url", default_value = "http://localhost:3000", value_name = "URL")]
    urls: Vec<String>,
    /// The history; FILE.replays must be beside it
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    #[command(flatten)]
    admin: AdminArgs,
    /// Concurrent requests
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// How long to wait for a response while the shop is unavailable
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = parse_duration)]
    patience: Duration,
}

/// What to verify, and where.
#[derive(Clone, Debug)]
pub struct VerifyPlan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// The path of the history.
    pub history: PathBuf,
    /// For refunds, which an admin made.
    pub admin: Option<Credentials>,
    pub concurrency: usize,
    /// How long to wait for a response.
    pub retry_for: Duration,
}

#[derive(Clone, Debug, Default)]
pub struct VerifyReport {
    /// Requests with a key that were sent again.
    pub replayed: usize,
    /// Orders that were read.
    pub orders_read: usize,
    /// Keys that were not sent again: older than a day, or an admin's without an admin.
    pub skipped: usize,
    pub differences: Vec<String>,
}

/// Verifies and prints the report.
///
/// # Errors
/// When the files cannot be read or the shop does not respond.
pub async fn run(args: Args) -> Result<ExitCode> {
    let Args { urls, history, admin, at_once, patience } = args;
    let plan =
        VerifyPlan { urls, history, admin: admin.credentials()?, concurrency: at_once.max(1), retry_for: patience };
    let found = verify(&plan).await?;
    for difference in found.differences.iter().take(MAX_SHOWN) {
        console::print_line(difference);
    }
    console::print_line(&found);
    Ok(if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Repeats all requests.
///
/// # Errors
/// When the files cannot be read or the shop does not respond.
pub async fn verify(plan: &VerifyPlan) -> Result<VerifyReport> {
    let file = File::open(&plan.history).with_context(|| format!("cannot read {}", plan.history.display()))?;
    let acknowledged =
        History::read(BufReader::new(file)).with_context(|| plan.history.display().to_string())?.acknowledged;
    let clerk = Verifier::open(plan, history_writer::read_replay_entries(&plan.history)?).await?;
    let orders = acknowledged_orders(&acknowledged);
    let replays = clerk.replayable();
    let mut found = VerifyReport { replayed: replays.len(), orders_read: orders.len(), ..VerifyReport::default() };
    found.skipped = clerk.keyed_requests.len() - replays.len();
    let all = replays.into_iter().map(Check::ReplayKey).chain(orders.values().map(Check::Order));
    let looks = futures::stream::iter(all).map(|look| clerk.run_check(look));
    let differences: Vec<Option<String>> = looks.buffer_unordered(plan.concurrency).try_collect().await?;
    found.differences = differences.into_iter().flatten().collect();
    Ok(found)
}

/// One thing to check.
enum Check<'a> {
    ReplayKey(&'a KeyedRequest),
    Order(&'a AcknowledgedOrder),
}

/// Sends requests as every recorded user.
struct Verifier {
    shop: Balancer,
    retry_for: Duration,
    admin: Option<Admin>,
    accounts: HashMap<UserId, (String, String)>,
    tokens: Mutex<HashMap<UserId, String>>,
    keyed_requests: Vec<KeyedRequest>,
    now: i64,
}

impl Verifier {
    async fn open(plan: &VerifyPlan, notes: Vec<ReplayEntry>) -> Result<Self> {
        let shop = Balancer::new(&plan.urls, plan.retry_for.max(Duration::from_secs(15)))?;
        let admin = match &plan.admin {
            Some(credentials) => Some(Admin::log_in(&shop, credentials.clone()).await.context("the admin")?),
            None => None,
        };
        let (mut accounts, mut tokens, mut keyed) = (HashMap::new(), HashMap::new(), Vec::new());
        let mut keys = HashSet::new();
        for note in notes {
            match note {
                ReplayEntry::Account { user_id, email, password, token } => {
                    accounts.insert(user_id, (email, password));
                    tokens.insert(user_id, token);
                }
                // The first response counts.
                ReplayEntry::Keyed(request) if keys.insert(request.key.clone()) => keyed.push(request),
                ReplayEntry::Keyed(_) => {}
            }
        }
        let now = Clock::system().now().millis();
        Ok(Self {
            shop,
            retry_for: plan.retry_for,
            admin,
            accounts,
            tokens: Mutex::new(tokens),
            keyed_requests: keyed,
            now,
        })
    }

    fn replayable(&self) -> Vec<&KeyedRequest> {
        let can = |keyed: &&KeyedRequest| {
            self.now - keyed.at < KEYS_KEPT_MILLIS && (keyed.by.is_some() || self.admin.is_some())
        };
        self.keyed_requests.iter().filter(can).collect()
    }

    async fn run_check(&self, look: Check<'_>) -> Result<Option<String>> {
        match look {
            Check::ReplayKey(keyed) => self.check_replay(keyed).await,
            Check::Order(promised) => self.check_order(promised).await,
        }
    }

    async fn check_replay(&self, keyed: &KeyedRequest) -> Result<Option<String>> {
        let KeyedRequest { path, key, body, status, answer: first, .. } = keyed;
        let request = ApiRequest::post(path, &()).with_body(body.clone()).with_idempotency_key(key);
        let answer = self.send(request, keyed.by).await?;
        let same = answer.status == *status && answer.bytes == first.as_bytes();
        Ok((!same).then(|| format!("key {key} at {path}: was {status} {first}, is now {answer}")))
    }

    async fn check_order(&self, promised: &AcknowledgedOrder) -> Result<Option<String>> {
        let request = ApiRequest::get(format!("/api/orders/{}", promised.order));
        // A guest has no password: an admin looks.
        let by = Some(promised.user).filter(|user| self.accounts.contains_key(user));
        let response = self.send(request, by).await?;
        if response.status != 200 {
            return Ok(Some(format!("order {} was acknowledged and is now {response}", promised.order)));
        }
        let order: Order = response.parse()?;
        let piece =
            |line: &domain::orders::OrderLine| OrderedItem { product_id: line.product_id, quantity: line.quantity };
        let mut items: Vec<OrderedItem> = order.items.iter().map(piece).collect();
        items.sort_unstable();
        let kept = order.total == promised.total
            && order.user_id == promised.user
            && items == promised.items
            && promised.allowed_statuses.contains(&order.status);
        Ok((!kept).then(|| format!("{promised:?} is now {response}")))
    }

    /// Repeats until there is a response: with a new session if the old one is gone.
    async fn send(&self, request: ApiRequest, by: Option<UserId>) -> Result<ApiResponse> {
        const PAUSE: Duration = Duration::from_millis(500);
        let ends = Instant::now() + self.retry_for;
        loop {
            let why = match self.shop.send(&request.clone().with_token(self.token(by))).await {
                Ok(response) if response.status == 401 => {
                    self.renew_session(by).await?;
                    response.to_string()
                }
                Ok(response) if response.status == 503 || response.error_code() == "idempotency_in_progress" => {
                    response.to_string()
                }
                Ok(response) => return Ok(response),
                Err(error) => error.to_string(),
            };
            anyhow::ensure!(Instant::now() < ends, "{} {}: {why}", request.method, request.path_and_query);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn token(&self, by: Option<UserId>) -> String {
        match by {
            Some(user) => self.tokens().get(&user).cloned().unwrap_or_default(),
            None => self.admin.as_ref().map(Admin::token).unwrap_or_default(),
        }
    }

    async fn renew_session(&self, by: Option<UserId>) -> Result<()> {
        match (by, &self.admin) {
            (Some(user), _) => {
                let (email, password) =
                    self.accounts.get(&user).with_context(|| format!("no account of user {user}"))?;
                let token = log_in(&self.shop, email, password).await?;
                self.tokens().insert(user, token);
                Ok(())
            }
            (None, Some(admin)) => admin.renew_session(&self.shop).await,
            (None, None) => Ok(()),
        }
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for VerifyReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { replayed, orders_read: orders, skipped: left_out, differences } = self;
        write!(f, "{replayed} keys replayed, {orders} orders read: {} differences", differences.len())?;
        if *left_out > 0 {
            write!(f, "; {left_out} keys not repeated (older than a day, or an admin's without --admin-email)")?;
        }
        Ok(())
    }
}
