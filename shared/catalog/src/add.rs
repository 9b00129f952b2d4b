//! Adding a product: it enters the catalogue without stock, then its stock is opened.

use domain::events::EventEnvelope;
use domain::idempotency::{body_mismatch, in_progress};
use domain::inventory::StockQuantity;
use domain::products::{Product, ProductDraft};
use domain::{Problem, Result, UserId};
use runtime::planted::{Bug, planted};
use store_postgres::Conn;
use store_postgres::idempotency::{self, ClaimOutcome, KeyClaim, RequestKey, StoredOutcome};
use store_postgres::products::writes::{self, ProductWrite, WriteKind};

use crate::Catalog;

/// A product that was added, by this request or by the one that it repeats.
#[derive(Clone, Debug, PartialEq)]
pub struct Added {
    /// The product.
    pub product: Product,
    /// The id of the request that this one repeats.
    pub replay_of: Option<String>,
}

impl Catalog {
    /// Adds a product and opens its stock; once per key.
    ///
    /// # Errors
    /// 422 when the key was used with another body, 409 while another request claims it; 503 when
    /// a step's outcome is unknown: recovery then finishes it, and the same key answers it.
    pub async fn add(
        &self,
        draft: &ProductDraft,
        pieces: StockQuantity,
        by: UserId,
        key: Option<&RequestKey>,
    ) -> Result<Added> {
        let key = key.filter(|_| !planted(Bug::ForgottenKey));
        let Some(key) = key else {
            let mut db = self.products.acquire().await?;
            let begun = self.begin_add(&mut db, draft, pieces, by, None).await?;
            drop(db);
            return self.open_stock(begun).await;
        };
        for _ in 0..2 {
            // In one transaction: a key never stands for a product that was not added.
            let mut db = self.products.begin().await?;
            match idempotency::claim(&mut db, key, 0.0).await? {
                ClaimOutcome::Claimed(ticket) => {
                    let begun = self.begin_add(&mut db, draft, pieces, by, Some(&ticket)).await?;
                    // A product is plain data: it always has a JSON form.
                    let answer = serde_json::to_string(&begun.product).unwrap_or_default();
                    writes::store_outcome(&mut db, begun.write.token, &answer).await?;
                    db.commit().await?;
                    return self.open_stock(begun).await;
                }
                ClaimOutcome::Replay(kept) => {
                    db.rollback().await?;
                    return replayed(&kept);
                }
                ClaimOutcome::FingerprintMismatch => {
                    db.rollback().await?;
                    return Err(body_mismatch());
                }
                ClaimOutcome::InProgress(seconds) => {
                    db.rollback().await?;
                    return Err(in_progress(seconds));
                }
                ClaimOutcome::Abandoned(token) => {
                    db.rollback().await?;
                    self.join_and_complete(token).await?;
                }
            }
        }
        Err(in_progress(1.0))
    }

    async fn begin_add(
        &self,
        db: &mut Conn,
        draft: &ProductDraft,
        pieces: StockQuantity,
        by: UserId,
        ticket: Option<&KeyClaim>,
    ) -> Result<PendingAdd> {
        let (pieces, writer) = (pieces.get(), self.writer(by));
        let event = |id| self.product_changed(id);
        let (product, event) = writes::begin_add(db, draft, pieces, writer, ticket, event, self.clock.now()).await?;
        // Nobody can have reserved any of it before its stock is open: this is what it will be.
        let product = Product { stock: pieces, ..product };
        let write =
            ProductWrite { product: product.id, token: writer.1, kind: WriteKind::Add { quantity: pieces }, actor: by };
        Ok(PendingAdd { product, write, event })
    }

    async fn open_stock(&self, begun: PendingAdd) -> Result<Added> {
        let PendingAdd { product, write, event } = begun;
        self.publish(Some(event), None).await;
        self.complete_own(&write).await?;
        Ok(Added { product, replay_of: None })
    }
}

/// A product that is in the catalogue, without stock.
struct PendingAdd {
    product: Product,
    write: ProductWrite,
    event: EventEnvelope,
}

fn replayed(kept: &StoredOutcome) -> Result<Added> {
    let product = serde_json::from_str(&kept.outcome).map_err(Problem::internal)?;
    Ok(Added { product, replay_of: Some(kept.request_id.clone()) })
}
