//! The rows about returns and refunds by line of a page of orders, and their checks.

use store_postgres::Conn;
use store_postgres::reconcile::{
    self, FulfilmentRecord, LineCountRecord, OrderRecord, RefundLineRecord, RestockRecord, ReturnRecord,
};

use crate::check_context::CheckContext;
use crate::check_state::for_order;
use crate::report::{Invariant, InvariantReport};
use crate::rules::returns::ReturnedPieces;
use crate::rules::{line_refunds, returns};
use crate::stores::{StoreError, store_error};

/// Of the orders of a page, each sorted by them.
pub(crate) struct PageReturns {
    returned: Vec<ReturnRecord>,
    refunded: Vec<RefundLineRecord>,
    counts: Vec<LineCountRecord>,
    restocked: Vec<RestockRecord>,
}

impl PageReturns {
    /// From the snapshots that the orders and their reservations are read from.
    pub(crate) async fn read(
        orders: &mut Conn,
        inventory: &mut Conn,
        (after, last): (i32, i32),
    ) -> Result<Self, StoreError> {
        let orderdb = store_error("orderdb");
        Ok(Self {
            returned: reconcile::list_returns(orders, after, last).await.map_err(&orderdb)?,
            refunded: reconcile::list_refund_lines(orders, after, last).await.map_err(&orderdb)?,
            counts: reconcile::list_line_counts(orders, after, last).await.map_err(&orderdb)?,
            restocked: reconcile::list_restocked(inventory, after, last).await.map_err(store_error("inventorydb"))?,
        })
    }

    pub(crate) fn check_order(
        &self,
        placed: &OrderRecord,
        shipped: &[FulfilmentRecord],
        moment: &CheckContext,
        report: &mut InvariantReport,
    ) {
        let (returned, counts) = (for_order(&self.returned, placed.id), for_order(&self.counts, placed.id));
        let restocked = for_order(&self.restocked, placed.id);
        let pieces = ReturnedPieces { shipped, returned, counts, restocked };
        let is_idle = moment.is_order_idle(placed);
        report.add_violations(Invariant::Returns, returns::check_order(placed, pieces, is_idle));
        let refunded = for_order(&self.refunded, placed.id);
        let found = line_refunds::check_order(placed, refunded, counts, returned);
        report.add_violations(Invariant::LineRefunds, found);
    }

    pub(crate) fn count(&self, report: &mut InvariantReport) {
        report.add_count(Invariant::Returns, "returned lines", self.returned.len());
        report.add_count(Invariant::Returns, "restocked lines", self.restocked.len());
        report.add_count(Invariant::LineRefunds, "refunded lines", self.refunded.len());
    }
}
