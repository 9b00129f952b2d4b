//! `PUT /api/users/me/addresses/{id}`

use axum::extract::State;
use domain::addresses::{AddressData, SavedAddress};
use domain::{AddressId, Problem};
use store_postgres::addresses;
use web::{Body, Customer, Id, IfMatch, Resource};

use crate::App;

/// Replace one of the caller's addresses
///
/// `isDefault: true` makes it the default instead of the one that was. 409 `default_address_required` for
/// `false` on the default: make another one the default.
#[utoipa::path(
    put, path = "/api/users/me/addresses/{id}", request_body = AddressData,
    params(("id" = AddressId, Path, description = "The address"), IfMatch),
    responses((status = 200, description = "The address", body = SavedAddress),
              (status = 409, description = "`default_address_required`: nothing was changed"),
              (status = 412, description = "`stale`: the address has changed since it was read"))
)]
pub(crate) async fn replace_address(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<AddressId>,
    if_match: IfMatch,
    body: Body<AddressData>,
) -> web::Result<Resource<SavedAddress>> {
    let (data, now) = (body.value, app.clock.now());
    let (mut db, book) = app.begin_change_of_addresses(caller.id).await?;
    let current = book.find(id).ok_or_else(|| Problem::not_found("address"))?;
    if_match.check(current)?;
    let is_default = current.default_after(&data)?;
    let saved = addresses::update(&mut db, caller.id, id, &data.address, is_default, now).await?;
    db.commit().await?;
    Ok(Resource(saved))
}
