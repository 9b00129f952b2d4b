//! `load verify`: does the shop still say what it said?

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::Parser;
use domain::orders::{Order, Status};
use domain::{OrderId, UserId};
use futures::{StreamExt, TryStreamExt};
use reconcile::history::{Piece, Placed};
use reconcile::{Acknowledged, History};
use runtime::Clock;
use tokio::time::Instant;

use crate::admin::{Admin, Credentials, log_in};
use crate::mix::AdminArgs;
use crate::record::{self, Keyed, Note};
use crate::say;
use crate::shop::{Answer, Outcome, Request, Shop};
use crate::time::duration;

/// How long keys are kept, in milliseconds: 24 h, less what this may take.
const KEPT_MILLIS: i64 = (24 * 60 - 10) * 60 * 1000;
/// Differences that are shown.
const SHOWN: usize = 20;

/// Ask a shop again for what it acknowledged in `load mix --history FILE`.
///
/// Every request with an idempotency key of the last 24 hours is sent again and must get the first
/// answer, byte for byte; every acknowledged order must be there as it was acknowledged. The exit
/// code is 1 when something is not.
#[derive(Debug, Parser)]
pub struct Args {
    /// Base URL of the shop; several times for several servers of the same shop
    #[arg(long = "url", default_value = "http://localhost:3000", value_name = "URL")]
    urls: Vec<String>,
    /// The history; FILE.replays lies beside it
    #[arg(long, value_name = "FILE")]
    history: PathBuf,
    #[command(flatten)]
    admin: AdminArgs,
    /// Requests under way at once
    #[arg(long, default_value_t = 8)]
    at_once: usize,
    /// How long an answer may be missing while the shop is away
    #[arg(long, default_value = "30s", value_name = "TIME", value_parser = duration)]
    patience: Duration,
}

/// What is verified, where.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// The history.
    pub history: PathBuf,
    /// For refunds, which an admin made.
    pub admin: Option<Credentials>,
    /// Requests under way at once.
    pub at_once: usize,
    /// How long an answer may be missing.
    pub patience: Duration,
}

/// What it found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Requests with a key that were sent again.
    pub replayed: usize,
    /// Orders that were looked at.
    pub orders: usize,
    /// What was not asked: older than a day, or an admin's without an admin.
    pub left_out: usize,
    /// What is not as it was said, in words.
    pub differences: Vec<String>,
}

