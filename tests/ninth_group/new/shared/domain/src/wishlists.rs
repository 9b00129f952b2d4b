//! Wishlists: the products that a customer wants to remember.

use serde::Serialize;

use crate::{Problem, ProblemKind, ProductId, Timestamp};

/// The most products of one wishlist, so that a list of them always fits one response.
pub const MAX_WISHLIST_ITEMS: usize = 200;

/// A product on a wishlist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, utoipa::ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WishlistItem {
    /// The product on the wishlist.
    pub product_id: ProductId,
    /// Since when it is on the list.
    pub added_at: Timestamp,
}

/// The problem of a wishlist with no room for one more product.
pub fn wishlist_full() -> Problem {
    Problem::new(ProblemKind::Conflict, "wishlist_full", "The wishlist is full.")
}
