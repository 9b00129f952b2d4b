//! `GET /api/orders`

use axum::extract::State;
use axum::http::Uri;
use domain::orders::{Order, OrderStatus};
use domain::{Cursor, DecodedCursor, OrderId, PageSize, Problem, UserId};
use serde::Deserialize;
use store_postgres::orders::{self, OrderFilter};
use web::{Buyer, List, Query, Result};

use crate::App;

/// Filter and page of the list.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrdersQuery {
    /// Only orders with this status.
    status: Option<OrderStatus>,
    /// The most orders of a page, 50 by default.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the `Link` header of the previous page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<OrderId>>,
    /// Another user's orders, for admins; not together with `all=true`.
    #[param(inline)]
    user_id: Option<UserId>,
    /// The orders of all users, for admins.
    all: Option<bool>,
}

/// List orders, newest first
#[utoipa::path(
    get, path = "/api/orders", params(ListOrdersQuery),
    responses((status = 200, body = Vec<Order>))
)]
pub(crate) async fn list_orders(
    State(app): State<App>,
    caller: Buyer,
    uri: Uri,
    Query(query): Query<ListOrdersQuery>,
) -> Result<List<Order>> {
    let all_users = query.all == Some(true);
    if all_users && query.user_id.is_some() {
        return Err(Problem::invalid_field("userId", "must not be combined with all=true").into());
    }
    let user = query.user_id.unwrap_or(caller.id);
    if (all_users || user != caller.id) && !caller.is_admin() {
        return Err(Problem::forbidden("Only admins can list other customers' orders.").into());
    }
    let before = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let filter = OrderFilter { user: (!all_users).then_some(user), status: query.status, before };
    let mut db = app.checkout.orders().acquire().await?;
    let page = orders::list(&mut db, filter, query.limit).await?;
    Ok(List::new(&uri, &page))
}
