//! What all customers of one run share, and the run itself.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use invariants::Acknowledged;
use runtime::Clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::action_kind::{ActionKind, Weights};
use super::known_catalog::KnownCatalog;
use super::pace::{ArrivalSchedule, Pace, RunLimits};
use super::response_stats::ResponseStats;
use super::summary::Summary;
use super::tolerance::Tolerance;
use super::virtual_user::VirtualUser;
use crate::admin::{Admin, Credentials};
use crate::balancer::Balancer;
use crate::history_writer::{HistoryWriter, ReplayEntry};

/// A rejected customer in a closed loop waits before doing anything else: nobody floods a shop that
/// rejects requests.
const BACKOFF: Duration = Duration::from_millis(100);

/// The plan of a run.
#[derive(Clone, Debug)]
pub struct WorkloadPlan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// The number of customers.
    pub users: usize,
    /// How their requests follow each other.
    pub pace: Pace,
    /// When the run ends.
    pub limits: RunLimits,
    /// How long requests that are pending at the end may take.
    pub drain_timeout: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Determines what every customer does, as far as the shop's responses allow.
    pub seed: u64,
    /// How often each kind of request is chosen.
    pub weights: Weights,
    /// The share of purchases with a card that is slow, fails at first or loses its reply.
    pub faulty_card_share: f64,
    /// What is not unexpected.
    pub tolerance: Tolerance,
    /// Where acknowledgements are written.
    pub history: Option<PathBuf>,
    /// For what only an admin may do.
    pub admin: Option<Credentials>,
    /// How many products an admin adds to a shop that has none.
    pub seed_products: u32,
}

/// What all customers share.
#[derive(Debug)]
pub(crate) struct SharedState {
    pub(crate) shop: Balancer,
    pub(crate) catalog: KnownCatalog,
    pub(crate) stats: ResponseStats,
    pub(crate) weights: Weights,
    pub(crate) faulty_card_share: f64,
    pub(crate) tolerance: Tolerance,
    pub(crate) admin: Option<Admin>,
    pub(crate) clock: Clock,
    /// Distinguishes its customers' addresses from those of every other run.
    pub(crate) run_id: String,
    /// The same for all its customers.
    pub(crate) password: String,
    history: Option<HistoryWriter>,
    /// Why nothing can be recorded any more.
    record_error: OnceLock<String>,
}

impl SharedState {
    async fn open(plan: &WorkloadPlan) -> Result<Self> {
        let clock = Clock::system();
        let shop = Balancer::new(&plan.urls, plan.request_timeout)?;
        let admin = match &plan.admin {
            Some(credentials) => Some(Admin::log_in(&shop, credentials.clone()).await.context("the admin")?),
            None => None,
        };
        let goods = KnownCatalog::load(&shop).await?;
        if let (0, Some(admin)) = (goods.count(), &admin) {
            goods.add_products(&shop, &admin.token(), plan.seed_products).await?;
        }
        anyhow::ensure!(goods.count() > 0, "the shop sells nothing; with --admin-email products are added for the run");
        let record = plan.history.as_deref().map(HistoryWriter::open).transpose()?;
        let has_admin = admin.is_some();
        Ok(Self {
            shop,
            catalog: goods,
            stats: ResponseStats::new(),
            weights: plan.weights.clone().without(|kind| kind.needs_admin() && !has_admin),
            faulty_card_share: plan.faulty_card_share,
            tolerance: plan.tolerance.clone(),
            admin,
            run_id: format!("{:012x}", clock.random() as u64 & 0xFFFF_FFFF_FFFF),
            password: format!("{:032x}", clock.random()),
            clock,
            history: record,
            record_error: OnceLock::new(),
        })
    }

    pub(crate) fn record_acknowledgement(&self, fact: &Acknowledged) -> Result<()> {
        self.write_history(|record| record.write_acknowledgement(fact))
    }

    pub(crate) fn record_replay_entry(&self, note: impl FnOnce() -> ReplayEntry) -> Result<()> {
        self.write_history(|record| record.write_replay_entry(&note()))
    }

    fn write_history(&self, write: impl FnOnce(&HistoryWriter) -> Result<()>) -> Result<()> {
        let written = self.history.as_ref().map_or(Ok(()), write);
        if let Err(error) = &written {
            let _ = self.record_error.set(format!("{error:#}"));
        }
        written
    }
}

/// Runs until the plan's limits, or until `stopped`; `watch` gets a snapshot function as soon as
/// there are customers.
///
/// # Errors
/// When it cannot begin, or an acknowledgement cannot be written.
pub async fn run_plan(
    plan: &WorkloadPlan,
    stopped: watch::Receiver<bool>,
    watch: impl Fn(&dyn Fn() -> Summary),
) -> Result<Summary> {
    /// Often enough for a person who watches.
    const LOOK: Duration = Duration::from_millis(500);
    let run = Arc::new(SharedState::open(plan).await?);
    let tickets = Arc::new(ArrivalSchedule::new(plan.pace, plan.limits, plan.seed, stopped));
    let mut customers = JoinSet::new();
    for place in 0..plan.users {
        let customer = VirtualUser::new(run.clone(), place, plan.seed);
        customers.spawn(run_virtual_user(customer, tickets.clone(), plan.clone()));
    }
    let summary = || Summary::new(&run.stats, plan, run.admin.is_some());
    let mut tick = tokio::time::interval(LOOK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            ended = customers.join_next() => match ended {
                Some(ended) => ended.context("a customer panicked")?,
                None => break,
            },
            _ = tick.tick() => watch(&summary),
        }
    }
    match run.record_error.get() {
        Some(why) => anyhow::bail!("{why}"),
        None => Ok(summary()),
    }
}

async fn run_virtual_user(mut customer: VirtualUser, tickets: Arc<ArrivalSchedule>, plan: WorkloadPlan) {
    while let Some(due) = tickets.next().await {
        if customer.shared.record_error.get().is_some() {
            return;
        }
        customer.send_next(due).await;
        if std::mem::take(&mut customer.must_back_off) && plan.pace == Pace::Closed {
            tokio::time::sleep_until(Instant::now() + BACKOFF).await;
        }
    }
    customer.drain_pending(plan.drain_timeout).await;
}

impl WorkloadPlan {
    /// The kinds that are skipped without an admin.
    pub(crate) fn skipped_kinds(&self, has_admin: bool) -> Vec<ActionKind> {
        [ActionKind::Refund, ActionKind::SetStock].into_iter().filter(|_| !has_admin).collect()
    }
}
