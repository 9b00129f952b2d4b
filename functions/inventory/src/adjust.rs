//! PUT /api/inventory/:productId

use axum::extract::State;
use axum::response::Response;
use domain::events::DomainEvent;
use domain::idempotency::{body_mismatch, in_progress};
use domain::inventory::{InventoryError, Reason, Stock, StockAdjustment, StockDelta, StockQuantity};
use domain::{Problem, ProductId};
use runtime::planted::{Bug, planted};
use serde::Deserialize;
use store_postgres::Conn;
use store_postgres::idempotency::{self, ClaimOutcome, KeyClaim, RequestKey};
use store_postgres::inventory::{self, ChangeDetails};
use web::{Admin, Body, Id, IdempotencyKey, IfMatch, Resource, with_replay_header};

use crate::App;
use crate::adjust_schema::AdjustStockSchema;

/// How stock moves: exactly one of `quantity` and `delta`.
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
            (Some(pieces), None) => Ok(StockAdjustment::SetTo(pieces)),
            (None, Some(delta)) => Ok(StockAdjustment::ChangeBy(delta)),
            (Some(_), Some(_)) => Err(Problem::invalid_field("delta", "must not be combined with quantity")),
            (None, None) => Err(Problem::invalid_field("quantity", "is required, unless delta is sent")),
        }
    }

    fn reason(&self) -> &str {
        let unsaid = if self.delta.is_some() { "moved" } else { "counted" };
        self.reason.as_ref().map_or(unsaid, Reason::as_str)
    }
}

/// Count a product's stock anew, or move it
#[utoipa::path(
    put, path = "/api/inventory/{productId}", request_body = AdjustStockSchema, security(("bearer" = [])),
    params(("productId" = ProductId, Path, description = "The product"), IdempotencyKey, IfMatch),
    responses((status = 200, description = "The stock", body = Stock),
              (status = 404, description = "There is no such product"),
              (status = 409, description = "`below_reserved`: nothing was changed"),
              (status = 412, description = "`stale`: it moved meanwhile"),
              (status = 422, description = "`idempotency_mismatch`: the key was used with another body"))
)]
pub(crate) async fn adjust_stock(
    State(app): State<App>,
    Admin(admin): Admin,
    Id(id): Id<ProductId>,
    IdempotencyKey(key): IdempotencyKey,
    if_match: IfMatch,
    body: Body<AdjustStock>,
) -> web::Result<Response> {
    let fingerprint = IdempotencyKey::fingerprint(&format!("/api/inventory/{id}"), &body.bytes);
    let key = key.map(|key| RequestKey { user: admin.id, route: "inventory", key, fingerprint });
    let movement = body.value;
    let adjustment = movement.adjustment()?;
    // The key, the change and its outcome are one transaction: a refusal leaves none of them, and
    // a repeated request waits for the commit.
    let mut db = app.db.begin().await?;
    let ticket = match claim_key(&mut db, key.as_ref().filter(|_| !planted(Bug::ForgottenKey))).await {
        Ok(KeyCheck::Proceed(ticket)) => ticket,
        // Rolled back, not dropped: that would end the connection too.
        Ok(KeyCheck::Replay(stock)) => {
            db.rollback().await?;
            return Ok(with_replay_header(Resource(stock), true));
        }
        Err(problem) => {
            db.rollback().await?;
            return Err(problem.into());
        }
    };
    let was = inventory::lock(&mut db, id).await?;
    let (was, quantity) = match decide_quantity(was, adjustment, &if_match) {
        Ok(decided) => decided,
        Err(problem) => {
            db.rollback().await?;
            return Err(problem.into());
        }
    };
    let (mut stock, mut events) = (was.clone(), Vec::new());
    // Where nothing moves, there is no ledger row and no event.
    if quantity != was.quantity {
        let note = ChangeDetails { reason: movement.reason(), actor: admin.id, at: app.clock.now() };
        let (moved, fact) = inventory::set_quantity(&mut db, &was, quantity, note).await?;
        (stock, events) = (moved, vec![app.event_envelope(DomainEvent::StockChanged(fact))]);
        store_postgres::outbox::append(&mut db, &events).await?;
    }
    if let Some(ticket) = &ticket {
        // Stock is plain data: it always has a JSON form.
        let outcome = serde_json::to_string(&stock).unwrap_or_default();
        idempotency::store_outcome(&mut db, ticket, app.clock.new_uuid(), &outcome).await?;
    }
    db.commit().await?;
    app.relay.publish(events).await;
    Ok(with_replay_header(Resource(stock), false))
}

enum KeyCheck {
    Proceed(Option<KeyClaim>),
    Replay(Stock),
}

async fn claim_key(db: &mut Conn, key: Option<&RequestKey>) -> Result<KeyCheck, Problem> {
    let Some(key) = key else { return Ok(KeyCheck::Proceed(None)) };
    Ok(match idempotency::claim(db, key, 0.0).await? {
        ClaimOutcome::Claimed(ticket) => KeyCheck::Proceed(Some(ticket)),
        ClaimOutcome::Replay(kept) => KeyCheck::Replay(serde_json::from_str(&kept.outcome).map_err(Problem::internal)?),
        ClaimOutcome::FingerprintMismatch => return Err(body_mismatch()),
        ClaimOutcome::InProgress(seconds) => return Err(in_progress(seconds)),
        // Never left behind: the key is written in the transaction that has its outcome.
        ClaimOutcome::Abandoned(_) => return Err(in_progress(1.0)),
    })
}

fn decide_quantity(
    was: Option<Stock>,
    adjustment: StockAdjustment,
    if_match: &IfMatch,
) -> Result<(Stock, i32), Problem> {
    let was = was.ok_or_else(|| Problem::not_found("stock record"))?;
    if_match.check(&was)?;
    let quantity = was.adjust(adjustment).map_err(|refused| match (&refused, adjustment) {
        (InventoryError::AboveMaximum, StockAdjustment::ChangeBy(_)) => {
            Problem::invalid_field("delta", "would make the quantity exceed its limit")
        }
        _ => refused.into(),
    })?;
    Ok((was, quantity))
}
