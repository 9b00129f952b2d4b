//! `DELETE /api/users/me/addresses/{id}`

use axum::extract::State;
use domain::{AddressId, Problem};
use store_postgres::addresses;
use web::{Customer, Id, IfMatch, NoContent};

use crate::App;

/// Delete one of the caller's addresses
///
/// If it was the default, the oldest of the others becomes the default. Orders keep their copies.
#[utoipa::path(
    delete, path = "/api/users/me/addresses/{id}",
    params(("id" = AddressId, Path, description = "The address"), IfMatch),
    responses((status = 204, description = "The address is deleted"),
              (status = 404, description = "There is no such address"),
              (status = 412, description = "`stale`: the address has changed since it was read"))
)]
pub(crate) async fn remove_address(
    State(app): State<App>,
    caller: Customer,
    Id(id): Id<AddressId>,
    if_match: IfMatch,
) -> web::Result<NoContent> {
    let (mut db, book) = app.begin_change_of_addresses(caller.id).await?;
    let current = book.find(id).ok_or_else(|| Problem::not_found("address"))?;
    if_match.check(current)?;
    addresses::remove(&mut db, caller.id, id, app.clock.now()).await?;
    db.commit().await?;
    Ok(NoContent)
}
