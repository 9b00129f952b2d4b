//! A run, as it is asked for.

use std::path::PathBuf;
use std::time::Duration;

use super::action_kind::{ActionKind, Weights};
use super::pace::{Pace, RunLimits};
use super::tolerance::Tolerance;
use crate::admin::Credentials;

/// A run, as it is asked for.
#[derive(Clone, Debug)]
pub struct WorkloadPlan {
    /// Base URLs of servers of the same shop.
    pub urls: Vec<String>,
    /// How many customers there are.
    pub users: usize,
    /// How their requests follow each other.
    pub pace: Pace,
    /// When they end.
    pub limits: RunLimits,
    /// How long what is open then may take to be answered.
    pub drain_timeout: Duration,
    /// How long one request may take.
    pub request_timeout: Duration,
    /// Decides what everybody does, as far as the shop's answers allow.
    pub seed: u64,
    /// How often each kind of request is chosen.
    pub weights: Weights,
    /// The share of purchases by a card that is slow, fails at first or loses its reply.
    pub faulty_card_share: f64,
    /// What is no surprise.
    pub tolerance: Tolerance,
    /// Where acknowledgements are written.
    pub history: Option<PathBuf>,
    /// For what only an admin may do.
    pub admin: Option<Credentials>,
    /// How many products an admin adds to a shop that has none.
    pub seed_products: u32,
}

impl WorkloadPlan {
    /// What is left out for want of an admin.
    pub(crate) fn skipped_kinds(&self, has_admin: bool) -> Vec<ActionKind> {
        [ActionKind::Refund, ActionKind::SetStock].into_iter().filter(|_| !has_admin).collect()
    }
}
