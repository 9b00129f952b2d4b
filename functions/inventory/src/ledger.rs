//! GET /api/inventory/:productId/ledger

use axum::extract::State;
use axum::http::Uri;
use domain::inventory::LedgerEntry;
use domain::{After, Cursor, Limit, Problem, ProductId};
use postgres::inventory;
use serde::Deserialize;
use web::{Admin, Id, List, Query};

use crate::App;

/// Which entries.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListLedger {
    /// How many, 50 unless told.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// Where the page before ended, as its `Link` header said.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<i64>>,
}

/// How a product's quantity came about, newest first
#[utoipa::path(
    get, path = "/api/inventory/{productId}/ledger", security(("bearer" = [])),
    params(("productId" = ProductId, Path, description = "The product"), ListLedger),
    responses((status = 200, description = "Every change of its quantity", body = Vec<LedgerEntry>),
              (status = 404, description = "The catalogue never opened it"))
)]
pub(crate) async fn list_ledger(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ProductId>,
    uri: Uri,
    Query(query): Query<ListLedger>,
) -> web::Result<List<LedgerEntry>> {
    let before = query.cursor.map(|cursor| cursor.key(|id| *id > 0)).transpose()?;
    let mut db = app.db.acquire().await?;
    let page = inventory::ledger(&mut db, id, before, query.limit).await?;
    // Only where there is no entry is it a question whether there is such a product.
    if page.rows().is_empty() && inventory::find(&mut db, id).await?.is_none() {
        return Err(Problem::not_found("stock").into());
    }
    Ok(List::new(&uri, &page))
}
