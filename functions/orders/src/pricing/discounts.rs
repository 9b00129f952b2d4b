//! `/api/orders/discounts`

use axum::extract::State;
use axum::http::Uri;
use domain::pricing::{DiscountDraft, DiscountRecord, DiscountTerms};
use domain::{Cursor, DecodedCursor, DiscountId, PageSize, Problem};
use serde::Deserialize;
use store_postgres::Conn;
use store_postgres::pricing_rules::discounts;
use web::{Admin, Body, Created, Id, IfMatch, List, NoContent, Query, Resource};

use crate::App;

/// The page of discounts.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListDiscountsQuery {
    /// The number of discounts; default 50.
    #[serde(default)]
    #[param(inline, required = false)]
    limit: PageSize,
    /// From the `Link` header of the previous page.
    #[param(inline, value_type = Option<Cursor>)]
    cursor: Option<DecodedCursor<DiscountId>>,
}

/// List the discounts, newest first
#[utoipa::path(
    get, path = "/api/orders/discounts", params(ListDiscountsQuery),
    responses((status = 200, description = "One page of discounts", body = [DiscountRecord]))
)]
pub(crate) async fn list_discounts(
    State(app): State<App>,
    _: Admin,
    uri: Uri,
    Query(query): Query<ListDiscountsQuery>,
) -> web::Result<List<DiscountRecord>> {
    let before = query.cursor.map(|cursor| cursor.into_key(|_| true)).transpose()?;
    let mut db = app.checkout.orders().acquire().await?;
    let page = discounts::list(&mut db, before, query.limit).await?;
    Ok(List::new(&uri, &page))
}

/// Read a discount
#[utoipa::path(
    get, path = "/api/orders/discounts/{id}", params(("id" = DiscountId, Path, description = "The discount")),
    responses((status = 200, description = "The discount, and how many orders hold a use of it", body = DiscountRecord),
              (status = 404, description = "There is no such discount"))
)]
pub(crate) async fn find_discount(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<DiscountId>,
) -> web::Result<Resource<DiscountRecord>> {
    let found = discounts::find(&mut app.checkout.orders().acquire().await?, id).await?;
    Ok(Resource(found.ok_or_else(missing)?))
}

/// Add a discount code
///
/// It takes a percentage or an amount off the goods, never off shipping. Its limits hold however many
/// customers order at once; an order that is cancelled or fails gives its use back.
#[utoipa::path(
    post, path = "/api/orders/discounts", request_body = DiscountDraft,
    responses((status = 201, description = "The discount", body = DiscountRecord,
               headers(("Location" = String, description = "Its path"))),
              (status = 409, description = "`discount_code_taken`: there is one with this code"))
)]
pub(crate) async fn add_discount(
    State(app): State<App>,
    _: Admin,
    body: Body<DiscountDraft>,
) -> web::Result<Created<DiscountRecord>> {
    let terms = DiscountTerms::try_from(body.value)?;
    let mut db = app.checkout.orders().acquire().await?;
    let value = discounts::insert(&mut db, &terms, app.clock.now()).await??;
    Ok(Created { location: format!("/api/orders/discounts/{}", value.id), value })
}

/// Replace a discount
///
/// Orders that have used it keep what it took off.
#[utoipa::path(
    put, path = "/api/orders/discounts/{id}", request_body = DiscountDraft,
    params(("id" = DiscountId, Path, description = "The discount"), IfMatch),
    responses((status = 200, description = "The discount", body = DiscountRecord),
              (status = 404, description = "There is no such discount"),
              (status = 409, description = "`discount_code_taken`: there is another one with this code; `below_uses`: \
                                            orders hold more uses than `maxUses`, namely `uses`"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn replace_discount(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<DiscountId>,
    if_match: IfMatch,
    body: Body<DiscountDraft>,
) -> web::Result<Resource<DiscountRecord>> {
    let terms = DiscountTerms::try_from(body.value)?;
    let replace = async |db: &mut Conn| {
        let current = discounts::lock(db, id).await?.ok_or_else(missing)?;
        if_match.check(&current)?;
        Ok(discounts::update(db, &current, &terms, app.clock.now()).await??)
    };
    Ok(Resource(app.change_pricing(replace).await?))
}

/// Delete a discount that no order refers to
#[utoipa::path(
    delete, path = "/api/orders/discounts/{id}",
    params(("id" = DiscountId, Path, description = "The discount"), IfMatch),
    responses((status = 204, description = "The discount is deleted"),
              (status = 404, description = "There is no such discount"),
              (status = 409, description = "`discount_used`: orders refer to it; it can be switched off instead"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn remove_discount(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<DiscountId>,
    if_match: IfMatch,
) -> web::Result<NoContent> {
    let remove = async |db: &mut Conn| {
        if_match.check(&discounts::lock(db, id).await?.ok_or_else(missing)?)?;
        Ok(discounts::delete(db, id).await??)
    };
    app.change_pricing(remove).await?;
    Ok(NoContent)
}

fn missing() -> Problem {
    Problem::not_found("discount")
}
