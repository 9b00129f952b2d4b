//! `GET /api/orders`

use axum::extract::State;
use axum::http::Uri;
use domain::orders::{Order, Status};
use domain::{Cursor, Limit, Problem, UserId};
use postgres::orders::{self, Filter};
use serde::Deserialize;
use web::{Customer, List, Query, Result};

use crate::App;

/// Which orders.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct ListOrders {
    /// Where they stand.
    status: Option<Status>,
    /// How many, 50 unless told.
    #[param(value_type = Option<u16>, minimum = 1, maximum = 100)]
    limit: Option<Limit>,
    /// Where the page before ended, as its `Link` header said.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
    /// Whose, for admins; one's own unless told.
    #[param(value_type = Option<i32>)]
    user_id: Option<UserId>,
    /// Everybody's, for admins.
    all: Option<bool>,
}

/// List orders, newest first
#[utoipa::path(
    get, path = "/api/orders", params(ListOrders), security(("bearer" = [])),
    responses((status = 200, body = Vec<Order>))
)]
pub(crate) async fn list_orders(
    State(app): State<App>,
    caller: Customer,
    uri: Uri,
    Query(query): Query<ListOrders>,
) -> Result<List<Order>> {
    let everybody = query.all == Some(true);
    let user = query.user_id.unwrap_or(caller.id);
    if (everybody || user != caller.id) && !caller.is_admin() {
        return Err(Problem::forbidden("Only an admin may list other people's orders.").into());
    }
    let before =
        query.cursor.map(|cursor| cursor.key().ok_or_else(|| Problem::field("cursor", "is not a cursor of this list")));
    let filter = Filter { user: (!everybody).then_some(user), status: query.status, before: before.transpose()? };
    let mut db = app.checkout.orders().acquire().await?;
    let page = orders::list(&mut db, filter, query.limit.unwrap_or_default()).await?;
    Ok(List::new(&uri, page))
}
