//! The stock of a product that is written here, in inventorydb and under inventory's rules.

use std::slice;

use domain::events::{Event, Fact, StockFact};
use domain::inventory::{Adjustment, Pieces, Refused, Stock};
use domain::{Problem, ProductId, UserId};
use postgres::inventory::{self, Note};

use crate::App;

/// A change of stock that is committed, and is to be published.
#[derive(Clone)]
pub(crate) struct Changed {
    pub(crate) fact: StockFact,
    pub(crate) event: Event,
}

/// Sets a product's quantity as inventory's own route does, after opening its row where it has
/// none. `None` where that changes nothing.
pub(crate) async fn set(app: &App, id: ProductId, pieces: Pieces, by: UserId) -> Result<Option<Changed>, Problem> {
    change(app, id, by, "set with the product", |stock| stock.adjusted(Adjustment::Set(pieces))).await
}

/// Takes what is not reserved from sale. Reservations stay: their orders go on.
pub(crate) async fn withdraw(app: &App, id: ProductId, by: UserId) -> Result<Option<Changed>, Problem> {
    change(app, id, by, "product removed", |stock| Ok(stock.reserved)).await
}

async fn change(
    app: &App,
    id: ProductId,
    by: UserId,
    reason: &str,
    decide: impl Fn(&Stock) -> Result<i32, Refused>,
) -> Result<Option<Changed>, Problem> {
    let at = app.clock.now();
    let mut db = app.inventorydb.begin().await?;
    inventory::open(&mut db, id, at).await?;
    let stock = inventory::lock(&mut db, id).await?.ok_or_else(|| Problem::internal("an opened row is gone"))?;
    let quantity = match decide(&stock) {
        Ok(quantity) if quantity != stock.quantity => quantity,
        Ok(_) => {
            db.commit().await?;
            return Ok(None);
        }
        Err(refused) => {
            db.rollback().await?;
            return Err(refused.into());
        }
    };
    let (_, fact) = inventory::save(&mut db, &stock, quantity, Note { reason, actor: by, at }).await?;
    let event = app.event(Fact::Stock(fact));
    postgres::outbox::append(&mut db, slice::from_ref(&event)).await?;
    db.commit().await?;
    Ok(Some(Changed { fact, event }))
}
