//! `GET /api/inventory/{productId}/ledger`

use axum::extract::State;
use axum::http::Uri;
use domain::inventory::StockLedgerEntry;
use domain::{Cursor, DecodedCursor, PageSize, Problem, ProductId};
use serde::Deserialize;
use store_postgres::inventory;
use web::{Admin, Id, List, Query};

use crate::App;

/// The page of entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListLedgerQuery {
    /// The number of entries; default 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// The end of the previous page, from its `Link` header.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<i64>>,
}

/// List the changes of a product's quantity, newest first
#[utoipa::path(
    get, path = "/api/inventory/{productId}/ledger",
    params(("productId" = ProductId, Path, description = "The product"), ListLedgerQuery),
    responses((status = 200, description = "Every change of its quantity", body = Vec<StockLedgerEntry>),
              (status = 404, description = "There is no such product"))
)]
pub(crate) async fn list_ledger(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ProductId>,
    uri: Uri,
    Query(query): Query<ListLedgerQuery>,
) -> web::Result<List<StockLedgerEntry>> {
    let before = query.cursor.map(|cursor| cursor.into_key(|id| *id > 0)).transpose()?;
    let mut db = app.db.acquire().await?;
    let page = inventory::list_ledger(&mut db, id, before, query.limit).await?;
    // Only if there is no entry, the product itself is looked up.
    if page.rows().is_empty() && inventory::find(&mut db, id).await?.is_none() {
        return Err(Problem::not_found("stock record").into());
    }
    Ok(List::new(&uri, &page))
}
