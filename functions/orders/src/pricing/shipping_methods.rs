//! `/api/orders/shipping-methods`

use axum::extract::State;
use domain::addresses::Country;
use domain::pricing::{ShippingMethod, ShippingMethodDraft};
use domain::{Problem, ShippingMethodId};
use serde::Deserialize;
use store_postgres::Conn;
use store_postgres::pricing_rules::shipping_methods;
use web::{Admin, Body, Created, Id, IfMatch, MaybeCustomer, NoContent, Query, Resource};

use crate::App;

/// Which methods are listed.
#[derive(Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListMethodsQuery {
    /// Only methods that deliver to this country.
    #[param(inline)]
    country: Option<Country>,
    /// Those that are switched off too, as they are at this moment; for admins, without `country`.
    all: Option<bool>,
}

/// List the shipping methods
///
/// Those that are offered, by price. A change is seen within 30 seconds; `all=true` shows it at once.
#[utoipa::path(
    get, path = "/api/orders/shipping-methods", params(ListMethodsQuery),
    responses((status = 200, description = "All of them: at most 100", body = [ShippingMethod]))
)]
pub(crate) async fn list_shipping_methods(
    State(app): State<App>,
    MaybeCustomer(caller): MaybeCustomer,
    Query(query): Query<ListMethodsQuery>,
) -> web::Result<Resource<Vec<ShippingMethod>>> {
    if query.all == Some(true) {
        if query.country.is_some() {
            return Err(Problem::invalid_field("country", "must not be combined with all=true").into());
        }
        if !caller.is_some_and(|caller| caller.is_admin()) {
            return Err(Problem::forbidden("Only admins can list shipping methods that are switched off.").into());
        }
        let mut db = app.checkout.orders().acquire().await?;
        return Ok(Resource(shipping_methods::list(&mut db).await?));
    }
    let rules = app.pricing_rules.recent(app.checkout.orders()).await?;
    let offered = match query.country {
        Some(country) => rules.methods_for(country),
        None => rules.offered_methods(),
    };
    Ok(Resource(offered.into_iter().cloned().collect()))
}

/// Read a shipping method
#[utoipa::path(
    get, path = "/api/orders/shipping-methods/{id}",
    params(("id" = ShippingMethodId, Path, description = "The shipping method")),
    responses((status = 200, description = "The shipping method", body = ShippingMethod),
              (status = 404, description = "There is no such shipping method"))
)]
pub(crate) async fn find_shipping_method(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ShippingMethodId>,
) -> web::Result<Resource<ShippingMethod>> {
    let found = shipping_methods::find(&mut app.checkout.orders().acquire().await?, id).await?;
    Ok(Resource(found.ok_or_else(missing)?))
}

/// Add a shipping method
#[utoipa::path(
    post, path = "/api/orders/shipping-methods", request_body = ShippingMethodDraft,
    responses((status = 201, description = "The shipping method", body = ShippingMethod,
               headers(("Location" = String, description = "Its path"))),
              (status = 409, description = "`shipping_method_taken`: there is one of this name; \
                                            `too_many_shipping_methods`: there are 100"))
)]
pub(crate) async fn add_shipping_method(
    State(app): State<App>,
    _: Admin,
    body: Body<ShippingMethodDraft>,
) -> web::Result<Created<ShippingMethod>> {
    body.value.check()?;
    let value = app.change_pricing(async |db| Ok(shipping_methods::insert(db, &body.value).await??)).await?;
    Ok(Created { location: format!("/api/orders/shipping-methods/{}", value.id), value })
}

/// Replace a shipping method
#[utoipa::path(
    put, path = "/api/orders/shipping-methods/{id}", request_body = ShippingMethodDraft,
    params(("id" = ShippingMethodId, Path, description = "The shipping method"), IfMatch),
    responses((status = 200, description = "The shipping method", body = ShippingMethod),
              (status = 404, description = "There is no such shipping method"),
              (status = 409, description = "`shipping_method_taken`: there is one of this name"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn replace_shipping_method(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ShippingMethodId>,
    if_match: IfMatch,
    body: Body<ShippingMethodDraft>,
) -> web::Result<Resource<ShippingMethod>> {
    body.value.check()?;
    let replace = async |db: &mut Conn| {
        if_match.check(&shipping_methods::lock(db, id).await?.ok_or_else(missing)?)?;
        Ok(shipping_methods::update(db, id, &body.value).await??)
    };
    Ok(Resource(app.change_pricing(replace).await?))
}

/// Delete a shipping method; orders keep its name and what they paid
#[utoipa::path(
    delete, path = "/api/orders/shipping-methods/{id}",
    params(("id" = ShippingMethodId, Path, description = "The shipping method"), IfMatch),
    responses((status = 204, description = "The shipping method is deleted"),
              (status = 404, description = "There is no such shipping method"),
              (status = 412, description = "`stale`: it has changed since it was read"))
)]
pub(crate) async fn remove_shipping_method(
    State(app): State<App>,
    _: Admin,
    Id(id): Id<ShippingMethodId>,
    if_match: IfMatch,
) -> web::Result<NoContent> {
    let remove = async |db: &mut Conn| {
        if_match.check(&shipping_methods::lock(db, id).await?.ok_or_else(missing)?)?;
        Ok(shipping_methods::delete(db, id).await?)
    };
    app.change_pricing(remove).await?;
    Ok(NoContent)
}

fn missing() -> Problem {
    Problem::not_found("shipping method")
}
