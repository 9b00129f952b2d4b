//! I13: what is older than its bound (docs/growth.md) is gone.

use domain::Timestamp;
use mongo::audit as mongo_audit;
use postgres::audit;

use crate::moment::Moment;
use crate::report::{Finding, Invariant, Report};
use crate::stores::{Away, Stores, away};

pub(crate) async fn check(stores: &Stores, moment: &Moment, report: &mut Report) -> Result<(), Away> {
    for (name, database) in
        [("orderdb", &stores.orderdb), ("inventorydb", &stores.inventorydb), ("productdb", &stores.productdb)]
    {
        let mut db = database.acquire().await.map_err(away(name))?;
        let fact = audit::overdue_fact(&mut db).await.map_err(away(name))?;
        report.add(Invariant::Bounded, kept("outbox", name, "14 days after it was sent", fact));
        let key = audit::overdue_key(&mut db).await.map_err(away(name))?;
        report.add(Invariant::Bounded, kept("idempotency_keys", name, "24 hours", key));
    }
    let fact = mongo_audit::overdue_fact(&stores.mongo, moment.began).await.map_err(away("reviewdb"))?;
    report.add(Invariant::Bounded, kept("outbox", "reviewdb", "14 days after it was sent", fact));
    let event = mongo_audit::overdue_event(&stores.mongo, moment.began).await.map_err(away("analyticsdb"))?;
    report.add(Invariant::Bounded, kept("events", "analyticsdb", "90 days after it was counted", event));
    report.count(Invariant::Bounded, "stores with a bound", 8);
    Ok(())
}

/// A bound of which a day more has passed.
fn kept(what: &str, database: &str, bound: &str, oldest: Option<Timestamp>) -> Option<Finding> {
    let found = format!("one of {}", oldest?);
    let about = format!("{what} of {database}");
    Some(Finding::new(Invariant::Bounded, about, "keeps more than it may", format!("nothing past {bound}"), found))
}
