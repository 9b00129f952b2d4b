//! What all customers of one run share, and the run itself.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context, Result};
use reconcile::Acknowledged;
use runtime::Clock;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::customer::Customer;
use super::figures::Figures;
use super::goods::Goods;
use super::kind::{Kind, Weights};
use super::pace::{Bounds, Pace, Tickets};
use super::summary::Summary;
use super::tolerance::Tolerance;
use crate::admin::{Admin, Credentials};
use crate::record::{Note, Record};
use crate::shop::Shop;

/// A customer in a closed loop who was turned away waits before doing anything else: nobody
/// hammers at a closed door.
const REST: Duration = Duration::from_millis(100);

/// A run, as it is asked for.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// How many customers there are.
    pub users: usize,
    /// How their requests follow each other.
    pub pace: Pace,
    /// When they end.
    pub bounds: Bounds,
    /// How long what is open then may take to be answered.
    pub patience: Duration,
    /// How long one request may take.
    pub timeout: Duration,
    /// Decides what everybody does, as far as the shop's answers allow.
    pub seed: u64,
    /// How often each kind of request is chosen.
    pub weights: Weights,
    /// The share of purchases by a card that is slow, fails at first or loses its reply.
    pub awkward_cards: f64,
    /// What is no surprise.
    pub tolerance: Tolerance,
    /// Where acknowledgements are written.
    pub history: Option<PathBuf>,
    /// For what only an admin may do.
    pub admin: Option<Credentials>,
    /// How many products an admin adds to a shop that has none.
    pub furnish: u32,
}

/// What all customers share.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) shop: Shop,
    pub(crate) goods: Goods,
    pub(crate) figures: Figures,
    pub(crate) weights: Weights,
    pub(crate) awkward_cards: f64,
    pub(crate) tolerance: Tolerance,
    pub(crate) admin: Option<Admin>,
    pub(crate) clock: Clock,
    /// Tells its customers' addresses from those of every other run.
    pub(crate) name: String,
    /// Of all its customers.
    pub(crate) password: String,
    record: Option<Record>,
    /// Why nothing can be recorded any more.
    broken: OnceLock<String>,
}

impl Run {
    async fn open(plan: &Plan) -> Result<Self> {
        let clock = Clock::system();
        let shop = Shop::at(&plan.urls, plan.timeout)?;
        let admin = match &plan.admin {
            Some(credentials) => Some(Admin::enter(&shop, credentials.clone()).await.context("the admin")?),
            None => None,
        };
        let goods = Goods::read(&shop).await?;
        if let (0, Some(admin)) = (goods.count(), &admin) {
            goods.furnish(&shop, &admin.token(), plan.furnish).await?;
        }
        anyhow::ensure!(goods.count() > 0, "the shop sells nothing; with --admin-email products are added for the run");
        let record = plan.history.as_deref().map(Record::open).transpose()?;
        let has_admin = admin.is_some();
        Ok(Self {
            shop,
            goods,
            figures: Figures::new(),
            weights: plan.weights.clone().without(|kind| kind.is_an_admins() && !has_admin),
            awkward_cards: plan.awkward_cards,
            tolerance: plan.tolerance.clone(),
            admin,
            name: format!("{:012x}", clock.random() as u64 & 0xFFFF_FFFF_FFFF),
            password: format!("{:032x}", clock.random()),
            clock,
            record,
            broken: OnceLock::new(),
        })
    }

    pub(crate) fn told(&self, fact: &Acknowledged) -> Result<()> {
        self.recorded(|record| record.told(fact))
    }

    pub(crate) fn note(&self, note: impl FnOnce() -> Note) -> Result<()> {
        self.recorded(|record| record.note(&note()))
    }

    fn recorded(&self, write: impl FnOnce(&Record) -> Result<()>) -> Result<()> {
        let written = self.record.as_ref().map_or(Ok(()), write);
        if let Err(error) = &written {
            let _ = self.broken.set(format!("{error:#}"));
        }
        written
    }
}

/// Runs until the plan's bounds, or until `stopped` says so; `watch` may ask how it is going,
/// from the moment on at which customers are there.
///
/// # Errors
/// When it cannot begin, or an acknowledgement cannot be written down.
pub async fn run(plan: &Plan, stopped: watch::Receiver<bool>, watch: impl Fn(&dyn Fn() -> Summary)) -> Result<Summary> {
    /// Often enough for a person who looks on.
    const LOOK: Duration = Duration::from_millis(500);
    let run = Arc::new(Run::open(plan).await?);
    let tickets = Arc::new(Tickets::new(plan.pace, plan.bounds, plan.seed, stopped));
    let mut customers = JoinSet::new();
    for place in 0..plan.users {
        let customer = Customer::new(run.clone(), place, plan.seed);
        customers.spawn(live(customer, tickets.clone(), plan.clone()));
    }
    let summary = || Summary::of(&run.figures, plan, run.admin.is_some());
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
    match run.broken.get() {
        Some(why) => anyhow::bail!("{why}"),
        None => Ok(summary()),
    }
}

async fn live(mut customer: Customer, tickets: Arc<Tickets>, plan: Plan) {
    while let Some(due) = tickets.next().await {
        if customer.run.broken.get().is_some() {
            return;
        }
        customer.turn(due).await;
        if std::mem::take(&mut customer.was_turned_away) && plan.pace == Pace::Closed {
            tokio::time::sleep_until(Instant::now() + REST).await;
        }
    }
    customer.finish(plan.patience).await;
}

impl Plan {
    /// What is left out for want of an admin.
    pub(crate) fn left_out(&self, has_admin: bool) -> Vec<Kind> {
        [Kind::Refund, Kind::Stock].into_iter().filter(|_| !has_admin).collect()
    }
}
