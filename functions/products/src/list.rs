//! GET /api/products

use axum::extract::State;
use domain::products::{Category, Filter, Place, Product, Search, Sort};
use domain::{After, Cursor, Limit, Money, Page, Problem};
use http::Uri;
use postgres::products;
use redis_store::Entry;
use serde::Deserialize;
use utoipa::IntoParams;
use web::{ListBytes, Query};

use crate::{App, framed};

/// What to list; everything combines.
#[derive(Deserialize, IntoParams)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Wanted {
    /// Words that name or description must have, each as a prefix.
    #[param(inline)]
    q: Option<Search>,
    /// The exact category.
    #[param(inline)]
    category: Option<Category>,
    /// The lowest price.
    min_price: Option<Money>,
    /// The highest price.
    max_price: Option<Money>,
    /// Only what is (`true`), or only what is not (`false`), in stock.
    in_stock: Option<bool>,
    /// The order; `newest` unless told.
    #[serde(default)]
    #[param(inline, required = false)]
    sort: Sort,
    /// How many; 50 unless told.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: Limit,
    /// From the link to the next page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<After<Place>>,
}

/// Products by any filters, under any order
#[utoipa::path(
    get, path = "/api/products", params(Wanted),
    responses((status = 200, description = "A page", body = [Product]))
)]
pub(crate) async fn list_products(
    State(app): State<App>,
    uri: Uri,
    Query(wanted): Query<Wanted>,
) -> web::Result<ListBytes> {
    let (sort, limit) = (wanted.sort, wanted.limit);
    let after = wanted.cursor.map(|cursor| Place::read(cursor, sort)).transpose()?;
    let filter = Filter {
        q: wanted.q.filter(|q| !q.as_str().is_empty()),
        category: wanted.category,
        min_price: wanted.min_price,
        max_price: wanted.max_price,
        in_stock: wanted.in_stock,
    };
    let ask = async {
        let mut db = app.catalog.products().acquire().await?;
        let products = products::list(&mut db, &filter, sort, after.as_ref(), limit).await?;
        Ok(Some(framed::write(&Page::cut(products, limit, move |product| Place::of(product, sort)))))
    };
    let form = form(&filter, sort, after.as_ref(), limit);
    let page = app.cached(&Entry::products(), &form, framed::is_sound, ask).await?;
    let page = page.as_ref().and_then(framed::read);
    let (array, next) = page.ok_or_else(|| Problem::internal("a page that cannot be read"))?;
    Ok(ListBytes::new(&uri, array, next.as_deref()))
}

/// One name for all spellings of one question.
fn form(filter: &Filter, sort: Sort, after: Option<&Place>, limit: Limit) -> String {
    let q = filter.q.as_ref().map(|q| {
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
    fn spellings_of_one_question_share_a_form_and_others_do_not() {
        let q = |text: &str| Filter { q: Search::try_from(text.to_owned()).ok(), ..Filter::default() };
        let of = |filter: &Filter| form(filter, Sort::Newest, None, Limit::default());
        assert_eq!(of(&q("Red  shoe")), of(&q("shoe red RED")));
        let cent = Some(Money::from_cents(1));
        let distinct = [
            q("red"),
            Filter::default(),
            Filter { category: Category::try_from("red".to_owned()).ok(), ..Filter::default() },
            Filter { min_price: cent, ..Filter::default() },
            Filter { max_price: cent, ..Filter::default() },
            Filter { in_stock: Some(true), ..Filter::default() },
            Filter { in_stock: Some(false), ..Filter::default() },
        ];
        let mut forms: Vec<String> = distinct.iter().map(of).collect();
        forms.sort();
        forms.dedup();
        assert_eq!(forms.len(), distinct.len());
    }
}
