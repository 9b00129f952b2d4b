//! `PUT /api/inventory/{productId}`

use axum::extract::State;
use axum::response::Response;
use domain::events::{DomainEvent, EventEnvelope};
use domain::idempotency::{IdempotencyKey, Idempotent, Start, encode_outcome, in_progress};
use domain::inventory::{InventoryError, Reason, Stock, StockAdjustment, StockDelta, StockQuantity};
use domain::{Problem, ProductId, UserId};
use serde::Deserialize;
use store_postgres::Conn;
use store_postgres::idempotency;
use store_postgres::inventory::{self, ChangeDetails};
use web::{Admin, Body, Id, IdempotencyHeader, IfMatch, Resource, respond};

use crate::App;
use crate::adjust_schema::AdjustStockSchema;

/// How stock changes: exactly one of `quantity` and `delta`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AdjustStock {
    quantity: Option<StockQuantity>,
    delta: Option<StockDelta>,
    reason: Option<Reason>,
}

impl AdjustStock {
    fn adjustment(&self) -> Result<StockAdjustment, Problem> {
        match (self.quantity, self.delta) {
            (Some(quantity), None) => Ok(StockAdjustment::SetTo(quantity)),
            (None, Some(delta)) => Ok(StockAdjustment::ChangeBy(delta)),
            (Some(_), Some(_)) => Err(Problem::invalid_field("delta", "must not be combined with quantity")),
            (None, None) => Err(Problem::invalid_field("quantity", "is required, unless delta is sent")),
        }
    }

    fn reason(&self) -> &str {
        let default = if self.delta.is_some() { "moved" } else { "counted" };
        self.reason.as_ref().map_or(default, Reason::as_str)
    }
}

/// Set a product's stock after a count, or change it
#[utoipa::path(
    put, path = "/api/inventory/{productId}", request_body = AdjustStockSchema,
    params(("productId" = ProductId, Path, description = "The product"), IdempotencyHeader, IfMatch),
    responses((status = 200, description = "The stock", body = Stock),
              (status = 404, description = "There is no such product"),
              (status = 409, description = "`below_reserved`: nothing was changed"),
              (status = 412, description = "`stale`: the stock has changed since it was read"),
              (status = 422, description = "`idempotency_mismatch`: the key was used with another body"))
)]
pub(crate) async fn adjust_stock(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
    header: IdempotencyHeader,
    if_match: IfMatch,
    body: Body<AdjustStock>,
) -> web::Result<Response> {
    let key = header.key(admin.id, "inventory", &format!("/api/inventory/{id}"), &body.bytes);
    let adjustment = body.value.adjustment()?;
    let change = StockChange { product: id, adjustment, reason: body.value.reason(), actor: admin.id };
    // The key, the change and its outcome are one transaction: a rejected request leaves none of
    // them, and a repeated one waits for the commit.
    let mut db = app.db.begin().await?;
    match adjust_once(&app, &mut db, key.as_ref(), &change, &if_match).await {
        Ok((adjusted, events)) => {
            db.commit().await?;
            app.relay.publish(events).await;
            Ok(respond(adjusted, |stock| Ok(Resource(stock))))
        }
        Err(problem) => {
            // Not dropped: a transaction that is dropped closes its connection.
            db.rollback().await?;
            Err(problem.into())
        }
    }
}

/// What an admin changes.
struct StockChange<'a> {
    product: ProductId,
    adjustment: StockAdjustment,
    reason: &'a str,
    actor: UserId,
}

/// Changes the stock, or returns the outcome of the key's first request.
async fn adjust_once(
    app: &App,
    db: &mut Conn,
    key: Option<&IdempotencyKey>,
    change: &StockChange<'_>,
    if_match: &IfMatch,
) -> Result<(Idempotent<Stock>, Vec<EventEnvelope>), Problem> {
    let claim = match key {
        None => None,
        Some(key) => match idempotency::claim(db, key, 0.0).await?.start()? {
            Start::First(claim) => Some(claim),
            Start::Replay(adjusted) => return Ok((adjusted, Vec::new())),
            // A key without an outcome is never committed.
            Start::Resume(_) => return Err(in_progress(1.0)),
        },
    };
    let previous = inventory::lock(db, change.product).await?;
    let (previous, quantity) = decide_quantity(previous, change.adjustment, if_match)?;
    let (mut stock, mut events) = (previous.clone(), Vec::new());
    // Where the quantity stays, there is no row in the stock ledger and no event.
    if quantity != previous.quantity {
        let details = ChangeDetails { reason: change.reason, actor: change.actor, at: app.clock.now() };
        let (changed, event) = inventory::set_quantity(db, &previous, quantity, details).await?;
        (stock, events) = (changed, vec![app.event_envelope(DomainEvent::StockChanged(event))]);
        store_postgres::outbox::append(db, &events).await?;
    }
    if let Some(claim) = &claim {
        idempotency::store_outcome(db, claim, app.clock.new_uuid(), &encode_outcome(&stock)?).await?;
    }
    Ok((Idempotent::first(stock), events))
}

fn decide_quantity(
    previous: Option<Stock>,
    adjustment: StockAdjustment,
    if_match: &IfMatch,
) -> Result<(Stock, i32), Problem> {
    let previous = previous.ok_or_else(|| Problem::not_found("stock record"))?;
    if_match.check(&previous)?;
    let quantity = previous.adjust(adjustment).map_err(|rejected| match (&rejected, adjustment) {
        (InventoryError::AboveMaximum, StockAdjustment::ChangeBy(_)) => {
            Problem::invalid_field("delta", "would make the quantity exceed its limit")
        }
        _ => rejected.into(),
    })?;
    Ok((previous, quantity))
}
