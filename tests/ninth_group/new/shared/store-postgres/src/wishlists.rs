//! Wishlists, in userdb.

use domain::wishlists::{MAX_WISHLIST_ITEMS, WishlistItem};
use domain::{ProductId, Timestamp, UserId};

use crate::pool::timed;
use crate::{Conn, Result};

/// What a customer wishes for, the oldest first.
///
/// # Errors
/// When the database does not answer.
pub async fn list(db: &mut Conn, user: UserId) -> Result<Vec<WishlistItem>> {
    let select = sqlx::query!(
        "select product_id, added_at from wishlist_items where user_id = $1 order by added_at, product_id",
        user.get()
    );
    let rows = timed!(db, fetch_all, select)?;
    let item = |product_id, added_at: chrono::DateTime<chrono::Utc>| WishlistItem {
        product_id: ProductId::new(product_id),
        added_at: added_at.into(),
    };
    Ok(rows.into_iter().map(|row| item(row.product_id, row.added_at)).collect())
}

/// Adds a product, unless it is there or the list is full; whether it is there now.
///
/// # Errors
/// When the database does not answer.
pub async fn add(db: &mut Conn, user: UserId, product: ProductId, now: Timestamp) -> Result<bool> {
    let insert = sqlx::query!(
        "with added as (
             insert into wishlist_items (user_id, product_id, added_at)
             select $1, $2, $3 where (select count(*) from wishlist_items where user_id = $1) < $4
             on conflict do nothing returning 1 as there)
         select exists (select from added)
             or exists (select from wishlist_items where user_id = $1 and product_id = $2) as \"there!\"",
        user.get(),
        product.get(),
        now.utc(),
        MAX_WISHLIST_ITEMS as i64,
    );
    Ok(timed!(db, fetch_one, insert)?.there)
}

/// Removes a product, if it is there.
///
/// # Errors
/// When the database does not answer.
pub async fn remove(db: &mut Conn, user: UserId, product: ProductId) -> Result<()> {
    let delete = sqlx::query!(
        "delete from wishlist_items where user_id = $1 and product_id = $2",
        user.get(),
        product.get()
    );
    timed!(db, execute, delete).map(drop)
}
