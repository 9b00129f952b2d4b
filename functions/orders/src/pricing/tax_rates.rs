//! `/api/orders/tax-rates`

use axum::extract::State;
use domain::pricing::{TaxRate, TaxRateDraft};
use domain::{Problem, TaxRateId};
use store_postgres::Conn;
use store_postgres::pricing_rules::tax_rates;
use web::{Admin, Body, Created, Id, IfMatch, NoContent, Resource};

use crate::App;

/// List all tax rates, by country, region and category
#[utoipa::path(
    get, path = "/api/orders/tax-rates",
    responses((status = 200, description = "All of them: at most 500", body = [TaxRate]))
)]
pub(crate) async fn list_tax_rates(State(app): State<App>, _: Admin) -> web::Result<Resource<Vec<TaxRate>>> {
    Ok(Resource(tax_rates::list(&mut app.checkout.orders().acquire().await?).await?))
}

/// Read a tax rate
#[utoipa::path(
    get, path = "/api/orders/tax-rates/{id}", params(("id" = TaxRateId, Path, description = "The tax rate")),
    responses((status = 200, description = "The tax rate", body = TaxRate),
              (status = 404, description = "There is no such tax rate"))
)]
pub(crate) async fn find_tax_rate(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<TaxRateId>,
) -> web::Result<Resource<TaxRate>> {
    let found = tax_rates::find(&mut app.checkout.orders().acquire().await?, id).await?;
    Ok(Resource(found.ok_or_else(missing)?))
}

/// Add a tax rate
///
/// The most specific rate applies: one of the address's region, then one of the product's category,
/// then that of the country. Without any there is no tax.
#[utoipa::path(
    post, path = "/api/orders/tax-rates", request_body = TaxRateDraft,
    responses((status = 201, description = "The tax rate", body = TaxRate,
               headers(("Location" = String, description = "Its path"))),
              (status = 409, description = "`tax_rate_taken`: there is one of this country, region and category; \
                                            `too_many_tax_rates`: there are 500"))
)]
pub(crate) async fn add_tax_rate(
    State(app): State<App>,
    _: Admin,
    body: Body<TaxRateDraft>,
) -> web::Result<Created<TaxRate>> {
    let value = app.change_pricing(async |db| Ok(tax_rates::insert(db, &body.value).await??)).await?;
    Ok(Created { location: format!("/api/orders/tax-rates/{}", value.id), value })
}

/// Replace a tax rate
#[utoipa::path(
    put, path = "/api/orders/tax-rates/{id}", request_body = TaxRateDraft,
    params(("id" = TaxRateId, Path, description = "The tax rate"), IfMatch),
    responses((status = 200, description = "The tax rate", body = TaxRate),
              (status = 404, description = "There is no such tax rate"),
              (status = 409, description = "`tax_rate_taken`: there is one of this country, region and category"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn replace_tax_rate(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<TaxRateId>,
    if_match: IfMatch,
    body: Body<TaxRateDraft>,
) -> web::Result<Resource<TaxRate>> {
    let replace = async |db: &mut Conn| {
        if_match.check(&tax_rates::lock(db, id).await?.ok_or_else(missing)?)?;
        Ok(tax_rates::update(db, id, &body.value).await??)
    };
    Ok(Resource(app.change_pricing(replace).await?))
}

/// Delete a tax rate; orders keep what they paid
#[utoipa::path(
    delete, path = "/api/orders/tax-rates/{id}",
    params(("id" = TaxRateId, Path, description = "The tax rate"), IfMatch),
    responses((status = 204, description = "The tax rate is deleted"),
              (status = 404, description = "There is no such tax rate"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn remove_tax_rate(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<TaxRateId>,
    if_match: IfMatch,
) -> web::Result<NoContent> {
    let remove = async |db: &mut Conn| {
        if_match.check(&tax_rates::lock(db, id).await?.ok_or_else(missing)?)?;
        Ok(tax_rates::delete(db, id).await?)
    };
    app.change_pricing(remove).await?;
    Ok(NoContent)
}

fn missing() -> Problem {
    Problem::not_found("tax rate")
}
