//! `GET` and `PUT /api/orders/settings`; `GET /api/orders/shop`

use axum::extract::State;
use domain::pricing::{Shop, ShopSettings, ShopSettingsDraft};
use store_postgres::Conn;
use store_postgres::pricing_rules::settings;
use web::{Admin, Body, IfMatch, Resource};

use crate::App;

/// Read what everyone may know of the shop
///
/// Prices of products have no currency of their own: this is it. A change is seen within 30 seconds.
#[utoipa::path(
    get, path = "/api/orders/shop",
    responses((status = 200, description = "Name, currency, and whether prices include tax", body = Shop))
)]
pub(crate) async fn find_shop(State(app): State<App>) -> web::Result<Resource<Shop>> {
    let rules = app.pricing_rules.recent(app.checkout.orders()).await?;
    Ok(Resource(Shop::from(&rules.settings)))
}

/// Read the settings of the shop
#[utoipa::path(
    get, path = "/api/orders/settings",
    responses((status = 200, description = "The settings; defaults until an admin changes them", body = ShopSettings))
)]
pub(crate) async fn find_settings(State(app): State<App>, _: Admin) -> web::Result<Resource<ShopSettings>> {
    Ok(Resource(settings::find(&mut app.checkout.orders().acquire().await?).await?))
}

/// Replace the settings of the shop
///
/// Orders that were placed keep their money as it is.
#[utoipa::path(
    put, path = "/api/orders/settings", request_body = ShopSettingsDraft, params(IfMatch),
    responses((status = 200, description = "The settings", body = ShopSettings),
              (status = 412, description = "`stale`: they have changed since they were read"))
)]
pub(crate) async fn replace_settings(
    State(app): State<App>,
    _: Admin,
    if_match: IfMatch,
    body: Body<ShopSettingsDraft>,
) -> web::Result<Resource<ShopSettings>> {
    let wanted = ShopSettings::from(body.value);
    let replace = async |db: &mut Conn| {
        if_match.check(&settings::lock(db).await?)?;
        Ok(settings::update(db, &wanted).await?)
    };
    Ok(Resource(app.change_pricing(replace).await?))
}
