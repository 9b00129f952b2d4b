//! `GET /api/products/categories`

use axum::extract::State;
use domain::products::CategoryCount;
use store_postgres::products;
use store_redis::CacheEntry;
use web::EncodedJson;

use crate::App;

/// One of the forms of the product list, since the same writes change it.
const CACHE_KEY: &str = "categories";

/// The categories that have products, by name
#[utoipa::path(
    get, path = "/api/products/categories",
    responses((status = 200, description = "Each category and how many products it has", body = [CategoryCount]))
)]
pub(crate) async fn list_categories(State(app): State<App>) -> web::Result<EncodedJson> {
    let ask = async {
        let categories = products::list_categories(&mut app.catalog.products().acquire().await?).await?;
        // Plain data: it always has a JSON form.
        Ok(Some(serde_json::to_vec(&categories).unwrap_or_default()))
    };
    let sound = |bytes: &[u8]| bytes.starts_with(b"[") && bytes.ends_with(b"]");
    let bytes = app.get_or_load(&CacheEntry::product_lists(), CACHE_KEY, sound, ask).await?;
    Ok(EncodedJson(bytes.unwrap_or_default()))
}
