//! `GET /api/orders`

use axum::extract::State;
use axum::http::Uri;
use domain::orders::{Order, OrderStatus};
use domain::{Cursor, DecodedCursor, OrderId, PageSize, Problem, UserId};
use serde::Deserialize;
use store_postgres::orders::{self, OrderFilter};
use web::{Customer, List, Query, Result};

use crate::App;

/// Which orders.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrdersQuery {
    /// Where they stand.
    status: Option<OrderStatus>,
    /// How many, 50 unless told.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// Where the page before ended, as its `Link` header said.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<OrderId>>,
    /// Whose, for admins; one's own unless told. Not beside `all=true`.
    #[param(inline)]
    user_id: Option<UserId>,
    /// Everybody's, for admins.
    all: Option<bool>,
}

/// List orders, newest first
#[utoipa::path(
    get, path = "/api/orders", params(ListOrdersQuery), security(("bearer" = [])),
    responses((status = 200, body = Vec<Order>))
)]
pub(crate) async fn list_orders(
    State(app): State<App>,
    caller: Customer,
    uri: Uri,
    Query(query): Query<ListOrdersQuery>,
) -> Result<List<Order>> {
    let everybody = query.all == Some(true);
    if everybody && query.user_id.is_some() {
        return Err(Problem::invalid_field("userId", "must not be combined with all=true").into());
    }
    let user = query.user_id.unwrap_or(caller.id);
    if (everybody || user != caller.id) && !caller.is_admin() {
        return Err(Problem::forbidden("Only admins can list other customers' orders.").into());
    }
    let before = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let filter = OrderFilter { user: (!everybody).then_some(user), status: query.status, before };
    let mut db = app.checkout.orders().acquire().await?;
    let page = orders::list(&mut db, filter, query.limit).await?;
    Ok(List::new(&uri, &page))
}
