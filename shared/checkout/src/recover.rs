//! Recovery: finishes or undoes what a crash, a cut or a lost answer left half done. Safe to run
//! twice at once and to be killed anywhere: it takes the same keyed steps as everybody else.
//!
//! Each part stands alone: whoever calls them runs them beside each other, and what one of them
//! cannot do keeps none of the others from being done.

use std::collections::HashSet;
use std::fmt::Display;
use std::hash::Hash;
use std::time::Duration;

use domain::orders::Status;
use domain::{Problem, Result};
use futures::future::join_all;
use outbox::Relay;
use postgres::saga::{self, Ending, Journey, Standing, Under};
use postgres::{Database, idempotency, orders, recovering, refunds, reservations};
use runtime::planted::{Bug, planted};
use runtime::telemetry;
use tokio::time::Instant;
use tracing::Instrument;

use crate::Checkout;

/// A journey that nobody moved for so long is taken over, in seconds: longer than a function may
/// run, so that its process is gone, or fenced out when it wakes up.
pub const IDLE_SECONDS: f64 = 45.0;
/// How long a run goes on taking over: less than half of its minute, whatever hangs.
const TAKING_OVER: Duration = Duration::from_secs(20);
/// The longest for one journey, refund or hold. It is then left as after a crash, and comes last.
const EACH: Duration = Duration::from_secs(10);
/// The most lines of holds that are taken up at once.
const HOLDS: i64 = 200;
/// How many old idempotency keys, or facts, are forgotten by one statement: well within its time.
const PURGED_AT_ONCE: i64 = 1_000;
/// How long a run goes on forgetting; a minute brings less than it forgets.
const PURGING: Duration = Duration::from_secs(5);

/// What a part of a run came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// So many were brought to an end.
    pub done: usize,
    /// So many could not be; they are tried again later, behind those that nobody has tried.
    pub failures: usize,
}

impl Checkout {
    /// Brings orders to an end that nobody has moved for `idle_seconds`, usually [`IDLE_SECONDS`].
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_orders(&self, idle_seconds: f64) -> Result<Worked> {
        // Two for each connection: a journey waits for the processor longer than for orderdb.
        let at_once = 2 * self.orders.connections();
        let take = async |limit| {
            let mut db = self.orders.acquire().await?;
            Ok(saga::take_over(&mut db, idle_seconds, None, limit).await?)
        };
        let settle = async |journey: &Journey| {
            Box::pin(self.settle(journey)).instrument(telemetry::order_span(journey.order)).await
        };
        each("order", at_once, take, |journey| journey.order, settle).await
    }

    /// Brings refunds to an end that nobody has moved for `idle_seconds`.
    ///
    /// # Errors
    /// When orderdb cannot even be asked.
    pub async fn recover_refunds(&self, idle_seconds: f64) -> Result<Worked> {
        let take = async |limit| {
            let mut db = self.orders.acquire().await?;
            Ok(refunds::take_over(&mut db, idle_seconds, None, limit).await?)
        };
        let carry_out = async |refund: &refunds::Intended| self.carry_out(refund).await.map(drop);
        each("refund", self.orders.connections(), take, |refund| refund.id, carry_out).await
    }

    /// Releases holds whose time is over. One whose order is still under way is recovered above
    /// long before; what is left are holds of processes that woke up after they were given up.
    ///
    /// # Errors
    /// When inventorydb cannot even be asked.
    pub async fn expire(&self, idle_seconds: f64) -> Result<Worked> {
        let by = planted(Bug::ExpiryByLocalClock).then(|| self.clock.now());
        let take = async |_| {
            let mut db = self.inventory.acquire().await?;
            Ok(recovering::expired(&mut db, idle_seconds, HOLDS, by).await?)
        };
        let release = async |(order, attempt): &(domain::OrderId, i32)| {
            let mut db = self.inventory.acquire().await?;
            let lines = reservations::lines(&mut db, *order, *attempt).await?;
            let stock = reservations::release(&mut db, *order, *attempt, &lines).await?;
            drop(db);
            self.tell(None, stock).await;
            Ok(())
        };
        each("hold", self.inventory.connections(), take, |(order, attempt)| Hold(order.get(), *attempt), release).await
    }

    /// What is half done after a run.
    ///
    /// # Errors
    /// When orderdb is away.
    pub async fn standing(&self, idle_seconds: f64) -> Result<Standing> {
        let mut db = self.orders.acquire().await?;
        Ok(saga::standing(&mut db, idle_seconds).await?)
    }

