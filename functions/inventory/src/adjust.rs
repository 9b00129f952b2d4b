//! PUT /api/inventory/:productId

use axum::extract::State;
use axum::response::Response;
use domain::events::Fact;
use domain::idempotency::{in_progress, other_body};
use domain::inventory::{Adjustment, Delta, Pieces, Reason, Refused, Stock};
use domain::{Problem, ProductId};
use postgres::Conn;
use postgres::idempotency::{self, Claim, Key, Ticket};
use postgres::inventory::{self, Note};
use runtime::planted::{Bug, planted};
use serde::Deserialize;
use web::{Admin, Body, Id, IdempotencyKey, IfMatch, Resource, replayable};

use crate::App;
use crate::movement_schema::MovementBody;

/// How stock moves: exactly one of `quantity` and `delta`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Movement {
    quantity: Option<Pieces>,
    delta: Option<Delta>,
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
    put, path = "/api/inventory/{productId}", request_body = MovementBody, security(("bearer" = [])),
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
    body: Body<Movement>,
) -> web::Result<Response> {
    let fingerprint = IdempotencyKey::fingerprint(&format!("/api/inventory/{id}"), &body.bytes);
    let key = key.map(|key| Key { user: admin.id, route: "inventory", key, fingerprint });
    let movement = body.value;
    let adjustment = movement.adjustment()?;
    // The key, the change and its outcome are one transaction: a refusal leaves none of them, and
    // a repeated request waits for the commit.
    let mut db = app.db.begin().await?;
    let ticket = match claim(&mut db, key.as_ref().filter(|_| !planted(Bug::ForgottenKey))).await {
        Ok(Claimed::Begin(ticket)) => ticket,
        // Rolled back, not dropped: that would end the connection too.
        Ok(Claimed::Done(stock)) => {
            db.rollback().await?;
            return Ok(replayable(Resource(stock), true));
        }
        Err(problem) => {
            db.rollback().await?;
            return Err(problem.into());
        }
    };
    let was = inventory::lock(&mut db, id).await?;
    let (was, quantity) = match decide(was, adjustment, &if_match) {
        Ok(decided) => decided,
        Err(problem) => {
            db.rollback().await?;
            return Err(problem.into());
        }
    };
    let (mut stock, mut events) = (was.clone(), Vec::new());
    // Where nothing moves, there is no ledger row and no event.
    if quantity != was.quantity {
        let note = Note { reason: movement.reason(), actor: admin.id, at: app.clock.now() };
        let (moved, fact) = inventory::save(&mut db, &was, quantity, note).await?;
        (stock, events) = (moved, vec![app.event(Fact::Stock(fact))]);
        postgres::outbox::append(&mut db, &events).await?;
    }
    if let Some(ticket) = &ticket {
        // Stock is plain data: it always has a JSON form.
        let outcome = serde_json::to_string(&stock).unwrap_or_default();
        idempotency::keep(&mut db, ticket, app.clock.new_uuid(), &outcome).await?;
    }
    db.commit().await?;
    app.relay.publish(events).await;
    Ok(replayable(Resource(stock), false))
}

enum Claimed {
    Begin(Option<Ticket>),
    Done(Stock),
}

async fn claim(db: &mut Conn, key: Option<&Key>) -> Result<Claimed, Problem> {
    let Some(key) = key else { return Ok(Claimed::Begin(None)) };
    Ok(match idempotency::claim(db, key, 0.0).await? {
        Claim::Ours(ticket) => Claimed::Begin(Some(ticket)),
        Claim::Kept(kept) => Claimed::Done(serde_json::from_str(&kept.outcome).map_err(Problem::internal)?),
        Claim::OtherBody => return Err(other_body()),
        Claim::Busy(seconds) => return Err(in_progress(seconds)),
        // Never left behind: the key is written in the transaction that has its outcome.
        Claim::Abandoned(_) => return Err(in_progress(1.0)),
    })
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
