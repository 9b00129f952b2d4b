//! `GET /api/products/{id}`

use axum::extract::State;
use domain::products::Product;
use domain::{Problem, ProductId};
use store_postgres::products;
use store_redis::CacheEntry;
use web::{EncodedJson, Id};

use crate::App;

/// The one form in which a product is cached.
const CACHE_KEY: &str = "json";

/// A product
#[utoipa::path(
    get, path = "/api/products/{id}",
    params(("id" = ProductId, Path, description = "The product")),
    responses((status = 200, description = "The product", body = Product),
              (status = 404, description = "There is no such product"))
)]
pub(crate) async fn find_product(State(app): State<App>, Id(id): Id<ProductId>) -> web::Result<EncodedJson> {
    let load = async {
        let product = products::find(&mut app.catalog.products().acquire().await?, id).await?;
        // A product is plain data: it always has a JSON form.
        Ok(product.map(|product| serde_json::to_vec(&product).unwrap_or_default()))
    };
    let start = format!(r#"{{"id":{id},"#);
    let is_valid = |bytes: &[u8]| bytes.starts_with(start.as_bytes()) && bytes.ends_with(b"}");
    let bytes = app.get_or_load(&CacheEntry::product(id), CACHE_KEY, is_valid, load).await?;
    Ok(EncodedJson(bytes.ok_or_else(|| Problem::not_found("product"))?))
}
