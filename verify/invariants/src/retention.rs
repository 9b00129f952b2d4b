//! I13: what is older than its retention (docs/growth.md) is purged.

use domain::Timestamp;
use store_mongo::reconcile as mongo_audit;
use store_postgres::reconcile;

use crate::check_context::CheckContext;
use crate::report::{Invariant, InvariantReport, Violation};
use crate::stores::{StoreError, Stores, store_error};

pub(crate) async fn check(
    stores: &Stores,
    moment: &CheckContext,
    report: &mut InvariantReport,
) -> Result<(), StoreError> {
    for (name, database) in
        [("orderdb", &stores.orderdb), ("inventorydb", &stores.inventorydb), ("productdb", &stores.productdb)]
    {
        let mut db = database.acquire().await.map_err(store_error(name))?;
        let record = reconcile::oldest_overdue_outbox_event(&mut db).await.map_err(store_error(name))?;
        report
            .add_violations(Invariant::Retention, check_retention("outbox", name, "14 days after it was sent", record));
        let key = reconcile::oldest_overdue_key(&mut db).await.map_err(store_error(name))?;
        report.add_violations(Invariant::Retention, check_retention("idempotency_keys", name, "24 hours", key));
    }
    let record = mongo_audit::oldest_overdue_outbox_event(&stores.mongo, moment.started_at)
        .await
        .map_err(store_error("reviewdb"))?;
    report.add_violations(
        Invariant::Retention,
        check_retention("outbox", "reviewdb", "14 days after it was sent", record),
    );
    let event = mongo_audit::oldest_overdue_event(&stores.mongo, moment.started_at)
        .await
        .map_err(store_error("analyticsdb"))?;
    report.add_violations(
        Invariant::Retention,
        check_retention("events", "analyticsdb", "90 days after it was counted", event),
    );
    report.add_count(Invariant::Retention, "stores with a bound", 8);
    Ok(())
}

/// A retention that ended more than a day ago.
fn check_retention(what: &str, database: &str, bound: &str, oldest: Option<Timestamp>) -> Option<Violation> {
    let found = format!("one of {}", oldest?);
    let about = format!("{what} of {database}");
    Some(Violation::new(
        Invariant::Retention,
        about,
        "keeps records longer than allowed",
        format!("nothing past {bound}"),
        found,
    ))
}