/// Verifies and reports.
///
/// # Errors
/// When the files cannot be read or the shop cannot be asked.
pub async fn command(args: Args) -> Result<ExitCode> {
    let Args { urls, history, admin, at_once, patience } = args;
    let plan = Plan { urls, history, admin: admin.credentials()?, at_once: at_once.max(1), patience };
    let found = verify(&plan).await?;
    for difference in found.differences.iter().take(SHOWN) {
        say::line(difference);
    }
    say::line(&found);
    Ok(if found.differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Asks for everything again.
///
/// # Errors
/// When the files cannot be read or the shop cannot be asked.
pub async fn verify(plan: &Plan) -> Result<Found> {
    let file = File::open(&plan.history).with_context(|| format!("cannot read {}", plan.history.display()))?;
    let told = History::read(BufReader::new(file)).with_context(|| plan.history.display().to_string())?.told;
    let clerk = Clerk::open(plan, record::notes(&plan.history)?).await?;
    let orders = promised(&told);
    let replays = clerk.replays();
    let mut found = Found { replayed: replays.len(), orders: orders.len(), ..Found::default() };
    found.left_out = clerk.keyed.len() - replays.len();
    let all = replays.into_iter().map(Look::Replay).chain(orders.values().map(Look::Order));
    let looks = futures::stream::iter(all).map(|look| clerk.look(look));
    let differences: Vec<Option<String>> = looks.buffer_unordered(plan.at_once).try_collect().await?;
    found.differences = differences.into_iter().flatten().collect();
    Ok(found)
}

/// One thing to ask for.
enum Look<'a> {
    Replay(&'a Keyed),
    Order(&'a Promised),
}

/// An order as it was acknowledged, with what was acknowledged later.
#[derive(Debug)]
struct Promised {
    order: OrderId,
    user: UserId,
    total: domain::Money,
    items: Vec<Piece>,
    /// Where it may stand now.
    may_be: Vec<Status>,
}

fn promised(told: &[Acknowledged]) -> BTreeMap<OrderId, Promised> {
    use Status::{Cancelled, Confirmed, Delivered, PaymentFailed, Shipped};
    let mut orders = BTreeMap::new();
    for fact in told {
        match fact {
            Acknowledged::Order { order_id, user_id, total, status, items, .. } => {
                let mut items = items.clone();
                items.sort_unstable();
                let may_be = match status {
                    Placed::Confirmed => vec![Confirmed, Shipped, Delivered, Cancelled],
                    Placed::PaymentFailed => vec![PaymentFailed, Confirmed, Shipped, Delivered, Cancelled],
                };
                let promised = Promised { order: *order_id, user: *user_id, total: *total, items, may_be };
                orders.insert(*order_id, promised);
            }
            Acknowledged::Payment { order_id, .. } => {
                if let Some(order) = orders.get_mut(order_id) {
                    order.may_be.retain(|status| *status != PaymentFailed);
                }
            }
            Acknowledged::Cancel { order_id } => {
                if let Some(order) = orders.get_mut(order_id) {
                    order.may_be = vec![Cancelled];
                }
            }
            _ => {}
        }
    }
    orders
}

/// Asks in everybody's name.
struct Clerk {
    shop: Shop,
    patience: Duration,
    admin: Option<Admin>,
    accounts: HashMap<UserId, (String, String)>,
    tokens: Mutex<HashMap<UserId, String>>,
    keyed: Vec<Keyed>,
    now: i64,
}

impl Clerk {
    async fn open(plan: &Plan, notes: Vec<Note>) -> Result<Self> {
        let shop = Shop::at(&plan.urls, plan.patience.max(Duration::from_secs(15)))?;
        let admin = match &plan.admin {
            Some(credentials) => Some(Admin::enter(&shop, credentials.clone()).await.context("the admin")?),
            None => None,
        };
        let (mut accounts, mut tokens, mut keyed) = (HashMap::new(), HashMap::new(), Vec::new());
        let mut keys = HashSet::new();
        for note in notes {
            match note {
                Note::Account { user_id, email, password, token } => {
                    accounts.insert(user_id, (email, password));
                    tokens.insert(user_id, token);
                }
                // The first answer counts.
                Note::Keyed(request) if keys.insert(request.key.clone()) => keyed.push(request),
                Note::Keyed(_) => {}
            }
        }
        let now = Clock::system().now().millis();
        Ok(Self { shop, patience: plan.patience, admin, accounts, tokens: Mutex::new(tokens), keyed, now })
    }

    fn replays(&self) -> Vec<&Keyed> {
        let can = |keyed: &&Keyed| self.now - keyed.at < KEPT_MILLIS && (keyed.by.is_some() || self.admin.is_some());
        self.keyed.iter().filter(can).collect()
    }

    async fn look(&self, look: Look<'_>) -> Result<Option<String>> {
        match look {
            Look::Replay(keyed) => self.replay(keyed).await,
            Look::Order(promised) => self.order(promised).await,
        }
    }

    async fn replay(&self, keyed: &Keyed) -> Result<Option<String>> {
        let Keyed { path, key, body, status, answer: first, .. } = keyed;
        let mut request = Request::post(path, &()).once(key);
        request.body = Some(body.clone());
        let answer = self.ask(request, keyed.by).await?;
        let same = answer.status == *status && answer.body == first.as_bytes();
        Ok((!same).then(|| format!("key {key} at {path}: was {status} {first}, is now {answer}")))
    }

    async fn order(&self, promised: &Promised) -> Result<Option<String>> {
        let request = Request::get(format!("/api/orders/{}", promised.order));
        let answer = self.ask(request, Some(promised.user)).await?;
        if answer.status != 200 {
            return Ok(Some(format!("order {} was acknowledged and is now {answer}", promised.order)));
        }
        let order: Order = answer.json()?;
        let piece = |line: &domain::orders::Line| Piece { product_id: line.product_id, quantity: line.quantity };
        let mut items: Vec<Piece> = order.items.iter().map(piece).collect();
        items.sort_unstable();
        let kept = order.total == promised.total
            && order.user_id == promised.user
            && items == promised.items
            && promised.may_be.contains(&order.status);
        Ok((!kept).then(|| format!("{promised:?} is now {answer}")))
    }

    /// Until there is an answer: with a new session where the old one is gone.
    async fn ask(&self, request: Request, by: Option<UserId>) -> Result<Answer> {
        const PAUSE: Duration = Duration::from_millis(500);
        let ends = Instant::now() + self.patience;
        loop {
            let why = match self.shop.ask(&request.clone().by(self.token(by))).await {
                Outcome::Answered(answer) if answer.status == 401 => {
                    self.renew(by).await?;
                    answer.to_string()
                }
                Outcome::Answered(answer) if answer.status == 503 || answer.code() == "idempotency_in_progress" => {
                    answer.to_string()
                }
                Outcome::Answered(answer) => return Ok(answer),
                Outcome::Lost(why) | Outcome::Unreachable(why) => why,
            };
            anyhow::ensure!(Instant::now() < ends, "{} {}: {why}", request.method, request.path);
            tokio::time::sleep(PAUSE).await;
        }
    }

    fn token(&self, by: Option<UserId>) -> String {
        match by {
            Some(user) => self.tokens().get(&user).cloned().unwrap_or_default(),
            None => self.admin.as_ref().map(Admin::token).unwrap_or_default(),
        }
    }

    async fn renew(&self, by: Option<UserId>) -> Result<()> {
        match (by, &self.admin) {
            (Some(user), _) => {
                let (email, password) =
                    self.accounts.get(&user).with_context(|| format!("no account of user {user}"))?;
                let token = log_in(&self.shop, email, password).await?;
                self.tokens().insert(user, token);
                Ok(())
            }
            (None, Some(admin)) => admin.renew(&self.shop).await,
            (None, None) => Ok(()),
        }
    }

    fn tokens(&self) -> std::sync::MutexGuard<'_, HashMap<UserId, String>> {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Display for Found {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { replayed, orders, left_out, differences } = self;
        write!(f, "{replayed} keys replayed, {orders} orders read: {} differences", differences.len())?;
        if *left_out > 0 {
            write!(f, "; {left_out} keys not asked for (older than a day, or an admin's without --admin-email)")?;
        }
        Ok(())
    }
}