    /// Forgets idempotency keys older than a day. Answers how many.
    ///
    /// # Errors
    /// When orderdb is away; what was forgotten before is gone.
    pub async fn purge_keys(&self) -> Result<u64> {
        forget(async || {
            let mut db = self.orders.acquire().await?;
            Ok(idempotency::purge(&mut db, PURGED_AT_ONCE).await?)
        })
        .await
    }

    /// Publishes what orderdb's outbox holds.
    pub fn order_events(&self) -> &Relay<Database> {
        &self.order_events
    }

    /// Publishes what inventorydb's outbox holds.
    pub fn stock_events(&self) -> &Relay<Database> {
        &self.stock_events
    }

    /// Paid: finish. Not paid: see to it that it never will be, and undo.
    pub(crate) async fn settle(&self, journey: &Journey) -> Result<()> {
        if journey.under == Under::Cancel {
            return self.give_back(journey).await;
        }
        let mut db = self.orders.acquire().await?;
        let order = orders::find(&mut db, journey.order).await?;
        drop(db);
        // Forgotten meanwhile, for want of stock.
        let Some(order) = order else { return Ok(()) };
        if planted(Bug::NoFence) && self.processor.find(journey.payment).await?.is_none() {
            return self.forsake(journey).await;
        }
        let payment = self.processor.void(&self.charge_of(journey)).await?;
        self.conclude(journey, &order, &payment, Vec::new()).await.map(drop)
    }

    /// What undoing is where nobody thinks of a process that wakes up late.
    async fn forsake(&self, journey: &Journey) -> Result<()> {
        let mut db = self.inventory.acquire().await?;
        let held = reservations::lines(&mut db, journey.order, journey.attempt).await?;
        let stock = reservations::release(&mut db, journey.order, journey.attempt, &held).await?;
        drop(db);
        let ending =
            Ending { status: Status::Cancelled, detail: None, event: None, outcome: None, at: self.clock.now() };
        self.end(journey, ending, stock).await.map(drop)
    }
}

/// Forgets facts of a database's outbox that were sent long ago. Answers how many.
///
/// # Errors
/// When the database is away; what was forgotten before is gone.
pub async fn purge_facts(database: &Database) -> Result<u64> {
    forget(async || {
        let mut db = database.acquire().await?;
        Ok(postgres::outbox::purge(&mut db, PURGED_AT_ONCE).await?)
    })
    .await
}

/// An order's attempt, as its log line names it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Hold(i32, i32);

impl Display for Hold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} attempt {}", self.0, self.1)
    }
}

/// Takes up a few at a time and works on them side by side, until nothing is left or the time is
/// over. Few, because whatever is taken up counts as tried; side by side, because one that hangs
/// must not be all that a run does.
async fn each<T, K: Hash + Eq + Display>(
    what: &str,
    at_once: usize,
    take: impl AsyncFn(i64) -> Result<Vec<T>>,
    key: impl Fn(&T) -> K,
    work: impl AsyncFn(&T) -> Result<()>,
) -> Result<Worked> {
    let until = Instant::now() + TAKING_OVER;
    let (mut worked, mut seen) = (Worked::default(), HashSet::new());
    while Instant::now() < until {
        let taken = take(at_once as i64).await?;
        // Without a time to wait, what failed is there again: behind everything that is new.
        let fresh: Vec<T> = taken.into_iter().filter(|one| seen.insert(key(one))).collect();
        if fresh.is_empty() {
            break;
        }
        let attempt = async |one| match tokio::time::timeout(EACH, work(one)).await {
            Ok(Ok(())) => true,
            failed => {
                let problem = failed.unwrap_or_else(|late| Err(Problem::unavailable(late))).err();
                let (id, problem) = (key(one), problem.map(tracing::field::display));
                tracing::error!(recovered.what = what, recovered.id = %id, problem, "Recovery could not finish this now.");
                false
            }
        };
        for some in fresh.chunks(at_once) {
            let done = join_all(some.iter().map(&attempt)).await.into_iter().filter(|done| *done).count();
            worked.done += done;
            worked.failures += some.len() - done;
            if Instant::now() >= until {
                break;
            }
        }
    }
    Ok(worked)
}

async fn forget(some: impl AsyncFn() -> Result<u64>) -> Result<u64> {
    let until = Instant::now() + PURGING;
    let mut forgotten = 0;
    loop {
        let now = some().await?;
        forgotten += now;
        if now < PURGED_AT_ONCE as u64 || Instant::now() >= until {
            return Ok(forgotten);
        }
    }
}
