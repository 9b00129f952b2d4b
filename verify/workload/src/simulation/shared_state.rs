//! What all customers of one run share.

use std::sync::OnceLock;

use anyhow::{Context, Result};
use invariants::Acknowledged;
use runtime::Clock;

use super::action_kind::{ActionKind, Weights};
use super::delivery;
use super::known_catalog::KnownCatalog;
use super::plan::WorkloadPlan;
use super::response_stats::ResponseStats;
use super::tolerance::Tolerance;
use crate::admin::Admin;
use crate::balancer::Balancer;
use crate::history_writer::{HistoryWriter, ReplayEntry};

/// What all customers share.
#[derive(Debug)]
pub(crate) struct SharedState {
    pub(crate) shop: Balancer,
    pub(crate) catalog: KnownCatalog,
    /// One that costs something.
    pub(crate) shipping_method: Option<i64>,
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
    pub(super) record_error: OnceLock<String>,
}

impl SharedState {
    pub(super) async fn open(plan: &WorkloadPlan) -> Result<Self> {
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
        let shipping_method = match &admin {
            Some(admin) => Some(delivery::prepare(&shop, &admin.token()).await?),
            None => None,
        };
        let record = plan.history.as_deref().map(HistoryWriter::open).transpose()?;
        let has_admin = admin.is_some();
        Ok(Self {
            shop,
            catalog: goods,
            shipping_method,
            stats: ResponseStats::new(),
            weights: plan.weights.clone().without(|kind| ActionKind::BY_ADMIN.contains(&kind) && !has_admin),
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

    pub(crate) fn record_acknowledgement(&self, acknowledged: &Acknowledged) -> Result<()> {
        self.write_history(|record| record.write_acknowledgement(acknowledged))
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
