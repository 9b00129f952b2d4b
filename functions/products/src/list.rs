//! `GET /api/products`

use axum::extract::State;
use domain::products::{Category, Product, ProductFilter, ProductKeyset, ProductSort, Search};
use domain::{Cursor, DecodedCursor, Money, PageSize, Problem};
use http::Uri;
use serde::Deserialize;
use store_postgres::products;
use store_redis::CacheEntry;
use utoipa::IntoParams;
use web::{EncodedList, Query};

use crate::{App, page_codec};

/// The filters, order and page; all filters combine.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListProductsQuery {
    /// Words that name or description must contain, each as a prefix.
    #[param(inline)]
    q: Option<Search>,
    /// The whole category name, not a part of it.
    #[param(inline)]
    category: Option<Category>,
    /// The lowest price to list, inclusive.
    min_price: Option<Money>,
    /// The highest price to list, inclusive.
    max_price: Option<Money>,
    /// Only products that are (`true`), or are not (`false`), in stock.
    in_stock: Option<bool>,
    /// The order; default `newest`.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: ProductSort,
    /// The number of products; default 50. A page may have fewer, even none, and still a link to
    /// the next one: a search stops after so many products that do not match.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<ProductKeyset>>,
}

/// List products with any filters, in any order
#[utoipa::path(
    get, path = "/api/products", params(ListProductsQuery),
    responses((status = 200, description = "One page of products", body = [Product]))
)]
pub(crate) async fn list_products(
    State(app): State<App>,
    uri: Uri,
    Query(wanted): Query<ListProductsQuery>,
) -> web::Result<EncodedList> {
    let (sort, limit) = (wanted.sort, wanted.limit);
    let after = wanted.cursor.map(|cursor| ProductKeyset::from_cursor(cursor, sort)).transpose()?;
    let filter = ProductFilter {
        search: wanted.q.filter(|q| !q.as_str().is_empty()),
        category: wanted.category,
        min_price: wanted.min_price,
        max_price: wanted.max_price,
        in_stock: wanted.in_stock,
    };
    let ask = async {
        let mut db = app.catalog.products().acquire().await?;
        let page = products::list(&mut db, &filter, sort, after.as_ref(), limit).await?;
        Ok(Some(page_codec::encode(&page)))
    };
    let form = cache_key(&filter, sort, after.as_ref(), limit);
    let page = app.get_or_load(&CacheEntry::product_lists(), &form, page_codec::is_valid, ask).await?;
    let page = page.as_ref().and_then(page_codec::decode);
    let (array, next) = page.ok_or_else(|| Problem::internal("a page that cannot be read"))?;
    Ok(EncodedList::new(&uri, array, next.as_deref()))
}

/// One key for all spellings of one query.
fn cache_key(filter: &ProductFilter, sort: ProductSort, after: Option<&ProductKeyset>, limit: PageSize) -> String {
    let q = filter.search.as_ref().map(|q| {
        let text = q.as_str().to_lowercase();
        let mut words: Vec<&str> = text.split_whitespace().collect();
        words.sort_unstable();
        words.dedup();
        words.join(" ")
    });
    let category = filter.category.as_ref().map(Category::as_str);
    let narrowed = (q, category, filter.min_price, filter.max_price, filter.in_stock);
    // Plain data: it always has a JSON form.
    serde_json::to_string(&(sort, limit.rows(), after, narrowed)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equivalent_queries_share_a_cache_key_and_others_do_not() {
        let q =
            |text: &str| ProductFilter { search: Search::try_from(text.to_owned()).ok(), ..ProductFilter::default() };
        let of = |filter: &ProductFilter| cache_key(filter, ProductSort::Newest, None, PageSize::default());
        assert_eq!(of(&q("Red  shoe")), of(&q("shoe red RED")));
        let cent = Some(Money::from_cents(1));
        let distinct = [
            q("red"),
            ProductFilter::default(),
            ProductFilter { category: Category::try_from("red".to_owned()).ok(), ..ProductFilter::default() },
            ProductFilter { min_price: cent, ..ProductFilter::default() },
            ProductFilter { max_price: cent, ..ProductFilter::default() },
            ProductFilter { in_stock: Some(true), ..ProductFilter::default() },
            ProductFilter { in_stock: Some(false), ..ProductFilter::default() },
        ];
        let mut forms: Vec<String> = distinct.iter().map(of).collect();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), distinct.len());
    }
}
