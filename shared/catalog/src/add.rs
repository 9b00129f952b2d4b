//! Adding a product: it enters the catalogue without stock, then its stock is opened.

use domain::events::Event;
use domain::idempotency::{in_progress, other_body};
use domain::inventory::Pieces;
use domain::products::{Draft, Product};
use domain::{Problem, Result, UserId};
use postgres::Conn;
use postgres::idempotency::{self, Claim, Kept, Key, Ticket};
use postgres::products::writes::{self, Change, ProductWrite};
use runtime::planted::{Bug, planted};

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
    pub async fn add(&self, draft: &Draft, pieces: Pieces, by: UserId, key: Option<&Key>) -> Result<Added> {
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
                Claim::Ours(ticket) => {
                    let begun = self.begin_add(&mut db, draft, pieces, by, Some(&ticket)).await?;
                    // A product is plain data: it always has a JSON form.
                    let answer = serde_json::to_string(&begun.product).unwrap_or_default();
                    writes::promise(&mut db, begun.write.token, &answer).await?;
                    db.commit().await?;
                    return self.open_stock(begun).await;
                }
                Claim::Kept(kept) => {
                    db.rollback().await?;
                    return replay(&kept);
                }
                Claim::OtherBody => {
                    db.rollback().await?;
                    return Err(other_body());
                }
                Claim::Busy(seconds) => {
                    db.rollback().await?;
                    return Err(in_progress(seconds));
                }
                Claim::Abandoned(token) => {
                    db.rollback().await?;
                    self.join_and_finish(token).await?;
                }
            }
        }
        Err(in_progress(1.0))
    }

    async fn begin_add(
        &self,
        db: &mut Conn,
        draft: &Draft,
        pieces: Pieces,
        by: UserId,
        ticket: Option<&Ticket>,
    ) -> Result<Begun> {
        let (pieces, writer) = (pieces.get(), self.writer(by));
        let event = |id| self.changed(id);
        let (product, event) = writes::begin_add(db, draft, pieces, writer, ticket, event, self.clock.now()).await?;
        // Nobody can have reserved any of it before its stock is open: this is what it will be.
        let product = Product { stock: pieces, ..product };
        let write = ProductWrite { product: product.id, token: writer.1, change: Change::Add { pieces }, by };
        Ok(Begun { product, write, event })
    }

    async fn open_stock(&self, begun: Begun) -> Result<Added> {
        let Begun { product, write, event } = begun;
        self.publish(Some(event), None).await;
        self.finish_own(&write).await?;
        Ok(Added { product, replay_of: None })
    }
}

/// A product that is in the catalogue, without stock.
struct Begun {
    product: Product,
    write: ProductWrite,
    event: Event,
}

fn replay(kept: &Kept) -> Result<Added> {
    let product = serde_json::from_str(&kept.outcome).map_err(Problem::internal)?;
    Ok(Added { product, replay_of: Some(kept.request_id.clone()) })
}
