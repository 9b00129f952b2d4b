//! PUT /api/inventory/:productId

use std::slice;

use axum::extract::State;
use domain::events::Fact;
use domain::inventory::{Adjustment, Delta, Pieces, Reason, Refused, Stock};
use domain::{Problem, ProductId};
use postgres::inventory::{self, Note};
use serde::Deserialize;
use utoipa::ToSchema;
use web::{Admin, Body, Id, IfMatch, Resource};

use crate::App;

/// How stock moves: exactly one of `quantity` and `delta`.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Movement {
    /// Counted anew: so many pieces, those reserved for orders included.
    quantity: Option<Pieces>,
    /// So many came in; below zero, went out.
    delta: Option<Delta>,
    /// For the ledger.
    reason: Option<Reason>,
}

impl Movement {
    fn adjustment(&self) -> Result<Adjustment, Problem> {
        match (self.quantity, self.delta) {
            (Some(pieces), None) => Ok(Adjustment::Set(pieces)),
            (None, Some(delta)) => Ok(Adjustment::Move(delta)),
            (Some(_), Some(_)) => Err(Problem::field("delta", "must not be sent beside quantity")),
            (None, None) => Err(Problem::field("quantity", "is required, unless delta is sent")),
        }
    }

    fn reason(&self) -> &str {
        let unsaid = if self.delta.is_some() { "moved" } else { "counted" };
        self.reason.as_ref().map_or(unsaid, Reason::as_str)
    }
}

/// Count a product's stock anew, or move it
#[utoipa::path(
    put, path = "/api/inventory/{productId}", request_body = Movement, security(("bearer" = [])),
    params(("productId" = ProductId, Path, description = "The product"),
           ("If-Match" = Option<String>, Header, description = "The ETag that the stock must still have")),
    responses((status = 200, description = "The stock", body = Stock),
              (status = 404, description = "The catalogue never opened it"),
              (status = 409, description = "`below_reserved`: nothing was changed"),
              (status = 412, description = "`stale`: it moved meanwhile"))
)]
pub(crate) async fn adjust_stock(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
    if_match: IfMatch,
    body: Body<Movement>,
) -> web::Result<Resource<Stock>> {
    let movement = body.value;
    let adjustment = movement.adjustment()?;
    let mut db = app.db.begin().await?;
    let was = inventory::lock(&mut db, id).await?;
    let (was, quantity) = match decide(was, adjustment, &if_match) {
        Ok(decided) => decided,
        Err(problem) => {
            db.rollback().await?;
            return Err(problem.into());
        }
    };
    if quantity == was.quantity {
        // Nothing moved: no ledger row, no fact.
        db.commit().await?;
        return Ok(Resource(was));
    }
    let note = Note { reason: movement.reason(), actor: admin.id, at: app.clock.now() };
    let (stock, fact) = inventory::save(&mut db, &was, quantity, note).await?;
    let event = app.event(Fact::Stock(fact));
    postgres::outbox::append(&mut db, slice::from_ref(&event)).await?;
    db.commit().await?;
    app.relay.publish(vec![event]).await;
    Ok(Resource(stock))
}

fn decide(was: Option<Stock>, adjustment: Adjustment, if_match: &IfMatch) -> Result<(Stock, i32), Problem> {
    let was = was.ok_or_else(|| Problem::not_found("stock"))?;
    if_match.check(&was)?;
    let quantity = was.adjusted(adjustment).map_err(|refused| match (&refused, adjustment) {
        (Refused::TooMuch, Adjustment::Move(_)) => Problem::field("delta", "would take the quantity past its limit"),
        _ => refused.into(),
    })?;
    Ok((was, quantity))
}
